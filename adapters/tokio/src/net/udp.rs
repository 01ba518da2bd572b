//! A UDP socket.

mod options;
mod receive;
mod send;

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use anyrt::net::UdpSocket as Inner;
use sync_wrapper::SyncFuture;

use super::datagram_methods::datagram_methods;
use super::debug::impl_debug;
use super::lookup_host::first_to_succeed;
use super::readiness::{Readiness, impl_watched};
use super::{ToSocketAddrs, blocking_mode};
use crate::context;
use crate::io::gone;

/// A UDP socket, bound to an address and perhaps connected to one.
///
/// All methods take a reference: an `Arc` of it may be used by any number of tasks.
pub struct UdpSocket {
    inner: Inner,
    readiness: Readiness,
}

impl UdpSocket {
    /// Binds a socket to the first address of `addr` that can be had. Port 0 lets the system choose one.
    ///
    /// # Errors
    /// The error of the last address that was tried; the name can't be resolved; there is no address.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<UdpSocket> {
        let runtime = context::with_io();
        let bound = first_to_succeed!(addr, |address| {
            SyncFuture::new(Inner::bind_on(&runtime, address)).await
        });
        bound.map(Self::from_inner).map_err(gone::as_tokio_says)
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
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<UdpSocket> {
        blocking_mode::refuse(&socket)?;
        let runtime = context::with_io();
        Inner::from_std_on(&runtime, socket).map(Self::from_inner).map_err(gone::as_tokio_says)
    }

    /// The socket of the standard library, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        self.inner.into_std()
    }

    /// Connects to the first address of `addr` that can be had: [`send`](Self::send) sends there, and what
    /// comes from elsewhere is not received.
    ///
    /// # Errors
    /// The error of the last address that was tried; the name can't be resolved; there is no address.
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        first_to_succeed!(addr, |address| { SyncFuture::new(self.inner.connect(address)).await })
    }

    /// The address it is bound to.
    ///
    /// # Errors
    /// What the system says.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    /// The address it is connected to.
    ///
    /// # Errors
    /// `NotConnected`, and what else the system says.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.inner.peer_addr()
    }

    /// Takes the error that the system holds for this socket.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.inner.take_error()
    }
}

datagram_methods!(UdpSocket, std::net::UdpSocket);
impl_watched!([] Inner, poll_recv_ready, poll_send_ready);
impl_debug!([] UdpSocket);
