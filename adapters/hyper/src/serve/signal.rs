//! What a server and one of its connections tell each other.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use futures_util::task::AtomicWaker;
use hyper::Request;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::Service;

/// What is written seldom: a connection that serves one request after the other touches its own memory alone.
#[derive(Debug, Default)]
pub(super) struct Signal {
    has_begun: AtomicBool,
    is_active: AtomicBool,
    waker: AtomicWaker,
}

impl Signal {
    /// Wakes the task of the connection.
    pub(super) fn wake(&self) {
        self.waker.wake();
    }

    /// Sees to it that `waker` is woken by [`wake`](Self::wake), where it is not the one that was `registered` last.
    pub(super) fn register(&self, registered: &mut Option<Waker>, waker: &Waker) {
        if !registered.as_ref().is_some_and(|registered| registered.will_wake(waker)) {
            self.waker.register(waker);
            *registered = Some(waker.clone());
        }
    }

    /// Whether a request has come.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Whether a byte has gone in either direction since this was asked last.
    pub(super) fn take_activity(&self) -> bool {
        self.is_active.swap(false, Ordering::Relaxed)
    }
}

/// A service that notes when its first request comes.
#[derive(Debug)]
pub(super) struct NotedService<S> {
    service: S,
    has_begun: Cell<bool>,
    signal: Arc<Signal>,
}

impl<S> NotedService<S> {
    pub(super) fn new(service: S, signal: Arc<Signal>) -> Self {
        Self { service, has_begun: Cell::new(false), signal }
    }
}

impl<S, B> Service<Request<B>> for NotedService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn call(&self, request: Request<B>) -> S::Future {
        if !self.has_begun.replace(true) {
            self.signal.has_begun.store(true, Ordering::Relaxed);
        }
        self.service.call(request)
    }
}

/// A stream that notes, if somebody wants to know, when something goes through it.
#[derive(Debug)]
pub(super) struct NotedStream<T> {
    pub(super) stream: T,
    pub(super) signal: Option<Arc<Signal>>,
}

impl<T> NotedStream<T> {
    fn note<V>(&self, result: Poll<io::Result<V>>) -> Poll<io::Result<V>> {
        if let (Some(signal), Poll::Ready(_)) = (&self.signal, &result) {
            signal.is_active.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl<T: Read + Unpin> Read for NotedStream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        self.note(result)
    }
}

impl<T: Write + Unpin> Write for NotedStream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
