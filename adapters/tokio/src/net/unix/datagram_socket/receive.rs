//! Receiving datagrams. What does not fit into the buffer is lost.

use std::io;
use std::task::{Context, Poll, ready};

use real::io::ReadBuf;

use super::super::SocketAddr;
use super::UnixDatagram;
use crate::counted::counted;
use crate::io::{Interest, gone};

impl UnixDatagram {
    /// Receives a datagram. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        counted(self.inner.recv(buf)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`recv`](Self::recv): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let receive = |cx: &mut Context<'_>| self.inner.poll_recv(cx, buf.initialize_unfilled());
        let n = ready!(self.readiness.poll(cx, Interest::READABLE, receive))?;
        buf.advance(n);
        Poll::Ready(Ok(()))
    }

    /// Like [`recv`](Self::recv), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; what else the system says.
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_recv(buf))
    }

    /// Receives a datagram, and the address it comes from. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let (n, from) = counted(self.inner.recv_from(buf)).await.map_err(gone::as_tokio_says)?;
        Ok((n, SocketAddr(from)))
    }

    /// Like [`recv_from`](Self::recv_from): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let receive =
            |cx: &mut Context<'_>| self.inner.poll_recv_from(cx, buf.initialize_unfilled());
        let (n, from) = ready!(self.readiness.poll(cx, Interest::READABLE, receive))?;
        buf.advance(n);
        Poll::Ready(Ok(SocketAddr(from)))
    }

    /// Like [`recv_from`](Self::recv_from), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; what else the system says.
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let received = self.readiness.settle(Interest::READABLE, self.inner.try_recv_from(buf));
        received.map(|(n, from)| (n, SocketAddr(from)))
    }
}

/// Into the spare room of buffers.
#[cfg(feature = "io-util")]
impl UnixDatagram {
    /// Like [`recv`](Self::recv), into the spare room of `buf`. Cancel safe.
    ///
    /// # Errors
    /// As there.
    pub async fn recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        let receive = || self.inner.try_recv_buf(buf);
        self.readiness.receive(&self.inner, receive).await
    }

    /// Like [`recv_buf`](Self::recv_buf), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; what else the system says.
    pub fn try_recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_recv_buf(buf))
    }

    /// Like [`recv_from`](Self::recv_from), into the spare room of `buf`. Cancel safe.
    ///
    /// # Errors
    /// As there.
    pub async fn recv_buf_from<B: bytes::BufMut>(
        &self,
        buf: &mut B,
    ) -> io::Result<(usize, SocketAddr)> {
        let receive = || self.inner.try_recv_buf_from(buf);
        let received = self.readiness.receive(&self.inner, receive).await;
        received.map(|(n, from)| (n, SocketAddr(from)))
    }

    /// Like [`recv_buf_from`](Self::recv_buf_from), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; what else the system says.
    pub fn try_recv_buf_from<B: bytes::BufMut>(
        &self,
        buf: &mut B,
    ) -> io::Result<(usize, SocketAddr)> {
        let received = self.readiness.settle(Interest::READABLE, self.inner.try_recv_buf_from(buf));
        received.map(|(n, from)| (n, SocketAddr(from)))
    }
}
