//! Awaiting and aborting a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::task::coop::poll_proceed;
use crate::task::{Id, JoinError};

/// Awaits the output of a task. Dropping it detaches the task, which goes on.
pub struct JoinHandle<T> {
    inner: anyrt::JoinHandle<T>,
    /// The task, of which `inner` knows nothing once it has returned the output. `None` until the first poll.
    task: Option<AbortHandle>,
    is_joined: bool,
}

impl<T> JoinHandle<T> {
    #[inline]
    pub(crate) fn new(inner: anyrt::JoinHandle<T>) -> Self {
        Self { inner, task: None, is_joined: false }
    }

    /// Asks that the task be stopped; a blocking closure that runs goes on.
    pub fn abort(&self) {
        self.inner.abort();
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }

    /// Aborts the task from elsewhere.
    #[must_use = "abort handles do nothing unless `.abort` is called"]
    pub fn abort_handle(&self) -> AbortHandle {
        self.task.clone().unwrap_or_else(|| AbortHandle::new(self.inner.abort_handle()))
    }

    /// Which task it is.
    pub fn id(&self) -> Id {
        self.task.as_ref().map_or_else(|| Id::new(self.inner.id()), AbortHandle::id)
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { inner, task, is_joined } = &mut *self;
        assert!(!*is_joined, "JoinHandle polled after completion");
        let operation = ready!(poll_proceed(cx));
        if task.is_none() {
            *task = Some(AbortHandle::new(inner.abort_handle()));
        }
        let joined = ready!(Pin::new(inner).poll(cx));
        operation.made_progress();
        *is_joined = true;
        Poll::Ready(joined.map_err(JoinError::new))
    }
}

impl<T: fmt::Debug> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("id", &self.id()).finish()
    }
}

/// Aborts a task, without awaiting it.
#[derive(Clone)]
pub struct AbortHandle {
    inner: anyrt::AbortHandle,
}

impl AbortHandle {
    #[inline]
    pub(crate) fn new(inner: anyrt::AbortHandle) -> Self {
        Self { inner }
    }

    /// Asks that the task be stopped; a blocking closure that runs goes on.
    pub fn abort(&self) {
        self.inner.abort();
    }

    /// Whether the task has ended.
    pub fn is_finished(&self) -> bool {
        self.inner.is_finished()
    }

    /// Which task it is.
    pub fn id(&self) -> Id {
        Id::new(self.inner.id())
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("id", &self.id()).finish()
    }
}
