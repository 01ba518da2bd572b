//! The server: what it is told, and how it accepts.

use std::fmt;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;
use std::time::Duration;

use anyrt_facade::generic::task::contain;
use anyrt_facade::{Backend, Handle, is_runtime_gone, task};
use futures_util::StreamExt;
use hyper_util::server::conn::auto;

use super::accepted::Accepted;
use super::connection::Options;
use super::connections::{Connections, Report};
use super::limits::Limits;
use super::listener::Listener;
use super::service::{BoxError, HttpService};
use super::tls::{Handshake, Plain};
use crate::{Executor, Timer};

/// How long a connection without a request may say nothing in the end.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long it accepts in the end: what waits in the queue of the system is told by the reactor before a timer is.
const LAST_TURN: Duration = Duration::from_millis(5);
/// How many connections it accepts before others have their turn.
const AT_ONCE: usize = 64;
/// How many it accepts in the end, at most: so many as the queue of a system has room for.
const AT_LAST: usize = 4096;

/// Serves HTTP/1 and HTTP/2 on the connections of a listener, each in a task of its own.
///
/// A connection tells by its first bytes which version it speaks; it may be upgraded, and is its handler's from then on.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// use std::time::Duration;
/// use anyrt::net::TcpListener;
/// use anyrt_hyper::serve::{Server, TowerToHyperService};
/// use axum::{Router, routing::get};
///
/// // axum makes handlers anew for each request until a router has its state, though that be none.
/// let app: Router = Router::new().route("/", get(async || "hello")).with_state(());
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let stop = async { /* anyrt::signal::ctrl_c().await */ };
/// let cut_off = Server::new(anyrt::Handle::current(), listener)
///     .max_connections(10_000)
///     .idle_timeout(Duration::from_secs(300))
///     .with_graceful_shutdown(stop, Duration::from_secs(10))
///     .serve(TowerToHyperService::new(app))
///     .await?;
/// assert_eq!(cut_off, 0);
/// # Ok(())
/// # }
/// ```
pub struct Server<L, R = Handle, H = Plain> {
    listener: L,
    options: Options<R, H>,
    max_connections: usize,
    report: Report,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    grace: Duration,
}

impl<L: Listener, R: Backend> Server<L, R> {
    /// Serves what `listener` accepts, in tasks of `runtime`.
    pub fn new(runtime: R, listener: L) -> Self {
        let mut http = auto::Builder::new(Executor::new(runtime.clone()));
        http.http1().timer(Timer::new(runtime.clone()));
        http.http2().timer(Timer::new(runtime.clone()));
        // It has one of its own.
        http.http1().header_read_timeout(None);
        let limits = Limits { header: Duration::from_secs(30), idle: Duration::from_secs(300) };
        let options = Options {
            runtime,
            http,
            handshake: Plain,
            limits,
            last_words: LAST_WORDS,
            is_stopping: AtomicBool::new(false),
        };
        Self {
            listener,
            options,
            max_connections: usize::MAX,
            report: Arc::new(drop),
            stop: Box::pin(pending()),
            grace: Duration::MAX,
        }
    }
}

impl<L: Listener, R: Backend, H> Server<L, R, H> {
    /// How many connections there may be at once; without this, any number. Those beyond it wait in the queue of the system.
    pub fn max_connections(mut self, most: usize) -> Self {
        self.max_connections = most;
        self
    }

    /// How long a request may take to send its head, and how long a connection of HTTP/1 may wait for the next one; without this, 30 s.
    ///
    /// For the first request of a connection of any version it counts from when that was accepted, with the handshake of TLS. Over
    /// HTTP/2 it holds for that first one alone: for the others, and for bodies, there is the [idle timeout](Self::idle_timeout).
    /// A body of HTTP/1 that the peer goes on to send when the answer is complete has this time as well. Less than 1 ms is 1 ms.
    pub fn header_timeout(mut self, limit: Duration) -> Self {
        self.options.limits.header = limit;
        self
    }

