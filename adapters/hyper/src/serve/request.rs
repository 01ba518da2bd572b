//! Requests, from their head to the end of the answer.

use std::any::Any;
use std::io::IoSlice;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Buf, Bytes, Frame, SizeHint};
use hyper::service::Service;
use hyper::{Method, Request, Response, Version};
use pin_project_lite::pin_project;

use super::signal::{Signal, UnderWay};

/// A service that notes which requests are under way.
#[derive(Debug)]
pub(super) struct NotedService<S> {
    service: S,
    signal: Arc<Signal>,
}

impl<S> NotedService<S> {
    pub(super) fn new(service: S, signal: Arc<Signal>) -> Self {
        Self { service, signal }
    }
}

impl<S, B, A> Service<Request<B>> for NotedService<S>
where
    S: Service<Request<B>, Response = Response<A>>,
{
    type Response = Response<NotedBody<A>>;
    type Error = S::Error;
    type Future = NotedFuture<S::Future>;

    #[inline]
    fn call(&self, request: Request<B>) -> Self::Future {
        let is_multiplexed = request.version() == Version::HTTP_2;
        let is_connect = request.method() == Method::CONNECT;
        self.signal.begin(is_multiplexed);
        let under_way = Some(UnderWay::new(&self.signal));
        if !is_multiplexed {
            let inner = Some(self.service.call(request));
            return NotedFuture { inner, panic: None, is_connect, under_way };
        }
        // hyper calls this in the task of the connection, of which a panic would be the end, and with it of other requests.
        let call = AssertUnwindSafe(|| self.service.call(request));
        let (inner, panic) = match catch_unwind(call) {
            Ok(future) => (Some(future), None),
            Err(payload) => (None, Some(payload)),
        };
        NotedFuture { inner, panic, is_connect, under_way }
    }
}

pin_project! {
    /// The future of an answer, which is under way.
    pub(super) struct NotedFuture<F> {
        #[pin]
        inner: Option<F>,
        // What the service has panicked with in the place of making a future.
        panic: Option<Box<dyn Any + Send>>,
        is_connect: bool,
        under_way: Option<UnderWay>,
    }
}

impl<F, B, E> Future for NotedFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<NotedBody<B>>, E>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(payload) = this.panic.take() {
            resume_unwind(payload);
        }
        let inner = this.inner.as_pin_mut().expect("there is a future, or there was a panic");
        let response = ready!(inner.poll(cx))?;
        let under_way = this.under_way.take();
        if let Some(under_way) = under_way.as_ref().filter(|_| *this.is_connect) {
            // A connection of HTTP/1 to which the answer is no goes on.
            if response.status().is_success() {
                under_way.signal().tunnel();
            }
        }
        Poll::Ready(Ok(response.map(|inner| NotedBody { inner, under_way })))
    }
}

pin_project! {
    /// The body of an answer, which is under way.
    pub(super) struct NotedBody<B> {
        #[pin]
        inner: B,
        under_way: Option<UnderWay>,
    }
}

impl<B: Body> Body for NotedBody<B> {
    type Data = NotedData<B::Data>;
    type Error = B::Error;

    #[inline]
    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.inner.poll_frame(cx));
        // One of HTTP/1 is behind those of the other answers, and is under way by the stream that does not take it.
        let is_under_way = this.under_way.as_ref().filter(|it| it.signal().is_multiplexed());
        let note = |data| NotedData { data, _under_way: is_under_way.map(UnderWay::another) };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(note))))
    }

    #[inline]
    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    #[inline]
    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// A part of a body. Over HTTP/2 it is under way until the peer has room for all of it: the body may be gone by then.
pub(super) struct NotedData<D> {
    data: D,
    _under_way: Option<UnderWay>,
}

impl<D: Buf> Buf for NotedData<D> {
    #[inline]
    fn remaining(&self) -> usize {
        self.data.remaining()
    }

    #[inline]
    fn chunk(&self) -> &[u8] {
        self.data.chunk()
    }

    #[inline]
    fn advance(&mut self, n: usize) {
        self.data.advance(n);
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        self.data.chunks_vectored(slices)
    }

    fn copy_to_bytes(&mut self, n: usize) -> Bytes {
        self.data.copy_to_bytes(n)
    }
}
