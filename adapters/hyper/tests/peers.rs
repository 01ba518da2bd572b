//! Peers that are slow, silent or gone.

mod common;

use std::error::Error;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use anyrt::Handle;
use anyrt::net::TcpStream;
use anyrt::sync::{mpsc, oneshot};
use anyrt_hyper::rustls::ServerConfig;
use anyrt_hyper::rustls::server::ResolvesServerCertUsingSni;
use anyrt_hyper::serve::Server;
use anyrt_hyper::{Executor, Io, Timer};
use common::*;
use futures_util::stream;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http2;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};

type BoxError = Box<dyn Error + Send + Sync>;

/// Long enough for a peer that is to be in time, on a loaded machine as well.
const LIMIT: Duration = Duration::from_secs(1);

/// The errors that a server reports.
fn errors() -> (impl Fn(BoxError) + Send + Sync, mpsc::UnboundedReceiver<BoxError>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (move |error| sender.send(error).unwrap(), receiver)
}

fn is_out_of_time(error: &BoxError) -> bool {
    let of_io = error.downcast_ref::<std::io::Error>();
    of_io.is_some_and(|error| error.kind() == ErrorKind::TimedOut)
        || error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_timeout)
}

/// A connection over which no more than `begun` comes ends when the time for a head is over.
async fn ends_for_want_of_a_head(begun: &[u8]) {
    let (report, mut errors) = errors();
    let configure = |server: Server<_>| server.on_error(report).header_timeout(LIMIT);
    let server = Running::start(NEVER, configure, hello()).await;
    let start = anyrt::time::now();
    let stream = server.connect().await;
    stream.write_all(begun).await.unwrap();
    assert!(is_out_of_time(&errors.recv().await.unwrap()));
    assert!(anyrt::time::now() - start >= LIMIT);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
    // hyper may say why.
    assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 408"));
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_peer_that_says_nothing_is_cut_off() {
    ends_for_want_of_a_head(b"").await;
}

#[anyrt::test(all)]
async fn a_peer_that_does_not_say_its_version_is_cut_off() {
    ends_for_want_of_a_head(b"PRI * HTTP/2.0\r\n").await;
}

#[anyrt::test(all)]
async fn a_peer_that_does_not_finish_its_head_is_cut_off() {
    ends_for_want_of_a_head(b"GET / HTTP/1.1\r\nhost: he").await;
}

#[anyrt::test(all)]
async fn a_peer_of_http_2_that_asks_nothing_is_cut_off() {
    ends_for_want_of_a_head_in_2().await;
}

async fn ends_for_want_of_a_head_in_2() {
    let (report, mut errors) = errors();
    let configure = |server: Server<_>| server.on_error(report).header_timeout(LIMIT);
    let server = Running::start(NEVER, configure, hello()).await;
    let stream = server.connect().await;
    stream.write_all(PREFACE_2).await.unwrap();
    assert!(is_out_of_time(&errors.recv().await.unwrap()));
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_peer_that_does_not_shake_hands_is_cut_off() {
    let (report, mut errors) = errors();
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    let configure = |server: Server<_>| server.on_error(report).header_timeout(LIMIT).tls(config);
    let server = Running::start(NEVER, configure, hello()).await;
    let stream = server.connect().await;
    // The beginning of a record.
    stream.write_all(b"\x16\x03\x01").await.unwrap();
    assert!(is_out_of_time(&errors.recv().await.unwrap()));
    assert!(is_closed(&stream).await);
    // One that speaks something else is told to the one who listens for errors, too.
    server.connect().await.write_all(REQUEST).await.unwrap();
    let error = errors.recv().await.unwrap();
    assert_eq!(error.downcast_ref::<std::io::Error>().unwrap().kind(), ErrorKind::InvalidData);
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_connection_may_wait_for_its_next_request_as_long_as_for_a_head() {
    let (report, mut errors) = errors();
    let configure = |server: Server<_>| server.on_error(report).header_timeout(LIMIT);
    let server = Running::start(NEVER, configure, hello()).await;
    let stream = server.connect().await;
    ask(&stream).await;
    assert!(is_closed(&stream).await);
    assert_eq!(server.end().await, 0);
    // It is no error.
    assert!(errors.recv().await.is_none());
}

#[anyrt::test(all)]
async fn a_tunnel_that_was_refused_is_none() {
    let refuses = service_fn(async |_| {
        let answer = Response::builder().status(StatusCode::METHOD_NOT_ALLOWED);
        answer.body(Full::<Bytes>::from("hello"))
    });
    let server = Running::start(NEVER, |server| server.header_timeout(LIMIT), refuses).await;
    let stream = server.connect().await;
    stream.write_all(b"CONNECT there:1 HTTP/1.1\r\nhost: there\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // Until it is closed, because nothing else comes.
    stream.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 405") && answer.ends_with(b"hello"));
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn pings_do_not_keep_a_connection_without_requests() {
    let server = Running::start(NEVER, |server| server.idle_timeout(LIMIT / 4), hello()).await;
    let runtime = Handle::current();
    let mut client = http2::Builder::new(Executor::new(runtime.clone()));
    client.timer(Timer::new(runtime)).keep_alive_while_idle(true);
    client.keep_alive_interval(Duration::from_millis(20));
    let (mut sender, connection) = client.handshake(Io::new(server.connect().await)).await.unwrap();
    let connection = anyrt::spawn(connection);
    let request = Request::get("http://here/").body(Empty::<Bytes>::new()).unwrap();
    assert_eq!(text(sender.send_request(request).await.unwrap()).await, "hello");
    // It ends though the client keeps it.
    let _ = connection.await.unwrap();
    assert!(sender.is_closed());
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_connection_has_its_time_from_the_end_of_an_answer_on() {
    const PARTS: usize = 19;

    // An answer that goes on from one look to the next one, and almost to the one after that.
    let slow = service_fn(async |_| {
        let parts = stream::unfold(0, |number| async move {
            anyrt::time::sleep(LIMIT / 10).await;
            let part = Ok::<_, hyper::Error>(Frame::data(Bytes::from("x")));
            (number < PARTS).then_some((part, number + 1))
        });
        Ok::<_, hyper::Error>(Response::new(StreamBody::new(Box::pin(parts))))
    });
    let server = Running::start(NEVER, |server| server.idle_timeout(LIMIT), slow).await;
    let client = http2::Builder::new(Executor::new(Handle::current()));
    let (mut sender, connection) = client.handshake(Io::new(server.connect().await)).await.unwrap();
    drop(anyrt::spawn(connection));
    for _ in 0..2 {
        let request = Request::get("http://here/").body(Empty::<Bytes>::new()).unwrap();
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(text(answer).await, "x".repeat(PARTS));
        anyrt::time::sleep(LIMIT / 5).await;
    }
    drop(sender);
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_handler_may_take_longer_than_a_head_and_the_next_request_has_all_its_time() {
    let (report, mut errors) = errors();
    let configure = |server: Server<_>| server.on_error(report).header_timeout(LIMIT);
    let slow = service_fn(async |_| {
        anyrt::time::sleep(LIMIT * 3 / 2).await;
        Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(b"hello"))))
    });
    let server = Running::start(NEVER, configure, slow).await;
    let stream = server.connect().await;
    for _ in 0..2 {
        ask(&stream).await;
    }
    assert_eq!(server.end().await, 0);
    assert!(errors.recv().await.is_none());
}

#[anyrt::test(all)]
async fn a_connection_over_which_nothing_goes_is_closed() {
    let (report, mut errors) = errors();
    let configure =
        |server: Server<_>| server.on_error(report).header_timeout(NEVER).idle_timeout(LIMIT);
    let server = Running::start(NEVER, configure, hello()).await;
    let start = anyrt::time::now();
    // As after a peer has lost its power, nothing comes any more, not even the end.
    let (first, second) = (server.connect().await, server.connect().await);
    ask(&first).await;
    second.write_all(PREFACE_2).await.unwrap();
    second.write_all(REQUEST_2).await.unwrap();
    read_answer_2(&second).await;
    assert!(is_closed(&first).await && is_closed(&second).await);
    assert!(anyrt::time::now() - start >= LIMIT);
    assert_eq!(server.end().await, 0);
    // Neither is an error, without a request under way.
    assert!(errors.recv().await.is_none());
}

#[anyrt::test(all)]
async fn a_peer_that_does_not_go_on_with_its_body_is_cut_off() {
    let (report, mut errors) = errors();
    let configure = |server: Server<_>| server.on_error(report).idle_timeout(LIMIT);
    let upload = service_fn(async |request: Request<Incoming>| {
        let body = request.into_body().collect().await?;
        Ok::<_, hyper::Error>(Response::new(Full::new(body.to_bytes())))
    });
    let server = Running::start(NEVER, configure, upload).await;
    let stream = server.connect().await;
    let begun = b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc";
    stream.write_all(begun).await.unwrap();
    assert!(is_out_of_time(&errors.recv().await.unwrap()));
    assert!(is_closed(&stream).await);
    assert_eq!(server.end().await, 0);
}

#[anyrt::test(all)]
async fn a_handshake_that_is_not_finished_does_not_hold_the_end() {
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()));
    let server = Running::start(BEFORE_THE_LIMITS, |server| server.tls(config), hello()).await;
    let (silent, other) = (server.connect().await, server.connect().await);
    silent.write_all(b"\x16\x03\x01").await.unwrap();
    // Accepted, because one that came later is.
    other.write_all(REQUEST).await.unwrap();
    let mut alert = Vec::new();
    let _ = other.read_to_end(&mut alert).await;
    assert_eq!(server.end().await, 0);
    assert!(is_closed(&silent).await);
}

/// A body without an end.
struct Endless(#[allow(dead_code, reason = "tells when it is dropped")] Arc<()>);

impl Body for Endless {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(&[0; 4096])))))
    }
}

