//! The error of what a runtime that has ended is asked to watch or to write.

use std::error::Error;
use std::{fmt, io};

#[derive(Debug)]
#[cfg_attr(
    not(any(feature = "io-std", all(unix, any(feature = "net", feature = "process")))),
    allow(dead_code, reason = "only sockets, children and standard streams make it")
)]
struct ShuttingDown;

impl fmt::Display for ShuttingDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("A Tokio 1.x context was found, but it is being shutdown.")
    }
}

impl Error for ShuttingDown {}

/// Turns anyrt's error for it into that of tokio.
#[cfg(any(feature = "io-std", all(unix, any(feature = "net", feature = "process"))))]
#[cold]
pub(crate) fn as_tokio_says(error: io::Error) -> io::Error {
    if anyrt::is_runtime_gone(&error) { shutting_down() } else { error }
}

/// That of tokio.
#[cfg(any(feature = "io-std", all(unix, any(feature = "net", feature = "process"))))]
pub(crate) fn shutting_down() -> io::Error {
    io::Error::other(ShuttingDown)
}

/// Whether it is this error, in either form.
#[cfg(feature = "rt")]
pub(crate) fn is_gone(error: &io::Error) -> bool {
    anyrt::is_runtime_gone(error)
        || error.get_ref().is_some_and(|inner| inner.downcast_ref::<ShuttingDown>().is_some())
}
