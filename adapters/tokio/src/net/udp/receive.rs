//! Receiving datagrams. What does not fit into the buffer is lost, but for those that are peeked at.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use anyrt::reactor::Interest as Direction;
use real::io::ReadBuf;

use super::UdpSocket;
use crate::counted::counted;
use crate::io::{Interest, gone};
use crate::net::uninit;

impl UdpSocket {
    /// Receives a datagram from the address it is connected to. Cancel safe.
    ///
    /// # Errors
    /// What the system says, also of an earlier datagram that was sent.
    pub async fn recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        counted(self.inner.recv(buf)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`recv`](Self::recv): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let poll = |cx: &mut Context<'_>| {
            let receive = |socket: &std::net::UdpSocket| uninit::recv(socket, buf).map(drop);
            match self.inner.poll_io(cx, Direction::Readable, receive) {
                Poll::Ready(Err(error)) if is_virtual(&error) => {}
                poll => return poll,
            }
            let n = ready!(self.inner.poll_recv(cx, buf.initialize_unfilled()))?;
            buf.advance(n);
            Poll::Ready(Ok(()))
        };
        self.readiness.poll(cx, Interest::READABLE, poll)
    }

    /// Like [`recv`](Self::recv), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; as there.
    pub fn try_recv(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_recv(buf))
    }

    /// Receives a datagram, and the address it comes from. Cancel safe.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        counted(self.inner.recv_from(buf)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`recv_from`](Self::recv_from): the last task that polled is woken.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let poll = |cx: &mut Context<'_>| {
            let receive = |socket: &std::net::UdpSocket| uninit::recv_from(socket, buf);
            match self.inner.poll_io(cx, Direction::Readable, receive) {
                Poll::Ready(Err(error)) if is_virtual(&error) => {}
                poll => return poll,
            }
            let (n, from) = ready!(self.inner.poll_recv_from(cx, buf.initialize_unfilled()))?;
            buf.advance(n);
            Poll::Ready(Ok(from))
        };
        self.readiness.poll(cx, Interest::READABLE, poll)
    }

    /// Like [`recv_from`](Self::recv_from), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; as [`recv`](Self::recv).
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.readiness.settle(Interest::READABLE, self.inner.try_recv_from(buf))
    }

    /// Like [`recv`](Self::recv), and leaves the datagram there. Cancel safe.
    ///
    /// # Errors
    /// As there.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        counted(self.inner.peek(buf)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`peek`](Self::peek): the last task that polled is woken.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let peek = |cx: &mut Context<'_>| self.inner.poll_peek(cx, buf.initialize_unfilled());
        let n = ready!(self.readiness.poll(cx, Interest::READABLE, peek))?;
        buf.advance(n);
        Poll::Ready(Ok(()))
    }

    /// Like [`peek`](Self::peek), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; as [`recv`](Self::recv).
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_peek(buf))
    }

    /// Like [`recv_from`](Self::recv_from), and leaves the datagram there. Cancel safe.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        counted(self.inner.peek_from(buf)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`peek_from`](Self::peek_from): the last task that polled is woken.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let peek = |cx: &mut Context<'_>| self.inner.poll_peek_from(cx, buf.initialize_unfilled());
        let (n, from) = ready!(self.readiness.poll(cx, Interest::READABLE, peek))?;
        buf.advance(n);
        Poll::Ready(Ok(from))
    }

    /// Like [`peek_from`](Self::peek_from), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; as [`recv`](Self::recv).
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.readiness.settle(Interest::READABLE, self.inner.try_peek_from(buf))
    }

    /// The address that the next datagram comes from; the datagram stays there. Cancel safe.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        counted(self.inner.peek_sender()).await.map_err(gone::as_tokio_says)
    }

    /// Like [`peek_sender`](Self::peek_sender): the last task that polled is woken.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.readiness.poll(cx, Interest::READABLE, |cx| self.inner.poll_peek_sender(cx))
    }

    /// Like [`peek_sender`](Self::peek_sender), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; as [`recv`](Self::recv).
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.readiness.settle(Interest::READABLE, self.inner.try_peek_sender())
    }
}

/// Whether an operation was refused because there is no socket of the system.
fn is_virtual(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
}

/// Into the spare room of buffers.
#[cfg(feature = "io-util")]
impl UdpSocket {
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
    /// `WouldBlock` if there is nothing; as [`recv`](Self::recv).
    pub fn try_recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        self.readiness.settle(Interest::READABLE, self.inner.try_recv_buf(buf))
    }

    /// Like [`recv_from`](Self::recv_from), into the spare room of `buf`. Cancel safe.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub async fn recv_buf_from<B: bytes::BufMut>(
        &self,
        buf: &mut B,
    ) -> io::Result<(usize, SocketAddr)> {
        let receive = || self.inner.try_recv_buf_from(buf);
        self.readiness.receive(&self.inner, receive).await
    }

    /// Like [`recv_buf_from`](Self::recv_buf_from), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; as [`recv`](Self::recv).
    pub fn try_recv_buf_from<B: bytes::BufMut>(
        &self,
        buf: &mut B,
    ) -> io::Result<(usize, SocketAddr)> {
        self.readiness.settle(Interest::READABLE, self.inner.try_recv_buf_from(buf))
    }
}
