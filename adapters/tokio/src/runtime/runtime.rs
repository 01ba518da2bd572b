//! A runtime of the caller's own.

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::thread;
use std::time::Duration;

use anyrt::generic::task::is_large;

use crate::context;
use crate::runtime::{EnterGuard, Handle, RuntimeMetrics};
use crate::task::{JoinHandle, budgeted};

/// Owns a runtime.
///
/// Dropping it drops its tasks, and waits for the blocking closures that run.
#[derive(Debug)]
pub struct Runtime {
    /// `None` once it has ended.
    inner: Option<anyrt::Runtime>,
    handle: Handle,
}

impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

/// Which threads poll the tasks of a runtime.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// Those that block on it.
    CurrentThread,
    /// Threads of its own.
    MultiThread,
}

impl Runtime {
    pub(crate) fn from_parts(inner: anyrt::Runtime, handle: Handle) -> Self {
        Self { inner: Some(inner), handle }
    }

    /// Starts one with worker threads, I/O and time.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`](super::Builder::build).
    #[cfg(feature = "rt-multi-thread")]
    pub fn new() -> std::io::Result<Self> {
        super::Builder::new_multi_thread().enable_all().build()
    }

    /// What tasks are spawned with, from anywhere.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Starts `future` as a task.
    #[inline]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if const { is_large::<F>() } {
            JoinHandle::new(self.handle.anyrt().spawn(budgeted(Box::pin(future))))
        } else {
            JoinHandle::new(self.handle.anyrt().spawn(budgeted(future)))
        }
    }

    /// Runs `func` on a thread where blocking is welcome.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, func: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(func)
    }

    /// Runs `future` to its end on this thread, inside the runtime.
    ///
    /// # Panics
    ///
    /// In async code, and as `future` does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        if const { is_large::<F>() } {
            self.handle.drive(Box::pin(future))
        } else {
            self.handle.drive(future)
        }
    }

    /// Puts this thread inside the runtime until the guard is dropped.
    ///
    /// # Panics
    ///
    /// As [`Handle::enter`].
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Ends the runtime, and waits at most for `duration` until what runs has stopped.
    ///
    /// # Panics
    ///
    /// In async code, unless `duration` is zero.
    #[track_caller]
    pub fn shutdown_timeout(mut self, duration: Duration) {
        self.end(Some(duration));
    }

    /// Ends the runtime, and waits for nothing.
    pub fn shutdown_background(self) {
        self.shutdown_timeout(Duration::ZERO);
    }

    /// A view of its state.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }

    #[track_caller]
    fn end(&mut self, timeout: Option<Duration>) {
        let Some(runtime) = self.inner.take() else { return };
        let end = move || match timeout {
            // The error is that of a runtime which belongs to the process: it goes on.
            Some(timeout) => drop(runtime.shutdown_timeout(timeout)),
            None => drop(runtime),
        };
        let may_wait = timeout != Some(Duration::ZERO);
        if may_wait && !context::is_async() && self.is_left_by_waiting() {
            // anyrt waits for nothing on a thread that is inside a runtime. If none can be had, it is ended all the
            // same.
            let waiting = thread::Builder::new().name("runtime-end".to_owned()).spawn(end);
            drop(waiting.map(thread::JoinHandle::join));
            return;
        }
        end();
        assert!(
            !may_wait || !context::is_async() || thread::panicking(),
            "Cannot drop a runtime in a context where blocking is not allowed. This happens when a runtime is dropped \
             from within an asynchronous context."
        );
    }

    /// Whether another thread can wait for the end. That of a closure of the runtime itself would wait for ever.
    fn is_left_by_waiting(&self) -> bool {
        let inside = anyrt::Handle::try_current();
        let is_of_this =
            || anyrt::task::try_id().is_some() && inside.as_ref() == Some(self.handle.anyrt());
        inside.is_some() && !is_of_this()
    }
}

impl Drop for Runtime {
    #[track_caller]
    fn drop(&mut self) {
        self.end(None);
    }
}
