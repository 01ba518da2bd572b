//! Awaiting and aborting a task, whichever backend it runs on.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use anyrt_core::observe::{self, Wait};
use anyrt_core::task::Id;
use anyrt_core::{AbortHandle as _, JoinError, JoinHandle as _};

use crate::backends::{AbortHandles, JoinHandles};
use crate::local::{LocalAbortHandle, LocalJoinHandle};
use crate::running::{AfterDrop, before_drop};

/// Awaits a task or a blocking closure, and can abort it.
///
/// Awaiting is cancel safe and gives the output, or a [`JoinError`] if the task panicked or was
/// aborted. Dropping the handle detaches: the task runs on.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() {
/// let task = anyrt::spawn(async { 6 * 7 });
/// assert_eq!(task.await.unwrap(), 42);
///
/// let endless = anyrt::spawn(std::future::pending::<()>());
/// endless.abort();
/// assert!(endless.await.unwrap_err().is_cancelled());
/// # }
/// ```
///
/// # Panics
/// When it is polled again after it returned its result.
pub struct JoinHandle<T> {
    handles: JoinHandles<T>,
    _after: AfterDrop,
    // Whether it can be sent and shared depends on whether an output can be sent, and on nothing else.
    _output: PhantomData<Mutex<T>>,
}

// Whatever is compiled, and whatever the output is: a task contains its panics.
impl<T> Unpin for JoinHandle<T> {}
impl<T> UnwindSafe for JoinHandle<T> {}
impl<T> RefUnwindSafe for JoinHandle<T> {}
impl UnwindSafe for AbortHandle {}
impl RefUnwindSafe for AbortHandle {}

impl<T> JoinHandle<T> {
    #[inline]
    pub(crate) fn new(handles: JoinHandles<T>) -> Self {
        Self { handles, _after: AfterDrop, _output: PhantomData }
    }

    pub(crate) fn local(handle: LocalJoinHandle<T>) -> Self {
        Self::new(JoinHandles::Local { handle })
    }

    /// Polls it without a note of what the task around this waits for.
    #[inline]
    #[track_caller]
    pub(crate) fn poll_silently(&mut self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        self.handles.poll(cx)
    }
}

impl<T> Drop for JoinHandle<T> {
    #[inline]
    fn drop(&mut self) {
        before_drop(self.handles.number());
    }
}

// Whatever the output is.
impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").finish_non_exhaustive()
    }
}

impl<T> JoinHandle<T> {
    /// Asks that the task be stopped at its next `.await`; returns at once.
    ///
    /// See [`AbortHandle::abort`](anyrt_core::AbortHandle::abort) for what is guaranteed.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// let endless = anyrt::spawn(std::future::pending::<()>());
    /// endless.abort();
    /// assert!(endless.await.unwrap_err().is_cancelled());
    /// # }
    /// ```
    pub fn abort(&self) {
        on_join_handle!(handle = &self.handles => handle.abort());
    }

    /// Whether the handle would resolve now.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// let task = anyrt::spawn(async { 42 });
    /// while !task.is_finished() {
    ///     anyrt::task::yield_now().await;
    /// }
    /// assert_eq!(task.await?, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_finished(&self) -> bool {
        on_join_handle!(handle = &self.handles => handle.is_finished())
    }

    /// A handle that can abort the task and can be cloned, but does not await it.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// let task = anyrt::spawn(std::future::pending::<()>());
    /// let abort = task.abort_handle();
    /// std::thread::spawn(move || abort.abort());
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # }
    /// ```
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle(self.handles.abort_handle())
    }

    /// Which task it is: what [`task::id`](crate::task::id) says inside of it.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let task = anyrt::spawn(async { anyrt::task::id() });
    /// let id = task.id();
    /// assert_eq!(task.await.unwrap(), id);
    /// # }
    /// ```
    ///
    /// # Panics
    /// The handle has returned its result.
    #[track_caller]
    pub fn id(&self) -> Id {
        on_join_handle!(handle = &self.handles => handle.id())
    }

    /// Ties the task to the handle: dropping what this returns aborts the task.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() {
    /// use std::{future::pending, sync::Arc};
    ///
    /// let held = Arc::new(());
    /// let in_task = held.clone();
    /// let task = anyrt::spawn(async move {
    ///     let _held = in_task;
    ///     pending::<()>().await
    /// });
    /// drop(task.abort_on_drop());
    /// while Arc::strong_count(&held) > 1 {
    ///     anyrt::task::yield_now().await;
    /// }
    /// # }
    /// ```
    pub fn abort_on_drop(self) -> AbortOnDrop<T> {
        anyrt_core::JoinHandle::abort_on_drop(self)
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let poll = self.poll_silently(cx);
        observe::label(&poll, || Wait::join(self.id()));
        poll
    }
}

impl<T> anyrt_core::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {
        JoinHandle::abort(self);
    }

    fn is_finished(&self) -> bool {
        JoinHandle::is_finished(self)
    }

    fn abort_handle(&self) -> AbortHandle {
        JoinHandle::abort_handle(self)
    }

    #[track_caller]
    fn id(&self) -> Id {
        JoinHandle::id(self)
    }
}

/// Aborts a task; can be cloned, and outlives the task without harm.
#[derive(Clone, Debug)]
pub struct AbortHandle(Aborts);

#[derive(Clone, Debug)]
pub(crate) enum Aborts {
    Runtime(AbortHandles),
    Local(LocalAbortHandle),
}

impl AbortHandle {
    /// See [`JoinHandle::abort`].
    pub fn abort(&self) {
        match &self.0 {
            Aborts::Runtime(handle) => dispatch!(AbortHandles(handle) = handle => handle.abort()),
            Aborts::Local(handle) => handle.abort(),
        };
    }

    /// Whether the task has ended and its future has been dropped.
    pub fn is_finished(&self) -> bool {
        match &self.0 {
            Aborts::Runtime(handle) => {
                dispatch!(AbortHandles(handle) = handle => handle.is_finished())
            }
            Aborts::Local(handle) => handle.is_finished(),
        }
    }

    /// Which task it is, also once it has ended.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() {
    /// let task = anyrt::spawn(async { anyrt::task::id() });
    /// let abort = task.abort_handle();
    /// assert_eq!(task.await.unwrap(), abort.id());
    /// # }
    /// ```
    ///
    /// # Panics
    /// It was made of a join handle that had returned its result.
    #[track_caller]
    pub fn id(&self) -> Id {
        match &self.0 {
            Aborts::Runtime(handle) => dispatch!(AbortHandles(handle) = handle => handle.id()),
            Aborts::Local(handle) => handle.id(),
        }
    }
}

impl anyrt_core::AbortHandle for AbortHandle {
    fn abort(&self) {
        AbortHandle::abort(self);
    }

    fn is_finished(&self) -> bool {
        AbortHandle::is_finished(self)
    }

    #[track_caller]
    fn id(&self) -> Id {
        AbortHandle::id(self)
    }
}

/// A join handle that aborts its task when it is dropped; made by [`JoinHandle::abort_on_drop`].
pub type AbortOnDrop<T> = anyrt_core::AbortOnDrop<T, JoinHandle<T>>;
