//! On WASI a source is anything that owns a descriptor: of what the standard library has there, the sockets
//! can be watched.

use std::fmt::Debug;
use std::os::fd::{AsFd, OwnedFd};
use std::{io, net};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::sealed::StaysOpen;
use crate::Interest;

/// Something whose readiness a reactor can watch.
///
/// Implemented for the sockets of the standard library, and for `Arc` and `Box` of them. Any other
/// descriptor becomes one of them as an [`OwnedFd`]. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be watched: it is none of the types that are known to keep their descriptor open",
    label = "not a type that a reactor can watch",
    note = "an `OwnedFd` can be watched: turn the value into one, with `OwnedFd::from(..)` for most types"
)]
pub trait Source: StaysOpen + AsFd + Debug + Send + Sync + Unpin + 'static {
    /// Makes operations on the source return [`WouldBlock`](io::ErrorKind::WouldBlock) instead of
    /// blocking the thread, or undoes that.
    ///
    /// # Errors
    /// What the system says.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        rustix::io::ioctl_fionbio(self, nonblocking).map_err(Into::into)
    }
}

// The error is to name `OwnedFd`, and not the trait that nobody else can implement.
#[diagnostic::do_not_recommend]
impl<T: StaysOpen + AsFd + Debug + Send + Sync + Unpin + 'static> Source for T {}

impl StaysOpen for net::TcpListener {}
impl StaysOpen for net::TcpStream {}
impl StaysOpen for net::UdpSocket {}
impl StaysOpen for OwnedFd {}

#[cfg(feature = "dyn")]
impl AsFd for super::AnySource {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Nobody else has what a component was given.
pub(crate) fn refuse_shared<T: Source>(_source: &T) -> io::Result<()> {
    Ok(())
}

/// Whether an operation in the direction of `interest` would not block right now.
pub(crate) fn is_ready<T: Source>(source: &T, interest: Interest) -> io::Result<bool> {
    let wanted = match interest {
        Interest::Readable => PollFlags::IN,
        Interest::Writable => PollFlags::OUT,
    };
    let mut watched = [PollFd::new(source, wanted)];
    loop {
        match poll(&mut watched, Some(&Timespec::default())) {
            Err(Errno::INTR) => {}
            result => return Ok(result? > 0),
        }
    }
}
