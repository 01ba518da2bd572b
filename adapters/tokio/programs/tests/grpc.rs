//! A service of tonic's and its client, as tonic-build would write them, with what is said in each direction.

use std::{net::SocketAddr, pin::Pin, time::Duration};

use futures_util::{Stream, StreamExt};
use http::uri::PathAndQuery;
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tonic::{
    Code, Request, Response, Status, Streaming,
    body::Body,
    client::Grpc,
    codegen::{BoxFuture, Service, StdError},
    server::NamedService,
    transport::{Channel, Endpoint, Server},
};
use tonic_prost::ProstCodec;

#[derive(Clone, PartialEq, prost::Message)]
struct Number {
    #[prost(int64, tag = "1")]
    value: i64,
    #[prost(string, tag = "2")]
    unit: String,
}

fn number(value: i64) -> Number {
    Number { value, unit: "apples".to_owned() }
}

#[derive(Clone)]
struct Arithmetic;

type Numbers = Pin<Box<dyn Stream<Item = Result<Number, Status>> + Send>>;

impl Arithmetic {
    async fn negate(request: Request<Number>) -> Result<Response<Number>, Status> {
        match request.into_inner() {
            Number { value: i64::MIN, .. } => Err(Status::out_of_range("it has no negative")),
            Number { value, unit } => Ok(Response::new(Number { value: -value, unit })),
        }
    }

    async fn never(_: Request<Number>) -> Result<Response<Number>, Status> {
        std::future::pending().await
    }

