//! A reverse proxy on each backend, with an application behind it in a process of its own, and peers that die.

mod leftovers;

use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyrt::Handle;
use anyrt::net::TcpStream;
use anyrt::time::{self, timeout};
use anyrt_hyper::Executor;
use anyrt_hyper::connect::Connector;
use anyrt_test_applications::peer::Peer;
use anyrt_test_applications::proxy::proxy;
use anyrt_test_applications::web::{PATIENCE, Running};
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

/// The application, and a proxy before it.
struct Proxied {
    upstream: Peer,
    running: Running,
    client: Client<Connector, Full<Bytes>>,
}

impl Proxied {
    async fn start() -> Self {
        let (upstream, address) = Peer::start_program(env!("CARGO_BIN_EXE_upstream"));
        let running = Running::start(proxy(address.parse().unwrap()), PATIENCE).await;
        let runtime = Handle::current();
        let client = Client::builder(Executor::new(runtime.clone())).build(Connector::new(runtime));
        Self { upstream, running, client }
    }

    fn request(&self, path: &str) -> hyper::http::request::Builder {
        Request::builder().uri(format!("http://{}{path}", self.running.address))
    }

    async fn get(&self, path: &str) -> Response<Incoming> {
        let request = self.request(path).body(Full::default()).unwrap();
        self.client.request(request).await.unwrap()
    }

    async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), StatusCode::OK);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.into()).unwrap()
    }

    /// A request that is not over before somebody ends it: its answer has begun.
    async fn begin_endless(&self) -> TcpStream {
        let stream = TcpStream::connect(self.running.address).await.unwrap();
        stream.write_all(b"GET /endless HTTP/1.1\r\nhost: here\r\n\r\n").await.unwrap();
        let mut first = [0; 1024];
        let n = stream.read(&mut first).await.unwrap();
        assert!(first[..n].starts_with(b"HTTP/1.1 200 OK\r\n"));
        stream
    }

    async fn socket(&self) -> WebSocketStream<TcpStream> {
        let stream = TcpStream::connect(self.running.address).await.unwrap();
        let url = format!("ws://{}/socket", self.running.address);
        client_async(url, stream).await.unwrap().0
    }

    async fn end(self) {
        drop((self.client, self.upstream));
        assert_eq!(self.running.end().await, 0);
    }
}

#[anyrt::test(all)]
async fn bodies_pass_both_ways() {
    let proxied = Proxied::start().await;
    let sent: Bytes = (0..1 << 20).map(|n: u32| n.to_le_bytes()[n as usize % 3]).collect();
    let request = proxied.request("/echo").method("POST").body(Full::new(sent.clone())).unwrap();
    let response = proxied.client.request(request).await.unwrap();
    assert!(response.into_body().collect().await.unwrap().to_bytes() == sent);
    proxied.end().await;
}

#[anyrt::test(all)]
async fn what_is_said_to_a_connection_goes_no_further() {
    let proxied = Proxied::start().await;
    let request = proxied
        .request("/headers")
        .header("connection", "X-Private, keep-alive")
        .header("x-private", "1")
        .header("keep-alive", "timeout=5")
        .header("te", "gzip")
        .header("proxy-authorization", "Basic eDp5")
        .header("x-public", "1");
    let response = proxied.client.request(request.body(Full::default()).unwrap()).await.unwrap();
    let headers = response.headers();
    assert!(headers.contains_key("x-kept") && headers.contains_key("via"));
    assert!(!headers.contains_key("x-own") && !headers.contains_key("connection"));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let seen = String::from_utf8(body.into()).unwrap();
    assert!(seen.contains("x-public") && seen.contains("via"), "{seen}");
    for name in ["x-private", "keep-alive", "\"te\"", "proxy-authorization", "connection"] {
        assert!(!seen.contains(name), "{name} in {seen}");
    }
    proxied.end().await;
}

#[anyrt::test(all)]
async fn a_web_socket_goes_through() {
    let proxied = Proxied::start().await;
    let mut socket = proxied.socket().await;
    for n in 0..100 {
        let sent = Message::binary(vec![7; n * n]);
        socket.send(sent.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), sent);
    }
    socket.close(None).await.unwrap();
    assert!(socket.next().await.is_none_or(|end| end.is_ok_and(|end| end.is_close())));
    proxied.end().await;
}

#[anyrt::test(all)]
async fn an_upstream_that_refuses_is_a_bad_gateway() {
    // Its port is nobody else's, and it does not listen.
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
    let refusing = getsockname(&socket).unwrap().try_into().unwrap();
    let mut proxied = Proxied::start().await;
    let another = Running::start(proxy(refusing), PATIENCE).await;
    let first = mem::replace(&mut proxied.running, another);
    assert_eq!(proxied.get("/hello").await.status(), StatusCode::BAD_GATEWAY);
    let stream = TcpStream::connect(proxied.running.address).await.unwrap();
    assert!(client_async("ws://localhost/socket", stream).await.is_err());
    assert_eq!(first.end().await, 0);
    proxied.end().await;
}

#[anyrt::test(all)]
async fn an_upstream_that_dies_ends_what_it_has_begun() {
    let proxied = Proxied::start().await;
    let mut body = proxied.get("/endless").await.into_body();
    assert!(body.frame().await.unwrap().is_ok());
    let mut socket = proxied.socket().await;
    drop(proxied.upstream);
    // It is not the end of the body, which the client would take for a whole one.
    while body.frame().await.expect("the response is cut off").is_ok() {}
    assert!(socket.next().await.is_none_or(|end| end.is_err()));
    let request = Request::builder().uri(format!("http://{}/hello", proxied.running.address));
    let answer = proxied.client.request(request.body(Full::default()).unwrap()).await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    drop((body, socket));
    assert_eq!(proxied.running.end().await, 0);
}

#[anyrt::test(all)]
async fn a_client_that_dies_takes_its_request_along() {
    let proxied = Proxied::start().await;
    let dying = proxied.begin_endless().await;
    assert_eq!(proxied.text("/open").await, "1");
    dying.set_linger(Some(Duration::ZERO)).unwrap();
    drop(dying);
    let is_gone = async {
        while proxied.text("/open").await != "0" {
            time::sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, is_gone).await.expect("the application is told");
    proxied.end().await;
}
