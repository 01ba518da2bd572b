//! A Unix socket before it connects or listens, so that it can be bound and options be set first.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::os::unix::net::SocketAddr;
use std::path::Path;

use super::endpoint::Socket;
use super::kind::SocketKind;
use super::network::Net;
use super::unix_address::at_path;
use super::{UnixDatagram, UnixListener, UnixStream};
use crate::{Current, Reactor};

/// A Unix socket that is neither connected nor listening yet.
///
/// Its descriptor (`AsFd`) is there for options. What has no need of one, or of an address for the end that
/// connects, is simpler with [`UnixStream`], [`UnixListener`] and [`UnixDatagram`].
///
/// ```
/// use std::io;
/// use anyrt_core::net::{Net, UnixSocket, UnixStream};
///
/// async fn connect<R: Net>(runtime: &R) -> io::Result<UnixStream<R>> {
///     let socket = UnixSocket::new_stream_on(runtime)?;
///     socket.bind("/run/client.socket")?;
///     socket.connect("/run/service.socket").await
/// }
/// ```
#[derive(Debug)]
pub struct UnixSocket<R: Reactor> {
    socket: Socket,
    kind: SocketKind,
    runtime: R,
}

impl<R: Reactor> UnixSocket<R> {
    /// A socket for a stream, of the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixSocket;
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-socket-{}", std::process::id()));
    /// let socket = UnixSocket::new_stream()?;
    /// socket.bind(&path)?;
    /// let listener = socket.listen(16)?;
    /// # drop(listener);
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system refuses one, for instance because too many descriptors are open; there is no runtime.
    #[track_caller]
    pub fn new_stream() -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::new_stream_on(&R::here()?)
    }

    /// A socket for a stream, of `runtime`.
    ///
    /// # Errors
    /// As [`new_stream`](Self::new_stream).
    pub fn new_stream_on(runtime: &R) -> io::Result<Self>
    where
        R: Net,
    {
        Self::new(runtime, SocketKind::UnixStream)
    }

    /// A socket for datagrams, of the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixSocket;
    ///
    /// let datagrams = UnixSocket::new_datagram()?.datagram()?;
    /// # drop(datagrams);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`new_stream`](Self::new_stream).
    #[track_caller]
    pub fn new_datagram() -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::new_datagram_on(&R::here()?)
    }

    /// A socket for datagrams, of `runtime`.
    ///
    /// # Errors
    /// As [`new_stream`](Self::new_stream).
    pub fn new_datagram_on(runtime: &R) -> io::Result<Self>
    where
        R: Net,
    {
        Self::new(runtime, SocketKind::UnixDatagram)
    }

    fn new(runtime: &R, kind: SocketKind) -> io::Result<Self>
    where
        R: Net,
    {
        Ok(Self { socket: runtime.open(kind)?, kind, runtime: runtime.clone() })
    }

    /// Gives the socket the address `path`, which must not exist.
    ///
    /// On Linux a path that begins with a zero byte is a name without a file.
    ///
    /// # Errors
    /// `AddrInUse` if the path exists; `InvalidInput` if it is too long; what else the system says.
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.bind_addr(&at_path(path.as_ref())?)
    }

    /// Gives the socket this address.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub fn bind_addr(&self, address: &SocketAddr) -> io::Result<()> {
        self.socket.bind(&address.clone().into())
    }

    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()?.to_unix()
    }

    /// Takes the error that the socket holds, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.take_error()
    }

    /// Connects to the socket at `path`. Cancel safe in that to drop the future gives up and closes the
    /// socket.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{UnixListener, UnixSocket};
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-socket-connect-{}", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// let stream = UnixSocket::new_stream()?.connect(&path).await?;
    /// stream.write_all(b"hello").await?;
    /// # drop(listener);
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`UnixStream::connect`]; `InvalidInput` if the socket is for datagrams.
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream<R>> {
        let address = at_path(path.as_ref())?;
        self.connect_to(address).await
    }

    /// Connects to the socket with this address. Cancel safe as [`connect`](Self::connect).
    ///
    /// # Errors
    /// As there.
    pub async fn connect_addr(self, address: &SocketAddr) -> io::Result<UnixStream<R>> {
        self.connect_to(address.clone()).await
    }

    async fn connect_to(self, address: SocketAddr) -> io::Result<UnixStream<R>> {
        self.expect(SocketKind::UnixStream, "`datagram` makes a socket of it that can connect")?;
        UnixStream::connect_socket(&self.runtime, self.socket, address).await
    }

    /// Listens; `backlog` connections may wait to be accepted.
    ///
    /// # Errors
    /// `InvalidInput` if the socket is for datagrams; what else the system says; the runtime is gone.
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener<R>> {
        self.expect(SocketKind::UnixStream, "`new_stream` makes one that can listen")?;
        UnixListener::listen(&self.runtime, self.socket, backlog)
    }

    /// Begins to send and receive.
    ///
    /// # Errors
    /// `InvalidInput` if the socket is for a stream; the runtime is gone.
    pub fn datagram(self) -> io::Result<UnixDatagram<R>> {
        self.expect(SocketKind::UnixDatagram, "`new_datagram` makes one that has datagrams")?;
        UnixDatagram::new(&self.runtime, self.socket)
    }

    fn expect(&self, kind: SocketKind, instead: &str) -> io::Result<()> {
        if self.kind == kind {
            return Ok(());
        }
        let is = if self.kind.is_datagram() { "datagrams" } else { "a stream" };
        let message = format!("this socket is for {is}: {instead}");
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

impl<R: Reactor> AsFd for UnixSocket<R> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

impl<R: Reactor> AsRawFd for UnixSocket<R> {
    fn as_raw_fd(&self) -> RawFd {
        self.socket.as_fd().as_raw_fd()
    }
}
