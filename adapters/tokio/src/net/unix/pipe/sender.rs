//! The end of a pipe that writes.

use std::fs::File;
use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt::Registration;
use anyrt::reactor::{Attempt, Interest as Direction};
use real::io::AsyncWrite;
use rustix::fs::OFlags;

use super::{Watched, prepare, set_blocking};
use crate::io::{Interest, Ready};
use crate::net::readiness::Readiness;

/// The end of a pipe that writes.
#[derive(Debug)]
pub struct Sender {
    inner: Watched,
    readiness: Readiness,
}

impl Sender {
    /// Takes over a pipe that is open for writing, and puts it into non-blocking mode.
    ///
    /// # Errors
    /// It is no pipe, or not open for writing; what the system says.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_file(file: File) -> io::Result<Sender> {
        Sender::from_owned_fd(file.into())
    }

    /// See [`from_file`](Self::from_file).
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_owned_fd(owned_fd: OwnedFd) -> io::Result<Sender> {
        prepare(owned_fd.as_fd(), OFlags::WRONLY, "not in O_WRONLY or O_RDWR access mode")?;
        Sender::from_owned_fd_unchecked(owned_fd)
    }

    /// Takes over a file of any kind, which is open for writing and in non-blocking mode.
    ///
    /// # Errors
    /// The system can't watch it.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_file_unchecked(file: File) -> io::Result<Sender> {
        Sender::from_owned_fd_unchecked(file.into())
    }

    /// See [`from_file_unchecked`](Self::from_file_unchecked).
    ///
    /// # Errors
    /// As there.
    ///
    /// # Panics
    /// Outside of a runtime.
    #[track_caller]
    pub fn from_owned_fd_unchecked(owned_fd: OwnedFd) -> io::Result<Sender> {
        Ok(Sender { inner: Watched::new(owned_fd)?, readiness: Readiness::default() })
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

    /// Waits until there is room to write, as [`ready`](Self::ready) does. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.readiness.writable(&self.inner).await
    }

    /// Like [`writable`](Self::writable): the last task that polled this, or writing, is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.readiness.poll_ready(&self.inner, cx, Interest::WRITABLE)
    }

    /// Writes as much as there is room for, without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; `BrokenPipe` if nobody reads any more.
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::WRITABLE, rustix_write(self.as_fd(), buf))
    }

    /// Like [`try_write`](Self::try_write), from several slices one after the other.
    ///
    /// # Errors
    /// As there.
    pub fn try_write_vectored(&self, buf: &[IoSlice<'_>]) -> io::Result<usize> {
        self.readiness.settle(Interest::WRITABLE, rustix_writev(self.as_fd(), buf))
    }

    /// Tries an operation on the pipe, if there is room to write.
    ///
    /// # Errors
    /// Those of the operation; `WouldBlock` if there is no room.
    pub fn try_io<R>(&self, f: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
        self.readiness.try_io(&self.inner, Interest::WRITABLE, f)
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

    fn poll_io(
        &self,
        cx: &mut Context<'_>,
        write: impl FnMut(&OwnedFd) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let mut write = write;
        let attempt = |fd: &OwnedFd| write(fd).map(Attempt::Done);
        let write = |cx: &mut Context<'_>| self.inner.0.poll_io(cx, Direction::Writable, attempt);
        self.readiness.poll(cx, Interest::WRITABLE, write)
    }
}

fn rustix_write(fd: BorrowedFd<'_>, buf: &[u8]) -> io::Result<usize> {
    Ok(rustix::io::retry_on_intr(|| rustix::io::write(fd, buf))?)
}

fn rustix_writev(fd: BorrowedFd<'_>, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    // Systems refuse more instead of taking some.
    let slices = &slices[..slices.len().min(1024)];
    Ok(rustix::io::retry_on_intr(|| rustix::io::writev(fd, slices))?)
}

impl AsyncWrite for Sender {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |fd| rustix_write(fd.as_fd(), buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_io(cx, |fd| rustix_writev(fd.as_fd(), bufs))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl AsRawFd for Sender {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

impl AsFd for Sender {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}
