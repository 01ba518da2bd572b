//! A socket that accepts connections from processes of the same machine.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::path::Path;
use std::task::{Context, Poll, ready};

use anyrt::net::UnixListener as Inner;

use super::SocketAddr;
use super::stream::UnixStream;
use crate::context;
use crate::counted::{counted, poll_counted};
use crate::io::gone;
use crate::net::debug::impl_debug;
use crate::net::{accepted, blocking_mode};

/// A socket that accepts connections from processes of the same machine.
pub struct UnixListener {
    inner: Inner,
}

impl UnixListener {
    /// Listens at `path`, where it makes a file. One that begins with a zero is a name in the abstract
    /// namespace, on Linux.
    ///
    /// # Errors
    /// What the system says, for instance that there is such a file.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn bind<P>(path: P) -> io::Result<UnixListener>
    where
        P: AsRef<Path>,
    {
        Inner::bind_on(&context::with_io(), path).map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// Listens at an address.
    ///
    /// # Errors
    /// What the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<UnixListener> {
        Inner::bind_addr_on(&context::with_io(), &socket_addr.0)
            .map(Self::from_inner)
            .map_err(gone::as_tokio_says)
    }

    /// Takes over a listener of the standard library, which is in non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it.
    ///
    /// # Panics
    /// Outside of a runtime. In debug builds also if the listener is in blocking mode, unless
    /// `--cfg tokio_allow_from_blocking_fd` is set.
    #[track_caller]
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<UnixListener> {
        blocking_mode::refuse(&listener)?;
        let runtime = context::with_io();
        Inner::from_std_on(&runtime, listener).map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// The listener of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixListener> {
        self.inner.into_std()
    }

    /// The address it listens at.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr().map(SocketAddr)
    }

    /// Takes the error that the system holds for this socket.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.inner.take_error()
    }

    /// Accepts a connection, when there is one. Any number of tasks may do this. Cancel safe.
    ///
    /// # Errors
    /// Those of single connections, and of the process, such as too many open descriptors.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let (stream, address) = counted(self.inner.accept()).await.map_err(gone::as_tokio_says)?;
        Ok((self.connection(stream)?, SocketAddr(address)))
    }

    /// Like [`accept`](Self::accept): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let accepted = ready!(poll_counted(cx, |cx| self.inner.poll_accept(cx)));
        let (stream, address) = accepted.map_err(gone::as_tokio_says)?;
        Poll::Ready(Ok((self.connection(stream)?, SocketAddr(address))))
    }
}

impl UnixListener {
    pub(crate) fn from_inner(inner: Inner) -> Self {
        Self { inner }
    }

    fn connection(&self, stream: anyrt::net::UnixStream) -> io::Result<UnixStream> {
        accepted::bring_here(stream, self.inner.runtime()).map(UnixStream::from_inner)
    }
}

impl TryFrom<std::os::unix::net::UnixListener> for UnixListener {
    type Error = io::Error;

    /// See [`from_std`](Self::from_std).
    #[track_caller]
    fn try_from(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        Self::from_std(listener)
    }
}

impl_debug!([] UnixListener);

impl AsRawFd for UnixListener {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for UnixListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}
