//! TCP: listening, accepting, connecting.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

use socket2::SockRef;

use super::address::{ToSocketAddrs, first_to_succeed, resolve};
use super::endpoint::{Endpoint, Socket};
use super::eyeballs::first_to_answer;
use super::incoming::Incoming;
use super::incoming::sealed::Listener;
use super::kind::{Address, SocketKind};
use super::network::Net;
use super::own_operation::impl_own_operations;
use super::socket::{self, Short};
use super::stream::{Stream, impl_as_fd};
use super::units;
use crate::{Attempt, Current, Interest, Reactor, Timer};

/// A TCP connection. Its methods are those of [`Stream`].
pub type TcpStream<R> = Stream<std::net::TcpStream, R>;

impl<R: Reactor> TcpStream<R> {
    /// Connects to the first address of `target` that answers, with the runtime that this thread is
    /// inside.
    ///
    /// The addresses of a name are tried in the order that the system prefers, those of both families in turn: the next
    /// one when one has failed, or beside it when it has not answered for 250 ms (RFC 8305). Whichever answers first is
    /// taken, and the others are closed. Addresses that the caller lists are tried one after the other, however long
    /// each takes; [`timeout`](crate::time::timeout) sets a limit.
    /// Cancel safe in that to drop the future gives up and closes the sockets.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let stream = TcpStream::connect(listener.local_addr()?).await?;
    /// assert_eq!(stream.peer_addr()?, listener.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The error of the last address tried (N2, N3); those of [`lookup_host`](super::lookup_host);
    /// there is no runtime.
    pub async fn connect(target: impl ToSocketAddrs) -> io::Result<Self>
    where
        R: Current + Net + Timer,
    {
        Self::connect_on(&R::here()?.clone(), target).await
    }

    /// Connects with `runtime`; see [`connect`](Self::connect). Cancel safe as it is.
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{Backend, net::TcpStream};
    ///
    /// async fn greet<R: Backend>(runtime: &R, host: &str) -> io::Result<()> {
    ///     TcpStream::connect_on(runtime, (host, 80)).await?.write_all(b"hello").await
    /// }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn connect_on(runtime: &R, target: impl ToSocketAddrs) -> io::Result<Self>
    where
        R: Net + Timer,
    {
        let addresses = resolve(runtime, target).await?;
        if addresses.are_of_a_name() {
            let connect = |address| Self::connect_to(runtime, address);
            // In a box, for it is large, and most connections need no such thing.
            return Box::pin(first_to_answer(runtime, addresses.collect(), connect)).await;
        }
        first_to_succeed!(addresses, |address| Self::connect_to(runtime, address).await)
    }

    async fn connect_to(runtime: &R, address: SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        let socket = runtime.open(SocketKind::tcp(&address))?;
        Self::connect_socket(runtime, socket, Short::OF_TCP, address).await
    }

    pub(super) async fn connect_socket(
        runtime: &R,
        socket: Socket,
        short: Short,
        address: SocketAddr,
    ) -> io::Result<Self> {
        socket.start_connect(&address.into())?;
        let endpoint = socket.watch(runtime)?;
        endpoint.io(Interest::Writable, |lent| lent.finish_connect()).await?;
        Ok(Self::new(endpoint, short))
    }

    /// The address of this end.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (_server, peer) = listener.accept().await?;
    /// assert_eq!(client.local_addr()?, peer);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint().lend().local_addr()?.to_internet()
    }

    /// The address of the other end.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// assert_eq!(client.peer_addr()?, listener.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `NotConnected` after the connection was reset, and what else the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint().lend().peer_addr()?.to_internet()
    }
}

/// A socket that accepts TCP connections.
///
/// ```
/// use std::io;
/// use anyrt_core::{Backend, net::TcpListener};
///
/// async fn greet<R: Backend>(runtime: &R) -> io::Result<()> {
///     let listener = TcpListener::bind_on(runtime, "127.0.0.1:0").await?;
///     loop {
///         let (stream, peer) = listener.accept().await?;
///         runtime.spawn(async move {
///             println!("hello {peer}");
///             stream.write_all(b"hello\n").await
///         });
///     }
/// }
/// ```
pub struct TcpListener<R: Reactor> {
    endpoint: Endpoint<std::net::TcpListener, R>,
    // Accepted connections belong to the runtime of their listener, and are of its kind.
    runtime: R,
    short: Short,
}

