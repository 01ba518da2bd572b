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
//!
#![doc = include_str!("net/compared.md")]

mod address;
mod kind;
mod look_up;
mod network;

mod endpoint;
mod eyeballs;
mod socket;
#[allow(dead_code, unreachable_pub, reason = "nobody makes one without the feature `virtual`")]
mod virtual_socket;

cfg_if::cfg_if! {
    if #[cfg(feature = "virtual")] {
        mod virtual_watch;
        use virtual_watch as virtuals;
    } else {
        mod without_virtual;
        use without_virtual as virtuals;
    }
}

mod attempts;
#[cfg(feature = "bytes")]
mod read_buf;
mod split;
mod stream;
#[cfg(feature = "tokio-io")]
mod tokio_io;
mod watched;

mod incoming;
mod tcp;
mod tcp_options;
mod tcp_socket;
mod tcp_socket_options;

mod datagram;
#[cfg(feature = "bytes")]
mod datagram_buf;
mod udp;
mod udp_options;
mod udp_polls;

mod ip_options;
mod own_operation;
mod units;

#[cfg(unix)]
mod peer_cred;
#[cfg(unix)]
mod unix;
#[cfg(unix)]
mod unix_datagram;
#[cfg(unix)]
mod unix_socket;

cfg_if::cfg_if! {
    if #[cfg(unix)] {
        mod unix_address;
    } else {
        mod without_unix;
        use without_unix as unix_address;
    }
}

pub use address::{ToSocketAddrs, lookup_host};
pub use endpoint::Socket;
pub use incoming::Incoming;
pub use kind::{Address, SocketKind};
pub use look_up::look_up;
pub use network::{Net, Network, Resolve};
pub use split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use stream::Stream;
pub use tcp::{TcpListener, TcpStream};
pub use tcp_socket::TcpSocket;
pub use udp::UdpSocket;
#[cfg(feature = "virtual")]
#[cfg_attr(docsrs, doc(cfg(feature = "virtual")))]
pub use virtual_socket::{Membership, MulticastInterface, VirtualSocket};

#[cfg(unix)]
pub use anyrt_socket::UCred;
#[cfg(unix)]
pub use unix::{UnixListener, UnixStream};
#[cfg(unix)]
pub use unix_datagram::UnixDatagram;
#[cfg(unix)]
pub use unix_socket::UnixSocket;
