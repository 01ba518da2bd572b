//! The threads of an executor that has none of its own, and who takes the place of one that blocks.

mod wakers;

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use pin_project_lite::pin_project;

use self::wakers::Wakers;
use crate::blocking::refuse_in_place;
use crate::time::{Duration, Instant};
use crate::wait_group::{Member, WaitGroup};
use crate::{Config, ThreadHooks, coop, yield_now};

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
/// let (workers, started) = Workers::start(&Config::default(), 2, move |worker| {
///     // Here the thread enters the runtime.
///     let Some(executor) = runs.upgrade() else { return };
///     worker.work(move |until| futures::executor::block_on(executor.run(until)));
/// });
/// started?;
/// executor.spawn(UntilStop::new(async { println!("on one of them") })).detach();
/// workers.stop();
/// assert!(workers.end(None, || while executor.try_tick() {}));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use = "threads are to be stopped"]
pub struct Workers {
    signals: Arc<Signals>,
    // Without a member when all of them have ended.
    running: WaitGroup,
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
    _running: Member,
}

impl Workers {
    /// Starts threads with the options of `config`, each of which calls `work`.
    ///
    /// An error says that the system refuses a thread; those that have started are there, to be [stopped](Self::stop) and
    /// [ended](Self::end).
    pub fn start(
        config: &Config,
        number: usize,
        work: impl Fn(Worker) + Send + Sync + 'static,
    ) -> (Self, io::Result<()>) {
        let signals: Arc<Signals> = Arc::default();
        let workers = Self { signals: Arc::clone(&signals), running: WaitGroup::default() };
        let crew = Arc::new(Crew {
            signals,
            work: Box::new(work),
            thread_name: config.thread_name.clone(),
            stack_size: config.stack_size,
            hooks: config.thread_hooks.clone(),
            _running: workers.running.join(),
        });
        let started = (0..number).try_for_each(|_| crew.start(None));
        (workers, started)
    }

    /// From now on no task is polled, and the threads end, each when it has nothing to do but that.
    pub fn stop(&self) {
        self.signals.stop.wake_all();
    }

