//! One connection, from the handshake to its end.

use std::future::{pending, poll_fn};
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use anyrt_facade::Backend;
use hyper_util::server::conn::auto;

use super::service::{BoxError, HttpService};
use super::signal::{Noted, Signal};
use super::tls::Handshake;
use crate::Executor;

/// What is the same for all connections of a server.
#[derive(Clone, Debug)]
pub(super) struct Options<R, H> {
    pub(super) runtime: R,
    pub(super) http: auto::Builder<Executor<R>>,
    pub(super) handshake: H,
    pub(super) header_timeout: Duration,
    pub(super) idle_timeout: Option<Duration>,
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
        poll_fn(|cx| match serving.as_mut().poll(cx) {
            Poll::Ready(result) => Poll::Ready(result),
            Poll::Pending => out_of_time.as_mut().poll(cx).map(|error| Err(error.into())),
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
        let stream = Noted { inner: stream, signal: signal.clone() };
        let service = Noted { inner: service, signal: signal.clone() };
        let mut connection = pin!(self.http.serve_connection_with_upgrades(stream, service));
        let mut is_stopping = false;
        poll_fn(|cx| {
            // Before it is asked to end, so that a request which has come already is answered.
            if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            if is_stopping || !signal.poll_stop(cx) {
                return Poll::Pending;
            }
            is_stopping = true;
            connection.as_mut().graceful_shutdown();
            connection.as_mut().poll(cx)
        })
        .await
    }

    /// Waits until one of the limits of time is over, and says which. To be polled after each poll of the connection.
    async fn out_of_time(&self, signal: &Signal) -> io::Error {
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
            return timed_out("no request came within the header timeout");
        }
        let Some(limit) = self.idle_timeout else { return pending().await };
        loop {
            self.runtime.sleep(limit).await;
            if !signal.take_activity() {
                return timed_out("no byte was sent or received within the idle timeout");
            }
        }
    }
}

fn timed_out(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}
