//! Sending datagrams.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use super::UdpSocket;
use crate::counted::counted;
use crate::io::{Interest, gone};
use crate::net::ToSocketAddrs;
use crate::net::lookup_host::resolve;

impl UdpSocket {
    /// Sends a datagram to the address it is connected to. Cancel safe.
    ///
    /// # Errors
    /// What the system says, also of an earlier datagram.
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        counted(self.inner.send(buf)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`send`](Self::send): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.readiness.poll(cx, Interest::WRITABLE, |cx| self.inner.poll_send(cx, buf))
    }

    /// Like [`send`](Self::send), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; as there.
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::WRITABLE, self.inner.try_send(buf))
    }

    /// Sends a datagram to the first address of `addr`. Cancel safe.
    ///
    /// # Errors
    /// What the system says; the name can't be resolved; there is no address.
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let no_address =
            || io::Error::new(io::ErrorKind::InvalidInput, "no addresses to send data to");
        let target = resolve(addr.target()?).await?.next().ok_or_else(no_address)?;
        counted(self.inner.send_to(buf, target)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`send_to`](Self::send_to): the last task that polled is woken.
    ///
    /// # Errors
    /// What the system says.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.readiness.poll(cx, Interest::WRITABLE, |cx| self.inner.poll_send_to(cx, buf, target))
    }

    /// Like [`send_to`](Self::send_to), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; what else the system says.
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.readiness.settle(Interest::WRITABLE, self.inner.try_send_to(buf, target))
    }
}
