//! Sockets that are not the system's.

use std::fmt::Debug;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Shutdown};
#[cfg(any(unix, target_os = "wasi"))]
use std::os::fd::BorrowedFd;
#[cfg(windows)]
use std::os::windows::io::BorrowedSocket;
use std::sync::Arc;
use std::task::Waker;

use super::kind::Address;
use crate::Interest;

/// A socket that is not the system's: of a simulator, of a TCP stack within the process, of a tunnel.
///
/// A backend makes them in [`Net::open`](super::Net::open), or a network that a runtime was given
/// ([`Network`](super::Network)), and the types of [`net`](crate::net) do with them what they do with
/// sockets of the system. No reactor is asked: a virtual socket wakes whoever waits for it by itself, so
/// it works on every backend and executor.
///
/// # Attempts
///
/// Every operation is an attempt that returns at once. One that would have to wait has no effect and
/// returns [`WouldBlock`](io::ErrorKind::WouldBlock); whoever made it then calls
/// [`wake_when_ready`](Self::wake_when_ready). Several threads may make attempts at once. Errors have the
/// kinds that the system's have: `ConnectionRefused`, `ConnectionReset`, `AddrInUse`, `NotConnected`.
///
/// # Options
///
/// Options such as `TCP_NODELAY` are set on the [stand-in](Self::stand_in), where a socket that minds them
/// finds them.
pub trait VirtualSocket: Debug + Send + Sync + 'static {
    /// Receives into the buffers, one after the other: what there is of a stream, at least one byte, 0 at
    /// its end; or one datagram, cut off where there is no room (N8), and who sent it.
    ///
    /// With `peek` everything stays where it is.
    ///
    /// # Errors
    /// `WouldBlock`; what there is to say about the connection, once.
    fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        peek: bool,
    ) -> io::Result<(usize, Option<Address>)>;

    /// Sends as much of the slices as there is room for, or all of them as one datagram, to `peer` or to
    /// what the socket is connected to.
    ///
    /// # Errors
    /// `WouldBlock`; `BrokenPipe` after the end; what there is to say about the connection, once.
    fn send(&self, slices: &[IoSlice<'_>], peer: Option<&Address>) -> io::Result<usize>;

    /// Gives the socket a local address; of port 0 it chooses one.
    ///
    /// # Errors
    /// `AddrInUse`, `AddrNotAvailable`.
    fn bind(&self, address: &Address) -> io::Result<()>;

    /// Begins to listen, with room for so many connections that wait to be accepted, up to `u32::MAX`: for as
    /// many as there can be.
    ///
    /// # Errors
    /// It can't listen.
    fn listen(&self, backlog: u32) -> io::Result<()>;

    /// Accepts a connection, and says where it comes from.
    ///
    /// # Errors
    /// `WouldBlock`; what hindered a single connection.
    fn accept(&self) -> io::Result<(Arc<dyn VirtualSocket>, Address)>;

    /// Begins to connect. Of a datagram socket it fixes the peer, at once.
    ///
    /// Whether a stream has connected is told by [`take_error`](Self::take_error), then by
    /// [`peer_addr`](Self::peer_addr), when the socket is writable.
    ///
    /// # Errors
    /// What is known at once. That it goes on in the background is none.
    fn connect(&self, address: &Address) -> io::Result<()>;

    /// The local address.
    ///
    /// # Errors
    /// There is nothing to ask any more.
    fn local_addr(&self) -> io::Result<Address>;

    /// The address of the other end.
    ///
    /// # Errors
    /// `NotConnected`, also while it is still connecting.
    fn peer_addr(&self) -> io::Result<Address>;

    /// Takes the error that the socket holds, such as that of a connect, if any.
    ///
    /// # Errors
    /// It can't be asked.
    fn take_error(&self) -> io::Result<Option<io::Error>>;

    /// Ends one direction or both (N6).
    ///
    /// # Errors
    /// `NotConnected`, which is as good as success.
    fn shutdown(&self, how: Shutdown) -> io::Result<()>;

    /// Joins a multicast group on an interface, or leaves it. Nobody does on a socket that does not say
    /// how.
    ///
    /// # Errors
    /// `Unsupported`, unless it is written anew.
    fn change_membership(&self, change: Membership) -> io::Result<()> {
        let _ = change;
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Whether an attempt would not return `WouldBlock`: there is something to receive or to accept, or
    /// room, or the end, or an error.
    fn is_ready(&self, interest: Interest) -> bool;

    /// Wakes `waker` once when the socket [is ready](Self::is_ready), at once if it is already.
    ///
    /// One waker for each interest is enough: it takes the place of the one before. It serves any number
    /// of tasks, which is no concern of the socket. May be woken from anywhere but from inside an
    /// operation of this socket that holds a lock.
    fn wake_when_ready(&self, interest: Interest, waker: &Waker);

    /// A descriptor that is lent to code which wants one, to set options for instance. What is received or
    /// sent there does not concern this socket.
    ///
    /// One that is made when first asked for will do, of a socket of the same kind that is never bound.
    #[cfg(any(unix, target_os = "wasi"))]
    fn stand_in(&self) -> BorrowedFd<'_>;

    /// A socket that is lent to code which wants one, to set options for instance. What is received or
    /// sent there does not concern this socket.
    ///
    /// One that is made when first asked for will do, of a socket of the same kind that is never bound.
    #[cfg(windows)]
    fn stand_in(&self) -> BorrowedSocket<'_>;
}

/// A change of what a socket receives from multicast groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Membership {
    /// The group.
    pub group: IpAddr,
    /// Where it is joined.
    pub interface: MulticastInterface,
    /// Whether it is joined; otherwise it is left.
    pub joins: bool,
}

/// How an interface of the machine is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MulticastInterface {
    /// By its address.
    Address(std::net::Ipv4Addr),
    /// By its index.
    Index(u32),
}
