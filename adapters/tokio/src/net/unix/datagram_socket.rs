//! A socket for datagrams between processes of one machine.

mod receive;
mod send;

use std::io;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::Path;

use anyrt::net::UnixDatagram as Inner;

use self::send::Pause;
use super::SocketAddr;
use crate::context;
use crate::io::gone;
use crate::net::blocking_mode;
use crate::net::datagram_methods::datagram_methods;
use crate::net::debug::impl_debug;
use crate::net::readiness::{Readiness, impl_watched};

/// A socket for datagrams between processes of one machine.
///
/// All methods take a reference: an `Arc` of it may be used by any number of tasks.
pub struct UnixDatagram {
    inner: Inner,
    readiness: Readiness,
    pause: Pause,
}

impl UnixDatagram {
    /// Binds a socket to `path`, where it makes a file.
    ///
    /// # Errors
    /// What the system says, for instance that there is such a file.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn bind<P>(path: P) -> io::Result<UnixDatagram>
    where
        P: AsRef<Path>,
    {
        Inner::bind_on(&context::with_io(), path).map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// Two sockets that are connected to each other.
    ///
    /// # Errors
    /// The system refuses them.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(UnixDatagram, UnixDatagram)> {
        let (one, other) = Inner::pair_on(&context::with_io()).map_err(gone::as_tokio_says)?;
        Ok((Self::from_inner(one), Self::from_inner(other)))
    }

    /// A socket without an address.
    ///
    /// # Errors
    /// The system refuses one.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn unbound() -> io::Result<UnixDatagram> {
        Inner::unbound_on(&context::with_io()).map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// Takes over a socket of the standard library, which is in non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it.
    ///
    /// # Panics
    /// Outside of a runtime. In debug builds also if the socket is in blocking mode, unless
    /// `--cfg tokio_allow_from_blocking_fd` is set.
    #[track_caller]
    pub fn from_std(datagram: std::os::unix::net::UnixDatagram) -> io::Result<UnixDatagram> {
        blocking_mode::refuse(&datagram)?;
        let runtime = context::with_io();
        Inner::from_std_on(&runtime, datagram).map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// The socket of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixDatagram> {
        self.inner.into_std()
    }

    /// Connects to the socket at `path`: [`send`](Self::send) sends there, and what comes from elsewhere is
    /// not received.
    ///
    /// # Errors
    /// What the system says.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.inner.connect(path)
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr().map(SocketAddr)
    }

    /// The address it is connected to.
    ///
    /// # Errors
    /// `NotConnected`, and what else the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr().map(SocketAddr)
    }

    /// Takes the error that the system holds for this socket.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.inner.take_error()
    }

    /// Ends receiving, sending or both.
    ///
    /// # Errors
    /// What the system says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.inner.shutdown(how)
    }
}

datagram_methods!(UnixDatagram, std::os::unix::net::UnixDatagram, pause);
impl_watched!([] Inner, poll_recv_ready, poll_send_ready);
impl_debug!([] UnixDatagram);
