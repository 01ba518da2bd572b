//! UDP: binding, and what waits.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use super::address::{ToSocketAddrs, first_to_succeed, resolve, resolve_first};
use super::endpoint::{Endpoint, Lent};
use super::kind::SocketKind;
use super::network::{Net, Resolve};
use super::own_operation::impl_own_operations;
use super::socket::Short;
use super::stream::impl_as_fd;
use crate::{Attempt, Current, Interest, Reactor};

/// A UDP socket.
///
/// The async methods serve any number of tasks and are cancel safe: no datagram is lost. A datagram
/// longer than the buffer is cut off, and its rest is gone, as the system does it (N8).
///
/// An error that a method returns is about one datagram: `ConnectionRefused` tells that an earlier one
/// found nobody at the peer's port, and the socket works as before. Whoever turns `IP_RECVERR` on, so
/// that the system also keeps such errors in a queue, has to empty that queue: until then the system
/// calls the socket ready, and on some runtimes a receive that waits keeps a thread busy.
///
/// ```
/// use std::io;
/// use anyrt_core::{Backend, net::UdpSocket};
///
/// async fn echo<R: Backend>(runtime: &R) -> io::Result<()> {
///     let socket = UdpSocket::bind_on(runtime, "127.0.0.1:0").await?;
///     let mut buffer = [0; 1500];
///     loop {
///         let (n, peer) = socket.recv_from(&mut buffer).await?;
///         socket.send_to(&buffer[..n], peer).await?;
///     }
/// }
/// ```
///
/// An operation of one's own, here with a flag of the system:
///
/// ```
/// use std::io;
/// use anyrt_core::{Interest, Reactor, net::UdpSocket};
///
/// # #[cfg(unix)]
/// async fn length_of_the_next<R: Reactor>(socket: &UdpSocket<R>) -> io::Result<usize> {
///     use rustix::net::{RecvFlags, recv};
///
///     let flags = RecvFlags::PEEK | RecvFlags::TRUNC;
///     let operation = |socket: &std::net::UdpSocket| Ok(recv(socket, &mut [0; 0], flags)?.1);
///     socket.io(Interest::Readable, operation).await
/// }
/// ```
///
/// The socket of the system does not get out of the operation that it is lent to:
///
/// ```compile_fail,E0521
/// use anyrt_core::{Interest, Reactor, net::UdpSocket};
///
/// fn keep<R: Reactor>(socket: &UdpSocket<R>) {
///     let mut kept = None;
///     let _ = socket.try_io(Interest::Readable, |socket| Ok(kept = Some(socket)));
/// }
/// ```
#[derive(Debug)]
pub struct UdpSocket<R: Reactor> {
    pub(super) endpoint: Endpoint<std::net::UdpSocket, R>,
    // It resolves the names of peers.
    runtime: R,
}

impl<R: Reactor> UdpSocket<R> {
    /// Binds to the first address of `target` that can be had, with the runtime that this thread is
    /// inside. Port 0 lets the system choose one. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// println!("receiving on {}", socket.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The error of the last address tried; those of [`lookup_host`](super::lookup_host); there is
    /// no runtime.
    pub async fn bind(target: impl ToSocketAddrs) -> io::Result<Self>
    where
        R: Current + Net,
    {
        Self::bind_on(&R::here()?.clone(), target).await
    }

