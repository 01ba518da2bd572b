//! What the pool's lock protects: the jobs that wait, the threads that wait for jobs, their number.
//!
//! Nothing in here blocks, starts a thread or runs code of the user. What is to be done about the
//! threads is returned as a [`Next`], for when the lock is released. The README of the folder above says
//! why no job is forgotten.

use std::collections::VecDeque;
use std::mem;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::idle::Idle;
use crate::ThreadHooks;

/// Room for this many jobs is kept for the next burst; what is beyond is given back.
const KEPT_ROOM: usize = 4096;

#[derive(Debug)]
pub(super) struct Jobs<J> {
    queue: VecDeque<J>,
    /// The threads that can be called, the most recently busy one last.
    idle: Vec<Arc<Idle>>,
    /// All threads, from before their start to after their end.
    threads: usize,
    limit: usize,
    /// Of the threads. They go when the pool is closed and no job waits, for they may have what has the pool.
    hooks: ThreadHooks,
    /// An idle thread was called, and has not looked at the queue yet.
    is_one_called: bool,
    /// A thread is being started, and has not looked at the queue yet.
    is_one_starting: bool,
    is_closed: bool,
}

/// What is to be done about the threads once the lock is released.
#[must_use = "a job might wait forever"]
#[derive(Debug)]
pub(super) enum Next {
    Nothing,
    /// This thread was called.
    Wake(Arc<Idle>),
    /// A thread is to be started, with these hooks. It is counted already.
    Start(ThreadHooks),
    /// Nobody will be sent for any more, and these hooks are to be dropped.
    End(ThreadHooks),
}

impl<J> Jobs<J> {
    pub(super) fn new(limit: NonZeroUsize, hooks: ThreadHooks) -> Self {
        Self {
            queue: VecDeque::new(),
            idle: Vec::new(),
            threads: 0,
            limit: limit.get(),
            hooks,
            is_one_called: false,
            is_one_starting: false,
            is_closed: false,
        }
    }

    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// How many of the threads can be called.
    pub(super) fn idle(&self) -> usize {
        self.idle.len()
    }

    /// How many jobs wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Takes in a job, or gives it back if the pool is closed.
    pub(super) fn push(&mut self, job: J) -> Result<Next, J> {
        if self.is_closed {
            return Err(job);
        }
        self.queue.push_back(job);
        Ok(self.send_for_one())
    }

    /// Takes the oldest job, and sends for a thread if more of them wait.
    pub(super) fn take(&mut self) -> Option<(J, Next)> {
        let job = self.queue.pop_front()?;
        Some((job, self.send_for_one()))
    }

    /// The thread that was called is here, and takes a job next.
    pub(super) fn answer(&mut self) {
        self.is_one_called = false;
    }

    /// The thread that was being started is here, and takes a job next.
    pub(super) fn arrive(&mut self) {
        self.is_one_starting = false;
    }

    /// From now on the thread can be called. Returns false if the pool is closed: then nobody will.
    ///
    /// Only while no job waits.
    pub(super) fn rest(&mut self, thread: &Arc<Idle>) -> bool {
        debug_assert!(self.queue.is_empty(), "a thread rests while jobs wait");
        if self.is_closed {
            return false;
        }
        self.queue.shrink_to(KEPT_ROOM);
        thread.rest();
        self.idle.push(Arc::clone(thread));
        true
    }

    /// The thread, which was not called, no longer waits for that.
    pub(super) fn rise(&mut self, thread: &Arc<Idle>) {
        // Those who wait for longest come first, and are the ones whose time is over.
        let place = self.idle.iter().position(|idle| Arc::ptr_eq(idle, thread));
        debug_assert!(place.is_some(), "a thread rises that does not rest");
        place.map(|place| self.idle.remove(place));
    }

    /// A thread is through with its last hook: it takes a job, and hooks for that, or ends.
    pub(super) fn take_or_leave(&mut self) -> Option<((J, Next), ThreadHooks)> {
        let hooks = self.hooks.clone();
        let found = self.take();
        self.threads -= usize::from(found.is_none());
        found.map(|found| (found, hooks))
    }

