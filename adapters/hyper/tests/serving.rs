//! The server and the client: both versions of HTTP, services of hyper, tower and axum, limits.

mod common;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyrt::Handle;
use anyrt::io::{AsyncReadExt, AsyncWriteExt};
use anyrt::net::{TcpListener, TcpStream};
use anyrt::observe::{self, Observer, TaskObserver};
use anyrt::sync::{mpsc, oneshot};
use anyrt::task::Meta;
use anyrt_hyper::Io;
use anyrt_hyper::serve::{Accepted, Listener, Server};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use common::*;
use futures_util::future::{join, join_all};
use futures_util::stream::{self, Stream};
use http_body_util::{Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Version};
use hyper_util::server::conn::auto::upgrade::downcast;
use hyper_util::service::TowerToHyperService;

#[anyrt::test(all)]
async fn both_versions_of_http_are_served_on_one_port() {
    // The longest limits are none.
    let configure =
        |server: Server<_>| server.header_timeout(Duration::MAX).idle_timeout(Duration::MAX);
    let server = Running::start(Duration::MAX, configure, hello()).await;
    for (speaks_2, version) in [(false, Version::HTTP_11), (true, Version::HTTP_2)] {
        let client = client(speaks_2);
        let url = format!("http://{}/", server.address);
        let requests = (0..32).map(|_| client.get(url.parse().unwrap()));
        for response in join_all(requests).await {
            let response = response.unwrap();
            assert_eq!(response.version(), version);
            assert_eq!(text(response).await, "hello");
        }
    }
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_connection_serves_one_request_after_the_other_and_a_pipeline() {
    let server = Running::start(NEVER, |server| server, hello()).await;
    let stream = server.connect().await;
    for _ in 0..100 {
        ask(&stream).await;
    }
    stream.write_all(&REQUEST.repeat(10)).await.unwrap();
    for _ in 0..10 {
        read_hello(&stream).await;
    }
    assert_eq!(server.end().await, 0);
}

// Once: the observer sees the connections of all runtimes.
#[anyrt::test]
async fn the_task_of_a_connection_has_a_name() {
    /// Whether there was one.
    static IS_SEEN: AtomicBool = AtomicBool::new(false);

    struct Names;

    impl Observer for Names {
        fn spawned(&self, task: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
            let is_it = task.name == Some("connection");
            IS_SEEN.fetch_or(is_it, Ordering::Relaxed);
            None
        }
    }

    observe::install_beside(Arc::new(Names));
    let server = Running::start(NEVER, |server| server, hello()).await;
    ask(&server.connect().await).await;
    assert!(IS_SEEN.load(Ordering::Relaxed));
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_router_of_axum_is_served() {
    async fn sum(Json(numbers): Json<Vec<u32>>) -> Json<u32> {
        Json(numbers.iter().sum())
    }
    let app = Router::new().route("/", get(async || "hello")).route("/sum", post(sum));
    let server = Running::start(NEVER, |server| server, TowerToHyperService::new(app)).await;

    let root = client(false).get(format!("http://{}/", server.address).parse().unwrap());
    assert_eq!(text(root.await.unwrap()).await, "hello");
    let absent = client(true).get(format!("http://{}/absent", server.address).parse().unwrap());
    assert_eq!(absent.await.unwrap().status(), StatusCode::NOT_FOUND);
    let request = "POST /sum HTTP/1.0\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n[1, 2, 3]";
    let stream = server.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    assert!(response.ends_with(b"\r\n\r\n6"), "{}", String::from_utf8_lossy(&response));
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn each_connection_has_a_service_that_knows_its_peer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new()
        .route("/", get(async |Extension(peer): Extension<SocketAddr>| peer.to_string()));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::new(Handle::current(), listener)
        .with_graceful_shutdown(async { drop(stopped.await) }, NEVER);
    let server = anyrt::spawn(
        server
            .serve_each(move |peer| TowerToHyperService::new(app.clone().layer(Extension(*peer)))),
    );
    for _ in 0..3 {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.unwrap();
        let own = format!("\r\n\r\n{}", stream.local_addr().unwrap());
        assert!(response.ends_with(own.as_bytes()));
    }
    stop.send(()).unwrap();
    assert_eq!(server.await.unwrap().unwrap(), 0);
}

#[anyrt::test(all)]
async fn no_more_connections_are_served_at_once_than_allowed() {
    let server = Running::start(NEVER, |server| server.max_connections(2), hello()).await;
    let mut streams = Vec::new();
    for _ in 0..2 {
        streams.push(server.connect().await);
        ask(streams.last().unwrap()).await;
    }
    // The system accepts the third one, and the server does not; a fourth one sees that it has its turn after it.
    let third = server.connect().await;
    third.write_all(REQUEST).await.unwrap();
    for stream in &streams {
        ask(stream).await;
        assert_eq!(third.try_read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
    drop(streams.pop());
    read_hello(&third).await;
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn an_upgraded_connection_is_a_stream_of_futures() {
    let upgrade = service_fn(async |mut request: Request<Incoming>| {
        let upgraded = hyper::upgrade::on(&mut request);
        anyrt::spawn(async move {
            let mut stream = Io::new(upgraded.await.unwrap());
            let mut word = [0; 5];
            stream.read_exact(&mut word).await.unwrap();
            word.reverse();
            stream.write_all(&word).await.unwrap();
            stream.flush().await.unwrap();
            futures_util::AsyncWriteExt::close(&mut stream).await.unwrap();
        });
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        response
            .header("connection", "upgrade")
            .header("upgrade", "echo")
            .body(Empty::<Bytes>::new())
    });
    let server = Running::start(NEVER, |server| server, upgrade).await;
    let request = Request::get(format!("http://{}/", server.address))
        .header("connection", "upgrade")
        .header("upgrade", "echo")
        .body(Empty::new());
    let response = client(false).request(request.unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    // It is none of the server's connections any more.
    assert_eq!(server.end().await, 0);
    let mut stream = Io::new(hyper::upgrade::on(response).await.unwrap());
    stream.write_all(b"hello").await.unwrap();
    stream.flush().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(answer, "olleh");
}

#[anyrt::test(all)]
async fn a_service_that_panics_loses_its_connection_alone() {
    let (sender, mut errors) = mpsc::unbounded_channel();
    let panics = service_fn(|request: Request<Incoming>| {
        assert_ne!(request.uri().path(), "/call", "expected by the test");
        async move {
            assert_eq!(request.uri().path(), "/", "expected by the test");
            Ok::<_, hyper::Error>(Response::new(Full::<Bytes>::from("hello")))
        }
    });
    let report = move |error: Box<dyn std::error::Error + Send + Sync>| sender.send(error).unwrap();
    let server = Running::start(NEVER, |server| server.on_error(report), panics).await;
    let other = server.connect().await;
    ask(&other).await;
    for request in ["GET /call HTTP/1.1\r\n\r\n", "GET /future HTTP/1.1\r\n\r\n"] {
        let one = server.connect().await;
        one.write_all(request.as_bytes()).await.unwrap();
        assert!(is_closed(&one).await);
        let error = errors.recv().await.unwrap();
        assert!(error.downcast_ref::<anyrt::JoinError>().unwrap().is_panic());
        ask(&other).await;
    }
    // Of HTTP/2 it is the request alone.
    let client = client(true);
    let url = |path| format!("http://{}{path}", server.address).parse().unwrap();
    assert_eq!(text(client.get(url("/")).await.unwrap()).await, "hello");
    for path in ["/call", "/future"] {
        let (panics, answer) = join(client.get(url(path)), client.get(url("/"))).await;
        assert!(panics.is_err());
        assert_eq!(text(answer.unwrap()).await, "hello");
    }
    assert_eq!(server.end().await, 0);
    // Those are not told: of them the connection has not ended.
    assert!(errors.recv().await.is_none());
}

#[anyrt::test(all)]
async fn panics_of_the_reporter_and_of_the_maker_of_services_harm_nobody() {
    let (sender, mut errors) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::new(Handle::current(), listener)
        .with_graceful_shutdown(async { drop(stopped.await) }, NEVER)
        .on_error(move |error| {
            sender.send(error.to_string()).unwrap();
            panic!("expected by the test");
        });
    let mut connections = 0;
    let server = anyrt::spawn(server.serve_each(move |_| {
        connections += 1;
        assert_ne!(connections, 2, "expected by the test");
        hello()
    }));
    let stay = TcpStream::connect(address).await.unwrap();
    ask(&stay).await;
    assert!(is_closed(&TcpStream::connect(address).await.unwrap()).await);
    assert!(errors.recv().await.unwrap().contains("a panic"));
    let nonsense = TcpStream::connect(address).await.unwrap();
    nonsense.write_all(b"nonsense\r\n\r\n").await.unwrap();
    errors.recv().await.unwrap();
    ask(&stay).await;
    ask(&TcpStream::connect(address).await.unwrap()).await;
    stop.send(()).unwrap();
    assert_eq!(server.await.unwrap().unwrap(), 0);
}

/// A listener whose errors come without a pause.
struct Failing;

impl Listener for Failing {
    type Io = Io<TcpStream>;
    type Address = ();

    fn incoming(&self) -> impl Stream<Item = io::Result<(Self::Io, ())>> + Send + Unpin {
        stream::repeat_with(|| Err(io::Error::other("expected by the test")))
    }
}

#[anyrt::test(all)]
async fn a_listener_that_is_always_ready_leaves_others_their_turn() {
    let (sender, mut errors) = mpsc::unbounded_channel();
    let server = Server::new(Handle::current(), Failing)
        .on_error(move |error| sender.send(error).unwrap())
        .with_graceful_shutdown(async move { drop(errors.recv().await) }, NEVER);
    let mut serving = std::pin::pin!(server.serve(hello()));
    assert!(futures_util::poll!(serving.as_mut()).is_pending());
    // It is awake for the next ones, and sees that it is to stop.
    assert_eq!(serving.await.unwrap(), 0);
}

#[anyrt::test(all)]
async fn a_server_may_speak_one_version_alone_and_write_headers_in_another_way() {
    let only_1 = |server: Server<_>| server.http(|it| it.http1_only().title_case_headers(true));
    let server = Running::start(NEVER, only_1, hello()).await;
    let stream = server.connect().await;
    stream.write_all(REQUEST).await.unwrap();
    let mut head = [0; 64];
    stream.read_exact(&mut head).await.unwrap();
    assert!(String::from_utf8_lossy(&head).contains("\r\nContent-Length: 5\r\n"));
    let url = |server: &Running| format!("http://{}/", server.address).parse().unwrap();
    assert!(client(true).get(url(&server)).await.is_err());
    drop(stream);
    assert_eq!(server.end().await, 0);

    let server =
        Running::start(NEVER, |server| server.http(|http| http.http2_only()), hello()).await;
    assert!(client(false).get(url(&server)).await.is_err());
    assert_eq!(text(client(true).get(url(&server)).await.unwrap()).await, "hello");
    assert_eq!(server.end().await, 0);
}

/// A service that can be sent, and not shared.
#[derive(Clone)]
struct Unshared(Cell<u32>);

impl hyper::service::Service<Request<Incoming>> for Unshared {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Response<String>, Infallible>>;

    fn call(&self, _: Request<Incoming>) -> Self::Future {
        self.0.set(self.0.get() + 1);
        ready(Ok(Response::new(self.0.get().to_string())))
    }
}

#[anyrt::test(all)]
async fn a_service_needs_not_be_shared() {
    let server = Running::start(NEVER, |server| server, Unshared(Cell::new(0))).await;
    // On one connection, which has a service of its own.
    let client = client(true);
    for nth in ["1", "2"] {
        let url = format!("http://{}/", server.address).parse().unwrap();
        assert_eq!(text(client.get(url).await.unwrap()).await, nth);
    }
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn an_upgraded_connection_gives_its_stream_back() {
    let (sender, mut streams) = mpsc::unbounded_channel();
    let upgrade = service_fn(move |mut request: Request<Incoming>| {
        let (upgraded, sender) = (hyper::upgrade::on(&mut request), sender.clone());
        anyrt::spawn(async move {
            let parts = downcast::<Accepted<Io<TcpStream>>>(upgraded.await.unwrap()).unwrap();
            sender.send(parts.io.into_inner().into_inner()).unwrap();
        });
        let response = Response::builder().status(StatusCode::SWITCHING_PROTOCOLS);
        let response = response.header("connection", "upgrade").header("upgrade", "raw");
        ready(response.body(Empty::<Bytes>::new()))
    });
    let server = Running::start(NEVER, |server| server, upgrade).await;
    let stream = server.connect().await;
    let request = b"GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let raw = streams.recv().await.unwrap();
    assert_eq!(raw.peer_addr().unwrap(), stream.local_addr().unwrap());
    assert_eq!(server.end().await, 0);
}
