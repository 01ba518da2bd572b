//! Readiness, and what lends it mutably.

use std::fmt;
use std::io;
use std::os::fd::AsRawFd;

use super::{AsyncFd, TryIoError};
use crate::io::Ready;
use crate::io::unix::edges::Event;

/// Says that a descriptor is ready, and lends it mutably.
///
/// Dropping it clears nothing: the next wait returns at once.
#[must_use = "somebody has to say whether the descriptor is still ready"]
pub struct AsyncFdReadyMutGuard<'a, T: AsRawFd> {
    async_fd: &'a mut AsyncFd<T>,
    event: Option<Event>,
}

impl<'a, Inner: AsRawFd> AsyncFdReadyMutGuard<'a, Inner> {
    pub(super) fn new(async_fd: &'a mut AsyncFd<Inner>, event: Event) -> Self {
        Self { async_fd, event: Some(event) }
    }

    /// Says that an operation would have blocked: waits return when the system tells of more.
    pub fn clear_ready(&mut self) {
        if let Some(event) = self.event.take() {
            self.async_fd.edges.forget(event, event.ready);
        }
    }

    /// Like [`clear_ready`](Self::clear_ready), for some of what is ready.
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        if let Some(mut event) = self.event.take() {
            self.async_fd.edges.forget(event, ready);
            event.ready = event.ready - ready;
            if !event.ready.is_empty() {
                self.event = Some(event);
            }
        }
    }

    /// Says that the descriptor may still be ready, and does nothing.
    pub fn retain_ready(&mut self) {}

    /// What is ready, but for what was cleared.
    pub fn ready(&self) -> Ready {
        self.event.map_or(Ready::EMPTY, |event| event.ready)
    }

    /// Tries an operation. If it would block, that clears readiness.
    ///
    /// # Errors
    /// [`TryIoError`] if the operation returns `WouldBlock`; its other errors are those of the inner result.
    pub fn try_io<R>(
        &mut self,
        f: impl FnOnce(&mut AsyncFd<Inner>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match f(self.async_fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError(()))
            }
            result => Ok(result),
        }
    }

    /// Whose readiness it is.
    pub fn get_ref(&self) -> &AsyncFd<Inner> {
        self.async_fd
    }

    /// Whose readiness it is.
    pub fn get_mut(&mut self) -> &mut AsyncFd<Inner> {
        self.async_fd
    }

    /// What is watched.
    pub fn get_inner(&self) -> &Inner {
        self.async_fd.get_ref()
    }

    /// What is watched. Its descriptor is to stay the same.
    pub fn get_inner_mut(&mut self) -> &mut Inner {
        self.async_fd.get_mut()
    }
}

impl<T: fmt::Debug + AsRawFd> fmt::Debug for AsyncFdReadyMutGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MutReadyGuard").field("async_fd", &self.async_fd).finish()
    }
}
