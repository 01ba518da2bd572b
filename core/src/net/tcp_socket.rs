//! A TCP socket before it connects or listens, so that options can be set first.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

use super::{TcpListener, TcpStream, socket, units};
use crate::{Current, Reactor};

/// A TCP socket that is neither connected nor listening yet.
///
/// ```
/// use std::io;
/// use anyrt_core::{Reactor, net::{TcpListener, TcpSocket}};
///
/// async fn listen<R: Reactor>(runtime: &R) -> io::Result<TcpListener<R>> {
///     let socket = TcpSocket::new_v4()?;
///     socket.set_reuse_address(true)?;
///     socket.set_recv_buffer_size(64 * 1024)?;
///     socket.bind("127.0.0.1:0".parse().unwrap())?;
///     socket.listen_on(runtime, 16)
/// }
/// ```
pub struct TcpSocket<R: Reactor> {
    socket: Socket,
    _runtime: PhantomData<fn() -> R>,
}

impl<R: Reactor> TcpSocket<R> {
    /// A socket for IPv4.
    ///
    /// # Errors
    /// The system refuses one, for instance because too many descriptors are open.
    pub fn new_v4() -> io::Result<Self> {
        Self::new(Domain::IPV4)
    }

    /// A socket for IPv6.
    ///
    /// # Errors
    /// As [`new_v4`](Self::new_v4).
    pub fn new_v6() -> io::Result<Self> {
        Self::new(Domain::IPV6)
    }

    fn new(domain: Domain) -> io::Result<Self> {
        let socket = socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        Ok(Self { socket, _runtime: PhantomData })
    }

    /// Gives the socket a local address.
    ///
    /// # Errors
    /// `AddrInUse`, `AddrNotAvailable`, and what else the system says.
    pub fn bind(&self, address: SocketAddr) -> io::Result<()> {
        self.socket.bind(&address.into())
    }

    /// The local address.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        super::tcp::internet_address(&self.socket.local_addr()?)
    }

    /// Connects, with the runtime that this thread is inside.
    ///
    /// # Errors
    /// As [`TcpStream::connect`].
    pub async fn connect(self, address: SocketAddr) -> io::Result<TcpStream<R>>
    where
        R: Current,
    {
        self.connect_on(&R::here()?.clone(), address).await
    }

    /// Connects, with `runtime`.
    ///
    /// # Errors
    /// As [`TcpStream::connect`].
    pub async fn connect_on(self, runtime: &R, address: SocketAddr) -> io::Result<TcpStream<R>> {
        TcpStream::connect_socket(runtime, self.socket, &address.into()).await
    }

    /// Listens, with the runtime that this thread is inside; `backlog` connections may wait to be
    /// accepted.
    ///
    /// # Errors
    /// What the system says; there is no runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener<R>>
    where
        R: Current,
    {
        self.listen_on(&R::here()?, backlog)
    }

    /// Listens, with `runtime`; `backlog` connections may wait to be accepted.
    ///
    /// # Errors
    /// What the system says; the runtime is gone.
    pub fn listen_on(self, runtime: &R, backlog: u32) -> io::Result<TcpListener<R>> {
        TcpListener::listen(runtime, self.socket, i32::try_from(backlog).unwrap_or(i32::MAX))
    }

    /// Allows the local address to be one that closing connections still use (`SO_REUSEADDR`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_reuse_address(&self, reuse: bool) -> io::Result<()> {
        self.socket.set_reuse_address(reuse)
    }

    /// Allows several sockets to listen on one address and share its connections
    /// (`SO_REUSEPORT`).
    ///
    /// # Errors
    /// What the system says.
    #[cfg(all(unix, not(any(target_os = "solaris", target_os = "illumos"))))]
    pub fn set_reuse_port(&self, reuse: bool) -> io::Result<()> {
        self.socket.set_reuse_port(reuse)
    }

    /// Chooses whether an IPv6 socket refuses IPv4 (`IPV6_V6ONLY`).
    ///
    /// # Errors
    /// What the system says.
    pub fn set_only_v6(&self, only_v6: bool) -> io::Result<()> {
        self.socket.set_only_v6(only_v6)
    }

    /// See [`TcpStream::set_nodelay`].
    ///
    /// # Errors
    /// What the system says.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.socket.set_tcp_nodelay(nodelay)
    }

    /// See [`TcpStream::set_keepalive`].
    ///
    /// # Errors
    /// As there.
    pub fn set_keepalive(&self, idle: Option<Duration>) -> io::Result<()> {
        match idle {
            Some(idle) => self
                .socket
                .set_tcp_keepalive(&TcpKeepalive::new().with_time(units::keepalive(idle)?)),
            None => self.socket.set_keepalive(false),
        }
    }

    /// See [`TcpStream::set_linger`].
    ///
    /// # Errors
    /// As there.
    pub fn set_linger(&self, linger: Option<Duration>) -> io::Result<()> {
        self.socket.set_linger(units::linger(linger)?)
    }

    /// Sets the size of the system's buffer for received bytes; accepted connections take it over.
    /// The system may choose another size; of one beyond its limit it takes the limit.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_recv_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.socket.set_recv_buffer_size(units::buffer_size(bytes))
    }

    /// Sets the size of the system's buffer for bytes to send; accepted connections take it over.
    /// The system may choose another size; of one beyond its limit it takes the limit.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_send_buffer_size(&self, bytes: usize) -> io::Result<()> {
        self.socket.set_send_buffer_size(units::buffer_size(bytes))
    }
}

impl<R: Reactor> fmt::Debug for TcpSocket<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpSocket").field(&self.socket).finish()
    }
}

#[cfg(unix)]
impl<R: Reactor> std::os::fd::AsFd for TcpSocket<R> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(windows)]
impl<R: Reactor> std::os::windows::io::AsSocket for TcpSocket<R> {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.socket.as_socket()
    }
}
