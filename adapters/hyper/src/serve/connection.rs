//! One connection, from the handshake to its end.

use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use anyrt_facade::Backend;
use futures_util::future::Either;
use hyper_util::server::conn::auto;

use super::accepted::Accepted;
use super::limits::Limits;
use super::request::NotedService;
use super::service::{BoxError, HttpService};
use super::signal::Signal;
use super::tls::Handshake;
use crate::Executor;

/// What is the same for all connections of a server.
#[derive(Debug)]
pub(super) struct Options<R, H> {
    pub(super) runtime: R,
    pub(super) http: auto::Builder<Executor<R>>,
    pub(super) handshake: H,
    pub(super) limits: Limits,
    /// How long a connection may say nothing, when it is to end and no request is under way.
    pub(super) last_words: Duration,
    pub(super) is_stopping: AtomicBool,
}

impl<R, H> Options<R, H> {
    /// The same with another handshake.
    pub(super) fn with_handshake<N>(self, handshake: N) -> Options<R, N> {
        Options {
            runtime: self.runtime,
            http: self.http,
            handshake,
            limits: self.limits,
            last_words: self.last_words,
            is_stopping: self.is_stopping,
        }
    }
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
        H: Handshake<Accepted<T>>,
        S: HttpService,
    {
        let mut serving = pin!(self.serve_in_time(stream, service, signal));
        let mut out_of_time = pin!(self.limits.out_of_time(&self.runtime, signal));
        let mut last_words = pin!(self.last_words(signal));
        let mut registered = None;
        let result = poll_fn(|cx| {
            // Before the flag is looked at, which is set before the waker is woken.
            signal.register(&mut registered, cx.waker());
            // Before it is asked to end, so that a request which has come already is answered.
            if let Poll::Ready(result) = serving.as_mut().poll(cx) {
                return Poll::Ready(result);
            }
            if let Poll::Ready(error) = out_of_time.as_mut().poll(cx) {
                return Poll::Ready(Err(error.into()));
            }
            match self.is_stopping() {
                true => last_words.as_mut().poll(cx).map(Ok),
                false => Poll::Pending,
            }
        });
        match result.await {
            // That is how one ends which is kept for requests that do not come.
            Err(error) if signal.is_idle() && is_timeout(&error) => Ok(()),
            result => result,
        }
    }

    async fn serve_in_time<T, S>(
        &self,
        stream: T,
        service: S,
        signal: &Arc<Signal>,
    ) -> Result<(), BoxError>
    where
        H: Handshake<Accepted<T>>,
        S: HttpService,
    {
        let stream = self.handshake.handshake(Accepted::new(stream, signal.clone())).await?;
        let service = NotedService::new(service, signal.clone());
        // The one with upgrades serves both versions, whatever it was told.
        let mut connection =
            pin!(match self.http.is_http1_available() && self.http.is_http2_available() {
                true => Either::Left(self.http.serve_connection_with_upgrades(stream, service)),
                false => Either::Right(self.http.serve_connection(stream, service)),
            });
        let mut was_asked = false;
        poll_fn(|cx| {
            loop {
                if let Poll::Ready(result) = connection.as_mut().poll(cx) {
                    return Poll::Ready(result);
                }
                // One that was asked while a request comes would read nothing more of it.
                if was_asked || !self.is_stopping() || signal.expects_request() {
                    return Poll::Pending;
                }
                was_asked = true;
                match connection.as_mut().as_pin_mut() {
                    Either::Left(connection) => connection.graceful_shutdown(),
                    Either::Right(connection) => connection.graceful_shutdown(),
                }
            }
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

    /// Waits until there is nothing under way that the end has to wait for: what was begun comes to its end while bytes go.
    async fn last_words(&self, signal: &Signal) {
        loop {
            let before = signal.activity();
            self.runtime.sleep(self.last_words).await;
            if signal.activity() == before && !signal.is_under_way() {
                return;
            }
        }
    }
}

fn is_timeout(error: &BoxError) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
        || error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::TimedOut)
}
