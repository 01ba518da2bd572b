//! What tasks are spawned with from anywhere.

use std::cell::Cell;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::{fmt, thread};

use anyrt::generic::task::is_large;
use sync_wrapper::SyncWrapper;

use crate::context::{self, Settings};
use crate::runtime::{Id, RuntimeFlavor, RuntimeMetrics, TryCurrentError};
use crate::task::{Around, JoinHandle, budgeted, settled};

/// A runtime that runs.
#[derive(Clone)]
pub struct Handle {
    inner: Arc<Settings>,
}

impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

impl Handle {
    pub(crate) fn new(inner: Arc<Settings>) -> Self {
        Self { inner }
    }

    /// The runtime as anyrt knows it.
    #[inline]
    pub(crate) fn anyrt(&self) -> &anyrt::Handle {
        &self.inner.handle
    }

    pub(super) fn settings(&self) -> &Arc<Settings> {
        &self.inner
    }

    /// Puts this thread inside the runtime until the guard is dropped.
    ///
    /// # Panics
    ///
    /// Guards that are not dropped in the reverse order of their making panic when they are.
    pub fn enter(&self) -> EnterGuard<'_> {
        context::note_inside();
        let depth = DEPTH.get() + 1;
        DEPTH.set(depth);
        EnterGuard { _depth: Depth(depth), _inner: SyncWrapper::new(self.anyrt().enter()) }
    }

    /// The runtime that this thread is inside.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[track_caller]
    pub fn current() -> Self {
        Self { inner: Settings::of(context::here().clone()) }
    }

    /// The runtime that this thread is inside.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        match anyrt::Handle::try_current() {
            Some(handle) => Ok(Self { inner: Settings::of(handle) }),
            None => Err(context::outside()),
        }
    }

    /// Starts `future` as a task.
    #[inline]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // Here already, because each call that a future is moved through may copy it.
        if const { is_large::<F>() } {
            JoinHandle::new(self.anyrt().spawn(budgeted(Box::pin(future))))
        } else {
            JoinHandle::new(self.anyrt().spawn(budgeted(future)))
        }
    }

    /// Runs `func` on a thread where blocking is welcome.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        JoinHandle::new(self.anyrt().spawn_blocking(func))
    }

    /// Runs `future` to its end on this thread, inside the runtime.
    ///
    /// Unlike tokio's it also polls the tasks, timers and sockets of a current-thread runtime.
    ///
    /// # Panics
    ///
    /// In async code, and as `future` does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        if const { is_large::<F>() } { self.drive(Box::pin(future)) } else { self.drive(future) }
    }

    #[track_caller]
    pub(super) fn drive<F: Future>(&self, future: F) -> F::Output {
        context::check_block_on();
        let _busy = self.inner.built.places.block_on();
        let _around = Around::block_on();
        let is_current_thread = self.runtime_flavor() == RuntimeFlavor::CurrentThread;
        let lets_tasks_go_first = is_current_thread && !self.inner.built.is_local;
        self.anyrt().block_on(settled(budgeted(future), lets_tasks_go_first))
    }

    /// Whether its tasks are polled by threads of its own.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        match self.inner.built.workers {
            Some(_) => RuntimeFlavor::MultiThread,
            None => RuntimeFlavor::CurrentThread,
        }
    }

    /// Which runtime it is.
    pub fn id(&self) -> Id {
        Id::new(self.inner.id)
    }

    /// The name that [`Builder::name`](super::Builder::name) gave it.
    pub fn name(&self) -> Option<&str> {
        self.inner.built.name.as_deref()
    }

    /// A view of its state.
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics::new(Arc::clone(&self.inner))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("inner", self.anyrt()).finish()
    }
}

thread_local! {
    /// How many guards of this thread there are.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Keeps a thread inside a runtime; made by [`Handle::enter`] and [`Runtime::enter`](super::Runtime::enter).
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    // Dropped first. A destructor of the guard itself would keep the handle borrowed until then.
    _depth: Depth,
    /// Kept for its destructor, which is of this thread. There is nothing that others could do with a reference to it.
    _inner: SyncWrapper<anyrt::EnterGuard<'a>>,
}

/// Which guard of its thread it is.
#[derive(Debug)]
struct Depth(usize);

impl Drop for Depth {
    fn drop(&mut self) {
        let is_last = DEPTH.get() == self.0;
        if is_last {
            DEPTH.set(self.0 - 1);
        }
        assert!(
            is_last || thread::panicking(),
            "`EnterGuard` values dropped out of order. Guards returned by `tokio::runtime::Handle::enter()` must be \
             dropped in the reverse order as they were acquired."
        );
    }
}
