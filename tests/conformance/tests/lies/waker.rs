//! Ways to poll a future with a waker other than the task's.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};

/// The waker of whoever polled first, which is not always the one to be woken.
#[derive(Debug, Default)]
pub(crate) struct FirstWaker(Option<Waker>);

impl FirstWaker {
    pub(crate) fn context(&mut self, cx: &Context<'_>) -> Context<'_> {
        Context::from_waker(self.0.get_or_insert_with(|| cx.waker().clone()))
    }
}

/// Wakes whoever polled first.
pub(crate) async fn wakes_first<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut first = FirstWaker::default();
    poll_fn(|cx| future.as_mut().poll(&mut first.context(cx))).await
}

/// Wakes nobody.
pub(crate) async fn wakes_nobody<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|_| future.as_mut().poll(&mut Context::from_waker(Waker::noop()))).await
}

/// Notes that it was woken, and wakes nobody.
#[derive(Debug, Default)]
pub(crate) struct Note(AtomicBool);

impl Note {
    pub(crate) fn was_woken(&self) -> bool {
        self.0.load(SeqCst)
    }
}

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.0.store(true, SeqCst);
    }
}
