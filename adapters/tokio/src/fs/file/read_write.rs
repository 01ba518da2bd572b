//! Reading and writing in a file.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use real::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::super::{cancelled, explain};
use super::File;
use crate::context;

impl AsyncRead for File {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        context::here();
        self.seek.forget()?;
        let room = buffer.remaining();
        let read = self.inner.poll_read_slice(cx, room, |bytes| buffer.put_slice(bytes));
        self.seek.set_busy(read.is_pending());
        read.map_err(cancelled)
    }
}

impl File {
    /// What a write returns that has taken bytes, if it has: these are written from now on.
    fn begun(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        self.seek.set_busy(!matches!(written, Poll::Ready(Err(_))));
        written.map_err(explain)
    }
}

impl AsyncWrite for File {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        context::here();
        // What was in flight has an error of its own, which is not that of a write which is refused.
        ready!(self.as_mut().poll_flush(cx))?;
        let written = futures_io::AsyncWrite::poll_write(Pin::new(&mut self.inner), cx, bytes);
        self.begun(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        context::here();
        // What was in flight has an error of its own, which is not that of a write which is refused.
        ready!(self.as_mut().poll_flush(cx))?;
        let inner = Pin::new(&mut self.inner);
        let written = futures_io::AsyncWrite::poll_write_vectored(inner, cx, slices);
        self.begun(written)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.seek.forget()?;
        self.seek.check_writes()?;
        let flushed = futures_io::AsyncWrite::poll_flush(Pin::new(&mut self.inner), cx);
        self.seek.set_busy(flushed.is_pending());
        flushed.map_err(cancelled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
