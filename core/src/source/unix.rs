//! On Unix a source is whatever owns a file descriptor.

use std::fmt::Debug;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix;
use std::{fs, io, net, process};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use super::sealed::StaysOpen;
use crate::Interest;

/// Something whose readiness a reactor can watch.
///
/// Implemented for the types of the standard library that own a file descriptor, and for `Arc` and
/// `Box` of them. Any other descriptor becomes one of them as an [`OwnedFd`]. The trait is sealed.
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

impl<T: StaysOpen + AsFd + Debug + Send + Sync + Unpin + 'static> Source for T {}

macro_rules! stays_open {
    ($($source:ty),+ $(,)?) => {
        $(impl StaysOpen for $source {})+
    };
}

stays_open!(
    net::TcpListener,
    net::TcpStream,
    net::UdpSocket,
    unix::net::UnixDatagram,
    unix::net::UnixListener,
    unix::net::UnixStream,
    OwnedFd,
    fs::File,
    io::Stderr,
    io::Stdin,
    io::Stdout,
    process::ChildStderr,
    process::ChildStdin,
    process::ChildStdout,
);

#[cfg(feature = "dyn")]
impl AsFd for super::AnySource {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Whether an operation in the direction of `interest` would not block right now.
pub(crate) fn is_ready<T: Source>(source: &T, interest: Interest) -> io::Result<bool> {
    // Hang-ups and errors are reported whether asked for or not, and end a wait as well.
    let flags = match interest {
        Interest::Readable => PollFlags::IN,
        Interest::Writable => PollFlags::OUT,
    };
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        let mut fds = [PollFd::new(source, flags)];
        match poll(&mut fds, Some(&now)) {
            Ok(ready) => return Ok(ready > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
