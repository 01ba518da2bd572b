//! Unix stream sockets: listening, accepting, connecting.

use std::fmt;
use std::io;
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::task::{Context, Poll, ready};

use socket2::{Domain, SockAddr, Socket, Type};

use super::socket::{self, Short};
use super::stream::{Stream, impl_as_fd};
use crate::{Current, Interest, Reactor, Registration};

/// A connection between processes of one machine. Its methods are those of [`Stream`].
pub type UnixStream<R> = Stream<std::os::unix::net::UnixStream, R>;

impl<R: Reactor> UnixStream<R> {
    /// Connects to the socket at `path`, with the runtime that this thread is inside.
    ///
    /// # Errors
    /// `NotFound`, `ConnectionRefused`; `WouldBlock` if too many connections wait to be accepted
    /// there; `InvalidInput` if the path is too long; there is no runtime.
    pub async fn connect(path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Current,
    {
        let address = SockAddr::unix(path)?;
        Self::connect_to(&R::here()?.clone(), &address).await
    }

    /// Connects with `runtime`; see [`connect`](Self::connect).
    ///
    /// # Errors
    /// As there.
    pub async fn connect_on(runtime: &R, path: impl AsRef<Path>) -> io::Result<Self> {
        let address = SockAddr::unix(path)?;
        Self::connect_to(runtime, &address).await
    }

    async fn connect_to(runtime: &R, address: &SockAddr) -> io::Result<Self> {
        let socket = socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket::start_connect(&socket, address)?;
        let registration = runtime.register_nonblocking(socket.into())?;
        socket::finish_connect(&registration).await?;
        Ok(Self::new(registration, Short::Unknown))
    }

    /// Two streams that are connected to each other, with the runtime that this thread is inside.
    ///
    /// # Errors
    /// What the system says; there is no runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)>
    where
        R: Current,
    {
        Self::pair_on(&R::here()?)
    }

    /// Two streams that are connected to each other, with `runtime`.
    ///
    /// # Errors
    /// What the system says; the runtime is gone.
    pub fn pair_on(runtime: &R) -> io::Result<(Self, Self)> {
        let (one, other) = std::os::unix::net::UnixStream::pair()?;
        Ok((Self::from_std_on(runtime, one)?, Self::from_std_on(runtime, other)?))
    }

    /// The address of this end.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.source().local_addr()
    }

    /// The address of the other end.
    ///
    /// # Errors
    /// What the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.source().peer_addr()
    }
}

/// A socket that accepts connections from processes of the same machine.
///
/// The path stays in the file system when the listener is dropped.
pub struct UnixListener<R: Reactor> {
    registration: R::Registration<std::os::unix::net::UnixListener>,
    // Accepted connections belong to the runtime of their listener.
    runtime: R,
}

impl<R: Reactor> UnixListener<R> {
    /// Listens at `path`, which must not exist, with the runtime that this thread is inside.
    ///
    /// # Errors
    /// `AddrInUse` if the path exists; `InvalidInput` if it is too long; what else the system says;
    /// there is no runtime.
    #[track_caller]
    pub fn bind(path: impl AsRef<Path>) -> io::Result<Self>
    where
        R: Current,
    {
        Self::bind_on(&R::here()?, path)
    }

    /// Listens with `runtime`; see [`bind`](Self::bind).
    ///
    /// # Errors
    /// As there.
    pub fn bind_on(runtime: &R, path: impl AsRef<Path>) -> io::Result<Self> {
        let socket = socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&SockAddr::unix(path)?)?;
        socket.listen(socket::BACKLOG)?;
        Ok(Self {
            registration: runtime.register_nonblocking(socket.into())?,
            runtime: runtime.clone(),
        })
    }

    /// Takes over a listener of the standard library, and puts it into non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it; there is no runtime.
    #[track_caller]
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<Self>
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
    pub fn from_std_on(
        runtime: &R,
        listener: std::os::unix::net::UnixListener,
    ) -> io::Result<Self> {
        Ok(Self { registration: runtime.register(listener)?, runtime: runtime.clone() })
    }

    /// The listener of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixListener> {
        self.registration.into_source()
    }

    /// Waits for a connection and accepts it.
    ///
    /// Any number of tasks may do this. Cancel safe: no connection is lost.
    ///
    /// # Errors
    /// Those of single connections and of the process, such as too many open descriptors. They are
    /// reported at once each time: a loop should pause before it repeats the call.
    pub async fn accept(&self) -> io::Result<(UnixStream<R>, SocketAddr)> {
        let accepted = self.registration.io(Interest::Readable, socket::accept_on).await?;
        self.connection(accepted)
    }

    /// Like [`accept`](Self::accept), for one task at a time.
    ///
    /// # Errors
    /// As there.
    pub fn poll_accept(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(UnixStream<R>, SocketAddr)>> {
        let accepted =
            ready!(self.registration.poll_io(cx, Interest::Readable, socket::accept_on))?;
        Poll::Ready(self.connection(accepted))
    }

    fn connection(
        &self,
        (socket, address): (Socket, SockAddr),
    ) -> io::Result<(UnixStream<R>, SocketAddr)> {
        let address = local_address(&address)?;
        let registration = self.runtime.register_nonblocking(socket.into())?;
        Ok((UnixStream::new(registration, Short::Unknown), address))
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.registration.source().local_addr()
    }
}

impl<R: Reactor> fmt::Debug for UnixListener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("UnixListener").field(&self.registration).finish()
    }
}

impl_as_fd!([R: Reactor] UnixListener<R>);

fn local_address(address: &SockAddr) -> io::Result<SocketAddr> {
    address.as_unix().map_or_else(|| address_without_path(address), Ok)
}

cfg_if::cfg_if! {
    if #[cfg(any(target_os = "linux", target_os = "android"))] {
        #[cfg(target_os = "android")]
        use std::os::android::net::SocketAddrExt as _;
        #[cfg(target_os = "linux")]
        use std::os::linux::net::SocketAddrExt as _;

        fn address_without_path(address: &SockAddr) -> io::Result<SocketAddr> {
            match address.as_abstract_namespace() {
                Some(name) => SocketAddr::from_abstract_name(name),
                None => SocketAddr::from_pathname(""),
            }
        }
    } else {
        fn address_without_path(_address: &SockAddr) -> io::Result<SocketAddr> {
            SocketAddr::from_pathname("")
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn peers_keep_whatever_name_they_have() {
        let path = local_address(&SockAddr::unix("/a/path").unwrap()).unwrap();
        assert_eq!(path.as_pathname(), Some(Path::new("/a/path")));
        let name = local_address(&SockAddr::unix("\0a name").unwrap()).unwrap();
        assert_eq!(name.as_abstract_name(), Some(&b"a name"[..]));
        assert!(local_address(&SockAddr::unix("").unwrap()).unwrap().is_unnamed());
    }
}
