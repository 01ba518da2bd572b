//! How a server ends: what is under way is finished, what takes too long is cut off, nothing is left.

mod common;

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyrt::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use anyrt::net::{TcpListener, TcpStream};
use anyrt::sync::Semaphore;
use anyrt::{Handle, JoinHandle};
use anyrt_hyper::serve::{HttpService, Listener, Server};
use anyrt_hyper::{Executor, FuturesIo, Io};
use common::*;
use futures_util::stream::{self, Stream};
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::client::legacy::Error;

/// A service whose requests wait at a gate, and tell when they have come there.
#[derive(Clone)]
struct Gate {
    come: Arc<Semaphore>,
    open: Arc<Semaphore>,
    /// As many references as there are requests, and the test's own.
    alive: Arc<()>,
}

impl Gate {
    fn new() -> Self {
        let closed = || Arc::new(Semaphore::new(0));
        Self { come: closed(), open: closed(), alive: Arc::default() }
    }

    fn service(&self) -> impl HttpService + Clone {
        let Self { come, open, alive } = self.clone();
        let alive = Arc::downgrade(&alive);
        service_fn(move |_| {
            let (come, open, alive) = (come.clone(), open.clone(), alive.upgrade());
            async move {
                come.add_permits(1);
                open.acquire().await.unwrap().forget();
                drop(alive);
                Ok::<_, hyper::Error>(Response::new(Full::<Bytes>::from("hello")))
            }
        })
    }

    /// Waits until so many requests have come.
    async fn wait_for(&self, requests: u32) {
        self.come.acquire_many(requests).await.unwrap().forget();
    }

    /// Waits until the futures of all requests are dropped.
    async fn is_empty(&self) {
        while Arc::strong_count(&self.alive) > 1 {
            anyrt::task::yield_now().await;
        }
    }
}

/// Sends a request by HTTP/2, from a task.
fn ask_in_2(server: &Running) -> JoinHandle<Result<String, Error>> {
    let url = format!("http://{}/", server.address).parse().unwrap();
    anyrt::spawn(async move { Ok(text(client(true).get(url).await?).await) })
}

/// A server with a connection that has had its answer, and a request of each version that waits for its own.
struct Scene {
    gate: Gate,
    server: Running,
    idle: TcpStream,
    busy: TcpStream,
    second: JoinHandle<Result<String, Error>>,
}

impl Scene {
    async fn new() -> Self {
        let gate = Gate::new();
        let server = Running::start(NEVER, |server| server, gate.service()).await;
        let (idle, busy) = (server.connect().await, server.connect().await);
        gate.open.add_permits(1);
        ask(&idle).await;
        gate.wait_for(1).await;
        busy.write_all(REQUEST).await.unwrap();
        gate.wait_for(1).await;
        let second = ask_in_2(&server);
        gate.wait_for(1).await;
        Self { gate, server, idle, busy, second }
    }
}

