//! The error of what is watched by a runtime that has ended.

use std::io;

/// What tokio says there.
const SHUTTING_DOWN: &str = "A Tokio 1.x context was found, but it is being shutdown.";

/// Turns anyrt's error for it into that of tokio.
#[cold]
pub(crate) fn as_tokio_says(error: io::Error) -> io::Error {
    if anyrt::is_runtime_gone(&error) { io::Error::other(SHUTTING_DOWN) } else { error }
}
