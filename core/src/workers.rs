//! The threads of an executor that has none of its own, and who takes the place of one that blocks.

mod wakers;

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;

use pin_project_lite::pin_project;

use self::wakers::Wakers;
use crate::blocking::refuse_in_place;
use crate::time::Duration;
use crate::{Config, ThreadHooks, coop};

/// For backends: threads that run an executor which has none of its own.
///
/// They have the names, the stacks and the hooks of the configuration (K10), stop when they are told to, and blocking
/// [in place](block_on_worker) is possible on them (B9). Its tasks are to be [`UntilStop`].
///
/// ```
/// use std::sync::Arc;
/// use anyrt_core::Config;
/// use anyrt_core::backend::{UntilStop, Workers};
///
/// # let executor = Arc::new(async_executor::Executor::new());
/// let runs = Arc::downgrade(&executor);
/// let workers = Workers::start(&Config::default(), 2, move |worker| {
///     // Here the thread enters the runtime.
///     let Some(executor) = runs.upgrade() else { return };
///     worker.work(move |until| futures::executor::block_on(executor.run(until)));
/// })?;
/// executor.spawn(UntilStop::new(async { println!("on one of them") })).detach();
/// workers.stop();
/// assert!(workers.wait(None));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "threads are to be stopped"]
pub struct Workers {
    signals: Arc<Signals>,
    // Disconnected when all of them have ended.
    ended: Mutex<mpsc::Receiver<()>>,
}

#[derive(Default)]
struct Signals {
    /// Of the workers.
    stop: Wakers,
    /// Of the tasks that have waited.
    tasks: Wakers,
}

/// What each of the threads has.
struct Crew {
    signals: Arc<Signals>,
    work: Box<dyn Fn(Worker) + Send + Sync>,
    thread_name: String,
    stack_size: Option<usize>,
    // The hooks go before whoever waits is told that the last thread has ended.
    hooks: ThreadHooks,
    _end: mpsc::Sender<()>,
}

impl Workers {
    /// Starts threads with the options of `config`, each of which calls `work`.
    ///
    /// # Errors
    /// The system refuses a thread. Those that it has not refused have ended by then.
    pub fn start(
        config: &Config,
        number: usize,
        work: impl Fn(Worker) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let signals: Arc<Signals> = Arc::default();
        let (end, ended) = mpsc::channel();
        let workers = Self { signals: Arc::clone(&signals), ended: Mutex::new(ended) };
        let crew = Arc::new(Crew {
            signals,
            work: Box::new(work),
            thread_name: config.thread_name.clone(),
            stack_size: config.stack_size,
            hooks: config.thread_hooks.clone(),
            _end: end,
        });
        let started = (0..number).try_for_each(|_| crew.start(None));
        drop(crew);
        if started.is_err() {
            workers.stop();
            workers.wait(None);
        }
        started.map(|()| workers)
    }

    /// From now on no task is polled, and the threads end, each when it has nothing to do but that.
    pub fn stop(&self) {
        self.signals.stop.wake_all();
    }

    /// Drops the tasks, for a thread that blocks may wait for one: an executor drops them when it is dropped, which nobody may do
    /// before the last thread has left it.
    ///
    /// `poll_one` polls a task from the queue of the executor, if there is one. To be called inside the runtime when the threads are to
    /// [stop](Self::stop), and no task is spawned any more. Those that are inside a poll are dropped after it.
    pub fn drop_tasks(&self, mut poll_one: impl FnMut() -> bool) {
        self.signals.tasks.wake_all();
        let _place = Place::take(Some(Duty { signals: Arc::clone(&self.signals), crew: None }));
        while poll_one() {}
    }

    /// Waits until the last thread has ended, at most for so long. Returns whether it has.
    pub fn wait(&self, timeout: Option<Duration>) -> bool {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing is ever sent.
        match timeout {
            Some(timeout) => ended.recv_timeout(timeout) == Err(RecvTimeoutError::Disconnected),
            None => ended.recv().is_err(),
        }
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers").finish_non_exhaustive()
    }
}

impl Crew {
    /// Starts a thread, which may be one that takes the place of another until that is `back`.
    fn start(self: &Arc<Self>, back: Option<Arc<Wakers>>) -> io::Result<()> {
        let mut thread = thread::Builder::new().name(self.hooks.name_or(&self.thread_name));
        if let Some(bytes) = self.stack_size {
            thread = thread.stack_size(bytes);
        }
        let crew = Arc::clone(self);
        let work = move || (crew.work)(Worker { crew: Arc::clone(&crew), back });
        thread.spawn(work).map(drop)
    }
}

