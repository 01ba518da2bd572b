//! Errors of runtimes.

use std::io;

/// Whether an operation failed because its runtime has ended.
pub fn is_rt_shutdown_err(err: &io::Error) -> bool {
    anyrt::is_runtime_gone(err)
}
