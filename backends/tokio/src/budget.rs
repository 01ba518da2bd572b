//! tokio's budget, in the hands of code that does not return when it is used up.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::task::coop::{self, RestoreOnPending, has_budget_remaining};
use tokio::task::unconstrained;

use crate::waker;

/// How many operations tokio may refuse in one poll of a task. Whoever goes on after that waits in the
/// `block_on` of another executor, which would go on for ever.
const REFUSALS: u32 = 10_000;

thread_local! {
    /// The operations that were refused in the poll that runs.
    static REFUSED: Cell<u32> = const { Cell::new(0) };
}

/// Polls an operation that counts against the budget of the task around it.
///
/// tokio answers every operation of a task without budget with `Pending`, until the task returns. A task
/// that waits for it in the `block_on` of another executor does not return, so it is let through in the
/// end (S21).
#[inline]
pub(crate) fn poll<F: Future>(mut operation: Pin<&mut F>, cx: &mut Context<'_>) -> Poll<F::Output> {
    let refused = REFUSED.get();
    if refused > 0 {
        if has_budget_remaining() {
            // It was another poll.
            REFUSED.set(0);
        } else if refused >= REFUSALS {
            return pin!(unconstrained(operation)).poll(cx);
        }
    }
    let poll = operation.as_mut().poll(cx);
    // One that has to wait gives back what it took.
    if poll.is_pending() && !has_budget_remaining() {
        REFUSED.set(REFUSED.get() + 1);
        // tokio wakes whom it refuses when the task has returned.
        if !waker::is_known(cx.waker()) {
            cx.waker().wake_by_ref();
        }
    }
    poll
}

/// Takes one operation from the budget, as [`coop::poll_proceed`] does.
pub(crate) fn poll_proceed(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    poll(pin!(poll_fn(coop::poll_proceed)), cx)
}
