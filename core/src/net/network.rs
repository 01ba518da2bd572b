//! Where sockets come from, and the addresses of names: from the system, unless a backend has others.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;

use super::endpoint::Socket;
use super::kind::SocketKind;
use super::look_up::{look_up, look_up_elsewhere};
use crate::{Reactor, SpawnBlocking};

/// Makes the sockets of a backend.
///
/// By default they are the system's, and the implementation is empty: `impl Net for Handle {}`. A
/// simulator, or a TCP stack within the process, makes virtual ones (feature `virtual`).
///
/// Everything of [`net`](crate::net) that makes a socket asks this trait for it. What takes over a socket
/// of the standard library (`from_std`) does not: that one is the system's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` makes no sockets: it is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait Net: Reactor + Resolve {
    /// Makes a socket that is not bound, connected or listening yet.
    ///
    /// # Errors
    /// There is none to be had, for instance because too many descriptors are open.
    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        Socket::system(kind)
    }

    /// Makes two sockets that are connected to each other, of a kind that Unix sockets have.
    ///
    /// # Errors
    /// As [`open`](Self::open); `InvalidInput` for another kind.
    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        Socket::system_pair(kind)
    }
}

/// Turns names into addresses.
///
/// By default that is the system's doing, on threads that all backends of the process share, and the
/// implementation is empty: `impl Resolve for Handle {}`. A backend with threads for blocking closures has
/// them take their part: `resolve` calls [`look_up`](super::look_up) then.
#[diagnostic::on_unimplemented(
    message = "`{Self}` resolves no names: it is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait Resolve: Clone + Debug + Send + Sync + Unpin + 'static {
    /// The addresses of a name, with `port`, in the order in which they are to be tried (N3). Not asked
    /// for addresses that are written in figures.
    ///
    /// To drop the future gives up. What it returns may be empty, which whoever asks takes for an error.
    ///
    /// # Errors
    /// Whatever keeps the name from being resolved.
    fn resolve(
        &self,
        host: String,
        port: u16,
    ) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send {
        look_up_elsewhere(host, port)
    }
}

/// A network that any runtime can be given in the place of its own: `Handle::with_network`, with the
/// feature `dyn`.
///
/// Whatever it does not write itself comes from the system.
///
/// ```
/// use std::io;
/// use std::net::SocketAddr;
/// use anyrt_core::{SpawnBlocking, net::Network};
///
/// /// Knows one name.
/// #[derive(Debug)]
/// struct Table;
///
/// impl Network for Table {
///     async fn resolve<R: SpawnBlocking>(
///         &self,
///         _runtime: &R,
///         host: String,
///         port: u16,
///     ) -> io::Result<Vec<SocketAddr>> {
///         match host.as_str() {
///             "db" => Ok(vec![([127, 0, 0, 1], port).into()]),
///             _ => Err(io::ErrorKind::NotFound.into()),
///         }
///     }
/// }
/// ```
pub trait Network: Debug + Send + Sync + 'static {
    /// See [`Net::open`].
    ///
    /// # Errors
    /// As there.
    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        Socket::system(kind)
    }

    /// See [`Net::open_pair`].
    ///
    /// # Errors
    /// As there.
    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        Socket::system_pair(kind)
    }

    /// See [`Resolve::resolve`]; `runtime` is there for closures that block.
    ///
    /// # Errors
    /// As there.
    fn resolve<R: SpawnBlocking>(
        &self,
        runtime: &R,
        host: String,
        port: u16,
    ) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send {
        look_up(runtime, host, port)
    }
}