    /// The system has refused the thread that was to be started. Returns the jobs that nobody will
    /// run, if it would have been the only thread, and what is to be done then.
    ///
    /// It is not tried again at once, for the answer would be the same.
    pub(super) fn refuse(&mut self) -> (VecDeque<J>, Next) {
        self.threads -= 1;
        self.is_one_starting = false;
        if self.threads > 0 {
            return (VecDeque::new(), Next::Nothing);
        }
        (mem::take(&mut self.queue), self.end_if_closed())
    }

    /// Takes in no more jobs. Returns those for which there can be no thread at once, the idle threads, which are to be woken, and what
    /// else is to be done.
    pub(super) fn close(&mut self) -> (VecDeque<J>, Vec<Arc<Idle>>, Next) {
        if mem::replace(&mut self.is_closed, true) {
            return (VecDeque::new(), Vec::new(), Next::Nothing);
        }
        self.idle.iter().for_each(|thread| thread.call());
        let come = usize::from(self.is_one_called) + usize::from(self.is_one_starting);
        let most = come + self.idle.len() + (self.limit - self.threads);
        let rest = self.queue.split_off(most.min(self.queue.len()));
        let next = if self.queue.is_empty() { self.end_if_closed() } else { Next::Nothing };
        (rest, mem::take(&mut self.idle), next)
    }

    /// With an empty queue.
    fn end_if_closed(&mut self) -> Next {
        if self.is_closed { Next::End(mem::take(&mut self.hooks)) } else { Next::Nothing }
    }

