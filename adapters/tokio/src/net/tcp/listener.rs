//! A socket that accepts TCP connections.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use anyrt::Handle;
use anyrt::net::TcpListener as Inner;

use super::stream::TcpStream;
use crate::context;
use crate::counted::{counted, poll_counted};
use crate::io::gone;
use crate::net::accepted;
use crate::net::debug::impl_debug;
use crate::net::lookup_host::first_to_succeed;
use crate::net::{ToSocketAddrs, blocking_mode, tcp};

/// The number of connections that may wait to be accepted: that of anyrt's own listeners. On tokio it is that of mio, 128.
const BACKLOG: u32 = 1024;

/// A socket that accepts TCP connections.
pub struct TcpListener {
    inner: Inner,
}

impl TcpListener {
    /// Listens on the first address of `addr` that can be had. Port 0 lets the system choose one.
    ///
    /// The address may be in use by connections that are closing (`SO_REUSEADDR`, on Unix).
    ///
    /// # Errors
    /// The error of the last address that was tried; the name can't be resolved; there is no address.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<TcpListener> {
        let runtime = context::with_io();
        let bound = first_to_succeed!(addr, |address| Self::bind_to(&runtime, address));
        bound.map_err(gone::as_tokio_says)
    }

    fn bind_to(runtime: &Handle, address: SocketAddr) -> io::Result<TcpListener> {
        let socket = tcp::socket_for(runtime, address)?;
        // A virtual socket has no such option, and needs none.
        let _ = socket.set_reuseaddr(true);
        socket.bind(address)?;
        socket.listen(BACKLOG).map(Self::from_inner)
    }

    /// Accepts a connection, when there is one. Any number of tasks may do this. Cancel safe.
    ///
    /// # Errors
    /// Those of single connections, and of the process, such as too many open descriptors.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let (stream, address) = counted(self.inner.accept()).await.map_err(gone::as_tokio_says)?;
        Ok((self.connection(stream)?, address))
    }

    /// Like [`accept`](Self::accept): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = ready!(poll_counted(cx, |cx| self.inner.poll_accept(cx)));
        let (stream, address) = accepted.map_err(gone::as_tokio_says)?;
        Poll::Ready(Ok((self.connection(stream)?, address)))
    }

    /// Takes over a listener of the standard library, which is in non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it.
    ///
    /// # Panics
    /// Outside of a runtime. In debug builds also if the listener is in blocking mode, unless
    /// `--cfg tokio_allow_from_blocking_fd` is set.
    #[track_caller]
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<TcpListener> {
        blocking_mode::refuse(&listener)?;
        let runtime = context::with_io();
        Inner::from_std_on(&runtime, listener).map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// The listener of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        self.inner.into_std()
    }

    /// The address it listens on, with the port that the system chose.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// The time-to-live of packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.inner.ttl()
    }

    /// Sets the time-to-live of packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        socket2::SockRef::from(self).set_ttl_v4(ttl)
    }
}

impl TcpListener {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner }
    }

    fn connection(&self, stream: anyrt::net::TcpStream) -> io::Result<TcpStream> {
        accepted::bring_here(stream, self.inner.runtime()).map(TcpStream::from_inner)
    }
}

impl TryFrom<std::net::TcpListener> for TcpListener {
    type Error = io::Error;

    /// See [`from_std`](Self::from_std).
    #[track_caller]
    fn try_from(listener: std::net::TcpListener) -> io::Result<Self> {
        Self::from_std(listener)
    }
}

impl_debug!([] TcpListener);

impl AsRawFd for TcpListener {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}
