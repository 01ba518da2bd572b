//! What a server and one of its connections tell each other.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_util::task::AtomicWaker;
use hyper::Request;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::service::Service;

/// Flags that cost a connection next to nothing for each request: nothing is locked, and no clock is read.
#[derive(Debug, Default)]
pub(super) struct Signal {
    is_stopping: AtomicBool,
    has_begun: AtomicBool,
    is_active: AtomicBool,
    waker: AtomicWaker,
}

impl Signal {
    /// Asks the connection to end with the requests that it has.
    pub(super) fn stop(&self) {
        // Ordering: pairs with the load in `poll_stop`, which comes after the waker was registered.
        self.is_stopping.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Whether that was asked.
    pub(super) fn is_stopping(&self) -> bool {
        // Ordering: pairs with the store in `stop`.
        self.is_stopping.load(Ordering::Acquire)
    }

    /// Whether that was asked; if not, the task is woken when it is.
    pub(super) fn poll_stop(&self, cx: &Context<'_>) -> bool {
        self.waker.register(cx.waker());
        self.is_stopping()
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

/// A stream or a service that notes what goes through it.
#[derive(Debug)]
pub(super) struct Noted<T> {
    pub(super) inner: T,
    pub(super) signal: Arc<Signal>,
}

impl<T, B> Service<Request<B>> for Noted<T>
where
    T: Service<Request<B>>,
{
    type Response = T::Response;
    type Error = T::Error;
    type Future = T::Future;

    fn call(&self, request: Request<B>) -> T::Future {
        self.signal.has_begun.store(true, Ordering::Relaxed);
        self.inner.call(request)
    }
}

impl<T> Noted<T> {
    fn note<V>(&self, result: Poll<io::Result<V>>) -> Poll<io::Result<V>> {
        if result.is_ready() {
            self.signal.is_active.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl<T: Read + Unpin> Read for Noted<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.inner).poll_read(cx, buffer);
        self.note(result)
    }
}

impl<T: Write + Unpin> Write for Noted<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.note(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.inner).poll_write_vectored(cx, slices);
        self.note(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
