//! Unix stream sockets: listening, accepting, connecting.

use std::fmt;
use std::io;
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::task::{Context, Poll, ready};

use super::endpoint::{Endpoint, Socket};
use super::incoming::Incoming;
use super::incoming::sealed::Listener;
use super::kind::{Address, SocketKind};
use super::network::Net;
use super::own_operation::impl_own_operations;
use super::socket::{self, Short};
use super::stream::{Stream, impl_as_fd};
use super::unix_address::at_path;
use crate::{Attempt, Current, Interest, Reactor, Timer};

/// A connection between processes of one machine. Its methods are those of [`Stream`].
pub type UnixStream<R> = Stream<std::os::unix::net::UnixStream, R>;

impl<R: Reactor> UnixStream<R> {
    /// Connects to the socket at `path`, with the runtime that this thread is inside.
    ///
    /// On Linux a path that begins with a zero byte is a name without a file. Cancel safe in that to drop
    /// the future gives up and closes the socket.
    ///
    /// ```
    /// # use std::io;
    /// use anyrt_core::{Current, net::{Net, UnixStream}};
    ///
    /// # async fn ask<R: Net + Current>() -> io::Result<Vec<u8>> {
    /// let stream = UnixStream::<R>::connect("/run/service.socket").await?;
    /// stream.write_all(b"status\n").await?;
    /// let mut answer = Vec::new();
    /// stream.read_to_end(&mut answer).await?;
    /// # Ok(answer)
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotFound`, `ConnectionRefused`; `WouldBlock` if too many connections wait to be accepted
    /// there; `InvalidInput` if the path is too long; there is no runtime.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Current + Net,
    {
        let address = at_path(path.as_ref())?;
        Self::connect_to(&R::here()?.clone(), address).await
    }

    /// Connects with `runtime`; see [`connect`](Self::connect). Cancel safe as it is.
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{Backend, net::UnixStream};
    ///
    /// async fn greet<R: Backend>(runtime: &R) -> io::Result<()> {
    ///     UnixStream::connect_on(runtime, "/run/greetings").await?.write_all(b"hello").await
    /// }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn connect_on(runtime: &R, path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Net,
    {
        let address = at_path(path.as_ref())?;
        Self::connect_to(runtime, address).await
    }

    /// Connects to the socket with this address, with the runtime that this thread is inside. Cancel safe
    /// as [`connect`](Self::connect).
    ///
    /// # Errors
    /// As there.
    pub async fn connect_addr(address: &SocketAddr) -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::connect_to(&R::here()?.clone(), address.clone()).await
    }

    /// Connects with `runtime`; see [`connect_addr`](Self::connect_addr). Cancel safe as it is.
    ///
    /// # Errors
    /// As there.
    pub async fn connect_addr_on(runtime: &R, address: &SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        Self::connect_to(runtime, address.clone()).await
    }

    async fn connect_to(runtime: &R, address: SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        Self::connect_socket(runtime, runtime.open(SocketKind::UnixStream)?, address).await
    }

    pub(super) async fn connect_socket(
        runtime: &R,
        socket: Socket,
        address: SocketAddr,
    ) -> io::Result<Self> {
        socket.start_connect(&address.into())?;
        let endpoint = socket.watch(runtime)?;
        endpoint.io(Interest::Writable, |lent| lent.finish_connect()).await?;
        Ok(Self::new(endpoint, Short::Unknown))
    }

    /// Two streams that are connected to each other, with the runtime that this thread is inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"hello").await?;
    /// let mut greeting = [0; 5];
    /// theirs.read_exact(&mut greeting).await?;
    /// assert_eq!(&greeting, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says; there is no runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)>
    where
        R: Current + Net,
    {
        Self::pair_on(&R::here()?)
    }

    /// Two streams that are connected to each other, with `runtime`.
    ///
    /// # Errors
    /// What the system says; the runtime is gone.
    pub fn pair_on(runtime: &R) -> io::Result<(Self, Self)>
    where
        R: Net,
    {
        let (one, other) = runtime.open_pair(SocketKind::UnixStream)?;
        let stream =
            |socket: Socket| Ok::<_, io::Error>(Self::new(socket.watch(runtime)?, Short::Unknown));
        Ok((stream(one)?, stream(other)?))
    }

    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint().lend().local_addr()?.to_unix()
    }

    /// The address of the other end.
    ///
    /// # Errors
    /// What the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint().lend().peer_addr()?.to_unix()
    }
}

/// A socket that accepts connections from processes of the same machine.
///
/// The path stays in the file system when the listener is dropped.
///
/// ```
/// use std::io;
/// use anyrt_core::{Backend, net::UnixListener};
///
/// async fn greet<R: Backend>(runtime: &R) -> io::Result<()> {
///     let listener = UnixListener::bind_on(runtime, "/run/greetings.socket")?;
///     loop {
///         let (stream, _) = listener.accept().await?;
///         runtime.spawn(async move { stream.write_all(b"hello\n").await });
///     }
/// }
/// ```
pub struct UnixListener<R: Reactor> {
    endpoint: Endpoint<std::os::unix::net::UnixListener, R>,
    // Accepted connections belong to the runtime of their listener.
    runtime: R,
}

impl<R: Reactor> UnixListener<R> {
    /// Listens at `path`, which must not exist, with the runtime that this thread is inside.
    ///
    /// On Linux a path that begins with a zero byte is a name without a file. As many connections wait to be
    /// accepted as the system lets wait; [`UnixSocket::listen`](super::UnixSocket::listen) sets another number.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixListener;
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-bind-{}", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// assert_eq!(listener.local_addr()?.as_pathname(), Some(path.as_path()));
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `AddrInUse` if the path exists; `InvalidInput` if it is too long; what else the system says;
    /// there is no runtime.
    #[track_caller]
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::bind_on(&R::here()?, path)
    }

