//! Threads for blocking closures, for every backend whose runtime has none that keep the contract.
//!
//! `jobs.rs` is what the lock protects, `idle.rs` how one thread is called, `closure.rs` what is run where a
//! backend has no tasks of its own for that. The README of the folder says why no job is forgotten.

mod closure;
mod idle;
mod jobs;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{fmt, io, mem, thread};

use super::BlockingJob;
use crate::task::contain;
use crate::time::{Duration, Instant};
use crate::{Config, Metrics, ThreadHooks};
use idle::Idle;
use jobs::{Jobs, Next};

pub use closure::Closure;

/// Runs blocking closures on threads that start when they are needed and end when they are not.
///
/// Clones are the same pool. Dropping the last one [closes](Self::close) it, and does not wait. What it runs is a `J`: a
/// [`Closure`] where the backend has no task of its own for that.
///
/// ```
/// use anyrt_core::Config;
/// use anyrt_core::backend::BlockingPool;
///
/// let pool = BlockingPool::new(&Config::default());
/// let answer = pool.spawn(|| 6 * 7);
/// # assert_eq!(futures::executor::block_on(answer).unwrap(), 42);
/// pool.close();
/// pool.wait(None);
/// ```
pub struct BlockingPool<J: BlockingJob = Closure> {
    owner: Arc<Owner<J>>,
}

/// Whoever pushes jobs; the threads don't count.
struct Owner<J: BlockingJob>(Arc<Shared<J>>);

/// What the threads keep alive.
struct Shared<J> {
    /// Without the hooks, which are with the jobs.
    config: Config,
    start: Start,
    jobs: Mutex<Jobs<J>>,
    /// The last thread has ended.
    end: Condvar,
}

/// Starts a thread. A field of the pool so that tests can refuse.
type Start = fn(thread::Builder, Box<dyn FnOnce() + Send>) -> io::Result<()>;

// No code of the user runs under a lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<J: BlockingJob> BlockingPool<J> {
    /// A pool with the limit, the keep-alive, the name, the hooks and the stacks of a configuration.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let config = Config::default().max_blocking_threads(NonZeroUsize::new(4).unwrap());
    /// let pool: BlockingPool = BlockingPool::new(&config);
    /// # drop(pool);
    /// ```
    pub fn new(config: &Config) -> Self {
        Self::with_start(config, |thread, work| thread.spawn(work).map(drop))
    }

    fn with_start(config: &Config, start: Start) -> Self {
        let mut config = config.clone();
        let jobs = Jobs::new(config.max_blocking_threads, mem::take(&mut config.thread_hooks));
        let shared = Shared { config, start, jobs: Mutex::new(jobs), end: Condvar::new() };
        Self { owner: Arc::new(Owner(Arc::new(shared))) }
    }

    /// Runs `job` on a thread of the pool, or queues it when all are busy and the limit is reached or
    /// the system refuses another (B4, B6). Neither blocks nor panics.
    ///
    /// After [`close`](Self::close), and where the system refuses the only thread, it is cancelled
    /// before this returns.
    pub fn push(&self, job: J) {
        let pushed = lock(&self.shared().jobs).push(job);
        match pushed {
            Ok(next) => self.shared().send(next),
            Err(job) => job.cancel(None),
        }
    }

    /// Its threads and closures, as a part of what a runtime knows about itself (S22).
    ///
    /// ```
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let pool: BlockingPool = BlockingPool::new(&Config::default());
    /// assert_eq!(pool.metrics().blocking_threads, Some(0));
    /// ```
    pub fn metrics(&self) -> Metrics {
        let jobs = lock(&self.shared().jobs);
        Metrics {
            blocking_threads: Some(jobs.threads()),
            idle_blocking_threads: Some(jobs.idle()),
            queued_closures: Some(jobs.waiting()),
            ..Metrics::default()
        }
    }

    /// Cancels the jobs that wait because the limit is reached, and those that come from now on. Threads go on being started for the
    /// others, and end when none waits any more.
    ///
    /// ```
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let pool = BlockingPool::new(&Config::default());
    /// pool.close();
    /// let late = pool.spawn(|| 42);
    /// assert!(futures::executor::block_on(late).unwrap_err().is_cancelled());
    /// ```
    pub fn close(&self) {
        self.shared().close();
    }

    /// Waits until no thread is left, at most for `timeout`; `None` is without limit. Returns whether
    /// none is left. Blocks the thread, which must not be one of the pool's.
    ///
    /// Destructors of thread-locals may still run on threads that are through with everything else.
    ///
    /// ```
    /// use std::time::Duration;
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let pool = BlockingPool::new(&Config::default());
    /// let (begin, has_begun) = std::sync::mpsc::channel();
    /// let long = pool.spawn(move || {
    ///     begin.send(()).unwrap();
    ///     std::thread::sleep(Duration::from_secs(3600));
    /// });
    /// has_begun.recv()?;
    /// pool.close();
    /// assert!(!pool.wait(Some(Duration::from_millis(10))));
    /// # drop(long);
    /// # Ok::<(), std::sync::mpsc::RecvError>(())
    /// ```
    pub fn wait(&self, timeout: Option<Duration>) -> bool {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let shared = self.shared();
        let mut jobs = lock(&shared.jobs);
        while jobs.threads() > 0 {
            let Some(deadline) = deadline else {
                jobs = shared.end.wait(jobs).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = shared.end.wait_timeout(jobs, left);
            (jobs, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
        true
    }

    fn shared(&self) -> &Arc<Shared<J>> {
        &self.owner.0
    }
}

impl<J: BlockingJob> Clone for BlockingPool<J> {
    fn clone(&self) -> Self {
        Self { owner: Arc::clone(&self.owner) }
    }
}

impl<J: BlockingJob> fmt::Debug for BlockingPool<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pool = f.debug_struct("BlockingPool");
        // In a forked child nobody may be there to release the lock.
        if let Ok(jobs) = self.shared().jobs.try_lock() {
            pool.field("threads", &jobs.threads());
            pool.field("idle", &jobs.idle()).field("waiting", &jobs.waiting());
        }
        pool.finish_non_exhaustive()
    }
}

