//! When the future of a `block_on` is polled on a current-thread runtime.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::turns::{RootWaits, note_look};

pin_project! {
    /// A future that is polled when no task is runnable, or enough of them were polled since the last look at it; made by [`settled`].
    pub(crate) struct Settled<F> {
        #[pin]
        future: F,
        lets_tasks_go_first: bool,
        // For the first time it is polled at once.
        has_begun: bool,
        // Since it was found to be woken beside tasks; `None` once it was polled.
        waits: Option<RootWaits>,
    }
}

/// For the future of a `block_on`. That of a current-thread runtime is not polled on tokio before the queue of tasks is empty, or a
/// batch of them is done; here it lets others go first as long as there are any, but no more than a batch since the last look at it. The
/// future of a `LocalRuntime` has tasks in it, which do not wait for the others: it does not either.
pub(crate) fn settled<F: Future>(future: F, lets_tasks_go_first: bool) -> Settled<F> {
    Settled { future, lets_tasks_go_first, has_begun: false, waits: None }
}

impl<F: Future> Future for Settled<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if *this.has_begun && this.waits.get_or_insert_with(RootWaits::begin).goes_on() {
            note_look();
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        *this.waits = None;
        *this.has_begun = *this.lets_tasks_go_first;
        let poll = this.future.poll(cx);
        note_look();
        poll
    }
}
