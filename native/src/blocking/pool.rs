//! The threads on which blocking closures run: they start when they are needed and end when not.
//!
//! What a job is, and how its result comes back, is not decided here. `jobs.rs` is what the lock
//! protects, `idle.rs` how one thread is called, and the README of this folder why no job is
//! forgotten.

use std::io;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

#[cfg(not(all(test, anyrt_loom)))]
use std::thread::Builder;

#[cfg(all(test, anyrt_loom))]
use loom::thread::Builder;

use anyrt_core::{Config, ThreadHooks};

use super::idle::Idle;
use super::jobs::{Jobs, Next};
use crate::sync::{Condvar, Mutex, MutexGuard, lock};

/// A closure to be run, with the place where its result goes.
///
/// Both methods run code of the user, and so are never called under a lock. Neither panics: what the
/// user's code does is contained in them.
pub(crate) trait Job: Send + 'static {
    fn run(self);
    /// Nobody is going to run it: the pool is closed, or the system refuses the thread, with this error.
    fn cancel(self, refusal: Option<&io::Error>);
}

/// Runs jobs on threads of its own.
///
/// Dropping it closes it, and does not wait.
pub(crate) struct Pool<J: Job> {
    shared: Arc<Shared<J>>,
}

/// What the threads keep alive.
struct Shared<J> {
    config: Config,
    start: Start,
    jobs: Mutex<Jobs<J>>,
    /// The last thread has ended.
    end: Condvar,
}

/// Starts a thread. A field of the pool so that tests can refuse.
type Start = fn(&Config, Box<dyn FnOnce() + Send>) -> io::Result<()>;

impl<J: Job> Pool<J> {
    /// With as many threads, so named and for so long, as the configuration says. Its hooks are called on each thread before its
    /// first job and after its last one.
    pub(crate) fn new(config: Config) -> Self {
        Self::with_start(config, start_thread)
    }

    fn with_start(config: Config, start: Start) -> Self {
        let shared = Shared {
            jobs: Mutex::new(Jobs::new(config.max_blocking_threads)),
            config,
            start,
            end: Condvar::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Runs `job` on a thread of the pool, or queues it when all are busy and the limit is reached or
    /// the system refuses another (B4, B6). Neither blocks nor panics.
    ///
    /// After [`close`](Self::close), and where the system refuses the only thread, it is cancelled
    /// before this returns.
    pub(crate) fn push(&self, job: J) {
        let pushed = lock(&self.shared.jobs).push(job);
        match pushed {
            Ok(next) => self.shared.send(next),
            Err(job) => job.cancel(None),
        }
    }

    /// Cancels the jobs that wait, and those that come from now on. Threads end when they are through
    /// with the job they have.
    pub(crate) fn close(&self) {
        let (queue, sleeping) = lock(&self.shared.jobs).close();
        for thread in &sleeping {
            thread.wake();
        }
        queue.into_iter().for_each(|job| job.cancel(None));
    }

    /// How many threads there are, how many of them wait for a job, and how many jobs wait.
    pub(crate) fn numbers(&self) -> (usize, usize, usize) {
        lock(&self.shared.jobs).numbers()
    }

    /// Waits until no thread is left, at most for `timeout`; `None` is without limit. Returns whether
    /// none is left. Blocks the thread, which must not be one of the pool's.
    ///
    /// Destructors of thread-locals may still run on threads that are through with everything else.
    pub(crate) fn wait(&self, timeout: Option<Duration>) -> bool {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut jobs = lock(&self.shared.jobs);
        while jobs.threads() > 0 {
            let Some(deadline) = deadline else {
                jobs = self.shared.end.wait(jobs).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = self.shared.end.wait_timeout(jobs, left);
            (jobs, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        true
    }
}

impl<J: Job> Drop for Pool<J> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<J: Job> Shared<J> {
    fn send(self: &Arc<Self>, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Wake(thread) => thread.wake(),
            Next::Start => self.start(),
        }
    }

    /// Starts a thread that is counted already.
    fn start(self: &Arc<Self>) {
        let shared = Arc::clone(self);
        let started = (self.start)(&self.config, Box::new(move || shared.work()));
        if let Err(error) = started {
            let mut jobs = lock(&self.jobs);
            let cancelled = jobs.refuse();
            self.unlock_and_tell(jobs);
            cancelled.into_iter().for_each(|job| job.cancel(Some(&error)));
        }
    }

    /// All that a thread does.
    fn work(self: &Arc<Self>) {
        let mut found = {
            let mut jobs = lock(&self.jobs);
            jobs.arrive();
            jobs.take()
        };
        loop {
            // Before the hook, which may take its time: the next thread may be needed now.
            let first = found.map(|found| self.accept(found));
            ThreadHooks::call(self.config.thread_hooks.on_start.as_ref());
            self.serve(first);
            ThreadHooks::call(self.config.thread_hooks.on_stop.as_ref());

            // A job may have come during the hook, and counted on this thread.
            let mut jobs = lock(&self.jobs);
            found = jobs.take();
            if found.is_none() {
                jobs.leave();
                return self.unlock_and_tell(jobs);
            }
        }
    }

    /// Runs `first`, and then what comes until nothing does for long enough.
    fn serve(self: &Arc<Self>, first: Option<J>) {
        let thread = Arc::new(Idle::new());
        let mut job = first;
        loop {
            if let Some(job) = job {
                job.run();
            }
            let Some(found) = self.wait_for_job(&thread) else { return };
            job = Some(self.accept(found));
        }
    }

    /// Does what goes with taking a job, and before it runs, for it may run forever.
    fn accept(self: &Arc<Self>, (job, next): (J, Next)) -> J {
        self.send(next);
        job
    }

    /// Returns `None` when the thread is to end.
    fn wait_for_job(&self, thread: &Arc<Idle>) -> Option<(J, Next)> {
        let mut idle_until = None;
        let mut jobs = lock(&self.jobs);
        loop {
            let found = jobs.take();
            if found.is_some() || !jobs.rest(thread) {
                return found;
            }
            drop(jobs);

            // Once only: a call that finds the job taken by another leaves the thread as idle as it was.
            let deadline = *idle_until
                .get_or_insert_with(|| Instant::now().checked_add(self.config.blocking_keep_alive));
            let is_called = thread.sleep(deadline);
            jobs = lock(&self.jobs);
            if !is_called && jobs.rise(thread) {
                return jobs.take();
            }
            jobs.answer();
        }
    }
}

impl<J> Shared<J> {
    /// Releases the lock, and tells those who wait for the last thread if that has ended.
    fn unlock_and_tell(&self, jobs: MutexGuard<'_, Jobs<J>>) {
        let is_empty = jobs.threads() == 0;
        drop(jobs);
        if is_empty {
            self.end.notify_all();
        }
    }
}

fn start_thread(config: &Config, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let mut thread = Builder::new().name(config.thread_hooks.name_or(&config.thread_name));
    if let Some(bytes) = config.stack_size {
        thread = thread.stack_size(bytes);
    }
    thread.spawn(work).map(drop)
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests;

#[cfg(all(test, anyrt_loom))]
mod loom_models;
