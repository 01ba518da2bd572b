//! A server of tonic's, and clients of it, on each backend.
//!
//! Server and client stand on anyrt-hyper and need no tokio. [`Channel`](tonic::transport::Channel), which has timers of tokio's, has
//! it around the runtime.

mod numbers;

use std::env;
use std::fmt::Debug;
use std::net::SocketAddr;

use anyrt::Handle;
use anyrt::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use anyrt::time::{Duration, timeout};
use anyrt_hyper::Executor;
use anyrt_hyper::connect::Connector;
use anyrt_hyper::serve::TowerToHyperService;
use anyrt_test_applications::peer::Peer;
use anyrt_test_applications::web::{PATIENCE, Running, is_closed};
use futures_util::stream;
use hyper_util::client::legacy::Client;
use numbers::{Event, HALVE, Numbers, SUMS, WAIT};
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codec::Codec;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::codegen::{Body as HttpBody, StdError};
use tonic::service::Routes;
use tonic::transport::Endpoint;
use tonic::{Code, Request, Status, Streaming};
use tonic_prost::ProstCodec;

type HttpClient = Client<Connector, Body>;

async fn start(grace: Duration) -> (Running, UnboundedReceiver<Event>) {
    let (numbers, events) = Numbers::new();
    let service = TowerToHyperService::new(Routes::new(numbers));
    (Running::start(service, grace).await, events)
}

/// A client over one connection.
fn connect(server: SocketAddr) -> Grpc<HttpClient> {
    let runtime = Handle::current();
    let client = Client::builder(Executor::new(runtime.clone()))
        .http2_only(true)
        .build(Connector::new(runtime));
    Grpc::with_origin(client, format!("http://{server}").parse().unwrap())
}

/// A call of one message, which is answered by one.
async fn call<T, A, B>(
    client: &mut Grpc<T>,
    method: &'static str,
    request: Request<A>,
) -> Result<B, Status>
where
    T: GrpcService<Body, Error: Debug, ResponseBody: Send + 'static>,
    T::ResponseBody: HttpBody<Error: Into<StdError>>,
    ProstCodec<A, B>: Codec<Encode = A, Decode = B> + Default,
    A: Send + Sync + 'static,
    B: Send + Sync + 'static,
{
    client.ready().await.unwrap();
    let method = PathAndQuery::from_static(method);
    Ok(client.unary(request, method, ProstCodec::default()).await?.into_inner())
}

async fn halve<T>(client: &mut Grpc<T>, number: i64) -> Result<i64, Status>
where
    T: GrpcService<Body, Error: Debug, ResponseBody: Send + 'static>,
    T::ResponseBody: HttpBody<Error: Into<StdError>>,
{
    call(client, HALVE, Request::new(number)).await
}

/// A call of `SUMS`: where its numbers are sent, and where the sums come from.
async fn sums(client: &mut Grpc<HttpClient>) -> (UnboundedSender<i64>, Streaming<i64>) {
    let (numbers, received) = unbounded_channel();
    let received = stream::unfold(received, async |mut received: UnboundedReceiver<i64>| {
        Some((received.recv().await?, received))
    });
    client.ready().await.unwrap();
    let method = PathAndQuery::from_static(SUMS);
    let sums = client.streaming(Request::new(received), method, ProstCodec::default()).await;
    (numbers, sums.unwrap().into_inner())
}

async fn next(events: &mut UnboundedReceiver<Event>) -> Event {
    let event = timeout(PATIENCE, events.recv()).await.expect("it is heard of");
    event.expect("the server is there")
}

/// Where a client in a process of its own finds the server.
const SERVER: &str = "ANYRT_TEST_SERVER";

fn server() -> SocketAddr {
    env::var(SERVER).unwrap().parse().unwrap()
}

/// Runs the ignored test `name` in a process of its own, on the backend of the server.
async fn run_client(name: &'static str, server: SocketAddr) {
    let (server, backend) = (server.to_string(), Handle::current().backend());
    let client = anyrt::spawn_blocking(move || {
        Peer::run(name, &[(SERVER, &server), ("ANYRT_BACKEND", backend)]);
    });
    client.await.unwrap();
}

/// How many calls that last had begun on a server that has ended, each of which has to be gone; some events were heard before.
async fn calls_that_ended(mut heard: Vec<Event>, mut events: UnboundedReceiver<Event>) -> usize {
    while let Some(event) = events.recv().await {
        heard.push(event);
    }
    let count = |event| heard.iter().filter(|heard| **heard == event).count();
    assert_eq!(count(Event::Begun), count(Event::Dropped), "{heard:?}");
    count(Event::Begun)
}

#[anyrt::test(all)]
async fn a_call_is_answered_by_a_message_or_a_status() {
    let (running, _events) = start(PATIENCE).await;
    run_client("calls", running.address).await;
    assert_eq!(running.end().await, 0);
}