    /// If a job waits, sends for the most recently busy of the idle threads, or for a new one.
    ///
    /// Only one comes at a time; it sends for the next. So short jobs, which the threads that are
    /// here get done meanwhile, rouse few others. Only an idle thread is called even while another is
    /// being started, since it will be here much sooner.
    fn send_for_one(&mut self) -> Next {
        if self.queue.is_empty() {
            return self.end_if_closed();
        }
        if self.is_one_called {
            return Next::Nothing;
        }
        if let Some(thread) = self.idle.pop() {
            self.is_one_called = true;
            thread.call();
            return Next::Wake(thread);
        }
        if self.is_one_starting || self.threads == self.limit {
            return Next::Nothing;
        }
        self.threads += 1;
        self.is_one_starting = true;
        Next::Start(self.hooks.clone())
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    /// Where a thread of the random walk below is. Each step of it is one hold of the lock.
    enum Thread {
        Starting,
        Busy,
        Idle(Arc<Idle>),
        Ending,
    }

    /// A pool without threads: steps are taken in an order that a generator chooses.
    struct Walk {
        jobs: Jobs<usize>,
        threads: Vec<Thread>,
        refuses: bool,
        /// The last start was refused, and nothing has happened since that would try again.
        was_refused: bool,
        pushed: usize,
        done: usize,
        /// By the close.
        cancelled: usize,
        /// The hooks are gone.
        has_ended: bool,
        random: u64,
    }

    impl Walk {
        fn below(&mut self, limit: usize) -> usize {
            // Xorshift: any sequence will do that differs between seeds.
            self.random ^= self.random << 13;
            self.random ^= self.random >> 7;
            self.random ^= self.random << 17;
            usize::try_from(self.random % limit as u64).unwrap()
        }

        fn push(&mut self) {
            let Ok(next) = self.jobs.push(self.pushed) else {
                assert!(self.jobs.is_closed);
                return;
            };
            self.pushed += 1;
            self.was_refused = false;
            self.follow(next);
        }

        fn close(&mut self) {
            let (rest, _, next) = self.jobs.close();
            self.cancelled += rest.len();
            self.follow(next);
        }

        fn follow(&mut self, next: Next) {
            match next {
                Next::Start(_) => self.threads.push(Thread::Starting),
                Next::End(_) => {
                    assert!(self.jobs.is_closed && self.jobs.queue.is_empty());
                    self.has_ended = true;
                }
                Next::Nothing | Next::Wake(_) => {}
            }
        }

        fn finish(&mut self, jobs: impl IntoIterator<Item = usize>) {
            for job in jobs {
                assert_eq!(job, self.done, "jobs are taken in their order");
                self.done += 1;
            }
        }

        /// Lets one thread do its next step. Returns false if it has nothing to do but to wait.
        fn step(&mut self, n: usize, is_late: bool) -> bool {
            match self.threads.remove(n) {
                Thread::Starting if self.refuses => {
                    let (cancelled, next) = self.jobs.refuse();
                    assert!(cancelled.is_empty() || self.threads.is_empty());
                    self.finish(cancelled);
                    self.follow(next);
                    self.was_refused = true;
                }
                Thread::Starting => {
                    self.jobs.arrive();
                    self.look();
                }
                Thread::Busy => self.look(),
                Thread::Idle(idle) => {
                    if idle.is_called() {
                        self.jobs.answer();
                        self.look();
                    } else if !is_late {
                        self.threads.insert(n, Thread::Idle(idle));
                        return false;
                    } else {
                        self.jobs.rise(&idle);
                        if !self.take() {
                            self.threads.push(Thread::Ending);
                        }
                    }
                }
                Thread::Ending => {
                    let found = self.jobs.take_or_leave();
                    self.accept(found.map(|(found, _)| found));
                }
            }
            true
        }

        fn take(&mut self) -> bool {
            let found = self.jobs.take();
            self.accept(found)
        }

        fn accept(&mut self, found: Option<(usize, Next)>) -> bool {
            let Some((job, next)) = found else { return false };
            self.threads.push(Thread::Busy);
            self.finish([job]);
            self.was_refused = false;
            self.follow(next);
            true
        }

        fn look(&mut self) {
            if !self.take() {
                let idle = Arc::default();
                let rests = self.jobs.rest(&idle);
                assert_ne!(rests, self.jobs.is_closed);
                self.threads.push(if rests { Thread::Idle(idle) } else { Thread::Ending });
            }
        }

        fn check(&self) {
            let Jobs { queue, idle, threads, limit, is_one_called, is_one_starting, .. } =
                &self.jobs;
            let is_closed = self.jobs.is_closed;
            assert_eq!(*threads, self.threads.len());
            assert!(threads <= limit);
            let is_starting = |thread: &&Thread| matches!(thread, Thread::Starting);
            assert!(self.threads.iter().filter(is_starting).count() <= 1);
            let is_called =
                |thread: &&Thread| matches!(thread, Thread::Idle(idle) if idle.is_called());
            assert!(is_closed || self.threads.iter().filter(is_called).count() <= 1);
            if queue.is_empty() {
                return;
            }
            assert!(*is_one_called || idle.is_empty(), "a job and a thread wait for each other");
            assert!(*threads > 0, "nobody is left for a job");
            let is_well =
                *is_one_called || *is_one_starting || threads == limit || self.was_refused;
            assert!(is_well, "nobody starts the thread that a job waits for");
        }
    }

    #[test]
    fn whatever_the_order_of_the_steps_no_job_is_forgotten() {
        for seed in 1..=2000_u64 {
            let limit = NonZeroUsize::new(1 + usize::try_from(seed % 4).unwrap()).unwrap();
            let mut walk = Walk {
                jobs: Jobs::new(limit, ThreadHooks::default()),
                threads: Vec::new(),
                refuses: false,
                was_refused: false,
                pushed: 0,
                done: 0,
                cancelled: 0,
                has_ended: false,
                random: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            };
            let end = walk.below(400);
            for number in 0..200 {
                if number == end {
                    walk.close();
                    walk.check();
                }
                let choice = walk.below(16);
                if choice == 15 || number.abs_diff(end) < 2 && seed % 6 == 0 {
                    walk.refuses = !walk.refuses && seed % 3 == 0;
                } else if choice < 5 || walk.threads.is_empty() {
                    walk.push();
                } else {
                    let n = walk.below(walk.threads.len());
                    walk.step(n, choice == 14);
                }
                walk.check();
            }
            // Without another push, and without a thread that comes late, all gets done.
            while (0..walk.threads.len()).any(|n| walk.step(n, false)) {
                walk.check();
            }
            assert_eq!(walk.done + walk.cancelled, walk.pushed);
            assert_eq!(walk.has_ended, walk.jobs.is_closed);
            assert!(!walk.jobs.is_closed || walk.threads.is_empty(), "a thread is left");
        }
    }
}
