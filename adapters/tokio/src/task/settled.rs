//! When the future of a `block_on` is polled on a current-thread runtime.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::budget::{note_look, polls_since_look};
use super::spawn::MOST_POLLS;

pin_project! {
    /// A future that is polled when no task is runnable, or enough of them were polled since it was woken; made by [`settled`].
    pub(crate) struct Settled<F> {
        #[pin]
        future: F,
        is_current_thread: bool,
        // How many polls it has let go first; `None` where it is polled at once, as for the first time.
        let_first: Option<u32>,
    }
}

/// For the future of a `block_on`. That of a current-thread runtime is not polled on tokio before the queue of tasks is empty, or a
/// batch of them is done.
pub(crate) fn settled<F: Future>(future: F, is_current_thread: bool) -> Settled<F> {
    Settled { future, is_current_thread, let_first: None }
}

impl<F: Future> Future for Settled<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polls = polls_since_look();
        if let Some(let_first) =
            this.let_first.filter(|let_first| polls > 0 && *let_first < MOST_POLLS)
        {
            // All but one of the first ones may have been before the wake.
            *this.let_first =
                Some(if let_first == 0 { 1 } else { let_first.saturating_add(polls) });
            note_look();
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        *this.let_first = this.is_current_thread.then_some(0);
        let poll = this.future.poll(cx);
        note_look();
        poll
    }
}
