//! The standard streams.

use std::io;
#[cfg(unix)]
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead as _, AsyncWrite as _};
use real::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::gone::as_tokio_says;
use crate::context;

/// The standard input.
///
/// One thread of the process reads it, and only when somebody asks. A program and a runtime end though it is
/// awaited.
///
/// # Panics
/// Reading panics outside of a runtime.
#[derive(Debug)]
pub struct Stdin {
    inner: anyrt::io::Stdin,
}

/// The standard input.
pub fn stdin() -> Stdin {
    Stdin { inner: anyrt::io::stdin() }
}

impl AsyncRead for Stdin {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        context::here();
        let n = ready!(Pin::new(&mut self.inner).poll_read(cx, buf.initialize_unfilled()))?;
        buf.advance(n);
        Poll::Ready(Ok(()))
    }
}

macro_rules! output {
    ($name:ident, $stream:ident, $what:literal) => {
        #[doc = concat!("The standard ", $what, ".")]
        ///
        /// What was written is there after a flush. Each value has a buffer of its own: what is written through
        /// several of them may come in another order.
        ///
        /// # Panics
        /// Writing panics outside of a runtime, and so does flushing what was written.
        #[derive(Debug)]
        pub struct $stream {
            inner: anyrt::io::$stream,
            /// A flush has to bring out what was written.
            is_dirty: bool,
        }

        #[doc = concat!("The standard ", $what, ".")]
        pub fn $name() -> $stream {
            $stream { inner: anyrt::io::$name(), is_dirty: false }
        }

        impl AsyncWrite for $stream {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                context::here();
                let written = ready!(Pin::new(&mut self.inner).poll_write(cx, buf));
                let length = written.map_err(as_tokio_says)?;
                self.is_dirty = true;
                Poll::Ready(Ok(length))
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                if self.is_dirty {
                    context::here();
                }
                let flushed = ready!(Pin::new(&mut self.inner).poll_flush(cx));
                // What failed is tried again.
                self.is_dirty = flushed.is_err();
                Poll::Ready(flushed.map_err(as_tokio_says))
            }

            // What was accepted is written all the same.
            fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }
        }

        #[cfg(unix)]
        descriptor!($name, $stream);
    };
}

/// The descriptors of the standard streams stay open as long as the program.
#[cfg(unix)]
macro_rules! descriptor {
    ($name:ident, $stream:ident) => {
        impl AsRawFd for $stream {
            fn as_raw_fd(&self) -> RawFd {
                io::$name().as_raw_fd()
            }
        }

        impl AsFd for $stream {
            fn as_fd(&self) -> BorrowedFd<'_> {
                rustix::stdio::$name()
            }
        }
    };
}

#[cfg(unix)]
descriptor!(stdin, Stdin);
output!(stdout, Stdout, "output");
output!(stderr, Stderr, "error");
