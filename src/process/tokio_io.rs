//! tokio's traits for the pipes of a child, beside those of `futures`.

use std::io::{self, IoSlice, Read, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use anyrt_core::Interest;
use tokio_without_runtime::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::pipe::{ChildStderr, ChildStdin, ChildStdout};

/// With the feature `tokio-io`. It writes as that of `futures` does: shutting it down does nothing.
#[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
impl AsyncWrite for ChildStdin {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_io(cx, Interest::Writable, |mut file| file.write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_io(cx, Interest::Writable, |mut file| file.write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

macro_rules! impl_read {
    ($end:ident) => {
        /// With the feature `tokio-io`.
        #[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
        impl AsyncRead for $end {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let room = buffer.initialize_unfilled();
                let read = |mut file: &std::fs::File| file.read(room);
                let n = ready!(self.pipe.poll_io(cx, Interest::Readable, read))?;
                buffer.advance(n);
                Poll::Ready(Ok(()))
            }
        }
    };
}

impl_read!(ChildStdout);
impl_read!(ChildStderr);
