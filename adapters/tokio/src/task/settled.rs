//! When the future of a `block_on` is polled on a current-thread runtime.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::budget::{are_polls_since_look, note_look, polls};
use super::spawn::MOST_POLLS;

pin_project! {
    /// A future that is polled when no task is runnable, or enough of them were polled since it was woken; made by [`settled`].
    pub(crate) struct Settled<F> {
        #[pin]
        future: F,
        lets_tasks_go_first: bool,
        // For the first time it is polled at once.
        has_begun: bool,
        // The polls of this thread when it was first found to be woken beside tasks; `None` once it was polled.
        woken_at: Option<u32>,
    }
}

/// For the future of a `block_on`. That of a current-thread runtime is not polled on tokio before the queue of tasks is empty, or a
/// batch of them is done; here it lets all go first that are queued, and then as many as are in such a batch. The future of a
/// `LocalRuntime` has tasks in it, which do not wait for the others: it does not either.
pub(crate) fn settled<F: Future>(future: F, lets_tasks_go_first: bool) -> Settled<F> {
    Settled { future, lets_tasks_go_first, has_begun: false, woken_at: None }
}

impl<F: Future> Future for Settled<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if *this.has_begun && are_polls_since_look() {
            let polls = polls();
            let since = this.woken_at.get_or_insert(polls);
            if polls.wrapping_sub(*since) < MOST_POLLS {
                note_look();
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        (*this.has_begun, *this.woken_at) = (*this.lets_tasks_go_first, None);
        let poll = this.future.poll(cx);
        note_look();
        poll
    }
}
