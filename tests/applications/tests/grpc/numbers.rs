//! A service of gRPC as a generator would write it, of messages that prost has by itself.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::task::{Context, Poll};

use anyrt::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service, StdError, http};
use tonic::server::{Grpc, NamedService, StreamingService, UnaryService};
use tonic::{Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

/// Half of an even number.
pub const HALVE: &str = "/test.Numbers/Halve";
/// The sums of the numbers until then, up to the first that is negative.
pub const SUMS: &str = "/test.Numbers/Sums";
/// Answers never.
pub const WAIT: &str = "/test.Numbers/Wait";

/// What a test hears of the calls that last.
#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    Begun,
    /// Nothing is left of it.
    Dropped,
}

#[derive(Clone)]
pub struct Numbers {
    events: Arc<UnboundedSender<Event>>,
}

impl Numbers {
    pub fn new() -> (Self, UnboundedReceiver<Event>) {
        let (events, received) = unbounded_channel();
        (Self { events: Arc::new(events) }, received)
    }

    fn begin(&self) -> Lasting {
        // A test may have heard enough.
        let _ = self.events.send(Event::Begun);
        Lasting(self.events.clone())
    }
}

/// A call that lasts as long as this.
struct Lasting(Arc<UnboundedSender<Event>>);

impl Drop for Lasting {
    fn drop(&mut self) {
        let _ = self.0.send(Event::Dropped);
    }
}

struct Halve;

impl UnaryService<i64> for Halve {
    type Response = i64;
    type Future = BoxFuture<Response<i64>, Status>;

    fn call(&mut self, request: Request<i64>) -> Self::Future {
        let number = request.into_inner();
        Box::pin(async move {
            match number % 2 {
                0 => Ok(Response::new(number / 2)),
                _ => Err(Status::invalid_argument(format!("{number} is odd"))),
            }
        })
    }
}

struct Sums(Numbers);

impl StreamingService<i64> for Sums {
    type Response = i64;
    type ResponseStream = BoxStream<'static, Result<i64, Status>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Streaming<i64>>) -> Self::Future {
        let (lasting, mut sum) = (self.0.begin(), 0);
        let sums = request.into_inner().map(move |number| {
            let _lasting = &lasting;
            match number? {
                number @ 0.. => {
                    sum += number;
                    Ok(sum)
                }
                number => Err(Status::out_of_range(format!("{number} is negative"))),
            }
        });
        Box::pin(async { Ok(Response::new(sums.boxed())) })
    }
}

struct Wait(Numbers);

impl UnaryService<()> for Wait {
    type Response = ();
    type Future = BoxFuture<Response<()>, Status>;

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let lasting = self.0.begin();
        Box::pin(async {
            let _lasting = lasting;
            pending().await
        })
    }
}

impl NamedService for Numbers {
    const NAME: &'static str = "test.Numbers";
}

impl<B> Service<http::Request<B>> for Numbers
where
    B: tonic::codegen::Body<Error: Into<StdError> + Send> + Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<B>) -> Self::Future {
        let numbers = self.clone();
        Box::pin(async move {
            Ok(match request.uri().path() {
                HALVE => Grpc::new(ProstCodec::default()).unary(Halve, request).await,
                SUMS => Grpc::new(ProstCodec::default()).streaming(Sums(numbers), request).await,
                WAIT => Grpc::new(ProstCodec::default()).unary(Wait(numbers), request).await,
                path => Status::unimplemented(path).into_http(),
            })
        })
    }
}
