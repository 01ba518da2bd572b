//! Signals of Unix by kind.

mod kind;

use std::ffi::c_int;
use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

use anyrt::signal::unix as inner;
use rustix::io::Errno;

use crate::context;
use crate::counted::poll_counted;

pub use kind::SignalKind;

/// Listens for a signal from now on. One that was raised before, and that no runtime has looked at yet, is told as well.
///
/// # Errors
///
/// Nobody can listen for it, as for SIGKILL, SIGSTOP, SIGILL, SIGFPE and SIGSEGV; or the system refuses.
///
/// # Panics
///
/// If the thread is not inside of a runtime, or inside of one that was built without I/O.
#[track_caller]
pub fn signal(kind: SignalKind) -> io::Result<Signal> {
    let runtime = context::with_io();
    match inner::signal_with_pending_on(&runtime, kind.into_inner()) {
        Ok(inner) => Ok(Signal { inner }),
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
            Err(refusal(kind.as_raw_value()))
        }
        Err(error) if anyrt::is_runtime_gone(&error) => Err(io::Error::other("signal driver gone")),
        Err(error) => Err(error),
    }
}

/// As tokio has it: the kind of the error is `Other`, unless the C library keeps the signal for itself.
fn refusal(number: c_int) -> io::Error {
    match number {
        ..32 => io::Error::other(format!("Refusing to register signal {number}")),
        32..=LARGEST => Errno::INVAL.into(),
        _ => io::Error::other("signal too large"),
    }
}

/// The largest number that tokio has room for.
#[cfg(any(target_os = "linux", target_os = "illumos"))]
const LARGEST: c_int = 64;

/// The largest number that tokio has room for.
#[cfg(not(any(target_os = "linux", target_os = "illumos")))]
const LARGEST: c_int = 33;

/// A listener for one signal; made by [`signal`].
///
/// Any number of listeners may be there for one signal, and each gets all that arrive after it was made. Signals that
/// arrive while it is not asked come as one.
///
/// The signal does not get its default action back when the listener is dropped.
#[must_use = "streams do nothing unless polled"]
#[derive(Debug)]
pub struct Signal {
    inner: inner::Signal,
}

impl Signal {
    /// Waits for the next signal. It is never `None`.
    ///
    /// Cancel safe: a signal that arrives is for the next call, if this one was dropped.
    pub async fn recv(&mut self) -> Option<()> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Like [`recv`](Self::recv), in the form of a poll function: the task that polled last is woken.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<()>> {
        match poll_counted(cx, |cx| self.inner.poll_recv(cx)) {
            Poll::Ready(Some(())) => Poll::Ready(Some(())),
            // No runtime is there any more to tell of signals, and so none comes.
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}