#[test]
#[ignore = "`a_call_is_answered_by_a_message_or_a_status` runs it, in a process of its own"]
fn calls() {
    anyrt::block_on(async {
        let mut client = connect(server());
        assert_eq!(halve(&mut client, 84).await.unwrap(), 42);
        let status = halve(&mut client, 7).await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::InvalidArgument, "7 is odd"));
        let answer = call::<_, i64, i64>(&mut client, "/test.Numbers/Double", Request::new(1));
        assert_eq!(answer.await.unwrap_err().code(), Code::Unimplemented);
    });
}

#[anyrt::test(all)]
async fn streams_go_both_ways_at_once() {
    let (running, events) = start(PATIENCE).await;
    run_client("streams", running.address).await;
    assert_eq!(running.end().await, 0);
    // The second may begin before the first is dropped.
    assert_eq!(calls_that_ended(Vec::new(), events).await, 2);
}

#[test]
#[ignore = "`streams_go_both_ways_at_once` runs it, in a process of its own"]
fn streams() {
    anyrt::block_on(async {
        let mut client = connect(server());
        let (numbers, mut received) = sums(&mut client).await;
        // Each is answered before the next one is sent.
        for number in 0..100 {
            numbers.send(number).unwrap();
            assert_eq!(received.message().await.unwrap(), Some(number * (number + 1) / 2));
        }
        drop(numbers);
        assert_eq!(received.message().await.unwrap(), None);

        // An error ends the stream behind what has come before.
        let (numbers, mut received) = sums(&mut client).await;
        for number in [3, 4, -1] {
            numbers.send(number).unwrap();
        }
        assert_eq!(received.message().await.unwrap(), Some(3));
        assert_eq!(received.message().await.unwrap(), Some(7));
        let status = received.message().await.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::OutOfRange, "-1 is negative"));
    });
}

#[anyrt::test(all, tokio_context = true)]
async fn a_deadline_ends_the_call_at_both_ends() {
    let (running, mut events) = start(PATIENCE).await;
    let runtime = Handle::current();
    let endpoint = Endpoint::from_shared(format!("http://{}", running.address)).unwrap();
    let channel = endpoint
        .executor(Executor::new(runtime.clone()))
        .connect_with_connector_lazy(Connector::new(runtime));
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    // The time may be over before the call has come to the server.
    let mut heard = Vec::new();
    while heard.is_empty() {
        let mut request = Request::new(());
        request.set_timeout(Duration::from_millis(100));
        let status = call::<_, (), ()>(&mut client, WAIT, request).await.unwrap_err();
        assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status}");
        heard.extend(events.try_recv());
    }
    // The connection goes on.
    assert_eq!(halve(&mut client, 8).await.unwrap(), 4);
    drop(client);
    assert_eq!(running.end().await, 0);
    calls_that_ended(heard, events).await;
}

/// Begins a stream that does not end.
#[test]
#[ignore = "`a_client_that_is_killed_takes_its_stream_along` runs it, in a process of its own"]
fn client() {
    anyrt::block_on(async {
        let mut client = connect(server());
        let (numbers, mut received) = sums(&mut client).await;
        numbers.send(1).unwrap();
        while let Some(sum) = received.message().await.unwrap() {
            numbers.send(sum % 2).unwrap();
        }
    });
}

#[anyrt::test(all)]
async fn a_client_that_is_killed_takes_its_stream_along() {
    let (running, mut events) = start(PATIENCE).await;
    let peer = Peer::start("client", &[(SERVER, &running.address.to_string())]);
    assert_eq!(next(&mut events).await, Event::Begun);
    drop(peer);
    assert_eq!(next(&mut events).await, Event::Dropped);
    assert_eq!(running.end().await, 0);
}

#[anyrt::test(all)]
async fn a_stream_that_is_open_holds_the_end_as_long_as_it_lasts() {
    let (running, mut events) = start(PATIENCE).await;
    let mut client = connect(running.address);
    let (numbers, mut received) = sums(&mut client).await;
    numbers.send(1).unwrap();
    assert_eq!(received.message().await.unwrap(), Some(1));
    drop(running.stop);
    is_closed(running.address).await;
    for number in 1..10 {
        numbers.send(1).unwrap();
        assert_eq!(received.message().await.unwrap(), Some(number + 1));
    }
    assert!(!running.server.is_finished());
    drop(numbers);
    assert_eq!(received.message().await.unwrap(), None);
    assert_eq!(running.server.await.unwrap().unwrap(), 0);
    assert_eq!(next(&mut events).await, Event::Begun);
    assert_eq!(next(&mut events).await, Event::Dropped);
}

#[anyrt::test(all)]
async fn a_stream_that_does_not_end_is_cut_off_at_the_deadline() {
    let (running, mut events) = start(Duration::from_millis(50)).await;
    let mut client = connect(running.address);
    let (numbers, mut received) = sums(&mut client).await;
    numbers.send(1).unwrap();
    assert_eq!(received.message().await.unwrap(), Some(1));
    assert_eq!(running.end().await, 1);
    assert!(received.message().await.is_err());
    assert_eq!(next(&mut events).await, Event::Begun);
    assert_eq!(next(&mut events).await, Event::Dropped);
}
