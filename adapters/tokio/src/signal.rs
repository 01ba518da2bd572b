//! Signals of the system, as something to await.
//!
//! The default action of a signal does not come back once somebody has listened for it: a process that has asked for
//! [`ctrl_c`] is not ended by Ctrl-C any more, even when nobody waits for it.

pub mod unix;

use std::io;

use unix::{SignalKind, signal};

/// Waits for the next Ctrl-C, or whatever else sends SIGINT to the process.
///
/// It listens from the first poll on. A Ctrl-C before that, or between two calls, is lost. Cancel safe: dropping the
/// future ends its listening.
///
/// # Errors
///
/// The system refuses the handler.
///
/// # Panics
///
/// When it is first polled outside of a runtime, or in one that was built without I/O.
pub async fn ctrl_c() -> io::Result<()> {
    signal(SignalKind::interrupt())?.recv().await;
    Ok(())
}
