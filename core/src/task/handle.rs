//! The handles of a [`Task`](super::Task).

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use super::Id;
use super::cell::{Cell, Completion};
use crate::spawn::refuse_id;
use crate::{AbortHandle as _, JoinError, coop};

/// Awaits a [`Task`](super::Task) or a closure, and can abort it.
pub struct JoinHandle<T> {
    cell: Arc<Joint<T>>,
}

impl<T> JoinHandle<T> {
    pub(super) fn new(cell: Arc<Joint<T>>) -> Self {
        Self { cell }
    }
}

/// What a task and its handles share.
#[derive(Debug)]
pub struct Joint<T> {
    cell: Cell<T>,
    // Known where an output can be sent, for a handle of which that is not known any more.
    to_abort: fn(Arc<Self>) -> Arc<dyn Abort>,
}

impl<T: Send + 'static> Joint<T> {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { cell: Cell::new(), to_abort: |joint| joint })
    }
}

impl<T> Deref for Joint<T> {
    type Target = Cell<T>;

    fn deref(&self) -> &Cell<T> {
        &self.cell
    }
}

impl<T> Completion<T> for Arc<Joint<T>> {
    fn id(&self) -> Id {
        self.cell.id()
    }

    #[inline]
    fn is_aborted(&self) -> bool {
        self.cell.is_aborted()
    }

    #[inline]
    fn park(&self, waker: &Waker) -> bool {
        self.cell.park(waker)
    }

    fn finish(&self, outcome: Result<T, JoinError>) {
        self.cell.finish(outcome);
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let operation = ready!(coop::poll_proceed(cx));
        let outcome = ready!(self.cell.poll_join(cx));
        operation.made_progress();
        Poll::Ready(outcome)
    }
}

impl<T> crate::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {
        self.cell.abort();
    }

    fn is_finished(&self) -> bool {
        self.cell.is_finished()
    }

    fn abort_handle(&self) -> AbortHandle {
        let cell = (self.cell.to_abort)(Arc::clone(&self.cell));
        AbortHandle { cell: (!self.cell.is_taken()).then_some(cell) }
    }

    #[track_caller]
    fn id(&self) -> Id {
        self.cell.id_of_handle()
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        self.cell.detach();
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("is_finished", &self.cell.is_finished()).finish()
    }
}

/// Aborts a [`Task`](super::Task) or a closure that has not started.
#[derive(Clone)]
pub struct AbortHandle {
    // `None` if the result of the task was taken.
    cell: Option<Arc<dyn Abort>>,
}

trait Abort: Send + Sync {
    fn abort(&self);
    fn is_finished(&self) -> bool;
    fn id(&self) -> Id;
}

impl<T: Send> Abort for Joint<T> {
    fn abort(&self) {
        self.cell.abort();
    }

    fn is_finished(&self) -> bool {
        self.cell.is_finished()
    }

    fn id(&self) -> Id {
        self.cell.id()
    }
}

impl crate::AbortHandle for AbortHandle {
    fn abort(&self) {
        if let Some(cell) = &self.cell {
            cell.abort();
        }
    }

    fn is_finished(&self) -> bool {
        self.cell.as_ref().is_none_or(|cell| cell.is_finished())
    }

    #[track_caller]
    fn id(&self) -> Id {
        // No closure, whose place would be that of the panic.
        let Some(cell) = &self.cell else { refuse_id() };
        cell.id()
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("is_finished", &self.is_finished()).finish()
    }
}
