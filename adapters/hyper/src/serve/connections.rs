//! The connections of a server: each is a task, which ends with the server at the latest.

use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyrt_facade::generic::task::contain;
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
    type Output = (Result<(), JoinError>, Arc<Signal>);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let ended = ready!(Pin::new(&mut self.task).poll(cx));
        Poll::Ready((ended, Arc::clone(&self.signal)))
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
        let service = match catch_unwind(AssertUnwindSafe(make)) {
            Ok(service) => service,
            Err(payload) => {
                contain(|| drop(payload));
                return self.report(io::Error::other("a panic instead of a service").into());
            }
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
        while ready!(self.poll_next(cx)).is_some() {}
        Poll::Ready(())
    }

    /// The next one that has ended, and whether it was cut off; `None` when there are no more.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<(bool, Arc<Signal>)>> {
        let Some((ended, signal)) = ready!(self.running.poll_next_unpin(cx)) else {
            return Poll::Ready(None);
        };
        let is_cut_off = match ended {
            Err(error) if error.is_panic() => {
                self.report(error.into());
                false
            }
            ended => ended.is_err(),
        };
        Poll::Ready(Some((is_cut_off, signal)))
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
        for connection in &self.running {
            connection.task.handle().abort();
        }
        let mut cut_off = 0;
        while let Some((is_cut_off, signal)) = poll_fn(|cx| self.poll_next(cx)).await {
            // One that has ended by itself meanwhile may live on as what it was upgraded to.
            if is_cut_off {
                signal.requests_end().await;
                cut_off += 1;
            }
        }
        cut_off
    }
}
