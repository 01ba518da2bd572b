//! TCP, UDP and Unix sockets, and name resolution.
//!
//! These are the types of [`anyrt_core::net`] on the runtime that was chosen; their methods stand
//! there. The same on every backend: they are written once, on top of readiness.
//!
//! Constructors without a handle return an error where the default runtime can't be started or its
//! backend is wrong, and panic where no backend is compiled in.

use std::io;
use std::net::SocketAddr;

use anyrt_core::Current;

pub use anyrt_core::net::{Address, Net, Network, Resolve, Socket, SocketKind, ToSocketAddrs};
#[cfg(feature = "virtual")]
#[cfg_attr(docsrs, doc(cfg(feature = "virtual")))]
pub use anyrt_core::net::{Membership, MulticastInterface, VirtualSocket};

#[cfg(unix)]
pub use anyrt_core::net::UCred;

use crate::Handle;

/// The addresses that `target` stands for, in the order in which the system prefers them.
///
/// At most four names at once are resolved on the runtime's threads for blocking closures, and further ones on
/// threads for that alone.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// for address in anyrt::net::lookup_host("127.0.0.1:80").await? {
///     println!("{address}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// Cancel safe: dropping the future gives up.
///
/// # Errors
/// See [`anyrt_core::net::lookup_host`].
///
/// # Panics
/// No backend is compiled in.
pub async fn lookup_host(target: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    let runtime = Handle::here()?.clone();
    anyrt_core::net::lookup_host(&runtime, target).await
}

/// A connected byte stream: what [`TcpStream`] and `UnixStream` have in common, for code that takes
/// both.
pub type Stream<S> = anyrt_core::net::Stream<S, Handle>;

/// A TCP connection.
pub type TcpStream = anyrt_core::net::TcpStream<Handle>;

/// A socket that accepts TCP connections.
pub type TcpListener = anyrt_core::net::TcpListener<Handle>;

/// A TCP socket before it connects or listens, so that options can be set first.
pub type TcpSocket = anyrt_core::net::TcpSocket<Handle>;

/// The connections of a [`TcpListener`], or a `UnixListener`, as a stream.
pub type Incoming<'a, L = TcpListener> = anyrt_core::net::Incoming<'a, L>;

/// A UDP socket.
pub type UdpSocket = anyrt_core::net::UdpSocket<Handle>;

/// A connection between processes of one machine.
#[cfg(unix)]
pub type UnixStream = anyrt_core::net::UnixStream<Handle>;

/// A socket that accepts connections from processes of the same machine.
#[cfg(unix)]
pub type UnixListener = anyrt_core::net::UnixListener<Handle>;

/// A socket for datagrams between processes of one machine.
#[cfg(unix)]
pub type UnixDatagram = anyrt_core::net::UnixDatagram<Handle>;

/// A Unix socket before it connects or listens.
#[cfg(unix)]
pub type UnixSocket = anyrt_core::net::UnixSocket<Handle>;

/// The reading direction of a stream, borrowed.
pub type ReadHalf<'a, S = std::net::TcpStream> = anyrt_core::net::ReadHalf<'a, S, Handle>;

/// The writing direction of a stream, borrowed.
pub type WriteHalf<'a, S = std::net::TcpStream> = anyrt_core::net::WriteHalf<'a, S, Handle>;

/// The reading direction of a stream, owned.
pub type OwnedReadHalf<S = std::net::TcpStream> = anyrt_core::net::OwnedReadHalf<S, Handle>;

/// The writing direction of a stream, owned.
pub type OwnedWriteHalf<S = std::net::TcpStream> = anyrt_core::net::OwnedWriteHalf<S, Handle>;

/// The halves given to [`OwnedReadHalf`]'s `reunite`, which are of two streams.
pub type ReuniteError<S = std::net::TcpStream> = anyrt_core::net::ReuniteError<S, Handle>;