impl<R: Reactor> TcpListener<R> {
    /// Listens on the first address of `target` that can be had, with the runtime that this thread
    /// is inside.
    ///
    /// The address may be in use by connections that are closing (`SO_REUSEADDR`, on Unix); up to
    /// 1024 connections wait to be accepted (N1). Port 0 lets the system choose one. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpListener;
    ///
    /// let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    /// println!("listening on {}", listener.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The error of the last address tried, such as `AddrInUse`; those of
    /// [`lookup_host`](super::lookup_host); there is no runtime.
    pub async fn bind(target: impl ToSocketAddrs) -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::bind_on(&R::here()?.clone(), target).await
    }

    /// Listens with `runtime`; see [`bind`](Self::bind). Cancel safe.
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{Backend, net::TcpListener};
    ///
    /// async fn listen<R: Backend>(runtime: &R) -> io::Result<TcpListener<R>> {
    ///     TcpListener::bind_on(runtime, "127.0.0.1:0").await
    /// }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn bind_on(runtime: &R, target: impl ToSocketAddrs) -> io::Result<Self>
    where
        R: Net,
    {
        let addresses = resolve(runtime, target).await?;
        first_to_succeed!(addresses, |address| Self::bind_to(runtime, address))
    }

    fn bind_to(runtime: &R, address: SocketAddr) -> io::Result<Self>
    where
        R: Net,
    {
        let socket = runtime.open(SocketKind::tcp(&address))?;
        socket.allow_reuse_of_address()?;
        socket.bind(&address.into())?;
        Self::listen(runtime, socket, Short::OF_TCP, socket::BACKLOG)
    }

    pub(super) fn listen(
        runtime: &R,
        socket: Socket,
        short: Short,
        backlog: u32,
    ) -> io::Result<Self> {
        socket.listen(backlog)?;
        Ok(Self { endpoint: socket.watch(runtime)?, runtime: runtime.clone(), short })
    }

    /// Takes over a listener of the standard library, and puts it into non-blocking mode.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpListener;
    ///
    /// // Handed over by whoever started this process, for instance.
    /// let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let listener = TcpListener::from_std(listener)?;
    /// println!("listening on {}", listener.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system can't watch it; there is no runtime.
    #[track_caller]
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self>
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
    pub fn from_std_on(runtime: &R, listener: std::net::TcpListener) -> io::Result<Self> {
        let short = Short::of(&listener);
        let endpoint = Endpoint::adopt(runtime, listener)?;
        Ok(Self { endpoint, runtime: runtime.clone(), short })
    }

    /// The listener of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch; `Unsupported` if the socket is a virtual one.
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        self.endpoint.into_source()
    }

    /// Waits for a connection and accepts it.
    ///
    /// Any number of tasks may do this. Cancel safe: no connection is lost.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (server, peer) = listener.accept().await?;
    /// assert_eq!(peer, client.local_addr()?);
    /// server.write_all(b"hello").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of single connections, such as `ConnectionAborted`, and of the process, such as too
    /// many open descriptors (N4). Both are reported at once each time and leave the listener as it
    /// is, so a loop that merely repeats the call would spin: [`incoming`](Self::incoming) pauses.
    pub async fn accept(&self) -> io::Result<(TcpStream<R>, SocketAddr)> {
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
    ) -> Poll<io::Result<(TcpStream<R>, SocketAddr)>> {
        let accepted = ready!(self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.accept()))?;
        Poll::Ready(self.connection(accepted))
    }

    /// The connections as a stream that ends with the runtime alone, for one task at a time.
    ///
    /// After an error of the process, such as too many open descriptors, it pauses for 50 ms
    /// before it accepts again, so that a loop over it does not spin (N4).
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{Backend, net::TcpListener};
    ///
    /// /// Serves until the end of the program, whatever becomes of single connections.
    /// async fn serve<R: Backend>(runtime: R, listener: TcpListener<R>) {
    ///     let mut incoming = listener.incoming();
    ///     loop {
    ///         match incoming.accept().await {
    ///             Ok((stream, _)) => {
    ///                 runtime.spawn(async move { stream.write_all(b"hello").await });
    ///             }
    ///             Err(error) => eprintln!("{error}"),
    ///         }
    ///     }
    /// }
    /// ```
    pub fn incoming(&self) -> Incoming<'_, Self>
    where
        R: Timer,
    {
        Incoming::new(self)
    }

    /// The runtime that watches it, to which the connections that it accepts belong.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// assert_eq!(listener.runtime(), &anyrt::Handle::current());
    /// # Ok(())
    /// # }
    /// ```
    pub fn runtime(&self) -> &R {
        &self.runtime
    }

    fn connection(
        &self,
        (socket, address): (Socket, Address),
    ) -> io::Result<(TcpStream<R>, SocketAddr)> {
        let address = address.to_internet()?;
        Ok((TcpStream::new(socket.watch(&self.runtime)?, self.short), address))
    }

    /// The address it listens on, with the port that the system chose.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::TcpListener;
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// assert_ne!(listener.local_addr()?.port(), 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.endpoint.lend().local_addr()?.to_internet()
    }

    /// Takes the error that the system holds for this socket, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.endpoint.lend().take_error()
    }

    /// The time-to-live of IP packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        SockRef::from(&self.endpoint).ttl_v4()
    }

    /// Sets the time-to-live of IP packets that it sends; accepted connections take it over.
    ///
    /// # Errors
    /// `InvalidInput` if it is not 1 to 255; what else the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        SockRef::from(&self.endpoint).set_ttl_v4(units::ttl(ttl)?)
    }
}

impl<R: Reactor> fmt::Debug for TcpListener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpListener").field(&self.endpoint).finish()
    }
}

impl<R: Reactor + Timer> Listener for TcpListener<R> {
    type Runtime = R;
    type Connection = (TcpStream<R>, SocketAddr);

    fn runtime(&self) -> &R {
        &self.runtime
    }

    fn poll_connection(&self, cx: &mut Context<'_>) -> Poll<io::Result<Self::Connection>> {
        self.poll_accept(cx)
    }
}

impl_own_operations!(TcpListener of std::net::TcpListener);
impl_as_fd!([R: Reactor] TcpListener<R>);
