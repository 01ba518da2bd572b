//! Errors of runtimes.

use std::error::Error;
use std::{fmt, io};

use crate::context::NO_RUNTIME;

/// [`Handle::try_current`](super::Handle::try_current) was called outside of a runtime.
#[derive(Debug)]
pub struct TryCurrentError {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    NoContext,
}

impl TryCurrentError {
    pub(crate) fn no_context() -> Self {
        Self { kind: Kind::NoContext }
    }

    /// Whether the thread is inside no runtime: always.
    pub fn is_missing_context(&self) -> bool {
        matches!(self.kind, Kind::NoContext)
    }

    /// Whether the thread is ending: never, because its variables that matter here have no destructors.
    pub fn is_thread_local_destroyed(&self) -> bool {
        false
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NO_RUNTIME)
    }
}

impl Error for TryCurrentError {}

/// Whether an operation failed because its runtime has ended.
pub fn is_rt_shutdown_err(err: &io::Error) -> bool {
    anyrt::is_runtime_gone(err)
}
