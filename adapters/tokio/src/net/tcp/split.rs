//! The two directions of a TCP stream.

use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Shutdown, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use real::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::TcpStream;
use crate::io::{Interest, Ready};
use crate::net::halves::halves;

halves!(TcpStream, SocketAddr);

macro_rules! peeking {
    ($half:ty) => {
        impl $half {
            /// See [`TcpStream::poll_peek`].
            ///
            /// # Errors
            /// As there.
            pub fn poll_peek(
                &mut self,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<usize>> {
                self.inner.poll_peek(cx, buf)
            }

            /// See [`TcpStream::peek`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn peek(&mut self, buf: &mut [u8]) -> io::Result<usize> {
                self.inner.peek(buf).await
            }
        }
    };
}

peeking!(ReadHalf<'_>);
peeking!(OwnedReadHalf);
