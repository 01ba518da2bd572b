//! A connected byte stream with what is known of its readiness: what TCP and Unix streams have in common.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use anyrt::net::Stream as Inner;
use anyrt::reactor::Source;
use futures_io::AsyncWrite;
use real::io::ReadBuf;

use super::debug::impl_debug;
use super::readiness::{Readiness, impl_watched};
use crate::counted::counted;
use crate::io::{Interest, Ready, gone};

pub(super) struct Stream<S: Source> {
    pub(super) inner: Inner<S>,
    readiness: Readiness,
}

impl<S: Source> From<Inner<S>> for Stream<S> {
    #[inline]
    fn from(inner: Inner<S>) -> Self {
        Self { inner, readiness: Readiness::default() }
    }
}

impl<S: Source> Stream<S> {
    #[inline]
    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let read = |cx: &mut Context<'_>| self.inner.poll_read_buf(cx, buffer);
        let n = ready!(self.readiness.poll(cx, Interest::READABLE, read))?;
        self.readiness.moved(Interest::READABLE, n, room);
        Poll::Ready(Ok(()))
    }

    #[inline]
    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let write = |cx: &mut Context<'_>| Pin::new(&mut &self.inner).poll_write(cx, bytes);
        let n = ready!(self.readiness.poll(cx, Interest::WRITABLE, write))?;
        self.readiness.moved(Interest::WRITABLE, n, bytes.len());
        Poll::Ready(Ok(n))
    }

    #[inline]
    pub(super) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // The system does a plain send with less work.
        if let [slice] = slices {
            return self.poll_write(cx, slice);
        }
        let write =
            |cx: &mut Context<'_>| Pin::new(&mut &self.inner).poll_write_vectored(cx, slices);
        self.readiness.poll(cx, Interest::WRITABLE, write)
    }

    pub(super) fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.inner.shutdown(how)
    }

    pub(super) fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let peek = |cx: &mut Context<'_>| self.inner.poll_peek(cx, buffer.initialize_unfilled());
        let n = ready!(self.readiness.poll(cx, Interest::READABLE, peek))?;
        buffer.advance(n);
        Poll::Ready(Ok(n))
    }

    pub(super) async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        counted(self.inner.peek(buffer)).await.map_err(gone::as_tokio_says)
    }

    pub(super) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.readiness.ready(&self.inner, interest).await
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        self.readiness.readable(&self.inner).await
    }

    pub(super) async fn writable(&self) -> io::Result<()> {
        self.readiness.writable(&self.inner).await
    }

    pub(super) fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
    ) -> Poll<io::Result<()>> {
        self.readiness.poll_ready(&self.inner, cx, interest)
    }

    pub(super) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_read(buffer))
    }

    pub(super) fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_read_vectored(buffers))
    }

    #[cfg(feature = "io-util")]
    pub(super) fn try_read_buf<B: bytes::BufMut>(&self, buffer: &mut B) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_read_buf(buffer))
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::WRITABLE, self.inner.try_write(bytes))
    }

    pub(super) fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.readiness.settle(Interest::WRITABLE, self.inner.try_write_vectored(slices))
    }

    pub(super) fn try_io<T>(
        &self,
        interest: Interest,
        operation: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        self.readiness.try_io(&self.inner, interest, operation)
    }

    pub(super) async fn async_io<T>(
        &self,
        interest: Interest,
        operation: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        self.readiness.io(&self.inner, interest, operation).await
    }
}

impl<S: Source> AsFd for Stream<S> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl_debug!([S: Source] Stream<S>);

impl_watched!([S: Source] Inner<S>, poll_read_ready, poll_write_ready);
