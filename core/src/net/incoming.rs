//! The connections of a listener, one after the other, without a spin where accepting fails.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream as FuturesStream;

use crate::{Timer, is_runtime_gone};

/// The connections of a listener, made by [`TcpListener::incoming`](super::TcpListener::incoming) and
/// `UnixListener::incoming`.
///
/// ```
/// use std::io;
/// use anyrt_core::{Backend, net::TcpListener};
///
/// async fn serve<R: Backend>(runtime: &R, listener: TcpListener<R>) {
///     let mut incoming = listener.incoming();
///     loop {
///         match incoming.accept().await {
///             Ok((stream, _)) => drop(runtime.spawn(async move { stream.write_all(b"hi").await })),
///             Err(error) => eprintln!("not accepted: {error}"),
///         }
///     }
/// }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Incoming<'a, L: sealed::Listener> {
    listener: &'a L,
    pause: Option<Pin<Box<<L::Runtime as Timer>::Sleep>>>,
    /// Whether the runtime has gone, and that was told.
    has_ended: bool,
}

pub(super) mod sealed {
    use super::*;

    /// What accepts connections.
    pub trait Listener: fmt::Debug {
        type Runtime: Timer;
        type Connection;

        fn runtime(&self) -> &Self::Runtime;

        fn poll_connection(&self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Connection>>;
    }
}

impl<'a, L: sealed::Listener> Incoming<'a, L> {
    pub(super) fn new(listener: &'a L) -> Self {
        Self { listener, pause: None, has_ended: false }
    }

    /// The next connection, and where it comes from. Cancel safe: no connection is lost.
    ///
    /// # Errors
    /// As `accept` of the listener, at most 20 times a second if they are of the whole process (N4).
    pub async fn accept(&mut self) -> io::Result<L::Connection> {
        poll_fn(|cx| self.poll_connection(cx)).await
    }

    fn poll_connection(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<L::Connection>> {
        const PAUSE: Duration = Duration::from_millis(50);

        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let result = ready!(self.listener.poll_connection(cx));
        if result.as_ref().is_err_and(|error| !is_of_one_connection(error)) {
            self.pause = Some(Box::pin(self.listener.runtime().sleep(PAUSE)));
        }
        Poll::Ready(result)
    }
}

impl<L: sealed::Listener> FuturesStream for Incoming<'_, L> {
    type Item = io::Result<L::Connection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.has_ended {
            return Poll::Ready(None);
        }
        let result = ready!(self.poll_connection(cx));
        // There is no pause between errors any more, and nothing else will come.
        self.has_ended = result.as_ref().is_err_and(is_runtime_gone);
        Poll::Ready(Some(result))
    }
}

impl<L: sealed::Listener> fmt::Debug for Incoming<'_, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Incoming").field(self.listener).finish()
    }
}

/// Whether the next connection may well be accepted although this one failed.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
    )
}
