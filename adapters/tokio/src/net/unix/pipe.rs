//! Pipes, named ones among them.

mod open_options;
mod receiver;
mod sender;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::task::{Context, Poll};
use std::{fmt, io};

use anyrt::reactor::{Attempt, Interest as Direction, Registration};
use anyrt::{Reactor, Registration as _};
use rustix::fs::{FileType, OFlags};
use sync_wrapper::SyncFuture;

pub use self::open_options::OpenOptions;
pub use self::receiver::Receiver;
pub use self::sender::Sender;

use crate::io::{Ready, gone};
use crate::net::readiness;

/// The two ends of a new pipe.
///
/// # Errors
/// The system refuses one.
///
/// # Panics
/// Outside of a runtime.
#[track_caller]
pub fn pipe() -> io::Result<(Sender, Receiver)> {
    let (reader, writer) = non_blocking()?;
    Ok((Sender::from_owned_fd_unchecked(writer)?, Receiver::from_owned_fd_unchecked(reader)?))
}

#[cfg(not(target_vendor = "apple"))]
fn non_blocking() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    use rustix::pipe::{PipeFlags, pipe_with};

    pipe_with(PipeFlags::CLOEXEC | PipeFlags::NONBLOCK)
}

/// There no one call does all of it.
#[cfg(target_vendor = "apple")]
fn non_blocking() -> rustix::io::Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = rustix::pipe::pipe()?;
    for end in [&reader, &writer] {
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)?;
        rustix::io::ioctl_fionbio(end, true)?;
    }
    Ok((reader, writer))
}

/// One end, as the runtime watches it.
struct Watched(Registration<OwnedFd>);

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source().fmt(f)
    }
}

impl Watched {
    #[track_caller]
    fn new(fd: OwnedFd) -> io::Result<Self> {
        let registered = crate::context::with_io().register_nonblocking(fd);
        registered.map(Self).map_err(gone::as_tokio_says)
    }
}

impl AsFd for Watched {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.source().as_fd()
    }
}

impl readiness::Watched for Watched {
    fn is_virtual(&self) -> bool {
        false
    }

    async fn wait(
        &self,
        direction: Direction,
        mut check: impl FnMut() -> io::Result<Ready> + Send + Sync,
    ) -> io::Result<Ready> {
        SyncFuture::new(self.0.io(direction, move |_| check().map(Attempt::Done)))
            .await
            .map_err(gone::as_tokio_says)
    }

    fn poll_wait(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        mut check: impl FnMut() -> io::Result<Ready>,
    ) -> Poll<io::Result<Ready>> {
        self.0
            .poll_io(cx, direction, move |_| check().map(Attempt::Done))
            .map_err(gone::as_tokio_says)
    }
}

/// Puts the end of a pipe into non-blocking mode, if one may use it so.
fn prepare(fd: BorrowedFd<'_>, mode: OFlags, wrong_mode: &str) -> io::Result<()> {
    let invalid = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    if !is_pipe(fd)? {
        return invalid(NOT_A_PIPE);
    }
    let flags = rustix::fs::fcntl_getfl(fd)?;
    let access = flags & OFlags::RWMODE;
    if access != mode && access != OFlags::RDWR {
        return invalid(wrong_mode);
    }
    if !flags.contains(OFlags::NONBLOCK) {
        rustix::fs::fcntl_setfl(fd, flags | OFlags::NONBLOCK)?;
    }
    Ok(())
}

const NOT_A_PIPE: &str = "not a pipe";

fn is_pipe(fd: BorrowedFd<'_>) -> io::Result<bool> {
    Ok(FileType::from_raw_mode(rustix::fs::fstat(fd)?.st_mode) == FileType::Fifo)
}

fn set_blocking(fd: &OwnedFd) -> io::Result<()> {
    let flags = rustix::fs::fcntl_getfl(fd)?;
    Ok(rustix::fs::fcntl_setfl(fd, flags - OFlags::NONBLOCK)?)
}
