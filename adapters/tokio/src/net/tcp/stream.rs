//! A TCP connection.

use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use anyrt::net::Stream as Inner;
use real::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use crate::context;
use crate::counted::counted;
use crate::io::{Interest, Ready, gone};
use crate::net::lookup_host::first_to_succeed;
use crate::net::stream::Stream;
use crate::net::stream_methods::stream_methods;
use crate::net::{ToSocketAddrs, blocking_mode, tcp};

/// A TCP connection.
///
/// Dropping it closes the connection.
pub struct TcpStream {
    pub(super) stream: Stream<std::net::TcpStream>,
}

impl TcpStream {
    /// Connects to the first address of `addr` that answers; they are tried one after the other.
    ///
    /// # Errors
    /// The error of the last address that was tried; the name can't be resolved; there is no address.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<TcpStream> {
        let runtime = context::with_io();
        let connected = first_to_succeed!(addr, |address| {
            match tcp::socket_for(&runtime, address) {
                Ok(socket) => counted(socket.connect(address)).await,
                Err(error) => Err(error),
            }
        });
        connected.map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.stream.inner.local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    /// What the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.inner.peer_addr()
    }

    /// Reads what stays there, at least one byte; 0 is the end of the stream. The last task that polled this,
    /// or reading, is woken.
    ///
    /// # Errors
    /// What the system says.
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        self.stream.poll_peek(cx, buf)
    }

    /// Reads what stays there, at least one byte; 0 is the end of the stream. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.peek(buf).await
    }

    /// Whether small packets are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    /// What the system says.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.stream.inner.nodelay()
    }

    /// Sets whether small packets are sent at once (`TCP_NODELAY`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.stream.inner.set_nodelay(nodelay)
    }

    /// Whether packets are acknowledged at once (`TCP_QUICKACK`).
    ///
    /// # Errors
    /// What the system says.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
    pub fn quickack(&self) -> io::Result<bool> {
        socket2::SockRef::from(self).tcp_quickack()
    }

    /// Sets whether packets are acknowledged at once (`TCP_QUICKACK`); the system may change it again.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        socket2::SockRef::from(self).set_tcp_quickack(quickack)
    }

    /// How long dropping it waits for bytes that were not sent yet (`SO_LINGER`).
    ///
    /// # Errors
    /// What the system says.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        socket2::SockRef::from(self).linger()
    }

    /// Sets how long dropping it waits for bytes that were not sent yet (`SO_LINGER`).
    ///
    /// # Errors
    /// What the system says.
    #[deprecated = "dropping the socket blocks the thread with `SO_LINGER`"]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        socket2::SockRef::from(self).set_linger(dur)
    }

    /// Makes dropping it reset the connection (`SO_LINGER` of zero).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        socket2::SockRef::from(self).set_linger(Some(Duration::ZERO))
    }

    /// The time-to-live of packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.stream.inner.ttl()
    }

    /// Sets the time-to-live of packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        socket2::SockRef::from(self).set_ttl_v4(ttl)
    }
}

stream_methods!(TcpStream, std::net::TcpStream);
