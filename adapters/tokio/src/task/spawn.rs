//! Starting tasks on the runtime around the call.

use std::future::Future;

use anyrt::generic::task::is_large;

use crate::context::here;
use crate::task::turns::Yield;
use crate::task::{JoinHandle, budgeted};

/// Starts `future` as a task of the runtime around this call.
///
/// # Panics
///
/// Outside of a runtime.
#[inline]
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    // Here already, because each call that a future is moved through may copy it.
    if const { is_large::<F>() } {
        JoinHandle::new(here().spawn(budgeted(Box::pin(future))))
    } else {
        JoinHandle::new(here().spawn(budgeted(future)))
    }
}

/// Runs `f` on a thread where blocking is welcome.
///
/// # Panics
///
/// Outside of a runtime.
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    JoinHandle::new(here().spawn_blocking(f))
}

/// Lets other tasks go first, and what they wake, and what that wakes, as long as it is not too much.
pub async fn yield_now() {
    let mut turn = Yield::begin();
    loop {
        anyrt::task::yield_now().await;
        if turn.ends() {
            return;
        }
    }
}
