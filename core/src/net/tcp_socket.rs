//! A TCP socket before it connects or listens, so that options can be set first.

use std::io;
use std::net::SocketAddr;

use socket2::SockRef;

use super::endpoint::Socket;
use super::kind::SocketKind;
use super::network::Net;
use super::socket::Short;
use super::{TcpListener, TcpStream};
use crate::{Current, Reactor};

/// A TCP socket that is neither connected nor listening yet.
///
/// ```
/// use std::io;
/// use anyrt_core::{Backend, net::{TcpListener, TcpSocket}};
///
/// fn listen<R: Backend>(runtime: &R) -> io::Result<TcpListener<R>> {
///     let socket = TcpSocket::new_v4_on(runtime)?;
///     socket.set_reuseaddr(true)?;
///     socket.set_recv_buffer_size(64 * 1024)?;
///     socket.bind("127.0.0.1:0".parse().unwrap())?;
///     socket.listen(16)
/// }
/// ```
#[derive(Debug)]
pub struct TcpSocket<R: Reactor> {
    socket: Socket,
    short: Short,
    runtime: R,
}

impl<R: Reactor> TcpSocket<R> {
    /// A socket for IPv4, of the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpSocket;
    ///
    /// let socket = TcpSocket::new_v4()?;
    /// socket.bind("127.0.0.1:0".parse().unwrap())?;
    /// println!("connecting from {}", socket.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system refuses one, for instance because too many descriptors are open; there is no runtime.
    #[track_caller]
    pub fn new_v4() -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::new_v4_on(&R::here()?)
    }

    /// A socket for IPv4, of `runtime`.
    ///
    /// # Errors
    /// As [`new_v4`](Self::new_v4).
    pub fn new_v4_on(runtime: &R) -> io::Result<Self>
    where
        R: Net,
    {
        Self::new(runtime, SocketKind::TcpV4)
    }

    /// A socket for IPv6, of the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpSocket;
    ///
    /// let socket = TcpSocket::new_v6()?;
    /// socket.set_only_v6(true)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`new_v4`](Self::new_v4).
    #[track_caller]
    pub fn new_v6() -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::new_v6_on(&R::here()?)
    }

    /// A socket for IPv6, of `runtime`.
    ///
    /// # Errors
    /// As [`new_v4`](Self::new_v4).
    pub fn new_v6_on(runtime: &R) -> io::Result<Self>
    where
        R: Net,
    {
        Self::new(runtime, SocketKind::TcpV6)
    }

    fn new(runtime: &R, kind: SocketKind) -> io::Result<Self>
    where
        R: Net,
    {
        Ok(Self { socket: runtime.open(kind)?, short: Short::OF_TCP, runtime: runtime.clone() })
    }

    /// Takes over a socket of the standard library, connected or not, and puts it into non-blocking mode.
    ///
    /// A socket with options that are not here is made by `socket2`, and turned into a
    /// [`std::net::TcpStream`] by `From`.
    ///
    /// # Errors
    /// It can't be put into that mode; there is no runtime.
    #[track_caller]
    pub fn from_std(socket: std::net::TcpStream) -> io::Result<Self>
    where
        R: Current,
    {
        Self::from_std_on(&R::here()?, socket)
    }

    /// Takes over a socket of the standard library for `runtime`; see [`from_std`](Self::from_std).
    ///
    /// # Errors
    /// It can't be put into non-blocking mode.
    pub fn from_std_on(runtime: &R, socket: std::net::TcpStream) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        // It may speak another protocol that has streams.
        let short = Short::of(&socket);
        Ok(Self { socket: Socket::of_system(socket.into()), short, runtime: runtime.clone() })
    }

    pub(super) fn options(&self) -> SockRef<'_> {
        SockRef::from(&self.socket)
    }

    /// Gives the socket a local address.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpSocket;
    ///
    /// let socket = TcpSocket::new_v4()?;
    /// socket.bind("127.0.0.1:0".parse().unwrap())?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok(())
    /// # }
    /// ```
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
        self.socket.local_addr()?.to_internet()
    }

    /// Takes the error that the socket holds, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }

    /// Connects. Cancel safe in that to drop the future gives up and closes the socket.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpSocket};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let socket = TcpSocket::new_v4()?;
    /// socket.set_nodelay(true)?;
    /// let stream = socket.connect(listener.local_addr()?).await?;
    /// assert!(stream.nodelay()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`TcpStream::connect`].
    pub async fn connect(self, address: SocketAddr) -> io::Result<TcpStream<R>> {
        TcpStream::connect_socket(&self.runtime, self.socket, self.short, address).await
    }

    /// Listens; `backlog` connections may wait to be accepted.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpSocket;
    ///
    /// let socket = TcpSocket::new_v4()?;
    /// socket.set_reuseaddr(true)?;
    /// socket.bind("127.0.0.1:0".parse().unwrap())?;
    /// let listener = socket.listen(16)?;
    /// println!("listening on {}", listener.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says; the runtime is gone.
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener<R>> {
        TcpListener::listen(&self.runtime, self.socket, self.short, backlog)
    }
}

#[cfg(unix)]
impl<R: Reactor> std::os::fd::AsFd for TcpSocket<R> {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[cfg(unix)]
impl<R: Reactor> std::os::fd::AsRawFd for TcpSocket<R> {
    fn as_raw_fd(&self) -> std::os::fd::RawFd {
        std::os::fd::AsFd::as_fd(self).as_raw_fd()
    }
}

#[cfg(windows)]
impl<R: Reactor> std::os::windows::io::AsSocket for TcpSocket<R> {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.socket.as_socket()
    }
}