#[anyrt::test(all)]
async fn what_is_under_way_is_answered_and_what_is_idle_ends() {
    let Scene { gate, server, idle, busy, second } = Scene::new().await;

    let address = server.address;
    let ended = server.stop();
    assert!(is_closed(&idle).await);
    // Nobody listens there any more, and somebody else can.
    assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
    drop(TcpListener::bind(address).await.unwrap());
    assert!(!ended.is_finished());
    gate.open.add_permits(2);
    read_hello(&busy).await;
    assert!(is_closed(&busy).await);
    assert_eq!(second.await.unwrap().unwrap(), "hello");
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

#[anyrt::test(all)]
async fn what_takes_longer_than_the_deadline_is_cut_off() {
    let gate = Gate::new();
    let server = Running::start(Duration::from_millis(50), |server| server, gate.service()).await;
    let (one, other) = (server.connect().await, server.connect().await);
    one.write_all(REQUEST).await.unwrap();
    other.write_all(REQUEST).await.unwrap();
    let of_2: Vec<_> = (0..20).map(|_| ask_in_2(&server)).collect();
    gate.wait_for(22).await;
    let start = anyrt::time::now();
    assert_eq!(server.end().await, 22);
    assert!(anyrt::time::now() - start >= Duration::from_millis(50));
    // Requests of HTTP/2 have tasks of their own, which have ended as well.
    assert_eq!(Arc::strong_count(&gate.alive), 1);
    assert!(is_closed(&one).await && is_closed(&other).await);
    for request in of_2 {
        assert!(request.await.unwrap().is_err());
    }
}

#[anyrt::test(all)]
async fn a_connection_that_has_sent_nothing_does_not_hold_the_end() {
    let server = Running::start(BEFORE_THE_LIMITS, |server| server, hello()).await;
    let silent = server.connect().await;
    // Accepted, because those that came later are.
    ask(&server.connect().await).await;
    assert_eq!(server.end().await, 0);
    assert!(is_closed(&silent).await);
}

#[anyrt::test(all)]
async fn a_request_that_has_come_before_the_end_is_answered() {
    let (mut client, server) = anyrt::io::duplex(1024);
    client.write_all(REQUEST).await.unwrap();
    // It ends as soon as it has accepted the connection, whose task has read nothing yet.
    let server = Server::new(Handle::current(), Once(Mutex::new(Some(server))));
    assert_eq!(server.serve(hello()).await.unwrap(), 0);
    let mut response = String::new();
    client.read_to_string(&mut response).await.unwrap();
    assert!(response.ends_with("\r\n\r\nhello"));
}

#[anyrt::test(all)]
async fn connections_in_the_queue_are_served_before_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut streams = Vec::new();
    // More than a server accepts at once.
    for _ in 0..200 {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(REQUEST).await.unwrap();
        streams.push(stream);
    }
    // It is to stop before it has accepted any.
    let server = Server::new(Handle::current(), listener).with_graceful_shutdown(async {}, NEVER);
    assert_eq!(server.serve(hello()).await.unwrap(), 0);
    for stream in streams {
        read_hello(&stream).await;
    }
    assert_eq!(TcpStream::connect(address).await.unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

#[anyrt::test(all)]
async fn a_request_that_is_on_its_way_at_the_end_is_answered() {
    let server = Running::start(NEVER, |server| server, hello()).await;
    let (late, idle) = (server.connect().await, server.connect().await);
    ask(&idle).await;
    let ended = server.stop();
    // They all have been asked to end.
    assert!(is_closed(&idle).await);
    late.write_all(&REQUEST[..10]).await.unwrap();
    late.write_all(&REQUEST[10..]).await.unwrap();
    read_hello(&late).await;
    assert!(is_closed(&late).await);
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

#[anyrt::test(all)]
async fn a_later_request_whose_head_has_begun_is_answered() {
    let server = Running::start(NEVER, |server| server, hello()).await;
    let (late, idle) = (server.connect().await, server.connect().await);
    ask(&idle).await;
    ask(&late).await;
    late.write_all(&REQUEST[..10]).await.unwrap();
    let ended = server.stop();
    // They all have been asked to end.
    assert!(is_closed(&idle).await);
    late.write_all(&REQUEST[10..]).await.unwrap();
    read_hello(&late).await;
    assert!(is_closed(&late).await);
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

#[anyrt::test(all)]
async fn an_answer_that_the_peer_takes_slowly_is_sent_to_its_end_over_http_2() {
    const LENGTH: usize = 1 << 20;

    let large = service_fn(async |_| {
        let body = Full::new(Bytes::from(vec![7; LENGTH]));
        Ok::<_, hyper::Error>(Response::new(body))
    });
    let server = Running::start(NEVER, |server| server, large).await;
    let runtime = Handle::current();
    let stream = Io::new(server.connect().await);
    let mut client = http2::Builder::new(Executor::new(runtime.clone()));
    // Room for a part of it.
    client.initial_stream_window_size(1 << 16);
    let (mut sender, connection) = client.handshake(stream).await.unwrap();
    drop(anyrt::spawn(connection));
    let request = Request::get("http://here/").body(Empty::<Bytes>::new()).unwrap();
    let response = sender.send_request(request).await.unwrap();
    let ended = server.stop();
    // Longer than a peer may be silent that is to say its last words: it says nothing, for it has no room for more.
    anyrt::time::sleep(Duration::from_millis(2500)).await;
    assert!(!ended.is_finished());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), LENGTH);
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

/// A peer that has sent `begun`, and says nothing more, does not hold the end.
async fn does_not_hold_the_end(begun: &[u8], is_answered: bool) {
    let server = Running::start(BEFORE_THE_LIMITS, |server| server, hello()).await;
    let stream = server.connect().await;
    stream.write_all(begun).await.unwrap();
    if is_answered {
        read_answer_2(&stream).await;
    }
    // Accepted, because those that came later are.
    ask(&server.connect().await).await;
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_half_head_does_not_hold_the_end() {
    does_not_hold_the_end(b"GET / HTTP/1.1\r\nhost: he", false).await;
}

#[anyrt::test(all)]
async fn a_peer_of_http_2_that_does_not_answer_does_not_hold_the_end() {
    does_not_hold_the_end(PREFACE_2, false).await;
    does_not_hold_the_end(&[PREFACE_2, REQUEST_2].concat(), true).await;
}

#[anyrt::test(all)]
async fn a_tunnel_is_not_silent_too_long() {
    let tunnel = service_fn(async |mut request: Request<Incoming>| {
        let upgraded = hyper::upgrade::on(&mut request);
        anyrt::spawn(async move {
            let mut stream = Io::new(upgraded.await.unwrap());
            let mut word = [0; 5];
            stream.read_exact(&mut word).await.unwrap();
            stream.write_all(&word).await.unwrap();
            futures_util::AsyncWriteExt::close(&mut stream).await.unwrap();
            // To drop it now would reset what the peer may not have flushed.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        });
        Ok::<_, hyper::Error>(Response::new(String::new()))
    });
    let server = Running::start(NEVER, |server| server, tunnel).await;
    let request = Request::connect(server.address.to_string()).body(Empty::new()).unwrap();
    let response = client(true).request(request).await.unwrap();
    let mut stream = Io::new(hyper::upgrade::on(response).await.unwrap());
    let ended = server.stop();
    // Longer than peers may be silent that are to say their last words.
    anyrt::time::sleep(Duration::from_secs(3)).await;
    stream.write_all(b"hello").await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "hello");
    drop(stream);
    assert_eq!(ended.await.unwrap().unwrap(), 0);
}

#[anyrt::test(all)]
async fn a_server_that_is_dropped_takes_its_connections_along() {
    let Scene { gate, server, idle, busy, second } = Scene::new().await;
    server.abort().await;
    assert!(is_closed(&idle).await && is_closed(&busy).await);
    assert!(second.await.unwrap().is_err());
    gate.is_empty().await;
}

/// Accepts one connection, in memory.
struct Once(Mutex<Option<DuplexStream>>);

impl Listener for Once {
    type Io = FuturesIo<DuplexStream>;
    type Address = ();

    fn incoming(&self) -> impl Stream<Item = io::Result<(Self::Io, ())>> + Send + Unpin {
        let accepted = self.0.lock().unwrap().take();
        stream::iter(accepted.map(|stream| Ok((FuturesIo::new(stream), ()))))
    }
}
