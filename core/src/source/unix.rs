//! On Unix a source is anything that owns a file descriptor.

use std::fmt::Debug;
use std::io;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::Interest;

/// Something whose readiness a reactor can watch.
///
/// Implemented for every owner of a file descriptor. [`AsFd::as_fd`] must return the same open
/// descriptor as long as the value lives: a reactor keeps watching it by its number.
pub trait Source: AsFd + Debug + Send + Sync + Unpin + 'static {
    /// Makes operations on the source return [`WouldBlock`](io::ErrorKind::WouldBlock) instead of
    /// blocking the thread, or undoes that.
    ///
    /// # Errors
    /// What the system says.
    fn set_nonblocking(&self, nonblocking: bool) -> io::Result<()> {
        rustix::io::ioctl_fionbio(self, nonblocking).map_err(Into::into)
    }
}

impl<T: AsFd + Debug + Send + Sync + Unpin + 'static> Source for T {}

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
