//! The ends of the pipes to the standard streams of a child.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{self, Stdio};
use std::task::{Context, Poll, ready};

use anyrt::process as inner;
use real::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::context;
use crate::counted::poll_counted;
use crate::io::gone;

/// What a child reads from its standard input.
///
/// The child reads the end when this is dropped; shutting it down does nothing.
#[derive(Debug)]
pub struct ChildStdin {
    inner: inner::ChildStdin,
}

/// What a child writes to its standard output.
#[derive(Debug)]
pub struct ChildStdout {
    inner: inner::ChildStdout,
}

/// What a child writes to its standard error.
#[derive(Debug)]
pub struct ChildStderr {
    inner: inner::ChildStderr,
}

macro_rules! end_of_a_pipe {
    ($end:ident) => {
        impl $end {
            /// Takes over an end of the standard library's, and puts it into non-blocking mode.
            ///
            /// # Errors
            ///
            /// The system can't watch it.
            ///
            /// # Panics
            ///
            /// If the thread is not inside of a runtime, or inside of one that was built without I/O.
            #[track_caller]
            pub fn from_std(inner: process::$end) -> io::Result<Self> {
                let runtime = context::with_io();
                inner::$end::from_std_on(&runtime, inner)
                    .map(Self::new)
                    .map_err(gone::as_tokio_says)
            }

            /// The end as a descriptor in blocking mode, for other children and the standard library.
            ///
            /// # Errors
            ///
            /// The system refuses to end the watch.
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                self.inner.into_owned_fd()
            }

            pub(super) fn new(inner: inner::$end) -> Self {
                Self { inner }
            }
        }

        /// In non-blocking mode, with which the other process has nothing to do.
        impl AsFd for $end {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.inner.as_fd()
            }
        }

        impl AsRawFd for $end {
            fn as_raw_fd(&self) -> RawFd {
                self.inner.as_raw_fd()
            }
        }

        /// For a standard stream of another child, in blocking mode.
        impl TryFrom<$end> for Stdio {
            type Error = io::Error;

            fn try_from(end: $end) -> io::Result<Self> {
                end.inner.try_into()
            }
        }
    };
}

end_of_a_pipe!(ChildStdin);
end_of_a_pipe!(ChildStdout);
end_of_a_pipe!(ChildStderr);

/// There is nothing to flush, for the system has what was written.
impl AsyncWrite for ChildStdin {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let inner = Pin::new(&mut self.inner);
        poll_counted(cx, |cx| futures_io::AsyncWrite::poll_write(inner, cx, bytes))
            .map_err(gone::as_tokio_says)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let inner = Pin::new(&mut self.inner);
        poll_counted(cx, |cx| futures_io::AsyncWrite::poll_write_vectored(inner, cx, slices))
            .map_err(gone::as_tokio_says)
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

macro_rules! reading_end {
    ($end:ident) => {
        impl $end {
            pub(super) fn into_inner(self) -> inner::$end {
                self.inner
            }
        }

        impl AsyncRead for $end {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                let (inner, room) = (Pin::new(&mut self.inner), buffer.initialize_unfilled());
                let read = |cx: &mut Context<'_>| futures_io::AsyncRead::poll_read(inner, cx, room);
                let n = ready!(poll_counted(cx, read)).map_err(gone::as_tokio_says)?;
                buffer.advance(n);
                Poll::Ready(Ok(()))
            }
        }
    };
}

reading_end!(ChildStdout);
reading_end!(ChildStderr);