impl<J: BlockingJob> Drop for Owner<J> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<J: BlockingJob> Shared<J> {
    fn send(self: &Arc<Self>, next: Next) {
        match next {
            Next::Nothing => {}
            Next::Wake(thread) => thread.wake(),
            Next::Start(hooks) => self.start(hooks),
            Next::End(hooks) => contain(|| drop(hooks)),
        }
    }

    /// Starts a thread that is counted already.
    fn start(self: &Arc<Self>, hooks: ThreadHooks) {
        let name = hooks.name_or(&self.config.thread_name);
        let mut thread = thread::Builder::new().name(name);
        if let Some(bytes) = self.config.stack_size {
            thread = thread.stack_size(bytes);
        }
        let (shared, its_hooks) = (Arc::clone(self), hooks.clone());
        let started = (self.start)(thread, Box::new(move || shared.work(its_hooks)));
        // Also where the pool was closed, and the thread refused: their destructors are the user's.
        contain(|| drop(hooks));
        if let Err(error) = started {
            let mut jobs = lock(&self.jobs);
            let (cancelled, next) = jobs.refuse();
            self.unlock_and_tell(jobs);
            self.send(next);
            cancelled.into_iter().for_each(|job| job.cancel(Some(again(&error))));
        }
    }

    fn close(self: &Arc<Self>) {
        let (rest, idle, next) = lock(&self.jobs).close();
        idle.iter().for_each(|thread| thread.wake());
        rest.into_iter().for_each(|job| job.cancel(None));
        self.send(next);
    }

    /// All that a thread does. It has its hooks from the moment that it was sent for: those that are with the jobs may go meanwhile.
    fn work(self: &Arc<Self>, mut hooks: ThreadHooks) {
        let mut found = {
            let mut jobs = lock(&self.jobs);
            jobs.arrive();
            jobs.take()
        };
        loop {
            self.serve_with_hooks(found, hooks);
            // A job may have come during the hook, and counted on this thread.
            let mut jobs = lock(&self.jobs);
            let Some((next_found, its_hooks)) = jobs.take_or_leave() else {
                return self.unlock_and_tell(jobs);
            };
            drop(jobs);
            (found, hooks) = (Some(next_found), its_hooks);
        }
    }

    fn serve_with_hooks(self: &Arc<Self>, found: Option<(J, Next)>, hooks: ThreadHooks) {
        // Before the hook, which may take its time: the next thread may be needed now.
        let first = found.map(|found| self.accept(found));
        ThreadHooks::call(hooks.on_start.as_ref());
        self.serve(first);
        ThreadHooks::call(hooks.on_stop.as_ref());
        contain(|| drop(hooks));
    }

    /// Runs `first`, and then what comes until nothing does for long enough.
    fn serve(self: &Arc<Self>, first: Option<J>) {
        let thread = Arc::default();
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
        let mut since = None;
        let mut jobs = lock(&self.jobs);
        loop {
            let found = jobs.take();
            if found.is_some() || !jobs.rest(thread) {
                return found;
            }
            // Once only: a call that finds the job taken by another leaves the thread as idle as it was.
            let since = *since.get_or_insert_with(Instant::now);
            while !thread.is_called() {
                let left = self.config.blocking_keep_alive.saturating_sub(since.elapsed());
                if left.is_zero() {
                    jobs.rise(thread);
                    return jobs.take();
                }
                jobs = thread.sleep(jobs, left);
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

/// The same error once more, for there may be several joins to tell.
fn again(error: &io::Error) -> io::Error {
    let code = error.raw_os_error().map(io::Error::from_raw_os_error);
    code.unwrap_or_else(|| io::Error::new(error.kind(), error.to_string()))
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests;
