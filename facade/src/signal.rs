//! Signals of the system, as something to await.
//!
//! On Unix; elsewhere this module is not there. Like the rest of this crate it is the same on every backend, and needs
//! no thread: each runtime in which somebody listens has a pair of sockets and a task for all its listeners, until it
//! ends.
//!
//! The default action of a signal does not come back once somebody has listened for it: a process that has asked for
//! [`ctrl_c`] is not ended by Ctrl-C any more, even when nobody waits for it. What else the process has for a signal
//! stays in force beside this: handlers that were there before, and the listeners of tokio, of signal-hook and of whoever
//! else builds on signal-hook-registry.

mod kind;
pub mod unix;
mod watch;

use std::io;

use anyrt_core::backend::runtime_gone;

use crate::Handle;
use unix::{Signal, SignalKind};

/// Waits for the next Ctrl-C, or whatever else sends SIGINT to the process.
///
/// It listens from the first poll on, on the runtime that this is polled in. A Ctrl-C before that, or between two
/// calls, ends nobody once the process has listened, and is lost: what waits for several makes a [`Signal`].
///
/// ```no_run
/// use anyrt::{net::TcpListener, signal, time};
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let server = anyrt::spawn(async move { while listener.accept().await.is_ok() {} }).abort_on_drop();
/// signal::ctrl_c().await?;
/// drop(server);
/// # Ok(())
/// # }
/// ```
///
/// Cancel safe: dropping the future ends its listening.
///
/// # Errors
/// The system refuses the handler or the descriptors; the runtime ends.
///
/// # Panics
/// No backend is compiled in.
pub async fn ctrl_c() -> io::Result<()> {
    next(unix::signal(SignalKind::interrupt())?).await
}

/// Waits for the next Ctrl-C as [`ctrl_c`] does, on `runtime`.
///
/// ```no_run
/// let runtime = anyrt::Runtime::new()?;
/// runtime.block_on(anyrt::signal::ctrl_c_on(runtime.handle()))?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// Cancel safe: dropping the future ends its listening.
///
/// # Errors
/// As there.
pub async fn ctrl_c_on(runtime: &Handle) -> io::Result<()> {
    next(unix::signal_on(runtime, SignalKind::interrupt())?).await
}

async fn next(mut signal: Signal) -> io::Result<()> {
    signal.recv().await.ok_or_else(runtime_gone)
}
