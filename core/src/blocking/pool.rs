//! Threads for blocking closures, for backends whose runtime has none that keep the contract.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::{fmt, io, mem, thread};

use crate::task::{JoinHandle, PendingClosure, pending_closure};
use crate::time::{Duration, Instant};
use crate::{Config, Current, Metrics, ThreadHooks};

/// Runs blocking closures on threads that start when they are needed and end when they are not.
///
/// Clones are the same pool. Its threads outlive it only if closures still run or wait in it; a
/// runtime that ends calls [`close`](Self::close).
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
#[derive(Clone, Debug)]
pub struct BlockingPool {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    limit: NonZeroUsize,
    keep_alive: Duration,
    thread_name: String,
    stack_size: Option<usize>,
    state: Mutex<State>,
    /// For idle threads: one of them was called, or all are to end.
    call: Condvar,
    /// A thread has ended.
    end: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// The threads that take no closure any more, and have a hook to call.
    stopping: usize,
    /// The threads that wait for a call and were not called yet.
    idle: usize,
    /// The calls that no thread has answered yet.
    calls: usize,
    closed: bool,
    /// Of the threads that start from now on. They go when the pool is closed, for they may have what has the pool.
    hooks: ThreadHooks,
}

type Job = Box<dyn PoolJob>;

/// A closure with its join; dropped, it is cancelled. Nothing of it panics.
trait PoolJob: Send {
    fn run(self: Box<Self>);
    /// The system refuses the thread that it needs.
    fn refuse(self: Box<Self>, cause: io::Error);
}

impl<F: FnOnce() -> T + Send, T: Send> PoolJob for PendingClosure<F, T> {
    fn run(self: Box<Self>) {
        self.call();
    }

    fn refuse(self: Box<Self>, cause: io::Error) {
        PendingClosure::refuse(*self, cause);
    }
}

/// A closure whose thread is inside a runtime to its end.
struct Inside<R, F, T> {
    runtime: R,
    closure: PendingClosure<F, T>,
}

impl<R: Current, F: FnOnce() -> T + Send, T: Send> PoolJob for Inside<R, F, T> {
    fn run(self: Box<Self>) {
        let Self { runtime, closure } = *self;
        let _inside = runtime.enter();
        closure.call();
    }

    fn refuse(self: Box<Self>, cause: io::Error) {
        let Self { runtime, closure } = *self;
        let _inside = runtime.enter();
        closure.refuse(cause);
    }
}

impl BlockingPool {
    /// A pool with the limit, the keep-alive, the name, the hooks and the stacks of a configuration.
    ///
    /// ```
    /// use std::num::NonZeroUsize;
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let config = Config::default().max_blocking_threads(NonZeroUsize::new(4).unwrap());
    /// let pool = BlockingPool::new(&config);
    /// # drop(pool);
    /// ```
    pub fn new(config: &Config) -> Self {
        let shared = Shared {
            limit: config.max_blocking_threads,
            keep_alive: config.blocking_keep_alive,
            thread_name: config.thread_name.clone(),
            stack_size: config.stack_size,
            state: Mutex::new(State { hooks: config.thread_hooks.clone(), ..State::default() }),
            call: Condvar::new(),
            end: Condvar::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Runs `closure` on a thread of the pool, or queues it when all are busy and the limit is reached
    /// or the system refuses another (B4, B6).
    ///
    /// After [`close`](Self::close) it is dropped, and the handle resolves to cancelled; where the system
    /// refuses the only thread, the handle resolves to an error with the cause.
    ///
    /// ```
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let pool = BlockingPool::new(&Config::default());
    /// let answer = pool.spawn(|| 6 * 7);
    /// assert_eq!(futures::executor::block_on(answer)?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (job, handle) = pending_closure(closure);
        self.shared.push(Box::new(job));
        handle
    }

    /// The same, with the thread inside `runtime` until all that the closure leaves is dropped (B8).
    pub fn spawn_inside<R, F, T>(&self, runtime: R, closure: F) -> JoinHandle<T>
    where
        R: Current,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (closure, handle) = pending_closure(closure);
        self.shared.push(Box::new(Inside { runtime, closure }));
        handle
    }

