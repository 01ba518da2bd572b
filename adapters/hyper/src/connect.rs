//! Connecting the client of hyper-util.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_facade::generic::net::{Stream, TcpStream};
use anyrt_facade::{Backend, Handle, Reactor, Source};
use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

use crate::Io;

#[cfg(feature = "tls")]
mod tls;
#[cfg(unix)]
mod unix;

#[cfg(unix)]
pub use unix::UnixConnector;

type Connecting<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Connects to the host of a URI over TCP: to the first of its addresses that answers.
///
/// Addresses of both families are tried in turn, each beside those that have not answered for 250 ms (RFC 8305). Small writes go out
/// at once (`TCP_NODELAY`). It sets no limit of time: [`timeout`](anyrt_facade::time::timeout) around a request does.
///
/// ```
/// # use anyrt_hyper::{Io, connect::Connector, Executor, Timer};
/// # #[anyrt::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use http_body_util::{BodyExt, Empty};
/// use hyper::body::Bytes;
/// use hyper_util::client::legacy::Client;
///
/// # let listener = anyrt::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let address = listener.local_addr()?;
/// # anyrt::spawn(async move {
/// #     let (stream, _) = listener.accept().await?;
/// #     stream.read(&mut [0; 1024]).await?;
/// #     stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello").await
/// # });
/// let runtime = anyrt::Handle::current();
/// let client = Client::builder(Executor::new(runtime.clone()))
///     .pool_timer(Timer::new(runtime.clone())) // closes idle connections
///     .build::<_, Empty<Bytes>>(Connector::new(runtime));
/// let response = client.get(format!("http://{address}/").parse()?).await?;
/// assert_eq!(response.into_body().collect().await?.to_bytes(), "hello");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `InvalidInput` for a URI without a host, and for one whose scheme is not `http`, unless
/// [that is allowed](Self::enforce_http); those of [`TcpStream::connect`](anyrt_facade::net::TcpStream::connect).
#[derive(Clone, Debug)]
pub struct Connector<R = Handle> {
    runtime: R,
    enforce_http: bool,
}

impl<R: Backend> Connector<R> {
    /// Connects with `runtime`.
    pub fn new(runtime: R) -> Self {
        Self { runtime, enforce_http: true }
    }

    /// Whether a URI has to have the scheme `http`, which is so unless this says otherwise.
    ///
    /// A connector that wraps this one, to put TLS around it, says `false`: without one, a request to `https` would go out in clear.
    pub fn enforce_http(mut self, is_enforced: bool) -> Self {
        self.enforce_http = is_enforced;
        self
    }

    fn target(&self, uri: &Uri) -> io::Result<(String, u16)> {
        let invalid = |what| io::Error::new(io::ErrorKind::InvalidInput, what);
        if self.enforce_http && uri.scheme_str() != Some("http") {
            return Err(invalid(
                "the scheme of the URI is not http: others need a connector with TLS",
            ));
        }
        let host = uri.host().ok_or_else(|| invalid("the URI has no host to connect to"))?;
        let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        // An address of version 6 is in brackets in a URI, and nowhere else.
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok((host.to_owned(), uri.port_u16().unwrap_or(default)))
    }
}

impl<R: Backend> Service<Uri> for Connector<R> {
    type Response = Io<TcpStream<R>>;
    type Error = io::Error;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (runtime, target) = (self.runtime.clone(), self.target(&uri));
        Box::pin(async move {
            let (host, port) = target?;
            let stream = TcpStream::connect_on(&runtime, (host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            Ok(Io::new(stream))
        })
    }
}

impl<S: Source, R: Reactor> Connection for Io<Stream<S, R>> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
