//! Counts tasks that end, and wakes one that waits for all of them.

use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use futures::task::AtomicWaker;

/// Lives in a static, so that tasks need no reference of their own. For one user at a time, and on a cache line of its own, as an
/// array has many of them.
#[repr(align(128))]
pub(super) struct Countdown {
    left: AtomicUsize,
    waker: AtomicWaker,
}

impl Countdown {
    pub(super) const fn new() -> Self {
        Self { left: AtomicUsize::new(0), waker: AtomicWaker::new() }
    }

    pub(super) fn begin(&self, count: usize) {
        self.left.store(count, Ordering::SeqCst);
    }

    pub(super) fn count(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.waker.wake();
        }
    }

    pub(super) async fn wait(&self) {
        poll_fn(|cx| {
            self.waker.register(cx.waker());
            match self.left.load(Ordering::SeqCst) {
                0 => Poll::Ready(()),
                _ => Poll::Pending,
            }
        })
        .await;
    }
}
