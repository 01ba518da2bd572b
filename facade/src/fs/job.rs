//! Blocking operations on a thread where blocking is welcome, of the runtime that the call belongs to.

use std::io;

use crate::io::job::{AtEnd, error, start_owed};

/// Runs `operation`, and says what came of it: an error of the runtime says that it was not carried out.
///
/// The operation starts at the first poll, and goes on when the future is dropped.
pub(super) async fn run<T: Send + 'static>(
    operation: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    start_owed(AtEnd::Drop, operation)?.await.unwrap_or_else(|refusal| Err(error(refusal)))
}
