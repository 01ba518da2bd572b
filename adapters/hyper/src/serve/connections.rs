//! The connections of a server: each is a task, which ends with the server at the latest.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyrt_facade::generic::{AbortOnDrop, JoinHandle, time};
use anyrt_facade::task::Builder;
use anyrt_facade::{Backend, JoinError, Spawn};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::accepted::Accepted;
use super::connection::Options;
use super::service::{BoxError, HttpService};
use super::signal::Signal;
use super::tls::Handshake;

pub(super) type Report = Arc<dyn Fn(BoxError) + Send + Sync>;

pub(super) struct Connections<R: Spawn, H> {
    options: Arc<Options<R, H>>,
    running: FuturesUnordered<Connection<R>>,
    report: Report,
}

struct Connection<R: Spawn> {
    signal: Arc<Signal>,
    task: AbortOnDrop<(), R::JoinHandle<()>>,
}

impl<R: Spawn> Future for Connection<R> {
    type Output = Result<(), JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(cx)
    }
}

impl<R: Backend, H> Connections<R, H> {
    pub(super) fn new(options: Options<R, H>, report: Report) -> Self {
        Self { options: Arc::new(options), running: FuturesUnordered::new(), report }
    }

    pub(super) fn len(&self) -> usize {
        self.running.len()
    }

    pub(super) fn report(&self, error: BoxError) {
        (self.report)(error);
    }

    /// Serves a connection by what `make` returns, if that does not panic.
    pub(super) fn start<T, S>(&mut self, stream: T, make: impl FnOnce() -> S)
    where
        T: Send + 'static,
        H: Handshake<Accepted<T>>,
        S: HttpService,
    {
        let Ok(service) = catch_unwind(AssertUnwindSafe(make)) else {
            return self.report(io::Error::other("a panic instead of a service").into());
        };
        let signal = Arc::new(Signal::new());
        let (options, report, its_signal) =
            (self.options.clone(), self.report.clone(), signal.clone());
        let serve = async move {
            if let Err(error) = options.serve(stream, service, &its_signal).await {
                report(error);
            }
        };
        let task = Builder::new().name("connection").spawn_on(&self.options.runtime, serve);
        self.running.push(Connection { signal, task: task.abort_on_drop() });
    }

    /// Forgets the connections that have ended. The task is woken when another one does.
    pub(super) fn poll_reap(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match self.running.poll_next_unpin(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => return Poll::Ready(()),
                Poll::Ready(Some(Err(error))) if error.is_panic() => self.report(error.into()),
                Poll::Ready(Some(_)) => {}
            }
        }
    }

    /// Asks each to end with the requests that it has, and cuts off those that have not after `grace`. Returns how many these were.
    pub(super) async fn end(mut self, grace: Duration) -> usize {
        self.options.stop();
        for connection in &self.running {
            connection.signal.wake_task();
        }
        let runtime = self.options.runtime.clone();
        let all = poll_fn(|cx| self.poll_reap(cx));
        if time::timeout(&runtime, grace, all).await.is_ok() {
            return 0;
        }
        let mut cut_off = Vec::new();
        for connection in &self.running {
            connection.task.handle().abort();
            cut_off.push(connection.signal.clone());
        }
        poll_fn(|cx| self.poll_reap(cx)).await;
        for signal in &cut_off {
            signal.requests_end().await;
        }
        cut_off.len()
    }
}