    /// Closes a connection over which no byte has gone in either direction for `limit`, and for twice as long at most; without this,
    /// 5 min. `Duration::MAX` is no limit. One of HTTP/2 that has no request for as long is closed though its peer sends pings, or goes on
    /// with the body of a request that has its whole answer.
    ///
    /// Within a request as well as between two: so a peer is cut off that has vanished, does not go on with its body, or no longer takes
    /// its response, and also one that waits for a handler which takes that long to say anything. It counts from the first request. With
    /// TLS these are the bytes that go over the network. It does not hold for what a connection of HTTP/1 was upgraded to, nor does
    /// anything else that is said here. Less than 1 ms is 1 ms.
    pub fn idle_timeout(mut self, limit: Duration) -> Self {
        self.options.limits.idle = limit;
        self
    }

    /// What else hyper can be told, such as the limits of HTTP/2.
    ///
    /// Of a builder that serves one version alone no connection of HTTP/1 can be upgraded.
    ///
    /// ```
    /// # fn example(server: anyrt_hyper::serve::Server<anyrt::generic::net::TcpListener<anyrt::Handle>>) {
    /// let server = server.http(|mut http| {
    ///     http.http2().max_concurrent_streams(100);
    ///     http.title_case_headers(true)
    /// });
    /// # }
    /// ```
    pub fn http(
        mut self,
        configure: impl FnOnce(auto::Builder<Executor<R>>) -> auto::Builder<Executor<R>>,
    ) -> Self {
        self.options.http = configure(self.options.http);
        self
    }

    /// Calls `report` with each error that ends a connection, and with those of accepting one; without this, nobody hears of them.
    ///
    /// They are an [`io::Error`] where accepting or a handshake failed, or a limit of time was over (`TimedOut`), a [`hyper::Error`]
    /// where HTTP failed, and a [`JoinError`](anyrt_facade::JoinError) where the service panicked, which ends its connection alone. A
    /// panic within HTTP/2 ends its request alone, and is not among them. A limit that ends a connection between two requests is no
    /// error, unless something was read that may have been the beginning of the second one. A panic of `report` harms nobody.
    pub fn on_error(mut self, report: impl Fn(BoxError) + Send + Sync + 'static) -> Self {
        // The hook tells of its panics, and there is no one else to tell.
        self.report = Arc::new(move |error| contain(|| report(error)));
        self
    }

    /// Stops when `signal` is ready: accepts those that have connected until then and nothing more, ends each connection when the
    /// requests that it has are answered, and cuts off those that have not ended after `deadline`.
    ///
    /// A connection without a request, or in the midst of the head of one (but for what came behind a request before its answer), ends when it says nothing for 1 s, or for a quarter of the
    /// `deadline` if that is less: so one is answered that is on its way, and a peer that is silent, in the midst of a handshake
    /// or of a head, does not hold the end. The address can be bound anew within 10 ms, in general. Those beyond
    /// [`max_connections`](Self::max_connections) are not accepted any more, and a handler that blocks its thread is waited for.
    pub fn with_graceful_shutdown(
        mut self,
        signal: impl Future<Output = ()> + Send + 'static,
        deadline: Duration,
    ) -> Self {
        self.stop = Box::pin(signal);
        self.grace = deadline;
        self.options.last_words = LAST_WORDS.min(deadline / 4);
        self
    }

    /// What it speaks, by the names that ALPN has for that.
    #[cfg(feature = "tls")]
    pub(super) fn protocols(&self) -> Vec<Vec<u8>> {
        let http = &self.options.http;
        let each = [("h2", http.is_http2_available()), ("http/1.1", http.is_http1_available())];
        each.into_iter().filter(|(_, is_spoken)| *is_spoken).map(|(name, _)| name.into()).collect()
    }

    /// What comes before HTTP on each connection: TLS, by a library of one's own choice.
    pub fn handshake<N: Handshake<Accepted<L::Io>>>(self, handshake: N) -> Server<L, R, N> {
        let Self { listener, options, max_connections, report, stop, grace } = self;
        let options = options.with_handshake(handshake);
        Server { listener, options, max_connections, report, stop, grace }
    }

