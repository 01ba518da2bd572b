//! Sockets, written once on top of [`Reactor`](crate::Reactor).
//!
//! A backend gets all of this by watching descriptors for readiness, so that connecting, accepting,
//! socket options, half-close and error kinds are the same on each.
//!
//! The types name the runtime they belong to: `TcpStream<R>`. The crate `anyrt` has them without
//! the parameter, for the runtime that was chosen. A constructor without a runtime argument uses
//! the one that the calling thread is inside; its twin with the suffix `_on` takes a handle.
//!
//! For socket options that are not here: every socket lends its descriptor (`AsFd`, on Windows
//! `AsSocket`), which is what `socket2::SockRef` and `rustix` work on.

mod address;
mod kind;
mod look_up;
mod network;

mod endpoint;
mod socket;
#[cfg_attr(
    not(feature = "virtual"),
    allow(dead_code, unreachable_pub, reason = "nobody makes one then")
)]
mod virtual_socket;
#[cfg(feature = "virtual")]
mod virtual_watch;
#[cfg(not(feature = "virtual"))]
mod without_virtual;

mod attempts;
mod split;
mod stream;

mod tcp;
mod tcp_options;
mod tcp_socket;

mod datagram;
mod udp;
mod units;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_address;
#[cfg(unix)]
mod unix_datagram;

pub use address::{ToSocketAddrs, lookup_host};
pub use endpoint::Socket;
pub use kind::{Address, SocketKind};
pub use network::{Net, Network, Resolve};
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use stream::Stream;
pub use tcp::{Incoming, TcpListener, TcpStream};
pub use tcp_socket::TcpSocket;
pub use udp::UdpSocket;
#[cfg(feature = "virtual")]
#[cfg_attr(docsrs, doc(cfg(feature = "virtual")))]
pub use virtual_socket::{Membership, MulticastInterface, VirtualSocket};

#[cfg(unix)]
pub use unix::{UnixListener, UnixStream};
#[cfg(unix)]
pub use unix_datagram::UnixDatagram;
