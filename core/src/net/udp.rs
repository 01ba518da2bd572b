//! UDP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, Type};

use super::address::{ToSocketAddrs, first_to_succeed, resolve};
use super::socket::{self, uninterrupted};
use super::stream::impl_as_fd;
use super::units;
use crate::{Attempt, Current, Interest, Reactor, Registration, SpawnBlocking};

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
#[derive(Debug)]
pub struct UdpSocket<R: Reactor> {
    registration: R::Registration<std::net::UdpSocket>,
}

impl<R: Reactor> UdpSocket<R> {
    /// Binds to the first address of `target` that can be had, with the runtime that this thread is
    /// inside. Port 0 lets the system choose one.
    ///
    /// # Errors
    /// The error of the last address tried; those of [`lookup_host`](super::lookup_host); there is
    /// no runtime.
    pub async fn bind(target: impl ToSocketAddrs) -> io::Result<Self>
    where
        R: Current,
    {
        Self::bind_on(&R::here()?.clone(), target).await
    }

    /// Binds with `runtime`; see [`bind`](Self::bind).
    ///
    /// # Errors
    /// As there.
    pub async fn bind_on(runtime: &R, target: impl ToSocketAddrs) -> io::Result<Self>
    where
        R: SpawnBlocking,
    {
        let addresses = resolve(runtime, target).await?;
        first_to_succeed!(addresses, |address| Self::bind_to(runtime, address))
    }

    fn bind_to(runtime: &R, address: SocketAddr) -> io::Result<Self> {
        let domain = Domain::for_address(address);
        let socket = socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        socket.bind(&address.into())?;
        Ok(Self { registration: runtime.register_nonblocking(socket.into())? })
    }

    /// Takes over a socket of the standard library, and puts it into non-blocking mode.
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
        Ok(Self { registration: runtime.register(socket)? })
    }

    /// The socket of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        self.registration.into_source()
    }

    fn source(&self) -> &std::net::UdpSocket {
        self.registration.source()
    }

    /// Fixes the peer: [`send`](Self::send) goes there, and only its datagrams are received.
    ///
    /// `runtime` is needed to resolve names only.
    ///
    /// # Errors
    /// The error of the last address tried; those of [`lookup_host`](super::lookup_host).
    pub async fn connect_on(&self, runtime: &R, target: impl ToSocketAddrs) -> io::Result<()>
    where
        R: SpawnBlocking,
    {
        let addresses = resolve(runtime, target).await?;
        first_to_succeed!(addresses, |address| self.source().connect(address))
    }

    /// Fixes the peer; see [`connect_on`](Self::connect_on).
    ///
    /// # Errors
    /// As there; there is no runtime.
    pub async fn connect(&self, target: impl ToSocketAddrs) -> io::Result<()>
    where
        R: Current,
    {
        self.connect_on(&R::here()?.clone(), target).await
    }

    /// Sends a datagram to the connected peer.
    ///
    /// # Errors
    /// `ConnectionRefused` if an earlier datagram was refused, and what else the system says.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.write(|socket| socket.send(datagram)).await
    }

    /// Sends a datagram to `peer`.
    ///
    /// # Errors
    /// What the system says.
    pub async fn send_to(&self, datagram: &[u8], peer: SocketAddr) -> io::Result<usize> {
        self.write(|socket| socket.send_to(datagram, peer)).await
    }

    /// Receives a datagram from the connected peer.
    ///
    /// # Errors
    /// `ConnectionRefused` if a datagram that was sent was refused, and what else the system says.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read(|socket| socket.recv(buffer)).await
    }

    /// Receives a datagram, and says who sent it.
    ///
    /// # Errors
    /// What the system says.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.read(|socket| socket.recv_from(buffer)).await
    }

    /// Like [`recv`](Self::recv), but leaves the datagram where it is.
    ///
    /// # Errors
    /// As there.
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.read(|socket| socket.peek(buffer)).await
    }

    /// Like [`recv_from`](Self::recv_from), but leaves the datagram where it is.
    ///
    /// # Errors
    /// As there.
    pub async fn peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.read(|socket| socket.peek_from(buffer)).await
    }

    /// Like [`send_to`](Self::send_to), for one task at a time.
    ///
    /// # Errors
    /// As there.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        datagram: &[u8],
        peer: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.registration.poll_io(cx, Interest::Writable, |socket| {
            uninterrupted(|| socket.send_to(datagram, peer)).map(Attempt::Done)
        })
    }

    /// Like [`recv_from`](Self::recv_from), for one task at a time.
    ///
    /// # Errors
    /// As there.
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.registration.poll_io(cx, Interest::Readable, |socket| {
            uninterrupted(|| socket.recv_from(buffer)).map(Attempt::Done)
        })
    }

    /// Waits until there is a datagram to receive, or an error to be told, such as
    /// `ConnectionRefused`: the next operation tells it, once (R8). Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<()> {
        self.registration.ready(Interest::Readable).await
    }

    /// Waits until there is room for a datagram to send. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.registration.ready(Interest::Writable).await
    }

    async fn read<T: Send>(
        &self,
        mut operation: impl FnMut(&std::net::UdpSocket) -> io::Result<T> + Send,
    ) -> io::Result<T> {
        self.registration
            .io(Interest::Readable, |socket| uninterrupted(|| operation(socket)).map(Attempt::Done))
            .await
    }

    async fn write<T: Send>(
        &self,
        mut operation: impl FnMut(&std::net::UdpSocket) -> io::Result<T> + Send,
    ) -> io::Result<T> {
        self.registration
            .io(Interest::Writable, |socket| uninterrupted(|| operation(socket)).map(Attempt::Done))
            .await
    }
}

/// Addresses and options.
impl<R: Reactor> UdpSocket<R> {
    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source().local_addr()
    }

    /// The address that it is connected to.
    ///
    /// # Errors
    /// `NotConnected`, and what else the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source().peer_addr()
    }

    /// Takes the error that the system holds for this socket, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.source().take_error()
    }

    /// Whether it may send to broadcast addresses.
    ///
    /// # Errors
    /// What the system says.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.source().broadcast()
    }

    /// Allows sending to broadcast addresses.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_broadcast(&self, broadcast: bool) -> io::Result<()> {
        self.source().set_broadcast(broadcast)
    }

    /// The time-to-live of the IP packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.source().ttl()
    }

    /// Sets the time-to-live of the IP packets that it sends.
    ///
    /// # Errors
    /// `InvalidInput` if it is not 1 to 255; what else the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.source().set_ttl(units::ttl(ttl)?)
    }

    /// Receives what is sent to `group` on the interface with the address `interface`.
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.source().join_multicast_v4(&group, &interface)
    }

    /// Ends what [`join_multicast_v4`](Self::join_multicast_v4) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        self.source().leave_multicast_v4(&group, &interface)
    }

    /// Receives what is sent to `group` on the interface with the index `interface`.
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.source().join_multicast_v6(group, interface)
    }

    /// Ends what [`join_multicast_v6`](Self::join_multicast_v6) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.source().leave_multicast_v6(group, interface)
    }
}

impl_as_fd!([R: Reactor] UdpSocket<R>);
