//! Requests, from their head to the end of the answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Frame, SizeHint};
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
    type Response = Response<Noted<A>>;
    type Error = S::Error;
    type Future = Noted<S::Future>;

    fn call(&self, request: Request<B>) -> Self::Future {
        self.signal.begin(request.version() == Version::HTTP_2);
        if request.method() == Method::CONNECT {
            self.signal.tunnel();
        }
        let under_way = Some(UnderWay::new(&self.signal));
        Noted { inner: self.service.call(request), under_way }
    }
}

pin_project! {
    /// The future of an answer and then its body, which are under way.
    #[derive(Debug)]
    pub(super) struct Noted<T> {
        #[pin]
        inner: T,
        under_way: Option<UnderWay>,
    }
}

impl<F, B, E> Future for Noted<F>
where
    F: Future<Output = Result<Response<B>, E>>,
{
    type Output = Result<Response<Noted<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        let under_way = this.under_way.take();
        Poll::Ready(Ok(response.map(|inner| Noted { inner, under_way })))
    }
}

impl<B: Body> Body for Noted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().inner.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
