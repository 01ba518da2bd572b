//! What the tests of the server share.
#![allow(dead_code, reason = "each test takes a part of it")]

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::sync::oneshot;
use anyrt::{Handle, JoinHandle, generic};
use anyrt_hyper::connect::Connector;
use anyrt_hyper::serve::{Accepted, Handshake, HttpService, Listener, Server};
use anyrt_hyper::{Executor, Timer};
use http_body_util::{BodyExt, Empty, Full};
use hyper::Response;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;

pub(crate) type Listening = generic::net::TcpListener<Handle>;

/// Longer than any test waits: what ends after it has not ended in time.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);

/// Less than the limits of time that a server has by default, and more than a connection is given that says nothing in the end.
pub(crate) const BEFORE_THE_LIMITS: Duration = Duration::from_secs(20);

/// A server that runs, until it is told to stop.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<io::Result<usize>>,
}

impl Running {
    /// Serves on a port of its own, with `grace` for the connections in the end.
    pub(crate) async fn start<H: Handshake<Accepted<<Listening as Listener>::Io>>>(
        grace: Duration,
        configure: impl FnOnce(Server<Listening>) -> Server<Listening, Handle, H>,
        service: impl HttpService + Clone,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = configure(Server::new(Handle::current(), listener));
        let server = server.with_graceful_shutdown(async { drop(stopped.await) }, grace);
        Self { address, stop, task: anyrt::spawn(server.serve(service)) }
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Asks the server to stop, and does not wait for it.
    pub(crate) fn stop(self) -> JoinHandle<io::Result<usize>> {
        self.stop.send(()).unwrap();
        self.task
    }

    /// Stops the server; how many connections it had to cut off.
    pub(crate) async fn end(self) -> usize {
        self.stop().await.unwrap().unwrap()
    }

    /// Drops the future of the server.
    pub(crate) async fn abort(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }
}

/// A service that says hello.
pub(crate) fn hello() -> impl HttpService + Clone {
    service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("hello"))))
}

pub(crate) const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n";

/// What a peer of HTTP/2 begins with: the preface, and settings without a value.
pub(crate) const PREFACE_2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A request of HTTP/2, the first one of its connection.
pub(crate) const REQUEST_2: &[u8] = b"\0\0\x06\x01\x05\0\0\0\x01\x82\x86\x84\x41\x01a";

/// Sends a request without a body over `stream`, and reads the response, whose body is `hello`.
pub(crate) async fn ask(stream: &TcpStream) {
    stream.write_all(REQUEST).await.unwrap();
    read_hello(stream).await;
}

/// Reads a response whose body is `hello`.
pub(crate) async fn read_hello(stream: &TcpStream) {
    let mut response = Vec::new();
    while !response.ends_with(b"\r\n\r\nhello") {
        let mut byte = [0];
        stream.read_exact(&mut byte).await.unwrap();
        response.extend(byte);
    }
    assert!(response.starts_with(b"HTTP/1.1 200 OK\r\n"));
}

/// Reads the frames of HTTP/2 until there is one that ends a stream.
pub(crate) async fn read_answer_2(stream: &TcpStream) {
    const END_STREAM: u8 = 1;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(head[1]) << 8 | usize::from(head[2])];
        stream.read_exact(&mut payload).await.unwrap();
        // Data or headers: the flags of other frames say something else.
        if matches!(head[3], 0 | 1) && head[4] & END_STREAM != 0 {
            return;
        }
    }
}

/// Whether the peer has ended the connection, in whatever way.
pub(crate) async fn is_closed(stream: &TcpStream) -> bool {
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.is_err() || rest.is_empty()
}

/// A client of hyper-util, which speaks HTTP/2 if that is said.
pub(crate) fn client(speaks_2: bool) -> Client<Connector, Empty<Bytes>> {
    let runtime = Handle::current();
    Client::builder(Executor::new(runtime.clone()))
        .pool_timer(Timer::new(runtime.clone()))
        .timer(Timer::new(runtime.clone()))
        .http2_only(speaks_2)
        .build(Connector::new(runtime))
}

pub(crate) async fn text(response: Response<Incoming>) -> String {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(body.to_vec()).unwrap()
}
