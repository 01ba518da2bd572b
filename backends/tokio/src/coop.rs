//! tokio's budget, and the wakers that are tokio's own.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use anyrt_core::coop::{note_budget, poll_with_budget};
use anyrt_core::task::OwnWakers;
use tokio::task::coop::{self, RestoreOnPending, has_budget_remaining};
use tokio::task::unconstrained;

/// tokio wakes in its driver, where a panic of another waker ends the process or the runtime (S5).
pub(crate) static WAKERS: OwnWakers<3> = OwnWakers::new();
pub(crate) const TASK: usize = 0;
pub(crate) const BLOCK_ON: usize = 1;
pub(crate) const BLOCK_ON_CURRENT_THREAD: usize = 2;

/// Polls an operation that counts against the budget of the task around it (S17).
#[inline]
pub(crate) fn poll<F: Future>(operation: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    poll_with_budget(operation, cx, &WAKERS, has_budget_remaining, |operation, cx| {
        pin!(unconstrained(operation)).poll(cx)
    })
}

/// Takes one operation from the budget, as [`coop::poll_proceed`] does.
#[inline(always)]
pub(crate) fn poll_proceed(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    match coop::poll_proceed(cx) {
        Poll::Ready(operation) => {
            note_budget();
            Poll::Ready(operation)
        }
        Poll::Pending => poll_refused(cx),
    }
}

#[cold]
fn poll_refused(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    poll(pin!(poll_fn(coop::poll_proceed)), cx)
}
