//! Reading into the buffers of the crate `bytes`, whose room need not be zeroed first.

use std::io;
use std::task::{Context, Poll};

use anyrt_socket::Buf;
use bytes::BufMut;

use super::endpoint::Lent;
use super::split::{OwnedReadHalf, ReadHalf};
use super::stream::Stream;
use crate::source::Source;
use crate::{Attempt, Interest, Reactor};

/// With the feature `bytes`.
#[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
impl<S: Source, R: Reactor> Stream<S, R> {
    /// Like [`read`](Self::read), into the spare room of `buffer`, which is not zeroed before. Cancel safe.
    ///
    /// Vectors and `BytesMut` make room by themselves. A buffer that has none reads nothing, at once.
    ///
    /// ```
    /// # use anyrt_core::{Reactor, net::TcpStream};
    /// # async fn example<R: Reactor>(stream: TcpStream<R>) -> std::io::Result<()> {
    /// let mut bytes = Vec::with_capacity(64 * 1024);
    /// while stream.read_buf(&mut bytes).await? > 0 {
    ///     println!("{} bytes so far", bytes.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn read_buf<B>(&self, buffer: &mut B) -> io::Result<usize>
    where
        B: BufMut + Send + ?Sized,
    {
        if !buffer.has_remaining_mut() {
            return Ok(0);
        }
        self.read_spare(&mut Buf(buffer)).await
    }

    /// Like [`read_buf`](Self::read_buf), for one task: the last one that polled in this direction is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_read_buf<B>(&self, cx: &mut Context<'_>, buffer: &mut B) -> Poll<io::Result<usize>>
    where
        B: BufMut + ?Sized,
    {
        if !buffer.has_remaining_mut() {
            return Poll::Ready(Ok(0));
        }
        let receive = |lent: Lent<'_, S>| lent.receive_spare(self.short(), &mut Buf(&mut *buffer));
        self.endpoint().poll_io(cx, Interest::Readable, receive)
    }

    /// Like [`try_read`](Self::try_read), into the spare room of `buffer`; see [`read_buf`](Self::read_buf).
    ///
    /// # Errors
    /// As there.
    pub fn try_read_buf<B>(&self, buffer: &mut B) -> io::Result<usize>
    where
        B: BufMut + ?Sized,
    {
        if !buffer.has_remaining_mut() {
            return Ok(0);
        }
        let received = self.endpoint().lend().receive_spare(self.short(), &mut Buf(buffer));
        received.map(Attempt::into_inner)
    }
}

macro_rules! forward {
    ($half:ty) => {
        /// With the feature `bytes`.
        #[cfg_attr(docsrs, doc(cfg(feature = "bytes")))]
        impl<S: Source, R: Reactor> $half {
            /// See [`Stream::read_buf`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn read_buf<B>(&self, buffer: &mut B) -> io::Result<usize>
            where
                B: BufMut + Send + ?Sized,
            {
                self.as_ref().read_buf(buffer).await
            }

            /// See [`Stream::poll_read_buf`].
            ///
            /// # Errors
            /// As there.
            pub fn poll_read_buf<B>(
                &self,
                cx: &mut Context<'_>,
                buffer: &mut B,
            ) -> Poll<io::Result<usize>>
            where
                B: BufMut + ?Sized,
            {
                self.as_ref().poll_read_buf(cx, buffer)
            }

            /// See [`Stream::try_read_buf`].
            ///
            /// # Errors
            /// As there.
            pub fn try_read_buf<B>(&self, buffer: &mut B) -> io::Result<usize>
            where
                B: BufMut + ?Sized,
            {
                self.as_ref().try_read_buf(buffer)
            }
        }
    };
}

forward!(ReadHalf<'_, S, R>);
forward!(OwnedReadHalf<S, R>);
