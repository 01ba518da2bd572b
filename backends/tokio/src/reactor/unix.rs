//! On Unix tokio's `AsyncFd` watches any descriptor.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::task::{Context, Poll, ready};

use anyrt_core::{Attempt, Interest, Source};
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::task::coop;

/// A source that a tokio runtime watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    fd: AsyncFd<Owned<T>>,
}

/// Lends its descriptor in the form that tokio asks for.
#[derive(Debug)]
struct Owned<T>(T);

impl<T: Source> AsRawFd for Owned<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl<T: Source> Registration<T> {
    // tokio deprecates this constructor because `AsRawFd` does not promise that the descriptor is
    // open and stays the same. The types that are a `Source` do that, and the function that
    // replaces it is unsafe, which adapters do without.
    #[expect(deprecated, reason = "safe for a `Source`")]
    pub(super) fn new(source: T) -> io::Result<Self> {
        Ok(Self { fd: AsyncFd::new(Owned(source))? })
    }

    /// Tries the operation once, and tells tokio what that says about readiness.
    fn attempt<R>(
        mut guard: AsyncFdReadyGuard<'_, Owned<T>>,
        operation: &mut impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Option<io::Result<R>> {
        let (is_used_up, result) = Attempt::settle(operation(&guard.get_inner().0));
        if is_used_up {
            guard.clear_ready();
        }
        result
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.fd.get_ref().0
    }

    fn into_source(self) -> io::Result<T> {
        Ok(self.fd.into_inner().0)
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        // An error can come alone, such as that of a datagram that was refused.
        let interest = tokio::io::Interest::ERROR
            | match interest {
                Interest::Readable => tokio::io::Interest::READABLE,
                Interest::Writable => tokio::io::Interest::WRITABLE,
            };
        loop {
            let guard = self.fd.ready(interest).await?;
            // `ready` leaves the task's budget alone, unlike tokio's own sockets.
            let budget = poll_fn(coop::poll_proceed).await;
            if let Some(result) = Self::attempt(guard, &mut operation) {
                budget.made_progress();
                return result;
            }
        }
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        loop {
            let guard = match interest {
                Interest::Readable => ready!(self.fd.poll_read_ready(cx))?,
                Interest::Writable => ready!(self.fd.poll_write_ready(cx))?,
            };
            if let Some(result) = Self::attempt(guard, &mut operation) {
                return Poll::Ready(result);
            }
        }
    }
}
