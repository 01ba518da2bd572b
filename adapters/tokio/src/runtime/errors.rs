//! Errors of runtimes.

use std::io;

use crate::io::gone;

/// Whether an operation failed because its runtime has ended.
pub fn is_rt_shutdown_err(err: &io::Error) -> bool {
    gone::is_gone(err)
}
