//! tokio's traits for streams and their halves, beside those of `futures`.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::endpoint::Lent;
use super::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use super::stream::Stream;
use crate::source::Source;
use crate::{Interest, Reactor};

macro_rules! impl_read {
    ($type:ty) => {
        /// With the feature `tokio-io`. The room of the buffer is not zeroed.
        #[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
        impl<S: Source, R: Reactor> AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                poll_read(self.stream(), cx, buffer)
            }
        }
    };
}

macro_rules! impl_write {
    ($type:ty) => {
        /// With the feature `tokio-io`.
        #[cfg_attr(docsrs, doc(cfg(feature = "tokio-io")))]
        impl<S: Source, R: Reactor> AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.stream().poll_write(cx, bytes)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.stream().poll_write_vectored(cx, slices)
            }

            fn is_write_vectored(&self) -> bool {
                true
            }

            fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.close_writing())
            }
        }
    };
}

impl_read!(Stream<S, R>);
impl_read!(&Stream<S, R>);
impl_read!(ReadHalf<'_, S, R>);
impl_read!(OwnedReadHalf<S, R>);

impl_write!(Stream<S, R>);
impl_write!(&Stream<S, R>);
impl_write!(WriteHalf<'_, S, R>);
impl_write!(OwnedWriteHalf<S, R>);

fn poll_read<S: Source, R: Reactor>(
    stream: &Stream<S, R>,
    cx: &mut Context<'_>,
    buffer: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    if buffer.remaining() == 0 {
        return Poll::Ready(Ok(()));
    }
    let receive = |lent: Lent<'_, S>| lent.receive_spare(stream.short(), buffer);
    ready!(stream.endpoint().poll_io(cx, Interest::Readable, receive))?;
    Poll::Ready(Ok(()))
}
