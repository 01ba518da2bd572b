//! The sockets of connections.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll};

use anyrt_facade::{Attempt, Interest, Reactor, Registration};
use zbus::runtime::traits::PollIo;
use zbus::runtime::{self, IoSource};

/// A socket of zbus's that a runtime watches.
#[derive(Debug)]
pub struct Watch<R: Reactor>(R::Registration<OwnedFd>);

impl<R: Reactor> Watch<R> {
    /// By a descriptor of its own: a runtime watches what it owns, and zbus keeps the one that it has.
    ///
    /// # Errors
    /// There are no descriptors; the runtime is gone.
    pub(crate) fn new(runtime: &R, source: &IoSource) -> io::Result<Self> {
        let descriptor = source.as_fd().try_clone_to_owned()?;
        runtime.register_nonblocking(descriptor).map(Self)
    }
}

impl<R: Reactor> PollIo for Watch<R> {
    fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        interest: runtime::Interest,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let interest = match interest {
            runtime::Interest::Readable => Interest::Readable,
            runtime::Interest::Writable => Interest::Writable,
            other => {
                let message = format!("anyrt can't wait for {other:?}");
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::Unsupported, message)));
            }
        };
        self.0.poll_io(cx, interest, |_| operation().map(Attempt::Done))
    }
}
