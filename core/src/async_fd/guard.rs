//! What a wait for readiness gives: the right moment for an operation.

use std::error::Error;
use std::{fmt, io};

use super::AsyncFd;
use crate::{Interest, Reactor, Source};

/// Says that an operation on an [`AsyncFd`] may have something to return now; made by
/// [`readable`](AsyncFd::readable) and its kin.
///
/// It may be dropped like any other value. Under tokio the guard of this name keeps readiness, which whoever has
/// used it up must clear. Here each wait asks the system anew: one that follows waits until there is something, and
/// returns at once while there is, whatever was done with the guard (R3).
///
/// ```
/// use std::{fs::File, io::{self, Read}};
/// use anyrt_core::{AsyncFd, Reactor};
///
/// async fn read<R: Reactor>(pipe: &AsyncFd<File, R>, buffer: &mut [u8]) -> io::Result<usize> {
///     loop {
///         let mut guard = pipe.readable().await?;
///         match guard.try_io(|pipe| pipe.get_ref().read(buffer)) {
///             Ok(result) => return result,
///             // Another task was faster.
///             Err(_would_block) => {}
///         }
///     }
/// }
/// ```
#[derive(Debug)]
pub struct AsyncFdReadyGuard<'a, T: Source, R: Reactor> {
    fd: &'a AsyncFd<T, R>,
    interest: Interest,
}

impl<'a, T: Source, R: Reactor> AsyncFdReadyGuard<'a, T, R> {
    pub(super) fn new(fd: &'a AsyncFd<T, R>, interest: Interest) -> Self {
        Self { fd, interest }
    }

    /// Tries `operation` once. The outer error says that it would block: wait again.
    ///
    /// A wait that follows returns at once if the operation has left something, unlike [`AsyncFd::io`],
    /// which waits for more then.
    ///
    /// # Errors
    /// [`TryIoError`] if the operation returns [`WouldBlock`](io::ErrorKind::WouldBlock). Its other errors are those of
    /// the inner result.
    pub fn try_io<O>(
        &mut self,
        operation: impl FnOnce(&'a AsyncFd<T, R>) -> io::Result<O>,
    ) -> Result<io::Result<O>, TryIoError> {
        match operation(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(TryIoError(())),
            result => Ok(result),
        }
    }

    /// Says that an operation would have blocked, for code that is written for tokio, where it is needed.
    ///
    /// There is nothing to clear: to say so too early makes no wait hang, and not to say so makes none spin.
    pub fn clear_ready(&mut self) {}

    /// Says that the source may still be ready, for code that is written for tokio; the opposite of
    /// [`clear_ready`](Self::clear_ready), and as little needed.
    pub fn retain_ready(&mut self) {}

    /// The direction that is ready.
    pub fn interest(&self) -> Interest {
        self.interest
    }

    /// Whose readiness it is.
    pub fn get_ref(&self) -> &'a AsyncFd<T, R> {
        self.fd
    }

    /// What is being watched.
    pub fn get_inner(&self) -> &'a T {
        self.fd.get_ref()
    }
}

/// An operation would block; of [`AsyncFdReadyGuard::try_io`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TryIoError(());

impl fmt::Display for TryIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operation would block: wait until the source is ready again")
    }
}

impl Error for TryIoError {}

impl From<TryIoError> for io::Error {
    fn from(error: TryIoError) -> Self {
        io::Error::new(io::ErrorKind::WouldBlock, error)
    }
}
