//! On Unix a source is whatever owns a file descriptor.

use std::fmt::Debug;
use std::io::IsTerminal;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix;
use std::os::unix::fs::MetadataExt;
use std::{fs, io, net, process};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use socket2::SockRef;

use super::sealed::StaysOpen;
use crate::Interest;

/// Something whose readiness a reactor can watch.
///
/// Implemented for the types of the standard library that own a file descriptor, and for `Arc` and
/// `Box` of them. Any other descriptor becomes one of them as an [`OwnedFd`]. The trait is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be watched: it is none of the types that are known to keep their descriptor open",
    label = "not a type that a reactor can watch",
    note = "an `OwnedFd` can be watched: turn the value into one, with `OwnedFd::from(..)` for most types"
)]
pub trait Source: StaysOpen + AsFd + Debug + Send + Sync + Unpin + 'static {
    /// Makes operations on the source return [`WouldBlock`](io::ErrorKind::WouldBlock) instead of
    /// blocking the thread, or undoes that.
    ///
    /// The mode belongs to what was opened, and so to all its descriptors: those that `try_clone` makes,
    /// and those that other processes inherited.
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

/// Refuses a standard stream of which it is known that others read or write it as well: a terminal, which
/// belongs to the shell and to all that runs in it, or what another standard stream is, too. In
/// non-blocking mode their operations would fail, and go on to fail after the watch has ended. Where
/// that mode is set already, they have to put up with it anyway: as with the socket that inetd hands
/// over as standard input and output.
pub(crate) fn refuse_shared<T: Source>(source: &T) -> io::Result<()> {
    let source = source.as_fd();
    // The standard streams have the first three numbers.
    if source.as_raw_fd() > 2
        || is_nonblocking(source)
        || !source.is_terminal() && !is_another_standard_stream(source)
    {
        return Ok(());
    }
    let message = "a standard stream that others read or write too can't be watched, because they would \
                   have to put up with non-blocking mode: open it anew (`/dev/tty`, `/dev/stdin`), or \
                   use `spawn_blocking`";
    Err(io::Error::new(io::ErrorKind::Unsupported, message))
}

/// Asks what any descriptor can be asked, though only sockets do so here. One that can't tell fails
/// where the mode is set.
fn is_nonblocking(source: BorrowedFd<'_>) -> bool {
    SockRef::from(&source).nonblocking().unwrap_or(false)
}

fn is_another_standard_stream(source: BorrowedFd<'_>) -> bool {
    let (stdin, stdout, stderr) = (io::stdin(), io::stdout(), io::stderr());
    let streams = [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()];
    let mut others = streams.iter().filter(|other| other.as_raw_fd() != source.as_raw_fd());
    what_it_is(source).is_some_and(|this| others.any(|other| what_it_is(*other) == Some(this)))
}

/// The device and the number of a file; `None` for a descriptor that is not open.
fn what_it_is(source: BorrowedFd<'_>) -> Option<(u64, u64)> {
    let metadata = fs::File::from(source.try_clone_to_owned().ok()?).metadata().ok()?;
    Some((metadata.dev(), metadata.ino()))
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