    /// Its threads and closures, as a part of what a runtime knows about itself (S22).
    ///
    /// ```
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let pool = BlockingPool::new(&Config::default());
    /// assert_eq!(pool.metrics().blocking_threads, Some(0));
    /// ```
    pub fn metrics(&self) -> Metrics {
        let state = self.shared.lock();
        Metrics {
            blocking_threads: Some(state.threads),
            idle_blocking_threads: Some(state.idle),
            queued_closures: Some(state.queue.len()),
            ..Metrics::default()
        }
    }

    /// Drops the closures that wait, and those that come from now on. Threads end when they have
    /// nothing left to run.
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
        let mut state = self.shared.lock();
        state.closed = true;
        let (queue, hooks) = (mem::take(&mut state.queue), mem::take(&mut state.hooks));
        drop(state);
        self.shared.call.notify_all();
        drop(queue);
        drop(hooks);
    }

    /// Waits until no thread is left, at most for `timeout`; `None` is without limit. Blocks the
    /// thread.
    ///
    /// ```
    /// use std::time::Duration;
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let pool = BlockingPool::new(&Config::default());
    /// let long = pool.spawn(|| std::thread::sleep(Duration::from_secs(3600)));
    /// pool.close();
    /// pool.wait(Some(Duration::from_millis(10)));
    /// # drop(long);
    /// ```
    pub fn wait(&self, timeout: Option<Duration>) {
        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let mut state = self.shared.lock();
        while state.threads + state.stopping > 0 {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return;
            }
            let left = left.unwrap_or(Duration::MAX);
            let woken = self.shared.end.wait_timeout(state, left);
            (state, _) = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Shared {
    // No code of the user runs under the lock.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(self: &Arc<Self>, job: Job) {
        let mut state = self.lock();
        if state.closed {
            drop(state);
            return drop(job);
        }
        state.queue.push_back(job);
        if state.idle > 0 {
            state.idle -= 1;
            state.calls += 1;
            drop(state);
            self.call.notify_one();
        } else if state.threads < self.limit.get() {
            state.threads += 1;
            let hooks = state.hooks.clone();
            drop(state);
            self.start_thread(hooks);
        }
    }

    /// Starts a thread that is counted already.
    fn start_thread(self: &Arc<Self>, hooks: ThreadHooks) {
        let mut thread = thread::Builder::new().name(hooks.name_or(&self.thread_name));
        if let Some(bytes) = self.stack_size {
            thread = thread.stack_size(bytes);
        }
        let shared = Arc::clone(self);
        if let Err(cause) = thread.spawn(move || shared.work(hooks)) {
            for job in self.leave(self.lock()) {
                job.refuse(again(&cause));
            }
        }
    }

    /// Runs what waits, and ends after a time without anything.
    fn work(&self, hooks: ThreadHooks) {
        ThreadHooks::call(hooks.on_start.as_ref());
        let mut state = self.lock();
        loop {
            while let Some(job) = state.queue.pop_front() {
                drop(state);
                job.run();
                state = self.lock();
            }
            if state.closed {
                break;
            }
            let is_called;
            (state, is_called) = self.wait_for_call(state);
            if !is_called {
                break;
            }
        }
        state.stopping += 1;
        let nobody_comes = self.leave(state);
        drop(nobody_comes);
        ThreadHooks::call(hooks.on_stop.as_ref());
        drop(hooks);
        self.lock().stopping -= 1;
        self.end.notify_all();
    }

    fn wait_for_call<'a>(&'a self, state: MutexGuard<'a, State>) -> (MutexGuard<'a, State>, bool) {
        let mut state = state;
        let since = Instant::now();
        state.idle += 1;
        loop {
            let left = self.keep_alive.saturating_sub(since.elapsed());
            let woken = self.call.wait_timeout(state, left);
            let is_late;
            (state, is_late) = woken.map_or_else(
                |poisoned| (poisoned.into_inner().0, false),
                |(state, timeout)| (state, timeout.timed_out()),
            );
            if state.calls > 0 {
                // Whoever called has taken a thread off the idle ones; let it be this one.
                state.calls -= 1;
                return (state, true);
            }
            if is_late || state.closed {
                state.idle -= 1;
                return (state, false);
            }
        }
    }

    /// Takes a thread off the count. Returns the closures that nobody will run, to be dropped.
    fn leave(&self, mut state: MutexGuard<'_, State>) -> VecDeque<Job> {
        state.threads -= 1;
        let is_last = state.threads == 0;
        let queue = if is_last { mem::take(&mut state.queue) } else { VecDeque::new() };
        drop(state);
        self.end.notify_all();
        queue
    }
}

