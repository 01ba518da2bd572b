//! The handles of a local task. They may go where its output may, and the one that aborts anywhere.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyrt_core::JoinError;
use anyrt_core::task::{Completion, Id, OutcomeCell};

use super::queue::Header;
use crate::running::as_task;

/// What a local task and its join handle share.
pub(super) struct Shared<T> {
    pub(super) header: Arc<Header>,
    outcome: OutcomeCell<T>,
}

impl<T> Shared<T> {
    /// The header is for the id of the cell.
    pub(super) fn new(header: Arc<Header>, outcome: OutcomeCell<T>) -> Arc<Self> {
        Arc::new(Self { header, outcome })
    }
}

/// The task's half.
pub(super) struct ToHandle<T>(pub(super) Arc<Shared<T>>);

impl<T> Completion<T> for ToHandle<T> {
    fn id(&self) -> Id {
        self.0.header.id
    }

    fn is_aborted(&self) -> bool {
        self.0.header.is_aborted()
    }

    fn park(&self, _: &Waker) -> bool {
        // An abort wakes the task by the header.
        !self.is_aborted()
    }

    fn finish(&self, outcome: Result<T, JoinError>) {
        // Before whoever awaits it is woken, and may ask.
        self.0.header.finish();
        self.0.outcome.finish(outcome);
    }
}

/// Awaits a local task.
pub(crate) struct LocalJoinHandle<T>(pub(super) Arc<Shared<T>>);

impl<T> LocalJoinHandle<T> {
    pub(crate) fn abort(&self) {
        self.0.header.abort();
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.0.header.is_finished()
    }

    pub(crate) fn abort_handle(&self) -> LocalAbortHandle {
        LocalAbortHandle(Arc::clone(&self.0.header))
    }

    #[track_caller]
    pub(crate) fn id(&self) -> Id {
        self.0.outcome.id_of_handle()
    }

    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        crate::coop::poll_proceed(cx, |cx| self.0.outcome.poll_join(cx))
    }
}

impl<T> Drop for LocalJoinHandle<T> {
    fn drop(&mut self) {
        as_task(self.0.header.id, || self.0.outcome.detach());
    }
}

/// Aborts a local task.
#[derive(Clone)]
pub(crate) struct LocalAbortHandle(Arc<Header>);

impl LocalAbortHandle {
    pub(crate) fn abort(&self) {
        self.0.abort();
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }

    pub(crate) fn id(&self) -> Id {
        self.0.id
    }
}

impl fmt::Debug for LocalAbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("AbortHandle");
        text.field("id", &self.id()).field("is_finished", &self.is_finished()).finish()
    }
}
