//! On Windows tokio watches sockets only through its own types.
//!
//! Its TCP stream serves for every kind: readiness is asked of the socket's handle, whatever it is.
//! A second handle of the same socket is registered, and the operations go to the first.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll, ready};

use anyrt_core::backend::runtime_gone;
use anyrt_core::{Attempt, Interest, Source};
use tokio::net::TcpStream;
use tokio::task::coop;

/// A source that a tokio runtime watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    // Before the source, so that the watch ends before the socket is closed.
    watched: TcpStream,
    source: T,
}

impl<T: Source> Registration<T> {
    pub(super) fn new(source: T) -> io::Result<Self> {
        let handle = source.as_socket().try_clone_to_owned()?;
        Ok(Self { watched: TcpStream::from_std(handle.into())?, source })
    }

    /// Tries the operation once; `try_io` tells tokio if it would have blocked.
    fn attempt<R>(
        &self,
        interest: tokio::io::Interest,
        operation: &mut impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Option<io::Result<R>> {
        // A short transfer says nothing about readiness on this system.
        Attempt::settle(self.watched.try_io(interest, || operation(&self.source))).1
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.source
    }

    fn into_source(self) -> io::Result<T> {
        Ok(self.source)
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        let interest = convert(interest);
        loop {
            self.watched.ready(interest).await.map_err(|_| runtime_gone())?;
            // `ready` leaves the task's budget alone.
            let budget = poll_fn(coop::poll_proceed).await;
            if let Some(result) = self.attempt(interest, &mut operation) {
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
            let ready = match interest {
                Interest::Readable => ready!(self.watched.poll_read_ready(cx)),
                Interest::Writable => ready!(self.watched.poll_write_ready(cx)),
            };
            ready.map_err(|_| runtime_gone())?;
            if let Some(result) = self.attempt(convert(interest), &mut operation) {
                return Poll::Ready(result);
            }
        }
    }
}

fn convert(interest: Interest) -> tokio::io::Interest {
    match interest {
        Interest::Readable => tokio::io::Interest::READABLE,
        Interest::Writable => tokio::io::Interest::WRITABLE,
    }
}
