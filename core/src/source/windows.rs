//! On Windows a source is anything that owns a socket.

use std::fmt::Debug;
use std::os::windows::io::{AsSocket, OwnedSocket};
use std::{io, net};

use socket2::SockRef;

use super::sealed::StaysOpen;
use crate::Interest;

/// Something whose readiness a reactor can watch.
///
/// Implemented for the sockets of the standard library, and for `Arc` and `Box` of them. Any other
/// becomes one of them as an [`OwnedSocket`]. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be watched: it is none of the types that are known to keep their socket open",
    label = "not a type that a reactor can watch",
    note = "an `OwnedSocket` can be watched: turn the value into one, with `OwnedSocket::from(..)` for most types"
)]
pub trait Source: StaysOpen + AsSocket + Debug + Send + Sync + Unpin + 'static {
    /// Makes operations on the source return [`WouldBlock`](io::ErrorKind::WouldBlock) instead of
    /// blocking the thread, or undoes that.
    ///
    /// # Errors
    /// What the system says.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()>
    where
        Self: Sized,
    {
        SockRef::from(self).set_nonblocking(nonblocking)
    }
}

// The error is to name `OwnedSocket`, and not the trait that nobody else can implement.
#[diagnostic::do_not_recommend]
impl<T: StaysOpen + AsSocket + Debug + Send + Sync + Unpin + 'static> Source for T {}

impl StaysOpen for net::TcpListener {}
impl StaysOpen for net::TcpStream {}
impl StaysOpen for net::UdpSocket {}
impl StaysOpen for OwnedSocket {}

#[cfg(feature = "dyn")]
impl AsSocket for super::AnySource {
    fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
        self.0.as_socket()
    }
}

/// There are sockets only, and no standard stream is one.
pub(crate) fn refuse_shared<T: Source>(_source: &T) -> io::Result<()> {
    Ok(())
}

/// Whether an operation in the direction of `interest` would not block right now.
pub(crate) fn is_ready<T: Source>(_source: &T, _interest: Interest) -> io::Result<bool> {
    // A zero-timeout poll has no safe wrapper here, so readiness is believed as it was reported.
    Ok(true)
}