/// The same error once more, for there may be several joins to tell.
fn again(error: &io::Error) -> io::Error {
    let code = error.raw_os_error().map(io::Error::from_raw_os_error);
    code.unwrap_or_else(|| io::Error::new(error.kind(), error.to_string()))
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("queued", &self.queue.len())
            .field("threads", &self.threads)
            .field("idle", &self.idle)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use futures::executor::block_on;

    use super::*;

    fn pool(limit: usize, keep_alive: Duration) -> BlockingPool {
        BlockingPool::new(&Config {
            max_blocking_threads: NonZeroUsize::new(limit).unwrap(),
            blocking_keep_alive: keep_alive,
            ..Config::default()
        })
    }

    #[test]
    fn every_closure_runs_once_however_threads_come_and_go() {
        const CALLERS: usize = 4;
        const EACH: usize = 2000;

        // Threads that are about to end meet closures that are about to come.
        for keep_alive in [Duration::ZERO, Duration::from_micros(50), Duration::MAX] {
            let pool = pool(3, keep_alive);
            let ran = Arc::new(AtomicUsize::new(0));
            thread::scope(|scope| {
                for _ in 0..CALLERS {
                    scope.spawn(|| {
                        for n in 0..EACH {
                            let ran = Arc::clone(&ran);
                            let handle = pool.spawn(move || ran.fetch_add(1, SeqCst));
                            if n % 3 == 0 {
                                block_on(handle).unwrap();
                            }
                        }
                    });
                }
            });
            block_on(pool.spawn(|| ())).unwrap();
            while ran.load(SeqCst) < CALLERS * EACH {
                thread::yield_now();
            }
            pool.close();
            pool.wait(None);
            assert_eq!(ran.load(SeqCst), CALLERS * EACH);
            assert_eq!(pool.shared.lock().threads, 0);
        }
    }

    #[test]
    fn a_stack_that_cannot_be_had_is_an_error_of_the_join() {
        let config = Config::default().stack_size(1 << 46);
        let pool = BlockingPool::new(&config);
        for _ in 0..3 {
            let error = block_on(pool.spawn(|| ())).unwrap_err();
            let source = std::error::Error::source(&error).expect("there is a cause");
            assert!(error.is_refused() && source.is::<io::Error>(), "{error:?}");
        }
        pool.wait(None);
    }

    #[test]
    fn closures_after_the_close_are_dropped() {
        let pool = pool(1, Duration::MAX);
        block_on(pool.spawn(|| ())).unwrap();
        pool.close();
        assert!(block_on(pool.spawn(|| ())).unwrap_err().is_cancelled());
        pool.wait(None);
    }

    #[test]
    fn the_wait_is_for_the_last_hooks_and_no_closure_is_lost_to_them() {
        let calls = Arc::new(AtomicUsize::new(0));
        let (starts, stops) = (Arc::clone(&calls), Arc::clone(&calls));
        let hooks = ThreadHooks::default()
            .on_start(move || _ = starts.fetch_add(1, SeqCst))
            .on_stop(move || _ = stops.fetch_add(1000, SeqCst))
            .name(|| "made".to_owned());
        let config = Config { blocking_keep_alive: Duration::ZERO, ..Config::default() };
        let pool =
            BlockingPool::new(&config.max_blocking_threads(NonZeroUsize::MIN).thread_hooks(hooks));
        for _ in 0..200 {
            let name = pool.spawn(|| thread::current().name().map(str::to_owned));
            assert_eq!(block_on(name).unwrap().as_deref(), Some("made"));
        }
        pool.close();
        pool.wait(None);
        let calls = calls.load(SeqCst);
        assert!(calls > 0 && calls / 1000 == calls % 1000, "{calls}");
    }

    #[test]
    fn the_wait_ends_with_its_timeout() {
        let pool = pool(1, Duration::MAX);
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let closure = pool.spawn(move || gate.recv());
        pool.wait(Some(Duration::from_millis(1)));
        drop(open);
        assert!(block_on(closure).unwrap().is_err());
        pool.close();
        pool.wait(Some(Duration::MAX));
    }
}