    /// Serves each connection by a clone of `service`, which is one of hyper's; [`HttpService`] says how those of tower are made one.
    ///
    /// It ends with the shutdown that was asked for, or with the listener, and returns the number of connections that had to be cut
    /// off. Dropping the future closes the listener, and aborts the task of each connection.
    ///
    /// A process that has no descriptors left goes on with the connections that it has, tries to accept 20 times a second, and
    /// reports the errors.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn serve<S>(self, service: S) -> io::Result<usize>
    where
        H: Handshake<Accepted<L::Io>>,
        S: HttpService + Clone,
    {
        self.serve_each(move |_| service.clone()).await
    }

    /// Like [`serve`](Self::serve), by a service for each connection, which is made of the address that the connection comes from,
    /// before the handshake: what that learns, such as certificates of clients, a service does not see. A panic there ends that
    /// connection alone, and is reported.
    ///
    /// ```
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::net::SocketAddr;
    /// use anyrt_hyper::serve::TowerToHyperService;
    /// use axum::{Extension, Router, routing::get};
    /// # let listener = anyrt::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let server = anyrt_hyper::serve::Server::new(anyrt::Handle::current(), listener)
    /// #     .with_graceful_shutdown(async {}, std::time::Duration::ZERO);
    ///
    /// let whoami = async |Extension(peer): Extension<SocketAddr>| format!("you are {peer}");
    /// let app = Router::new().route("/", get(whoami));
    /// let cut_off = server
    ///     .serve_each(|peer| TowerToHyperService::new(app.clone().layer(Extension(*peer))))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn serve_each<S>(
        self,
        mut service_for: impl FnMut(&L::Address) -> S,
    ) -> io::Result<usize>
    where
        H: Handshake<Accepted<L::Io>>,
        S: HttpService,
    {
        let Self { listener, options, max_connections, report, stop, grace } = self;
        let runtime = options.runtime.clone();
        let mut connections = Connections::new(options, report);
        let mut incoming = listener.incoming();
        // The connections that have come before are among those that are accepted within the last turn of the reactor.
        let mut last_turn = pin!(async {
            stop.await;
            runtime.sleep(LAST_TURN).await;
        });
        // `None` until then, and how many more it accepts from then on.
        let mut last = None;
        let accepting = poll_fn(|cx| {
            if last.is_none() && last_turn.as_mut().poll(cx).is_ready() {
                last = Some(AT_LAST);
            }
            let is_last = last.is_some();
            for _ in 0..last.map_or(AT_ONCE, |last| last.min(AT_ONCE)) {
                let _ = connections.poll_reap(cx);
                let has_room = connections.len() < max_connections;
                // In the end nothing but an empty queue is pending.
                let accepted = match has_room {
                    false => Poll::Pending,
                    true if is_last => pin!(task::unconstrained(incoming.next())).poll(cx),
                    true => incoming.poll_next_unpin(cx),
                };
                match accepted {
                    Poll::Pending if is_last => return Poll::Ready(Ok(())),
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(None) => return Poll::Ready(Ok(())),
                    Poll::Ready(Some(Ok((stream, address)))) => {
                        connections.start(stream, || service_for(&address));
                    }
                    Poll::Ready(Some(Err(error))) if is_runtime_gone(&error) => {
                        return Poll::Ready(Err(error));
                    }
                    Poll::Ready(Some(Err(error))) => connections.report(error.into()),
                }
            }
            if let Some(last) = &mut last {
                *last -= AT_ONCE.min(*last);
                if *last == 0 {
                    return Poll::Ready(Ok(()));
                }
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        accepting.await?;
        drop(incoming);
        drop(listener);
        Ok(connections.end(grace).await)
    }
}

impl<L: fmt::Debug, R: fmt::Debug, H: fmt::Debug> fmt::Debug for Server<L, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("listener", &self.listener)
            .field("options", &self.options)
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
