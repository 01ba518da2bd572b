//! Operations that take from the budget of their task.
//!
//! That is tokio's, from which its channels, locks and utilities take, so that all of them are one sum. Beside it anyrt counts
//! what its sockets and timers do, in tasks that are none of this package's too. Its budget is larger, and not reached first.
#![cfg_attr(
    not(all(feature = "net", feature = "process", feature = "rt", feature = "time")),
    allow(dead_code, reason = "who counts is not there then")
)]

use std::cell::Cell;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};
#[cfg(any(feature = "net", feature = "process"))]
use std::{future::Future, pin::Pin};

#[cfg(any(feature = "net", feature = "process"))]
use pin_project_lite::pin_project;
use real::task::coop::{self, RestoreOnPending};
#[cfg(any(feature = "net", feature = "process"))]
use sync_wrapper::SyncFuture;

/// How often an operation is refused within one poll of a task before it goes on all the same: within a `block_on` that
/// is none of a runtime's, which would ask for ever (S17).
const MOST_REFUSALS: u32 = 10_000;

thread_local! {
    /// Since the task that the thread polls was polled.
    static REFUSALS: Cell<u32> = const { Cell::new(0) };
}

/// To be called where a task gets a whole budget.
#[inline]
pub(crate) fn begin_poll() {
    REFUSALS.set(0);
}

/// Takes a unit, which is given back by a drop of what this returns without `made_progress`.
#[inline]
pub(crate) fn poll_proceed(cx: &mut Context<'_>) -> Poll<Option<RestoreOnPending>> {
    match coop::poll_proceed(cx) {
        Poll::Ready(unit) => Poll::Ready(Some(unit)),
        Poll::Pending => refuse(),
    }
}

#[cold]
fn refuse() -> Poll<Option<RestoreOnPending>> {
    let refusals = REFUSALS.get();
    if refusals == MOST_REFUSALS {
        return Poll::Ready(None);
    }
    REFUSALS.set(refusals + 1);
    Poll::Pending
}

/// Polls an operation, which takes a unit if it is ready.
#[inline]
pub(crate) fn poll_counted<T>(
    cx: &mut Context<'_>,
    operation: impl FnOnce(&mut Context<'_>) -> Poll<T>,
) -> Poll<T> {
    let unit = ready!(poll_proceed(cx));
    let output = ready!(operation(cx));
    keep(unit);
    Poll::Ready(output)
}

/// What the unit was taken for has been done.
#[inline]
pub(crate) fn keep(unit: Option<RestoreOnPending>) {
    if let Some(unit) = unit {
        unit.made_progress();
    }
}

/// What waits for something of the runtime's, and takes a unit.
#[cfg(any(feature = "net", feature = "process"))]
pub(crate) fn counted<F: Future>(operation: F) -> Counted<F> {
    Counted { operation: SyncFuture::new(operation) }
}

#[cfg(any(feature = "net", feature = "process"))]
pin_project! {
    /// An operation that takes a unit; made by [`counted`].
    pub(crate) struct Counted<F> {
        #[pin]
        operation: SyncFuture<F>,
    }
}

#[cfg(any(feature = "net", feature = "process"))]
impl<F: Future> Future for Counted<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let operation = self.project().operation;
        poll_counted(cx, |cx| operation.poll(cx))
    }
}

/// Takes a unit before a try, to be [kept](keep) if that does not block. anyrt's is kept in any case, so that others have their
/// turn beside what blocks though it is ready.
pub(crate) async fn before_try() -> Option<RestoreOnPending> {
    anyrt::task::consume_budget().await;
    poll_fn(poll_proceed).await
}
