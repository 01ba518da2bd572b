//! Any descriptor, made asynchronous.

mod error;
mod guard;
mod mut_guard;
mod register;

use std::fmt;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::task::{Context, Poll, ready};

#[allow(deprecated)]
pub use self::error::AsyncFdTryNewError;
pub use self::error::{AsyncFdRegisterError, TryIoError};
pub use self::guard::AsyncFdReadyGuard;
pub use self::mut_guard::AsyncFdReadyMutGuard;

use super::edges::{Edges, Event, Waiter};
use crate::counted::{before_try, keep, poll_counted};
use crate::io::Interest;

/// Whatever has a descriptor, with the readiness of that.
///
/// Readiness is kept until it is cleared: an operation that would block has to be told to a guard
/// ([`AsyncFdReadyGuard::try_io`] does so), or the next wait returns at once. Once it is cleared, waits return
/// when the system tells of more, and of nothing that was left.
///
/// The descriptor is to be in non-blocking mode, and only this may use it. Dropping this drops what is in it.
pub struct AsyncFd<T: AsRawFd> {
    // Goes before the descriptor that it watches.
    edges: Edges,
    inner: T,
}

impl<T: AsRawFd> AsyncFd<T> {
    /// What is watched.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// What is watched. Its descriptor is to stay the same.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Ends the watch.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// Waits until it is ready for some of what `interest` asks for. Any number of tasks may do this. Cancel
    /// safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let event = self.edges.ready(interest).await?;
        Ok(AsyncFdReadyGuard::new(self, event))
    }

    /// Like [`ready`](Self::ready), with a guard that lends it mutably. Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn ready_mut(
        &mut self,
        interest: Interest,
    ) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let event = self.edges.ready(interest).await?;
        Ok(AsyncFdReadyMutGuard::new(self, event))
    }

    /// Waits until there is something to read; see [`ready`](Self::ready). Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Waits until there is something to read; see [`ready_mut`](Self::ready_mut). Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// Waits until there is room to write; see [`ready`](Self::ready). Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// Waits until there is room to write; see [`ready_mut`](Self::ready_mut). Cancel safe.
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Like [`readable`](Self::readable): the last task that polled this, or its mutable twin, is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_read_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let event = ready!(self.poll_ready(cx, Waiter::Reader, Interest::READABLE))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// Like [`readable_mut`](Self::readable_mut): the last task that polled this, or its shared twin, is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_read_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let event = ready!(self.poll_ready(cx, Waiter::Reader, Interest::READABLE))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    /// Like [`writable`](Self::writable): the last task that polled this, or its mutable twin, is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_write_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let event = ready!(self.poll_ready(cx, Waiter::Writer, Interest::WRITABLE))?;
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, event)))
    }

    /// Like [`writable_mut`](Self::writable_mut): the last task that polled this, or its shared twin, is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_write_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let event = ready!(self.poll_ready(cx, Waiter::Writer, Interest::WRITABLE))?;
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, event)))
    }

    fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        waiter: Waiter,
        interest: Interest,
    ) -> Poll<io::Result<Event>> {
        let poll = |cx: &mut Context<'_>| self.edges.poll_ready(cx, waiter, interest);
        poll_counted(cx, |cx| anyrt::task::poll_proceed(cx, poll))
    }

    /// Tries an operation each time when it is ready for that, until the operation returns something other
    /// than `WouldBlock`, which clears readiness. Any number of tasks may do this. Cancel safe if an operation
    /// that would block has no effect.
    ///
    /// # Errors
    /// Those of the operation; the runtime is gone.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut f: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let event = self.edges.ready(interest).await?;
            let unit = before_try().await;
            if let Some(result) = self.edges.settle(event, f(&self.inner)) {
                keep(unit);
                return result;
            }
        }
    }

    /// Like [`async_io`](Self::async_io), with an operation that changes what is watched.
    ///
    /// # Errors
    /// As there.
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut f: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let event = self.edges.ready(interest).await?;
            let unit = before_try().await;
            if let Some(result) = self.edges.settle(event, f(&mut self.inner)) {
                keep(unit);
                return result;
            }
        }
    }

    /// Tries an operation, if it is ready for that. `WouldBlock` clears readiness.
    ///
    /// # Errors
    /// Those of the operation; `WouldBlock` if it is not ready.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        f: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let event = self.edges.now(interest)?;
        if event.ready.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let result = self.edges.settle(event, f(&self.inner));
        result.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }

    /// Like [`try_io`](Self::try_io), with an operation that changes what is watched.
    ///
    /// # Errors
    /// As there.
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        f: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let event = self.edges.now(interest)?;
        if event.ready.is_empty() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let result = self.edges.settle(event, f(&mut self.inner));
        result.unwrap_or_else(|| Err(io::ErrorKind::WouldBlock.into()))
    }
}

impl Edges {
    /// The result of an operation, unless it would have blocked.
    fn settle<R>(&self, event: Event, result: io::Result<R>) -> Option<io::Result<R>> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.forget(event, event.ready);
                None
            }
            result => Some(result),
        }
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl<T: fmt::Debug + AsRawFd> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd").field("inner", &self.inner).finish()
    }
}
