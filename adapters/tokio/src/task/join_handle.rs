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
    /// Whether it has returned the output.
    is_joined: bool,
}

impl<T> JoinHandle<T> {
    #[inline]
    pub(crate) fn new(inner: anyrt::JoinHandle<T>) -> Self {
        Self { inner, is_joined: false }
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
        AbortHandle::new(self.inner.abort_handle())
    }

    /// Which task it is.
    ///
    /// # Panics
    ///
    /// If it has returned the output: the id has gone with the task.
    #[track_caller]
    pub fn id(&self) -> Id {
        Id::new(self.inner.id())
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        assert!(!self.is_joined, "JoinHandle polled after completion");
        let operation = ready!(poll_proceed(cx));
        let joined = ready!(Pin::new(&mut self.inner).poll(cx));
        operation.made_progress();
        self.is_joined = true;
        Poll::Ready(joined.map_err(JoinError::new))
    }
}

impl<T: fmt::Debug> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut handle = f.debug_struct("JoinHandle");
        match self.is_joined {
            false => handle.field("id", &self.id()).finish(),
            true => handle.finish_non_exhaustive(),
        }
    }
}

/// Aborts a task, without awaiting it.
#[derive(Clone)]
pub struct AbortHandle {
    inner: anyrt::AbortHandle,
}

impl AbortHandle {
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
    ///
    /// # Panics
    ///
    /// If it was made of a join handle that had returned the output.
    #[track_caller]
    pub fn id(&self) -> Id {
        Id::new(self.inner.id())
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("id", &self.id()).finish()
    }
}