    async fn count(request: Request<Number>) -> Result<Response<Numbers>, Status> {
        let (sender, receiver) = mpsc::channel(4);
        tokio::spawn(async move {
            for value in 0..request.into_inner().value {
                if sender.send(Ok(number(value))).await.is_err() {
                    return;
                }
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn sum(request: Request<Streaming<Number>>) -> Result<Response<Number>, Status> {
        let mut numbers = request.into_inner();
        let mut sum = 0;
        while let Some(number) = numbers.message().await? {
            sum += number.value;
        }
        Ok(Response::new(number(sum)))
    }

    async fn double(request: Request<Streaming<Number>>) -> Result<Response<Numbers>, Status> {
        let numbers = request.into_inner().map(|each| each.map(|each| number(2 * each.value)));
        Ok(Response::new(Box::pin(numbers)))
    }
}

impl NamedService for Arithmetic {
    const NAME: &'static str = "test.Arithmetic";
}

impl Service<http::Request<Body>> for Arithmetic {
    type Response = http::Response<Body>;
    type Error = std::convert::Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut grpc = tonic::server::Grpc::new(ProstCodec::default());
        Box::pin(async move {
            use tower::service_fn;
            Ok(match request.uri().path() {
                "/test.Arithmetic/Negate" => grpc.unary(service_fn(Self::negate), request).await,
                "/test.Arithmetic/Never" => grpc.unary(service_fn(Self::never), request).await,
                "/test.Arithmetic/Count" => {
                    grpc.server_streaming(service_fn(Self::count), request).await
                }
                "/test.Arithmetic/Sum" => {
                    grpc.client_streaming(service_fn(Self::sum), request).await
                }
                "/test.Arithmetic/Double" => {
                    grpc.streaming(service_fn(Self::double), request).await
                }
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}

#[derive(Clone)]
struct Client {
    grpc: Grpc<Channel>,
}

macro_rules! methods {
    ($($name:ident: $kind:ident $request:ty => $response:ty, $path:literal;)*) => {
        $(async fn $name(&mut self, request: $request) -> Result<Response<$response>, Status> {
            self.grpc.ready().await.map_err(|error| Status::unknown(StdError::from(error).to_string()))?;
            let path = PathAndQuery::from_static($path);
            self.grpc.$kind(request, path, ProstCodec::<Number, Number>::default()).await
        })*
    };
}

impl Client {
    async fn connect(endpoint: Endpoint) -> Self {
        Self { grpc: Grpc::new(endpoint.connect().await.unwrap()) }
    }

    methods! {
        negate: unary Request<Number> => Number, "/test.Arithmetic/Negate";
        never: unary Request<Number> => Number, "/test.Arithmetic/Never";
        missing: unary Request<Number> => Number, "/test.Arithmetic/Missing";
        count: server_streaming Request<Number> => Streaming<Number>, "/test.Arithmetic/Count";
        sum: client_streaming Request<Sent> => Number, "/test.Arithmetic/Sum";
        double: streaming Request<Sent> => Streaming<Number>, "/test.Arithmetic/Double";
    }
}

type Sent = Pin<Box<dyn Stream<Item = Number> + Send>>;

fn sent(values: std::ops::Range<i64>) -> Request<Sent> {
    Request::new(futures_util::stream::iter(values).map(number).boxed())
}

async fn serve(mut server: Server) -> Endpoint {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    tokio::spawn(
        server.add_service(Arithmetic).serve_with_incoming(TcpListenerStream::new(listener)),
    );
    Endpoint::from_shared(format!("http://{address}")).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_of_the_four_kinds_of_calls() {
    let mut client = Client::connect(serve(Server::builder()).await).await;
    assert_eq!(client.negate(Request::new(number(5))).await.unwrap().into_inner(), number(-5));
    let status = client.negate(Request::new(number(i64::MIN))).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::OutOfRange, "it has no negative"));
    assert_eq!(
        client.missing(Request::new(number(5))).await.unwrap_err().code(),
        Code::Unimplemented
    );

    let counted = client.count(Request::new(number(1000))).await.unwrap().into_inner();
    let counted: Vec<_> = counted.map(|number| number.unwrap().value).collect().await;
    assert_eq!(counted, (0..1000).collect::<Vec<_>>());
    assert_eq!(client.sum(sent(0..1000)).await.unwrap().into_inner(), number(499_500));
    let doubled = client.double(sent(0..1000)).await.unwrap().into_inner();
    let doubled: Vec<_> = doubled.map(|number| number.unwrap().value).collect().await;
    assert_eq!(doubled, (0..2000).step_by(2).collect::<Vec<_>>());
    programs::check_threads();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_share_a_connection() {
    let client =
        Client::connect(serve(Server::builder().concurrency_limit_per_connection(8)).await).await;
    let mut calls = JoinSet::new();
    for value in 0..100 {
        let mut client = client.clone();
        calls.spawn(async move {
            client.negate(Request::new(number(value))).await.unwrap().into_inner().value
        });
    }
    assert_eq!(calls.join_all().await.into_iter().sum::<i64>(), -4950);
    programs::check_threads();
}

#[tokio::test]
async fn a_deadline_of_the_call_ends_it() {
    let mut client = Client::connect(serve(Server::builder()).await).await;
    let mut request = Request::new(number(1));
    request.set_timeout(Duration::from_millis(50));
    let status = client.never(request).await.unwrap_err();
    assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status:?}");
    // The connection goes on.
    assert_eq!(client.negate(Request::new(number(5))).await.unwrap().into_inner(), number(-5));
}

#[tokio::test]
async fn a_deadline_of_the_server_or_the_client_ends_it() {
    let server = Server::builder().timeout(Duration::from_millis(50));
    let mut client = Client::connect(serve(server).await).await;
    let status = client.never(Request::new(number(1))).await.unwrap_err();
    assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status:?}");

    let endpoint = serve(Server::builder()).await.timeout(Duration::from_millis(50));
    let mut client = Client::connect(endpoint.connect_timeout(Duration::from_secs(10))).await;
    let status = client.never(Request::new(number(1))).await.unwrap_err();
    assert!(matches!(status.code(), Code::Cancelled | Code::DeadlineExceeded), "{status:?}");
}

#[tokio::test]
async fn it_ends_by_a_signal_once_the_calls_are_over() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (shutdown, asked_to) = tokio::sync::oneshot::channel::<()>();
    let server =
        tokio::spawn(Server::builder().add_service(Arithmetic).serve_with_incoming_shutdown(
            TcpListenerStream::new(listener),
            async {
                asked_to.await.unwrap();
            },
        ));
    let mut client =
        Client::connect(Endpoint::from_shared(format!("http://{address}")).unwrap()).await;
    client.negate(Request::new(number(1))).await.unwrap();
    let (sender, numbers) = mpsc::channel(1);
    let request: Sent = Box::pin(ReceiverStream::new(numbers));
    let call = tokio::spawn(async move { client.sum(Request::new(request)).await });
    sender.send(number(1)).await.unwrap();
    sender.send(number(2)).await.unwrap();
    shutdown.send(()).unwrap();
    sender.send(number(3)).await.unwrap();
    drop(sender);
    assert_eq!(call.await.unwrap().unwrap().into_inner(), number(6));
    server.await.unwrap().unwrap();
}
