//! tokio around whatever runs on the runtime of another backend, for libraries that insist on it.
//!
//! The threads of a runtime are inside for good, from their hook at the start on, which costs a poll nothing; a thread in
//! `block_on` is for as long as that lasts. Where threads have no hooks each task and each closure is wrapped.

use std::cell::Cell;
use std::future::{Future, ready};
use std::io;
use std::mem::{self, ManuallyDrop};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::task::{Context, Poll};

use anyrt_core::backend::{InnermostMark, catch_start, mark_innermost, try_threads};
use anyrt_core::{Config, Current};
use pin_project_lite::pin_project;
use tokio_crate::runtime::{Builder, EnterGuard, Handle, Runtime};

use crate::backends::{Handles, TOKIO};
use crate::fork::Process;

/// Whether a runtime has ever asked for it: without one `block_on` takes no lock.
///
/// Ordering: relaxed, for whoever has the handle of such a runtime has it from whoever has set this.
static IS_ASKED_FOR: AtomicBool = AtomicBool::new(false);

/// Has it for the runtime that belongs to the process.
static FOR_GOOD: OnceLock<Arc<Background>> = OnceLock::new();

thread_local! {
    /// Whether this is a thread of the background itself.
    static IS_BACKGROUND: Cell<bool> = const { Cell::new(false) };
    /// In which process it has come inside. A forked child's thread is inside what its parent has.
    static INSIDE_SINCE: Cell<Option<u32>> = const { Cell::new(None) };
}

/// What a process knows of those of its runtimes that are inside.
struct State {
    background: Weak<Background>,
    runtimes: Vec<Handles>,
}

impl State {
    const NONE: Self = Self { background: Weak::new(), runtimes: Vec::new() };

    /// That of this process. A child has one of its own, because another thread of its parent may have held that of its
    /// parent when it was forked.
    fn here() -> MutexGuard<'static, Self> {
        /// One for each process and its parents, as long as these are not many.
        static STATES: [Mutex<State>; 16] = [const { Mutex::new(State::NONE) }; 16];

        // Another number in each of them, once it is watched.
        let _watched = Process::here();
        let state = &STATES[anyrt_fork::forks() as usize % STATES.len()];
        state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A runtime of tokio's, which drives the timers and the sockets of libraries and the tasks that they spawn there.
pub(crate) struct Background {
    /// `None` once it ends.
    runtime: Option<Runtime>,
    process: Process,
}

impl Background {
    /// Starts it if there is none in this process.
    fn start() -> io::Result<Arc<Self>> {
        let mut state = State::here();
        let running = state.background.upgrade();
        if let Some(running) = running.filter(|running| !running.process.is_left_behind()) {
            return Ok(running);
        }
        // tokio panics where the system refuses the thread.
        try_threads(NonZeroUsize::MIN)?;
        let build = || {
            Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("anyrt-tokio")
                .on_thread_start(|| IS_BACKGROUND.set(true))
                .enable_all()
                .build()
        };
        let runtime = catch_start("tokio", build)??;
        let started = Arc::new(Self { runtime: Some(runtime), process: Process::here() });
        state.background = Arc::downgrade(&started);
        Ok(started)
    }

    /// Has this thread be inside, unless it is inside a runtime of tokio's already.
    fn enter(&self) -> Option<Inside<'_>> {
        // A thread that ends can't be inside any more.
        let is_outside = Handle::try_current().is_err_and(|error| error.is_missing_context());
        let is_of_parent = INSIDE_SINCE.get().is_some_and(|since| since != anyrt_fork::forks());
        if !(is_outside || is_of_parent) || self.process.is_left_behind() {
            return None;
        }
        let around = Handles::find();
        let guard = self.runtime.as_ref()?.enter();
        let before = INSIDE_SINCE.replace(Some(anyrt_fork::forks()));
        Some(Inside { _mark: around.as_ref().map(mark), _guard: guard, _since: Since { before } })
    }
}

/// Has the runtime be meant that was the innermost one before, where its backend and tokio's are both compiled in.
fn mark(around: &Handles) -> InnermostMark {
    fn of<R: Current>(_: &R) -> InnermostMark {
        mark_innermost::<R>()
    }
    dispatch!(Handles(handle) = around => of(handle))
}

impl Drop for Background {
    fn drop(&mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        if self.process.is_left_behind() {
            // Its threads are not in this process, and would be waited for.
            let _never_dropped = ManuallyDrop::new(runtime);
        } else {
            runtime.shutdown_background();
        }
    }
}

/// Keeps a thread inside. The mark was made last, and so goes first.
struct Inside<'a> {
    _mark: Option<InnermostMark>,
    _guard: EnterGuard<'a>,
    _since: Since,
}