    /// Listens with `runtime`; see [`bind`](Self::bind).
    ///
    /// # Errors
    /// As there.
    pub fn bind_on(runtime: &R, path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Net,
    {
        Self::bind_to(runtime, at_path(path.as_ref())?)
    }

    /// Listens at this address, with the runtime that this thread is inside.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    #[track_caller]
    pub fn bind_addr(address: &SocketAddr) -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::bind_addr_on(&R::here()?, address)
    }

    /// Listens with `runtime`; see [`bind_addr`](Self::bind_addr).
    ///
    /// # Errors
    /// As there.
    pub fn bind_addr_on(runtime: &R, address: &SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        Self::bind_to(runtime, address.clone())
    }

    fn bind_to(runtime: &R, address: SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        let socket = runtime.open(SocketKind::UnixStream)?;
        socket.bind(&address.into())?;
        Self::listen(runtime, socket, socket::LOCAL_BACKLOG)
    }

    pub(super) fn listen(runtime: &R, socket: Socket, backlog: u32) -> io::Result<Self> {
        socket.listen(backlog)?;
        Ok(Self { endpoint: socket.watch(runtime)?, runtime: runtime.clone() })
    }

    /// Takes over a listener of the standard library, and puts it into non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it; there is no runtime.
    #[track_caller]
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<Self>
    where
        R: Current,
    {
        Self::from_std_on(&R::here()?, listener)
    }

    /// Takes over a listener of the standard library for `runtime`, and puts it into non-blocking
    /// mode.
    ///
    /// # Errors
    /// The system can't watch it; the runtime is gone.
    pub fn from_std_on(
        runtime: &R,
        listener: std::os::unix::net::UnixListener,
    ) -> io::Result<Self> {
        Ok(Self { endpoint: Endpoint::adopt(runtime, listener)?, runtime: runtime.clone() })
    }

    /// The listener of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch; `Unsupported` if the socket is a virtual one.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixListener> {
        self.endpoint.into_source()
    }

    /// Waits for a connection and accepts it.
    ///
    /// Any number of tasks may do this. Cancel safe: no connection is lost.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{UnixListener, UnixStream};
    ///
    /// # let path = std::env::temp_dir().join(format!("anyrt-doc-accept-{}", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// let _client = UnixStream::connect(&path).await?;
    /// let (_server, peer) = listener.accept().await?;
    /// assert!(peer.is_unnamed());
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of single connections and of the process, such as too many open descriptors. They are
    /// reported at once each time, so a loop that merely repeats the call would spin (N4):
    /// [`incoming`](Self::incoming) pauses.
    pub async fn accept(&self) -> io::Result<(UnixStream<R>, SocketAddr)> {
        let accepted = self.endpoint.io(Interest::Readable, |lent| lent.accept()).await?;
        self.connection(accepted)
    }

    /// Like [`accept`](Self::accept), for one task at a time.
    ///
    /// # Errors
    /// As there.
    pub fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(UnixStream<R>, SocketAddr)>> {
        let accepted = ready!(self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.accept()))?;
        Poll::Ready(self.connection(accepted))
    }

    /// The connections as a stream that ends with the runtime alone, for one task at a time.
    ///
    /// After an error of the process, such as too many open descriptors, it pauses for 50 ms
    /// before it accepts again, so that a loop over it does not spin (N4).
    pub fn incoming(&self) -> Incoming<'_, Self>
    where
        R: Timer,
    {
        Incoming::new(self)
    }

    /// The runtime that watches it, to which the connections that it accepts belong.
    pub fn runtime(&self) -> &R {
        &self.runtime
    }

    fn connection(
        &self,
        (socket, address): (Socket, Address),
    ) -> io::Result<(UnixStream<R>, SocketAddr)> {
        let address = address.to_unix()?;
        Ok((UnixStream::new(socket.watch(&self.runtime)?, Short::Unknown), address))
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint.lend().local_addr()?.to_unix()
    }

    /// Takes the error that the system holds for this socket, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.endpoint.lend().take_error()
    }
}

impl<R: Reactor> fmt::Debug for UnixListener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnixListener").field(&self.endpoint).finish()
    }
}

impl<R: Reactor + Timer> Listener for UnixListener<R> {
    type Runtime = R;
    type Connection = (UnixStream<R>, SocketAddr);

    fn runtime(&self) -> &R {
        &self.runtime
    }

    fn poll_connection(&self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Connection>> {
        self.poll_accept(cx)
    }
}

impl_own_operations!(UnixListener of std::os::unix::net::UnixListener);
impl_as_fd!([R: Reactor] UnixListener<R>);