    /// Binds with `runtime`; see [`bind`](Self::bind). Cancel safe.
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{Backend, net::UdpSocket};
    ///
    /// async fn open<R: Backend>(runtime: &R) -> io::Result<UdpSocket<R>> {
    ///     UdpSocket::bind_on(runtime, "127.0.0.1:0").await
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
        let socket = runtime.open(SocketKind::udp(&address))?;
        socket.bind(&address.into())?;
        Ok(Self { endpoint: socket.watch(runtime)?, runtime: runtime.clone() })
    }

    /// Takes over a socket of the standard library, and puts it into non-blocking mode.
    ///
    /// One with options that have to be set before it is bound is made by `socket2`, and turned into a
    /// [`std::net::UdpSocket`] by `From`.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// // Whatever options it has are kept.
    /// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    /// let socket = UdpSocket::from_std(socket)?;
    /// socket.writable().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system can't watch it; there is no runtime.
    #[track_caller]
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<Self>
    where
        R: Current,
    {
        Self::from_std_on(&R::here()?, socket)
    }

    /// Takes over a socket of the standard library for `runtime`, and puts it into non-blocking
    /// mode.
    ///
    /// # Errors
    /// The system can't watch it; the runtime is gone.
    pub fn from_std_on(runtime: &R, socket: std::net::UdpSocket) -> io::Result<Self> {
        Ok(Self { endpoint: Endpoint::adopt(runtime, socket)?, runtime: runtime.clone() })
    }

    /// The socket of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch; `Unsupported` if the socket is a virtual one.
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        self.endpoint.into_source()
    }

    pub(super) fn lend(&self) -> Lent<'_, std::net::UdpSocket> {
        self.endpoint.lend()
    }

    /// Fixes the peer: [`send`](Self::send) goes there, and only its datagrams are received.
    ///
    /// Names are resolved by the runtime of the socket. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0").await?;
    /// let client = UdpSocket::bind("127.0.0.1:0").await?;
    /// client.connect(server.local_addr()?).await?;
    /// client.send(b"hello").await?;
    /// assert_eq!(server.recv(&mut [0; 8]).await?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The error of the last address tried; those of [`lookup_host`](super::lookup_host).
    pub async fn connect(&self, target: impl ToSocketAddrs) -> io::Result<()>
    where
        R: Resolve,
    {
        let addresses = resolve(&self.runtime, target).await?;
        first_to_succeed!(addresses, |address| self.lend().connect(&address.into()))
    }

    /// Sends a datagram to the connected peer. Cancel safe: it is sent whole, or not at all.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0").await?;
    /// let client = UdpSocket::bind("127.0.0.1:0").await?;
    /// client.connect(server.local_addr()?).await?;
    /// assert_eq!(client.send(b"hello").await?, 5);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ConnectionRefused` if an earlier datagram was refused, and what else the system says.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Writable, |lent| lent.send(Short::Unknown, datagram)).await
    }

    /// Sends a datagram to the first address of `target`. Cancel safe: it is sent whole, or not at all.
    ///
    /// Names are resolved by the runtime of the socket, each time (N3); an address costs nothing.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0").await?;
    /// let client = UdpSocket::bind("127.0.0.1:0").await?;
    /// client.send_to(b"hello", server.local_addr()?).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says; those of [`lookup_host`](super::lookup_host).
    pub async fn send_to(&self, datagram: &[u8], target: impl ToSocketAddrs) -> io::Result<usize>
    where
        R: Resolve,
    {
        let peer = resolve_first(&self.runtime, target).await?;
        self.endpoint.io(Interest::Writable, |lent| lent.send_to(datagram, peer)).await
    }

    /// Receives a datagram from the connected peer. Cancel safe: none is lost.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.send_to(b"hello", socket.local_addr()?).await?;
    /// let mut buffer = [0; 1500];
    /// let n = socket.recv(&mut buffer).await?;
    /// assert_eq!(&buffer[..n], b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ConnectionRefused` if a datagram that was sent was refused, and what else the system says.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Readable, |lent| lent.receive(Short::Unknown, buffer)).await
    }

    /// Receives a datagram, and says who sent it. Cancel safe: none is lost.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let server = UdpSocket::bind("127.0.0.1:0").await?;
    /// let client = UdpSocket::bind("127.0.0.1:0").await?;
    /// client.send_to(b"hello", server.local_addr()?).await?;
    /// let (n, peer) = server.recv_from(&mut [0; 1500]).await?;
    /// assert_eq!((n, peer), (5, client.local_addr()?));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.endpoint.io(Interest::Readable, |lent| lent.recv_from(buffer)).await
    }

    /// Like [`recv`](Self::recv), but leaves the datagram where it is. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.send_to(b"hello", socket.local_addr()?).await?;
    /// assert_eq!(socket.peek(&mut [0; 8]).await?, 5);
    /// assert_eq!(socket.recv(&mut [0; 8]).await?, 5); // still there
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Readable, |lent| lent.peek(buffer)).await
    }

    /// Like [`recv_from`](Self::recv_from), but leaves the datagram where it is. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.send_to(b"hello", socket.local_addr()?).await?;
    /// let (n, peer) = socket.peek_from(&mut [0; 8]).await?;
    /// assert_eq!((n, peer), (5, socket.local_addr()?));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.endpoint.io(Interest::Readable, |lent| lent.peek_from(buffer)).await
    }

    /// Who sent the next datagram, which stays where it is. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.send_to(b"hello", socket.local_addr()?).await?;
    /// assert_eq!(socket.peek_sender().await?, socket.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`recv_from`](Self::recv_from).
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.endpoint.io(Interest::Readable, |lent| lent.peek_sender()).await
    }

    /// Waits until there is a datagram to receive, or an error to be told, such as
    /// `ConnectionRefused`: the next operation tells it, once (R8). Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.send_to(b"hello", socket.local_addr()?).await?;
    /// socket.readable().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<()> {
        self.endpoint.ready(Interest::Readable).await
    }

    /// Waits until there is room for a datagram to send. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UdpSocket;
    ///
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.writable().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.endpoint.ready(Interest::Writable).await
    }
}

impl_own_operations!(UdpSocket of std::net::UdpSocket);
impl_as_fd!([R: Reactor] UdpSocket<R>);