/// Puts back what [`INSIDE_SINCE`] was.
struct Since {
    before: Option<u32>,
}

impl Drop for Since {
    fn drop(&mut self) {
        INSIDE_SINCE.set(self.before);
    }
}

/// Whether a runtime is to be inside.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Surroundings {
    with_tokio: bool,
}

impl Surroundings {
    pub(crate) fn with_tokio(with_tokio: bool) -> Self {
        Self { with_tokio }
    }

    /// The options with which the threads of a runtime of the backend are inside.
    pub(crate) fn of_threads(self, backend: &str, mut config: Config) -> io::Result<Config> {
        if !self.with_tokio || backend == TOKIO {
            return Ok(config);
        }
        // It lives as long as the hooks, which are the runtime's.
        let background = Background::start()?;
        let hook = config.thread_hooks.on_start.take();
        config.thread_hooks = config.thread_hooks.on_start(move || {
            // The thread is one of the runtime, and ends with it.
            mem::forget(background.enter());
            if let Some(hook) = &hook {
                hook();
            }
        });
        Ok(config)
    }

    /// Has whoever is in `block_on` of a runtime that has been started with these be inside.
    pub(crate) fn of_block_on(self, runtime: &Handles) {
        if !self.with_tokio {
            return;
        }
        IS_ASKED_FOR.store(true, Ordering::Relaxed);
        let mut state = State::here();
        // That of the process may be started again and again.
        if !state.runtimes.contains(runtime) {
            state.runtimes.push(runtime.clone());
        }
    }

    /// To be called when a runtime ends.
    pub(crate) fn end(runtime: &Handles) {
        if IS_ASKED_FOR.load(Ordering::Relaxed) {
            State::here().runtimes.retain(|other| other != runtime);
        }
    }

    /// Has tasks and closures of the runtime be inside that belongs to the process.
    pub(crate) fn of_process(self) -> io::Result<()> {
        if self.with_tokio {
            let background = Background::start()?;
            FOR_GOOD.get_or_init(|| background);
        }
        Ok(())
    }

    /// A task of the runtime that belongs to the process.
    pub(crate) fn task<F: Future>(future: F) -> Task<F> {
        Task { future: Some(future) }
    }

    /// A closure of the runtime that belongs to the process.
    pub(crate) fn closure<T>(closure: impl FnOnce() -> T) -> impl FnOnce() -> T {
        let mut closure = DroppedInside(Some(closure));
        move || {
            let _inside = for_now();
            let closure = closure.0.take().expect("it is called once");
            closure()
        }
    }
}

/// What is dropped inside, if it was not taken.
struct DroppedInside<T>(Option<T>);

impl<T> Drop for DroppedInside<T> {
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            let _inside = for_now();
            drop(value);
        }
    }
}

fn for_now() -> Option<Inside<'static>> {
    FOR_GOOD.get().and_then(|background| background.enter())
}

pin_project! {
    /// Is inside during its polls, and while it is dropped; made by [`Surroundings::task`].
    pub(crate) struct Task<F> {
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Task<F> {
        fn drop(this: Pin<&mut Self>) {
            let _inside = for_now();
            this.project().future.set(None);
        }
    }
}

impl<F: Future> Future for Task<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _inside = for_now();
        let future = self.project().future.as_pin_mut();
        future.expect("it is there until it is dropped").poll(cx)
    }
}

/// What a thread is inside of for a while.
pub(crate) struct Around(Option<Arc<Background>>);

impl Around {
    /// For the time of `block_on`.
    ///
    /// # Panics
    /// This thread runs a task that a library has given to `tokio::spawn`: others would wait for it.
    #[track_caller]
    pub(crate) fn block_on(runtime: &Handles) -> Self {
        if Self::is_here() {
            // tokio knows whether it is a task or a closure that may block, and says so.
            Handle::current().block_on(ready(()));
        }
        Self::of(runtime)
    }

    /// For the end of a runtime, whose destructors are code of its own.
    pub(crate) fn of(runtime: &Handles) -> Self {
        if !IS_ASKED_FOR.load(Ordering::Relaxed) {
            return Self(None);
        }
        let state = State::here();
        Self(state.runtimes.contains(runtime).then(|| state.background.upgrade()).flatten())
    }

    /// Whether there is anything.
    pub(crate) fn is_something(&self) -> bool {
        self.0.is_some()
    }

    /// Whether this is a thread of what is around others, which must not wait for these.
    pub(crate) fn is_here() -> bool {
        IS_BACKGROUND.try_with(Cell::get).unwrap_or(false)
    }

    pub(crate) fn enter(&self) -> impl Sized {
        self.0.as_deref().and_then(Background::enter)
    }
}
