//! Blocking operations on a thread where blocking is welcome, of the runtime that the call belongs to.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyrt_core::Current;

use crate::io::job::error;
use crate::{Handle, JoinHandle};

/// Runs `operation`, and says what came of it.
///
/// The operation starts at the first poll, and goes on when the future is dropped.
pub(super) async fn run<T: Send + 'static>(
    operation: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    // A runtime that was refused a thread may have it in a queue still, and come upon it when it can have one.
    let given_up = Arc::new(AtomicBool::new(false));
    let is_given_up = Arc::clone(&given_up);
    let operation = move || {
        if is_given_up.load(Ordering::Relaxed) {
            return Err(io::Error::other("the operation was given up"));
        }
        operation()
    };
    start(operation)?.await.unwrap_or_else(|refusal| {
        given_up.store(true, Ordering::Relaxed);
        Err(error(refusal))
    })
}

/// Starts `operation`.
///
/// # Errors
/// There is no runtime. The one that there is may still refuse the operation: its handle says so.
pub(super) fn start<T: Send + 'static>(
    operation: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    Ok(Handle::here()?.spawn_blocking(operation))
}
