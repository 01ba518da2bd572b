//! A Unix socket before it connects or listens.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::path::Path;

use anyrt::Handle;
use rustix::io::Errno;
use socket2::{Domain, SockAddr, SockRef, Type};

use crate::context;
use crate::counted::counted;
use crate::io::gone;
use crate::net::{UnixDatagram, UnixListener, UnixStream};

/// A Unix socket before it connects or listens.
pub struct UnixSocket {
    inner: Inner,
}

enum Inner {
    /// Made by the runtime that it was made in.
    Runtime(anyrt::net::UnixSocket),
    /// Made outside of a runtime, or taken over.
    System(socket2::Socket),
}

impl UnixSocket {
    /// A socket for datagrams. Outside of a runtime, too.
    ///
    /// # Errors
    /// The system refuses one.
    pub fn new_datagram() -> io::Result<UnixSocket> {
        Self::new(Type::DGRAM, anyrt::net::UnixSocket::new_datagram_on)
    }

    /// A socket for a stream. Outside of a runtime, too.
    ///
    /// # Errors
    /// The system refuses one.
    pub fn new_stream() -> io::Result<UnixSocket> {
        Self::new(Type::STREAM, anyrt::net::UnixSocket::new_stream_on)
    }

    fn new(
        kind: Type,
        new_on: fn(&Handle) -> io::Result<anyrt::net::UnixSocket>,
    ) -> io::Result<UnixSocket> {
        let inner = match Handle::try_current() {
            Some(runtime) => Inner::Runtime(new_on(&runtime).map_err(gone::as_tokio_says)?),
            None => {
                let socket = socket2::Socket::new(Domain::UNIX, kind, None)?;
                socket.set_nonblocking(true)?;
                Inner::System(socket)
            }
        };
        Ok(UnixSocket { inner })
    }

    pub(crate) fn from_owned(socket: OwnedFd) -> Self {
        Self { inner: Inner::System(socket.into()) }
    }

    /// Refuses sockets of another kind than `wanted`.
    fn has_to_be(&self, wanted: Type, else_what: &str) -> io::Result<()> {
        // A virtual socket has no kind that the system knows, and says later what it can't do.
        match SockRef::from(self).r#type() {
            Ok(kind) if kind != wanted => Err(io::Error::other(else_what)),
            _ => Ok(()),
        }
    }

    /// Binds it to `path`, where it makes a file.
    ///
    /// # Errors
    /// What the system says, for instance that there is such a file.
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        match &self.inner {
            Inner::Runtime(socket) => socket.bind(path),
            Inner::System(socket) => socket.bind(&SockAddr::unix(path)?),
        }
    }

    /// Listens; up to `backlog` connections wait to be accepted.
    ///
    /// # Errors
    /// It is a socket for datagrams; what the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.has_to_be(Type::STREAM, "listen cannot be called on a datagram socket")?;
        let runtime = context::with_io();
        match self.inner {
            Inner::Runtime(socket) => {
                socket.listen(backlog).map(UnixListener::from_inner).map_err(gone::as_tokio_says)
            }
            Inner::System(socket) => {
                socket.listen(i32::try_from(backlog).unwrap_or(i32::MAX))?;
                let listener = OwnedFd::from(socket).into();
                anyrt::net::UnixListener::from_std_on(&runtime, listener)
                    .map(UnixListener::from_inner)
                    .map_err(gone::as_tokio_says)
            }
        }
    }

    /// Connects to the socket at `path`.
    ///
    /// # Errors
    /// It is a socket for datagrams; what the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        self.has_to_be(Type::STREAM, "connect cannot be called on a datagram socket")?;
        let runtime = context::with_io();
        match self.inner {
            Inner::Runtime(socket) => {
                let connected = counted(socket.connect(path.as_ref())).await;
                UnixStream::look_again(connected.map_err(gone::as_tokio_says)?).await
            }
            Inner::System(socket) => {
                match socket.connect(&SockAddr::unix(path)?) {
                    Err(error) if !is_in_progress(&error) => return Err(error),
                    _ => {}
                }
                let stream = OwnedFd::from(socket).into();
                let stream = anyrt::net::UnixStream::from_std_on(&runtime, stream)
                    .map_err(gone::as_tokio_says)?;
                counted(stream.writable()).await?;
                UnixStream::look_again(stream).await
            }
        }
    }

    /// Makes it a socket for datagrams.
    ///
    /// # Errors
    /// It is one for a stream; what the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.has_to_be(Type::DGRAM, "datagram cannot be called on a stream socket")?;
        let runtime = context::with_io();
        match self.inner {
            Inner::Runtime(socket) => {
                socket.datagram().map(UnixDatagram::from_inner).map_err(gone::as_tokio_says)
            }
            Inner::System(socket) => {
                let socket = OwnedFd::from(socket).into();
                anyrt::net::UnixDatagram::from_std_on(&runtime, socket)
                    .map(UnixDatagram::from_inner)
                    .map_err(gone::as_tokio_says)
            }
        }
    }
}

fn is_in_progress(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::INPROGRESS.raw_os_error())
}

impl fmt::Debug for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnixSocket").field("inner", &*SockRef::from(self)).finish()
    }
}

impl AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for UnixSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.inner {
            Inner::Runtime(socket) => socket.as_fd(),
            Inner::System(socket) => socket.as_fd(),
        }
    }
}

impl IntoRawFd for UnixSocket {
    /// # Panics
    /// If it was made in a runtime, and the process has no descriptor left for a copy.
    fn into_raw_fd(self) -> RawFd {
        match self.inner {
            Inner::Runtime(socket) => {
                let copy = socket.as_fd().try_clone_to_owned();
                copy.expect("no descriptor is left for a copy of the socket").into_raw_fd()
            }
            Inner::System(socket) => socket.into_raw_fd(),
        }
    }
}
