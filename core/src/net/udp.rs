//! UDP.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::task::{Context, Poll};

use socket2::SockRef;

use super::address::{ToSocketAddrs, first_to_succeed, resolve};
use super::endpoint::{Endpoint, Lent};
use super::kind::SocketKind;
use super::network::Net;
use super::socket::Short;
use super::stream::impl_as_fd;
use super::units;
use super::virtual_socket::{Membership, MulticastInterface};
use crate::{Current, Interest, Reactor};

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
    endpoint: Endpoint<std::net::UdpSocket, R>,
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
        R: Current + Net,
    {
        Self::bind_on(&R::here()?.clone(), target).await
    }

    /// Binds with `runtime`; see [`bind`](Self::bind).
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
        Ok(Self { endpoint: socket.watch(runtime)? })
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
        Ok(Self { endpoint: Endpoint::adopt(runtime, socket)? })
    }

    /// The socket of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        self.endpoint.into_source()
    }

    fn lend(&self) -> Lent<'_, std::net::UdpSocket> {
        self.endpoint.lend()
    }

    fn socket(&self) -> SockRef<'_> {
        SockRef::from(&self.endpoint)
    }

    /// Fixes the peer: [`send`](Self::send) goes there, and only its datagrams are received.
    ///
    /// `runtime` is needed to resolve names only.
    ///
    /// # Errors
    /// The error of the last address tried; those of [`lookup_host`](super::lookup_host).
    pub async fn connect_on(&self, runtime: &R, target: impl ToSocketAddrs) -> io::Result<()>
    where
        R: Net,
    {
        let addresses = resolve(runtime, target).await?;
        first_to_succeed!(addresses, |address| self.lend().connect(&address.into()))
    }

    /// Fixes the peer; see [`connect_on`](Self::connect_on).
    ///
    /// # Errors
    /// As there; there is no runtime.
    pub async fn connect(&self, target: impl ToSocketAddrs) -> io::Result<()>
    where
        R: Current + Net,
    {
        self.connect_on(&R::here()?.clone(), target).await
    }

    /// Sends a datagram to the connected peer.
    ///
    /// # Errors
    /// `ConnectionRefused` if an earlier datagram was refused, and what else the system says.
    pub async fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Writable, |lent| lent.send(Short::Unknown, datagram)).await
    }

    /// Sends a datagram to `peer`.
    ///
    /// # Errors
    /// What the system says.
    pub async fn send_to(&self, datagram: &[u8], peer: SocketAddr) -> io::Result<usize> {
        self.endpoint.io(Interest::Writable, |lent| lent.send_to(datagram, peer)).await
    }

    /// Receives a datagram from the connected peer.
    ///
    /// # Errors
    /// `ConnectionRefused` if a datagram that was sent was refused, and what else the system says.
    pub async fn recv(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Readable, |lent| lent.receive(Short::Unknown, buffer)).await
    }

    /// Receives a datagram, and says who sent it.
    ///
    /// # Errors
    /// What the system says.
    pub async fn recv_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.endpoint.io(Interest::Readable, |lent| lent.recv_from(buffer)).await
    }

    /// Like [`recv`](Self::recv), but leaves the datagram where it is.
    ///
    /// # Errors
    /// As there.
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.endpoint.io(Interest::Readable, |lent| lent.peek(buffer)).await
    }

    /// Like [`recv_from`](Self::recv_from), but leaves the datagram where it is.
    ///
    /// # Errors
    /// As there.
    pub async fn peek_from(&self, buffer: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.endpoint.io(Interest::Readable, |lent| lent.peek_from(buffer)).await
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
        self.endpoint.poll_io(cx, Interest::Writable, |lent| lent.send_to(datagram, peer))
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
        self.endpoint.poll_io(cx, Interest::Readable, |lent| lent.recv_from(buffer))
    }

    /// Waits until there is a datagram to receive, or an error to be told, such as
    /// `ConnectionRefused`: the next operation tells it, once (R8). Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<()> {
        self.endpoint.ready(Interest::Readable).await
    }

    /// Waits until there is room for a datagram to send. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.endpoint.ready(Interest::Writable).await
    }
}

/// Addresses and options.
impl<R: Reactor> UdpSocket<R> {
    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.lend().local_addr()?.to_internet()
    }

    /// The address that it is connected to.
    ///
    /// # Errors
    /// `NotConnected`, and what else the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.lend().peer_addr()?.to_internet()
    }

    /// Takes the error that the system holds for this socket, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.lend().take_error()
    }

    /// Whether it may send to broadcast addresses.
    ///
    /// # Errors
    /// What the system says.
    pub fn broadcast(&self) -> io::Result<bool> {
        self.socket().broadcast()
    }

    /// Allows sending to broadcast addresses.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_broadcast(&self, broadcast: bool) -> io::Result<()> {
        self.socket().set_broadcast(broadcast)
    }

    /// The time-to-live of the IP packets that it sends.
    ///
    /// # Errors
    /// What the system says.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket().ttl_v4()
    }

    /// Sets the time-to-live of the IP packets that it sends.
    ///
    /// # Errors
    /// `InvalidInput` if it is not 1 to 255; what else the system says.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket().set_ttl_v4(units::ttl(ttl)?)
    }

    /// Receives what is sent to `group` on the interface with the address `interface`.
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        let change = membership_v4(group, interface, true);
        self.lend().change_membership(change, |socket| socket.join_multicast_v4(&group, &interface))
    }

    /// Ends what [`join_multicast_v4`](Self::join_multicast_v4) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v4(&self, group: Ipv4Addr, interface: Ipv4Addr) -> io::Result<()> {
        let change = membership_v4(group, interface, false);
        self.lend()
            .change_membership(change, |socket| socket.leave_multicast_v4(&group, &interface))
    }

    /// Receives what is sent to `group` on the interface with the index `interface`.
    ///
    /// # Errors
    /// What the system says.
    pub fn join_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        let change = membership_v6(group, interface, true);
        self.lend().change_membership(change, |socket| socket.join_multicast_v6(group, interface))
    }

    /// Ends what [`join_multicast_v6`](Self::join_multicast_v6) began.
    ///
    /// # Errors
    /// What the system says.
    pub fn leave_multicast_v6(&self, group: &Ipv6Addr, interface: u32) -> io::Result<()> {
        let change = membership_v6(group, interface, false);
        self.lend().change_membership(change, |socket| socket.leave_multicast_v6(group, interface))
    }
}

impl_as_fd!([R: Reactor] UdpSocket<R>);

fn membership_v4(group: Ipv4Addr, interface: Ipv4Addr, joins: bool) -> Membership {
    let interface = MulticastInterface::Address(interface);
    Membership { group: group.into(), interface, joins }
}

fn membership_v6(group: &Ipv6Addr, interface: u32, joins: bool) -> Membership {
    let interface = MulticastInterface::Index(interface);
    Membership { group: (*group).into(), interface, joins }
}
