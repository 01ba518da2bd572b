//! tokio's traits for the types of this crate that have those of `futures`, with the feature `tokio-io`.
//!
//! Sockets have them from core; files have their own, for which there is more to say than for the others.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio_crate::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Reads as the trait of `futures` does. The room of a buffer is zeroed once.
macro_rules! impl_read {
    ($type:ty) => {
        /// With the feature `tokio-io`.
        #[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let room = buffer.initialize_unfilled();
                let n = ready!(futures_io::AsyncRead::poll_read(self, cx, room))?;
                buffer.advance(n);
                Poll::Ready(Ok(()))
            }
        }
    };
}

/// Writes as the trait of `futures` does; to shut down is to close.
macro_rules! impl_write {
    ($type:ty) => {
        /// With the feature `tokio-io`.
        #[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                futures_io::AsyncWrite::poll_write(self, cx, bytes)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                futures_io::AsyncWrite::poll_write_vectored(self, cx, slices)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                futures_io::AsyncWrite::poll_flush(self, cx)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                futures_io::AsyncWrite::poll_close(self, cx)
            }
        }
    };
}

#[cfg(feature = "io")]
mod in_memory {
    use super::*;
    use crate::io::{DuplexStream, SimplexStream};

    impl_read!(DuplexStream);
    impl_write!(DuplexStream);
    impl_read!(SimplexStream);
    impl_write!(SimplexStream);
}

#[cfg(all(feature = "io", any(unix, windows, target_os = "wasi")))]
mod standard_streams {
    use super::*;
    use crate::io::{Stderr, Stdin, Stdout};

    impl_read!(Stdin);
    impl_write!(Stdout);
    impl_write!(Stderr);
}

#[cfg(all(feature = "process", unix))]
mod pipes {
    use super::*;
    use crate::process::{ChildStderr, ChildStdin, ChildStdout};

    impl_write!(ChildStdin);
    impl_read!(ChildStdout);
    impl_read!(ChildStderr);
}
