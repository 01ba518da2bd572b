//! The end of a pipe that reads.

use std::fs::File;
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt::Registration;
use anyrt::reactor::{Attempt, Interest as Direction};
use real::io::{AsyncRead, ReadBuf};
use rustix::fs::OFlags;

use super::{Watched, is_pipe, prepare, set_blocking};
use crate::io::{Interest, Ready};
use crate::net::readiness::{self, Readiness};
use crate::net::uninit;

/// The end of a pipe that reads.
#[derive(Debug)]
pub struct Receiver {
    inner: Watched,
    readiness: Readiness,
}

impl Receiver {
    /// Takes over a pipe that is open for reading, and puts it into non-blocking mode.
    ///
    /// # Errors
    /// It is no pipe, or not open for reading; what the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_file(file: File) -> io::Result<Receiver> {
        Receiver::from_owned_fd(file.into())
    }

    /// See [`from_file`](Self::from_file).
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_owned_fd(owned_fd: OwnedFd) -> io::Result<Receiver> {
        prepare(owned_fd.as_fd(), OFlags::RDONLY, "not in O_RDONLY or O_RDWR access mode")?;
        Receiver::from_owned_fd_unchecked(owned_fd)
    }

    /// Takes over a file of any kind, which is open for reading and in non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_file_unchecked(file: File) -> io::Result<Receiver> {
        Receiver::from_owned_fd_unchecked(file.into())
    }

    /// See [`from_file_unchecked`](Self::from_file_unchecked).
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_owned_fd_unchecked(owned_fd: OwnedFd) -> io::Result<Receiver> {
        Ok(Receiver { inner: Watched::new(owned_fd)?, readiness: Readiness::default() })
    }

    /// Waits until it is ready for some of what `interest` asks for. Cancel safe.
    ///
    /// It may say so too early: the operation that follows may return `WouldBlock`.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        self.readiness.ready(&self.inner, interest).await
    }

    /// Waits until there is something to read, as [`ready`](Self::ready) does. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<()> {
        self.readiness.readable(&self.inner).await
    }

    /// Like [`readable`](Self::readable): the last task that polled this, or reading, is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.readiness.poll_ready(&self.inner, cx, Interest::READABLE)
    }

    /// Reads what is there, without waiting. 0 is the end: nobody writes any more, or the buffer is empty.
    ///
    /// # Errors
    /// `WouldBlock` if there is nothing; what else the system says.
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let room = buf.len();
        let mut read = || rustix::io::retry_on_intr(|| rustix::io::read(self.as_fd(), &mut *buf));
        let read = read_unless_nobody_came(self.as_fd(), room, || Ok(read()?));
        self.readiness.settle(Interest::READABLE, read)
    }

    /// Like [`try_read`](Self::try_read), into several buffers one after the other.
    ///
    /// # Errors
    /// As there.
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        // Systems refuse more instead of taking some.
        let number = bufs.len().min(1024);
        let bufs = &mut bufs[..number];
        let room = bufs.iter().map(|buf| buf.len()).sum();
        let mut read = || rustix::io::retry_on_intr(|| rustix::io::readv(self.as_fd(), bufs));
        let read = read_unless_nobody_came(self.as_fd(), room, || Ok(read()?));
        self.readiness.settle(Interest::READABLE, read)
    }

    /// Like [`try_read`](Self::try_read), into the spare room of `buf`.
    ///
    /// # Errors
    /// As there.
    #[cfg(feature = "io-util")]
    pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> io::Result<usize> {
        let room = buf.remaining_mut();
        let read = read_unless_nobody_came(self.as_fd(), room, || uninit::read(self, buf));
        self.readiness.settle(Interest::READABLE, read)
    }

    /// Tries an operation on the pipe, if there is something to read.
    ///
    /// # Errors
    /// Those of the operation; `WouldBlock` if there is nothing.
    pub fn try_io<R>(&self, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.readiness.try_io(&self.inner, Interest::READABLE, f)
    }

    /// The descriptor, in blocking mode.
    ///
    /// # Errors
    /// What the system says.
    pub fn into_blocking_fd(self) -> io::Result<OwnedFd> {
        let fd = self.into_nonblocking_fd()?;
        set_blocking(&fd)?;
        Ok(fd)
    }

    /// The descriptor, in non-blocking mode.
    ///
    /// # Errors
    /// What the system says.
    pub fn into_nonblocking_fd(self) -> io::Result<OwnedFd> {
        self.inner.0.into_source()
    }
}

/// Reads, but would block at the end of a named pipe that was never opened for writing: Linux tells of no hang-up then, so that
/// tokio waits for who writes.
fn read_unless_nobody_came(
    fd: BorrowedFd<'_>,
    room: usize,
    mut read: impl FnMut() -> io::Result<usize>,
) -> io::Result<usize> {
    let count = read()?;
    // What is no pipe may end without a hang-up.
    if count > 0 || room == 0 || !is_pipe(fd)? {
        return Ok(count);
    }
    if !readiness::is_hung_up(fd)? {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    // Somebody may have come, written and gone since.
    read()
}

impl AsyncRead for Receiver {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let attempt = |fd: &OwnedFd| {
            let room = buf.remaining();
            let read = read_unless_nobody_came(fd.as_fd(), room, || uninit::read(fd, buf));
            read.map(|_| Attempt::Done(()))
        };
        let read = |cx: &mut Context<'_>| self.inner.0.poll_io(cx, Direction::Readable, attempt);
        self.readiness.poll(cx, Interest::READABLE, read)
    }
}

impl AsRawFd for Receiver {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}
