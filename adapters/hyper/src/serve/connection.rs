//! One connection, from the handshake to its end.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, ready};
use std::time::Duration;

use anyrt_facade::Backend;
use hyper_util::server::conn::auto;

use super::service::{BoxError, HttpService};
use super::signal::{NotedService, NotedStream, Signal};
use super::tls::Handshake;
use crate::Executor;

/// What is the same for all connections of a server.
#[derive(Debug)]
pub(super) struct Options<R, H> {
    pub(super) runtime: R,
    pub(super) http: auto::Builder<Executor<R>>,
    pub(super) handshake: H,
    pub(super) header_timeout: Duration,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) is_stopping: AtomicBool,
}

impl<R: Backend, H> Options<R, H> {
    /// Serves a connection until it has ended, or is out of time.
    pub(super) async fn serve<T, S>(
        &self,
        stream: T,
        service: S,
        signal: &Arc<Signal>,
    ) -> Result<(), BoxError>
    where
        H: Handshake<T>,
        S: HttpService,
    {
        let mut serving = pin!(self.serve_in_time(stream, service, signal));
        let mut out_of_time = pin!(self.out_of_time(signal));
        let mut is_limited = true;
        poll_fn(|cx| {
            if let Poll::Ready(result) = serving.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            if is_limited {
                let result = ready!(out_of_time.as_mut().poll(cx));
                is_limited = false;
                result?;
            }
            Poll::Pending
        })
        .await
    }

    async fn serve_in_time<T, S>(
        &self,
        stream: T,
        service: S,
        signal: &Arc<Signal>,
    ) -> Result<(), BoxError>
    where
        H: Handshake<T>,
        S: HttpService,
    {
        let stream = self.handshake.handshake(stream).await?;
        let watches = self.idle_timeout.map(|_| signal.clone());
        let stream = NotedStream { stream, signal: watches };
        let service = NotedService::new(service, signal.clone());
        let mut connection = pin!(self.http.serve_connection_with_upgrades(stream, service));
        let mut registered = None;
        let mut was_asked = false;
        poll_fn(|cx| {
            // Before it is asked to end, so that a request which has come already is answered.
            if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            signal.register(&mut registered, cx.waker());
            if was_asked || !self.is_stopping() {
                return Poll::Pending;
            }
            was_asked = true;
            connection.as_mut().graceful_shutdown();
            connection.as_mut().poll(cx)
        })
        .await
    }

    /// Whether the connections are to end with the requests that they have.
    pub(super) fn is_stopping(&self) -> bool {
        // Ordering: pairs with the store in `stop`.
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Asks them to; each has to be woken then.
    pub(super) fn stop(&self) {
        // Ordering: pairs with the load in `is_stopping`, which comes after a waker was registered.
        self.is_stopping.store(true, Ordering::Release);
    }

    /// Waits until one of the limits of time is over, and says which, or until there is none any more. To be polled after each poll of
    /// the connection.
    async fn out_of_time(&self, signal: &Signal) -> io::Result<()> {
        // hyper has a limit for each head, and none for what comes before the first: the handshake, and the bytes that tell the version.
        let has_begun = {
            let mut limit = pin!(self.runtime.sleep(self.header_timeout));
            poll_fn(|cx| match signal.has_begun() {
                true => Poll::Ready(true),
                false => limit.as_mut().poll(cx).map(|()| false),
            })
            .await
        };
        if !has_begun {
            return Err(timed_out("no request came within the header timeout"));
        }
        let Some(limit) = self.idle_timeout else { return Ok(()) };
        loop {
            self.runtime.sleep(limit).await;
            if !signal.take_activity() {
                return Err(timed_out("no byte was sent or received within the idle timeout"));
            }
        }
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}