#[anyrt::test(all)]
async fn a_peer_that_no_longer_takes_its_response_is_cut_off() {
    let (report, mut errors) = errors();
    let configure = |server: Server<_>| server.on_error(report).idle_timeout(LIMIT);
    let (sender, mut bodies) = mpsc::unbounded_channel::<Weak<()>>();
    let endless = service_fn(move |_| {
        let body = Arc::new(());
        sender.send(Arc::downgrade(&body)).unwrap();
        async { Ok::<_, hyper::Error>(Response::new(Endless(body))) }
    });
    let server = Running::start(NEVER, configure, endless).await;
    let stream = server.connect().await;
    stream.write_all(REQUEST).await.unwrap();
    // As long as it takes some, it is served, whatever the limit.
    let start = anyrt::time::now();
    let mut buffer = vec![0; 1 << 20];
    while anyrt::time::now() - start < 3 * LIMIT {
        stream.read_exact(&mut buffer).await.unwrap();
    }
    let body = bodies.recv().await.unwrap();
    assert!(is_out_of_time(&errors.recv().await.unwrap()));
    assert_eq!(server.end().await, 0);
    assert!(body.upgrade().is_none());
}

#[anyrt::test(all)]
async fn a_peer_that_is_gone_takes_its_request_along() {
    let (sender, mut requests) = mpsc::unbounded_channel();
    let never = service_fn(move |_: Request<Incoming>| {
        let (alive, dropped) = oneshot::channel::<()>();
        sender.send(dropped).unwrap();
        async move {
            std::future::pending::<()>().await;
            drop(alive);
            Ok::<_, hyper::Error>(Response::new(String::new()))
        }
    });
    let server = Running::start(NEVER, |server| server, never).await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        let stream = server.connect().await;
        stream.write_all(REQUEST).await.unwrap();
        streams.push(stream);
    }
    let mut dropped = Vec::new();
    for _ in 0..50 {
        dropped.push(requests.recv().await.unwrap());
    }
    // Half of them end as when their process is killed with something unread, and half with an end.
    for (number, stream) in streams.into_iter().enumerate() {
        reset_if(number % 2 == 0, &stream);
    }
    for dropped in dropped {
        assert!(dropped.await.is_err());
    }
    assert_eq!(server.end().await, 0);
}

fn reset_if(is_reset: bool, stream: &TcpStream) {
    if is_reset {
        stream.set_linger(Some(Duration::ZERO)).unwrap();
    }
}