/// One of the threads of [`Workers`].
pub struct Worker {
    crew: Arc<Crew>,
    back: Option<Arc<Wakers>>,
}

thread_local! {
    // A worker puts `None` back, and without a destructor the variable costs less to read.
    static HERE: ManuallyDrop<RefCell<Option<Duty>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
}

/// What this thread does for a runtime.
struct Duty {
    signals: Arc<Signals>,
    /// If it is one of the threads.
    crew: Option<Arc<Crew>>,
}

impl Worker {
    /// Has `run` run the executor on this thread until the future is ready, again if it panics, and calls the hooks of the
    /// threads. To be called once, inside the runtime.
    pub fn work(self, run: impl Fn(Pin<&mut dyn Future<Output = ()>>)) {
        let hooks = &self.crew.hooks;
        ThreadHooks::call(hooks.on_start.as_ref());
        let place = Place::take(Some(Duty {
            signals: Arc::clone(&self.crew.signals),
            crew: Some(Arc::clone(&self.crew)),
        }));
        // Tasks do not panic, but wakers of the user may, and none of them is to end the thread.
        let run_once = || {
            // Who takes a place keeps it beyond the end of the runtime, to drop tasks.
            let signal = self.back.as_deref().unwrap_or(&self.crew.signals.stop);
            run(pin!(signal.come()));
        };
        while catch_unwind(AssertUnwindSafe(run_once)).is_err() {}
        drop(place);
        // It may be the last that has the executor.
        drop(run);
        ThreadHooks::call(hooks.on_stop.as_ref());
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

/// The place of a thread, where it is again when this is dropped.
#[must_use = "the thread is back when this is dropped"]
struct Place(Option<Duty>);

impl Place {
    /// Comes to another place, or to none.
    fn take(place: Option<Duty>) -> Self {
        Self(HERE.with(|here| here.replace(place)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let left = HERE.with(|here| here.replace(self.0.take()));
        drop(left);
    }
}

/// Is back when it is dropped.
struct Away(Arc<Wakers>);

impl Drop for Away {
    fn drop(&mut self) {
        self.0.wake_all();
    }
}

/// For backends with [`Workers`]: blocks this thread in place (B9).
///
/// `is_beside_workers` tells, where this thread polls async code and is no worker, whether it is in the `block_on` of a runtime that
/// has some.
///
/// # Errors
/// As [`BlockInPlace::block_in_place`](crate::BlockInPlace::block_in_place), or the system refuses a thread.
pub fn block_on_worker<T>(
    is_beside_workers: impl FnOnce() -> bool,
    closure: impl FnOnce() -> T,
) -> io::Result<T> {
    if !coop::is_polling() {
        return Ok(closure());
    }
    // In the closure this is nobody's worker.
    let place = Place::take(None);
    let away = match place.0.as_ref().and_then(|duty| duty.crew.as_ref()) {
        Some(crew) => {
            let away = Away(Arc::default());
            crew.start(Some(Arc::clone(&away.0)))?;
            Some(away)
        }
        None if is_beside_workers() => None,
        None => return Err(refuse_in_place()),
    };
    let allowed = coop::allow_blocking();
    let output = closure();
    drop((allowed, away, place));
    Ok(output)
}

pin_project! {
    /// For backends: a task that is polled no more, and dropped instead, once the [`Workers`] of its executor are told to stop (K8).
    ///
    /// An executor may poll many tasks before it looks whether it is to stop.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless awaited"]
    pub struct UntilStop<F> {
        #[pin]
        task: F,
        // Among those that have waited, on a worker.
        waits: Option<wakers::Place>,
    }

    impl<F> PinnedDrop for UntilStop<F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(place) = this.project().waits.take() {
                forget_task(place);
            }
        }
    }
}

impl<F: Future<Output = ()>> UntilStop<F> {
    /// For a task that may be polled elsewhere as well, where it is as it is.
    #[inline]
    pub fn new(task: F) -> Self {
        Self { task, waits: None }
    }
}

impl<F: Future<Output = ()>> Future for UntilStop<F> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let is_stopped = is_stopped();
        if is_stopped == Some(true) || this.task.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        // Where there are no workers, nobody blocks in place.
        if is_stopped.is_some() && this.waits.is_none() {
            *this.waits = note_task(cx.waker());
            if this.waits.is_none() {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}

/// If this thread is a worker, whether it is to stop.
#[inline]
fn is_stopped() -> Option<bool> {
    HERE.with(|here| here.borrow().as_ref().map(|duty| duty.signals.stop.is_over()))
}

/// `None` if a task that waits on this worker is to be dropped instead.
#[cold]
fn note_task(task: &Waker) -> Option<wakers::Place> {
    HERE.with(|here| here.borrow().as_ref().and_then(|duty| duty.signals.tasks.add(task)))
}

/// A task is dropped. Where no worker does that, all are.
#[cold]
fn forget_task(place: wakers::Place) {
    HERE.with(|here| {
        if let Some(duty) = &*here.borrow() {
            duty.signals.tasks.remove(place);
        }
    });
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::mpsc::channel;

    use async_executor::Executor;
    use futures::executor::block_on;

    use super::*;

    /// On two threads.
    fn start(executor: &Arc<Executor<'static>>) -> Workers {
        let runs = Arc::clone(executor);
        let work = move |worker: Worker| {
            let executor = Arc::clone(&runs);
            worker.work(move |until| block_on(executor.run(until)));
        };
        Workers::start(&Config::default(), 2, work).unwrap()
    }

    fn spawn(executor: &Executor<'static>, task: impl Future<Output = ()> + Send + 'static) {
        executor.spawn(UntilStop::new(task)).detach();
    }

    fn in_place(closure: impl FnOnce()) {
        let _polling = coop::enter_poll();
        block_on_worker(|| false, closure).unwrap();
    }

    #[test]
    fn a_task_that_waits_is_dropped_though_every_thread_blocks() {
        for is_in_place in [false, true] {
            let executor = Arc::default();
            let workers = start(&executor);
            let (holds, told) = (channel::<()>(), channel());
            for (tell, sender) in [(told.0.clone(), Some(holds.0)), (told.0.clone(), None)] {
                spawn(&executor, async move {
                    let _sender = sender;
                    tell.send(()).unwrap();
                    pending().await
                });
            }
            told.1.recv().unwrap();
            told.1.recv().unwrap();
            let (ended, ends) = channel();
            spawn(&executor, async move {
                let wait = || ended.send(holds.1.recv().is_err()).unwrap();
                told.0.send(()).unwrap();
                if is_in_place { in_place(wait) } else { wait() }
            });
            told.1.recv().unwrap();
            workers.stop();
            workers.drop_tasks(|| executor.try_tick());
            assert!(ends.recv().unwrap());
            assert!(workers.wait(None));
        }
    }

    #[test]
    fn a_task_that_would_wait_after_the_end_is_dropped() {
        let executor = Arc::default();
        let workers = start(&executor);
        let ((tell, told), (go, goes), (keep, kept)) =
            (channel(), channel::<()>(), channel::<()>());
        spawn(&executor, async move {
            let _keep = keep;
            tell.send(()).unwrap();
            goes.recv().unwrap_err();
            pending().await
        });
        told.recv().unwrap();
        workers.stop();
        workers.drop_tasks(|| executor.try_tick());
        assert!(!workers.wait(Some(Duration::ZERO)));
        drop(go);
        kept.recv().unwrap_err();
        assert!(workers.wait(None));
    }

    #[test]
    fn a_panic_in_the_executor_does_not_end_a_thread() {
        let runs = Arc::new(Mutex::new(0));
        let count = Arc::clone(&runs);
        let workers = Workers::start(&Config::default(), 1, move |worker| {
            let runs = Arc::clone(&count);
            worker.work(move |until| {
                let run = {
                    let mut runs = runs.lock().unwrap();
                    *runs += 1;
                    *runs
                };
                assert!(run > 2, "on purpose");
                block_on(until);
            });
        });
        let workers = workers.unwrap();
        workers.stop();
        assert!(workers.wait(None));
        assert_eq!(*runs.lock().unwrap(), 3);
    }

    #[test]
    fn nobody_blocks_in_place_who_alone_polls_tasks() {
        let _polling = coop::enter_poll();
        assert!(block_on_worker(|| false, || ()).is_err());
        assert!(block_on_worker(|| true, || ()).is_ok());
    }
}
