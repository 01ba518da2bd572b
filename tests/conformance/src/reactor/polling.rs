//! Ways of polling a future: by hand, by another executor, with several wakers.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use anyrt_core::Launch;

use crate::witness::{Counter, on_foreign_thread};

/// Polls a future on behalf of nobody.
pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Calls `tell` once `future` was polled and has to wait.
///
/// If it never has to, `tell` is dropped without a call, and a channel in it says so.
pub(crate) fn when_pending<F: Future>(
    future: F,
    tell: impl FnOnce(),
) -> impl Future<Output = F::Output> {
    let mut future = Box::pin(future);
    let mut tell = Some(tell);
    poll_fn(move |cx| {
        let poll = future.as_mut().poll(cx);
        let tell = tell.take();
        if poll.is_pending() {
            if let Some(tell) = tell {
                tell();
            }
        }
        poll
    })
}

/// Polls `future` for somebody else each time before the task does: whoever wakes only the first
/// that polled leaves the task waiting.
pub(crate) fn with_changing_wakers<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let mut future = Box::pin(future);
    poll_fn(move |cx| match poll_once(future.as_mut()) {
        Poll::Ready(output) => Poll::Ready(output),
        Poll::Pending => future.as_mut().poll(cx),
    })
}

/// Counts how often a future is polled.
pub(crate) fn count_polls<F: Future>(
    future: F,
    polls: &Counter,
) -> impl Future<Output = F::Output> + use<F> {
    let mut future = Box::pin(future);
    let polls = polls.clone();
    poll_fn(move |cx| {
        polls.add();
        future.as_mut().poll(cx)
    })
}

/// Polls `future` on a thread and an executor that the runtime does not know, while this thread is
/// in the runtime.
#[track_caller]
pub(crate) fn on_a_foreign_executor<L, F>(runtime: &L, future: F) -> F::Output
where
    L: Launch,
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    on_foreign_thread(runtime, move || futures::executor::block_on(future))
}
