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
        self.inner.poll_read_slice(cx, room, |bytes| buffer.put_slice(bytes)).map_err(cancelled)
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
        futures_io::AsyncWrite::poll_write(Pin::new(&mut self.inner), cx, bytes).map_err(explain)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        context::here();
        // What was in flight has an error of its own, which is not that of a write which is refused.
        ready!(self.as_mut().poll_flush(cx))?;
        futures_io::AsyncWrite::poll_write_vectored(Pin::new(&mut self.inner), cx, slices)
            .map_err(explain)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.seek.forget()?;
        self.seek.check_writes()?;
        futures_io::AsyncWrite::poll_flush(Pin::new(&mut self.inner), cx).map_err(cancelled)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush(cx)
    }
}
