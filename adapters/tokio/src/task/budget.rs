//! The budget of a task: how much it may do in one poll, before it has to let others go first.
//!
//! It is that of the dependency `real`, because its channels, locks and utilities ask that one; so do the sockets, timers
//! and join handles of this package. There a runtime gives each poll a fresh one. Here nobody can: a budget is
//! set by its runtime alone. What anybody may do is to start an operation, which takes one unit, and to drop what
//! that returned, which puts the budget of before back. So each thread keeps such an operation that has begun with a
//! whole budget. A poll begins with its end, and with another operation, which is kept for the next poll. The unit
//! that it takes is missing: a poll has 127, where tokio's has 128.
//!
//! The first one of a thread is from a task of `real`'s `LocalSet`, which needs no runtime and gives each of its tasks
//! a whole budget.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, poll_fn};
use std::mem::ManuallyDrop;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use anyrt::{Current, Handle, Spawn};
use pin_project_lite::pin_project;
use real::task::LocalSet;
use real::task::coop::{self, RestoreOnPending};

use super::turns;
use crate::counted;

thread_local! {
    /// Has begun with a whole budget. Without a destructor it is there in those of other thread-locals too; what is
    /// lost with it is nothing.
    static KEPT: ManuallyDrop<Cell<Option<RestoreOnPending>>> = const { ManuallyDrop::new(Cell::new(None)) };
}

pin_project! {
    /// A future each of whose polls has a whole budget; made by [`budgeted`].
    pub(crate) struct Budgeted<F> {
        // Puts the budget of the caller back, whatever was made of it within.
        #[pin]
        inner: coop::Unconstrained<Fresh<F>>,
    }
}

pin_project! {
    struct Fresh<F> {
        #[pin]
        future: F,
    }
}

/// For a task, and for the future of a `block_on`.
#[inline]
pub(crate) fn budgeted<F: Future>(future: F) -> Budgeted<F> {
    Budgeted { inner: coop::unconstrained(Fresh { future }) }
}

impl<F: Future> Future for Budgeted<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
    }
}

impl<F: Future> Future for Fresh<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let turn = turns::Poll::begin();
        refill(cx);
        let poll = self.project().future.poll(cx);
        if poll.is_pending() && !coop::has_budget_remaining() {
            turn.has_yielded();
        }
        poll
    }
}

/// Makes the budget of this thread a whole one.
#[inline]
fn refill(cx: &mut Context<'_>) {
    counted::begin_poll();
    KEPT.with(|place| {
        let kept = place.take().or_else(first);
        let has_budget = kept.is_some();
        // Sets the budget.
        drop(kept);
        if has_budget {
            if let Poll::Ready(begun) = coop::poll_proceed(cx) {
                place.set(Some(begun));
            }
        }
    });
}

/// An operation that has begun with a whole budget. On a thread that ends there is no budget, and none.
#[cold]
fn first() -> Option<RestoreOnPending> {
    let outside = real::runtime::Handle::try_current().err()?;
    if outside.is_thread_local_destroyed() {
        return None;
    }
    let begun = Rc::new(Cell::new(None));
    let place = Rc::clone(&begun);
    let set = LocalSet::new();
    let begin = poll_fn(move |cx| coop::poll_proceed(cx).map(|begun| place.set(Some(begun))));
    drop(set.spawn_local(begin));
    // It is ready at once.
    let _ = pin!(set).poll(&mut Context::from_waker(Waker::noop()));
    begun.take()
}

/// Calls `closure` without a budget, as for code that may block.
pub(crate) fn without_budget<T>(closure: impl FnOnce() -> T) -> T {
    let mut closure = Some(closure);
    let call = poll_fn(|_| closure.take().map_or(Poll::Pending, |closure| Poll::Ready(closure())));
    match pin!(coop::unconstrained(call)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("it is polled once"),
    }
}

pin_project! {
    /// A future that is never made to wait because it has done much; made by [`unconstrained`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Unconstrained<F> {
        #[pin]
        inner: coop::Unconstrained<Lifted<F>>,
    }
}

pin_project! {
    /// Without anyrt's own budget, which its sockets and timers ask as well.
    struct Lifted<F> {
        #[pin]
        future: F,
    }
}

/// Lets `inner` do as much as it wants in each poll.
pub fn unconstrained<F>(inner: F) -> Unconstrained<F> {
    Unconstrained { inner: coop::unconstrained(Lifted { future: inner }) }
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.project().inner.poll(cx)
    }
}

impl<F: Future> Future for Lifted<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let future = self.project().future;
        match Handle::try_here() {
            Some(handle) => handle.poll_unconstrained(future, cx),
            None => future.poll(cx),
        }
    }
}

impl<F> fmt::Debug for Unconstrained<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unconstrained").finish_non_exhaustive()
    }
}
