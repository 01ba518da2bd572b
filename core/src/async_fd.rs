//! Any file descriptor, made asynchronous.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll};

use crate::source::Source;
use crate::{Attempt, Current, Interest, Reactor, Registration};

/// A file descriptor whose readiness can be awaited: a pipe, a device, an eventfd, a socket of a
/// kind that [`net`](crate::net) does not know.
///
/// Regular files are always ready as far as the system is concerned, and are refused. A type of
/// another crate is turned into one that is a [`Source`] through its `OwnedFd`.
///
/// ```
/// use std::{fs::File, io::{self, Read}};
/// use anyrt_core::{AsyncFd, Interest, Reactor};
///
/// async fn first_byte<R: Reactor>(runtime: &R, pipe: File) -> io::Result<u8> {
///     let pipe = AsyncFd::new_on(runtime, pipe)?;
///     let mut byte = [0];
///     pipe.io(Interest::Readable, |mut pipe| pipe.read_exact(&mut byte)).await?;
///     Ok(byte[0])
/// }
/// ```
#[derive(Debug)]
pub struct AsyncFd<T: Source, R: Reactor> {
    registration: R::Registration<T>,
}

impl<T: Source, R: Reactor> AsyncFd<T, R> {
    /// Puts `source` into non-blocking mode and watches it with the runtime that this thread is
    /// inside.
    ///
    /// # Errors
    /// The system can't watch it (regular files), or there is no runtime.
    pub fn new(source: T) -> io::Result<Self>
    where
        R: Current,
    {
        Self::new_on(&R::here()?, source)
    }

    /// Puts `source` into non-blocking mode and watches it with `runtime`.
    ///
    /// # Errors
    /// The system can't watch it (regular files), or the runtime is gone.
    pub fn new_on(runtime: &R, source: T) -> io::Result<Self> {
        Ok(Self { registration: runtime.register(source)? })
    }

    /// What is being watched.
    ///
    /// Operations on it are non-blocking. Prefer [`io`](Self::io): it waits when they would block.
    pub fn get_ref(&self) -> &T {
        self.registration.source()
    }

    /// Stops the watch and gives the source back; it stays in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_inner(self) -> io::Result<T> {
        self.registration.into_source()
    }

    /// Waits until reading would not block, and says so again while data remains. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<()> {
        self.registration.ready(Interest::Readable).await
    }

    /// Waits until writing would not block, and says so again while there is room. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.registration.ready(Interest::Writable).await
    }

    /// Tries `operation` each time the descriptor may be ready, until it returns something other
    /// than [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// Any number of tasks may do this. Cancel safe if the operation has no effect when it would
    /// block.
    ///
    /// # Errors
    /// Those of `operation`; the runtime is gone.
    pub async fn io<O: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<O> + Send,
    ) -> io::Result<O> {
        self.registration.io(interest, |source| operation(source).map(Attempt::Done)).await
    }

    /// Like [`io`](Self::io), for one task in each direction: the last one that polled is woken.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    pub fn poll_io<O>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<O>,
    ) -> Poll<io::Result<O>> {
        self.registration.poll_io(cx, interest, |source| operation(source).map(Attempt::Done))
    }
}

impl<T: Source, R: Reactor> AsFd for AsyncFd<T, R> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: Source, R: Reactor> AsRawFd for AsyncFd<T, R> {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