    /// Drops tasks until the last thread has ended, and waits for that at most for so long: a thread that blocks may wait for a
    /// task, and an executor drops its tasks when it is dropped, which nobody may do before. Returns whether the last has ended.
    ///
    /// `poll_some` polls the tasks that are in the queues of the executor. To be called inside the runtime when the threads are to
    /// [stop](Self::stop), and no task is spawned any more. Those that are inside a poll are dropped after it.
    pub fn end(&self, timeout: Option<Duration>, mut poll_some: impl FnMut()) -> bool {
        /// How long it takes to look again for what a thread had in a queue of its own: at first, and in the end.
        const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

        let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let left = || deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        self.signals.tasks.wake_all();
        let mut pause = PAUSES.0;
        loop {
            {
                let _place = Place::take(Some(Duty::Drops(Arc::clone(&self.signals))));
                poll_some();
            }
            let left = left();
            if self.running.wait_timeout(left.map_or(pause, |left| left.min(pause))) {
                return true;
            }
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            pause = PAUSES.1.min(2 * pause);
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

/// What this thread does for a runtime with workers.
enum Duty {
    /// It is one of them.
    Works(Arc<Crew>),
    /// It drops the tasks.
    Drops(Arc<Signals>),
    /// It is in `block_on`, beside them, and polls no tasks.
    BlocksOn,
}

impl Duty {
    /// Of the runtime whose tasks this thread polls, or drops.
    fn signals(&self) -> Option<&Arc<Signals>> {
        match self {
            Self::Works(crew) => Some(&crew.signals),
            Self::Drops(signals) => Some(signals),
            Self::BlocksOn => None,
        }
    }
}

impl Worker {
    /// Has `run` run the executor on this thread until the future is ready, again if it panics, and calls the hooks of the
    /// threads. To be called once, inside the runtime.
    pub fn work(self, run: impl Fn(Pin<&mut dyn Future<Output = ()>>)) {
        let hooks = &self.crew.hooks;
        ThreadHooks::call(hooks.on_start.as_ref());
        let place = Place::take(Some(Duty::Works(Arc::clone(&self.crew))));
        // Tasks do not panic, but wakers of the user may, and none of them is to end the thread.
        let run_once = || match &self.back {
            // Who takes a place keeps it beyond the end of the runtime, to drop tasks. An executor only tries to look into the
            // queues of other threads, so that it looks twice for what the other one has left.
            Some(back) => run(pin!(async {
                yield_now().await;
                back.come().await;
            })),
            None => run(pin!(self.crew.signals.stop.come())),
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

/// Notes that this thread is in the `block_on` of a runtime, which has [`Workers`] or not, until what this returns is dropped.
#[inline]
pub fn enter_block_on(has_workers: bool) -> InBlockOn {
    // Most threads are in no place, and come to none.
    let changes = has_workers || HERE.with(|here| here.borrow().is_some());
    let place = || Place::take(has_workers.then_some(Duty::BlocksOn));
    InBlockOn { _place: changes.then(place) }
}

/// Keeps a thread in a `block_on`; made by [`enter_block_on`].
#[must_use = "the thread has left when this is dropped"]
pub struct InBlockOn {
    _place: Option<Place>,
}

impl fmt::Debug for InBlockOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InBlockOn").finish_non_exhaustive()
    }
}

/// For backends with [`Workers`]: blocks this thread in place (B9), which may be one of them, or in a
/// [`block_on`](enter_block_on) beside them.
///
/// ```
/// use anyrt_core::{backend, coop};
///
/// let _poll = coop::enter_poll();
/// assert!(backend::block_on_worker(|| 42).is_err()); // nobody else would poll the tasks of this thread
/// let _beside = backend::enter_block_on(true);
/// assert_eq!(backend::block_on_worker(|| 42)?, 42);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A panic of the closure goes through.
///
/// # Errors
/// As [`BlockInPlace::block_in_place`](crate::BlockInPlace::block_in_place), or the system refuses a thread.
pub fn block_on_worker<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
    if !coop::is_polling() {
        return Ok(closure());
    }
    // In the closure this is nobody's worker.
    let place = Place::take(None);
    let away = match &place.0 {
        Some(Duty::Works(crew)) => {
            let away = Away(Arc::default());
            crew.start(Some(Arc::clone(&away.0)))?;
            Some(away)
        }
        Some(Duty::BlocksOn) => None,
        Some(Duty::Drops(_)) | None => return Err(refuse_in_place()),
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
        waits: Option<Waits>,
    }

    impl<F> PinnedDrop for UntilStop<F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(waits) = this.project().waits.take() {
                forget_task(&waits);
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

/// A task that waits.
#[derive(Debug)]
struct Waits {
    place: wakers::Place,
    /// The address of the signals of its runtime.
    of: usize,
}

/// If this thread polls tasks for workers, whether these are to stop.
#[inline]
fn is_stopped() -> Option<bool> {
    let is_over = |signals: &Arc<Signals>| signals.stop.is_over();
    HERE.with(|here| here.borrow().as_ref().and_then(Duty::signals).map(is_over))
}

/// `None` if a task that waits on this worker is to be dropped instead.
#[cold]
fn note_task(task: &Waker) -> Option<Waits> {
    let note = |signals: &Arc<Signals>| {
        let place = signals.tasks.add(task)?;
        Some(Waits { place, of: Arc::as_ptr(signals).addr() })
    };
    HERE.with(|here| here.borrow().as_ref().and_then(Duty::signals).and_then(note))
}

/// A task is dropped. Where no thread of its runtime does that, all are.
#[cold]
fn forget_task(waits: &Waits) {
    HERE.with(|here| {
        let here = here.borrow();
        let signals = here.as_ref().and_then(Duty::signals);
        if let Some(signals) = signals.filter(|signals| Arc::as_ptr(signals).addr() == waits.of) {
            signals.tasks.remove(waits.place);
        }
    });
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::future::pending;
    use std::sync::Mutex;
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
        let (workers, started) = Workers::start(&Config::default(), 2, work);
        started.unwrap();
        workers
    }

    fn spawn(executor: &Executor<'static>, task: impl Future<Output = ()> + Send + 'static) {
        executor.spawn(UntilStop::new(task)).detach();
    }

    fn in_place(closure: impl FnOnce()) {
        let _polling = coop::enter_poll();
        block_on_worker(closure).unwrap();
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
            assert!(workers.end(None, || while executor.try_tick() {}));
            assert!(ends.recv().unwrap());
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
        assert!(!workers.end(Some(Duration::ZERO), || while executor.try_tick() {}));
        drop(go);
        kept.recv().unwrap_err();
        assert!(workers.end(None, || ()));
    }

    #[test]
    fn a_panic_in_the_executor_does_not_end_a_thread() {
        let runs = Arc::new(Mutex::new(0));
        let count = Arc::clone(&runs);
        let (workers, started) = Workers::start(&Config::default(), 1, move |worker| {
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
        started.unwrap();
        workers.stop();
        assert!(workers.end(None, || ()));
        assert_eq!(*runs.lock().unwrap(), 3);
    }

    #[test]
    fn nobody_blocks_in_place_who_alone_polls_tasks() {
        let _polling = coop::enter_poll();
        assert!(block_on_worker(|| ()).is_err());
        let beside = enter_block_on(true);
        assert!(block_on_worker(|| ()).is_ok());
        let alone = enter_block_on(false);
        assert!(block_on_worker(|| ()).is_err());
        drop((alone, beside));
        assert!(block_on_worker(|| ()).is_err());
    }
}
