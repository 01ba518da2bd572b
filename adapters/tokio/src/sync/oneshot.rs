//! A channel for one value.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use real::sync::oneshot::{Sender, error};

use error::{RecvError, TryRecvError};

use super::check_blocking;

/// Makes a channel for one value.
#[track_caller]
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, inner) = real::sync::oneshot::channel();
    (sender, Receiver { inner })
}

/// Awaits the value.
pub struct Receiver<T> {
    inner: real::sync::oneshot::Receiver<T>,
}

impl<T> Receiver<T> {
    /// Refuses a value that is not sent yet.
    pub fn close(&mut self) {
        self.inner.close();
    }

    /// Whether the value was taken, or will not come any more and it was said so.
    pub fn is_terminated(&self) -> bool {
        self.inner.is_terminated()
    }

    /// Whether there is no value at the moment.
    ///
    /// # Panics
    ///
    /// If it was polled to its end.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// The value, if it is there.
    ///
    /// # Errors
    ///
    /// If it is not there, or the sender was dropped without one.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.inner.try_recv()
    }

    /// Blocks the thread until the value is there.
    ///
    /// # Errors
    ///
    /// If the sender was dropped without one.
    ///
    /// # Panics
    ///
    /// If this thread polls a future of a runtime.
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        check_blocking();
        self.inner.blocking_recv()
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl<T: std::fmt::Debug> std::fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.inner.fmt(f)
    }
}
