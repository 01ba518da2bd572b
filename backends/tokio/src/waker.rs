//! Wakers that tokio may wake in its driver, where a panic ends the process or the runtime.

use std::ptr;
use std::sync::OnceLock;
use std::task::{Context, RawWakerVTable, Waker};

use anyrt_core::task::ContainedWaker;

/// Where tokio's own wakers are known by, which do not panic: those of tasks, of `block_on` with
/// workers, and of `block_on` without.
pub(crate) static TASK: Known = Known(OnceLock::new());
pub(crate) static BLOCK_ON: Known = Known(OnceLock::new());
pub(crate) static BLOCK_ON_CURRENT_THREAD: Known = Known(OnceLock::new());

/// One kind of wakers.
#[derive(Debug)]
pub(crate) struct Known(OnceLock<&'static RawWakerVTable>);

impl Known {
    /// To be called with a waker of this kind, as often as one is met.
    #[inline]
    pub(crate) fn learn(&self, waker: &Waker) {
        if self.0.get().is_none() {
            let _ = self.0.set(waker.vtable());
        }
    }

    #[inline]
    fn made(&self, waker: &Waker) -> bool {
        self.0.get().is_some_and(|vtable| ptr::eq(*vtable, waker.vtable()))
    }
}

/// Polls for the task of `cx`, so that a panic of its waker goes no further (S5).
///
/// Wakers of tokio's own are used as they are; for another one `contained` takes memory once.
#[inline]
pub(crate) fn contained<T>(
    contained: &mut ContainedWaker,
    cx: &mut Context<'_>,
    poll: impl FnOnce(&mut Context<'_>) -> T,
) -> T {
    if is_known(cx.waker()) {
        return poll(cx);
    }
    poll(&mut Context::from_waker(&contained.for_waker(cx.waker())))
}

/// Whether it is one of tokio's own.
#[inline]
pub(crate) fn is_known(waker: &Waker) -> bool {
    TASK.made(waker) || BLOCK_ON.made(waker) || BLOCK_ON_CURRENT_THREAD.made(waker)
}
