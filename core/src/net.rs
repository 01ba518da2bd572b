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
mod look_up;
mod socket;

mod split;
mod stream;

mod tcp;
mod tcp_options;
mod tcp_socket;

mod udp;
mod units;

#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_datagram;

pub use address::{ToSocketAddrs, lookup_host};
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use stream::Stream;
pub use tcp::{Incoming, TcpListener, TcpStream};
pub use tcp_socket::TcpSocket;
pub use udp::UdpSocket;

#[cfg(unix)]
pub use unix::{UnixListener, UnixStream};
#[cfg(unix)]
pub use unix_datagram::UnixDatagram;
