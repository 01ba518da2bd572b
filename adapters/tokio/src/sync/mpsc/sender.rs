//! Senders of channels with a limit.

use std::fmt;
use std::future::Future;

use real::sync::mpsc::{self as inner, Permit, PermitIterator};

use super::OwnedPermit;
use super::error::{SendError, TrySendError};
use crate::sync::check_blocking;

/// Sends to a channel with a limit.
pub struct Sender<T> {
    pub(super) inner: inner::Sender<T>,
}

impl<T> Sender<T> {
    /// Sends a message, once there is room. Cancelled, it has not sent it, and the message is lost.
    ///
    /// # Errors
    ///
    /// If the receiver is gone or has closed the channel. The message comes back.
    #[inline]
    pub fn send(&self, value: T) -> impl Future<Output = Result<(), SendError<T>>> {
        self.inner.send(value)
    }

    /// Waits until the receiver is gone or has closed the channel. Cancel safe.
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.inner.closed()
    }

    /// Sends a message, if there is room.
    ///
    /// # Errors
    ///
    /// If there is none, or the receiver is gone or has closed the channel. The message comes back.
    #[inline]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.inner.try_send(message)
    }

    /// Sends a message, and blocks the thread until there is room.
    ///
    /// # Errors
    ///
    /// If the receiver is gone or has closed the channel. The message comes back.
    ///
    /// # Panics
    ///
    /// If this thread polls a future of a runtime.
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        check_blocking();
        self.inner.blocking_send(value)
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }

    /// Reserves room for a message. Cancelled, it loses its place in the queue.
    ///
    /// # Errors
    ///
    /// If the receiver is gone or has closed the channel.
    #[inline]
    pub fn reserve(&self) -> impl Future<Output = Result<Permit<'_, T>, SendError<()>>> {
        self.inner.reserve()
    }

    /// Reserves room for `n` messages. Cancelled, it loses its place in the queue.
    ///
    /// # Errors
    ///
    /// If the receiver is gone or has closed the channel, or never has so much room.
    pub fn reserve_many(
        &self,
        n: usize,
    ) -> impl Future<Output = Result<PermitIterator<'_, T>, SendError<()>>> {
        self.inner.reserve_many(n)
    }

    /// Reserves room for a message, for a permit that may go elsewhere. Cancelled, the sender is dropped.
    ///
    /// # Errors
    ///
    /// If the receiver is gone or has closed the channel.
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        self.inner.reserve_owned().await.map(|inner| OwnedPermit { inner })
    }

    /// Reserves room for a message, if there is any.
    ///
    /// # Errors
    ///
    /// If there is none, or the receiver is gone or has closed the channel.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.inner.try_reserve()
    }

    /// Reserves room for `n` messages, if there is so much.
    ///
    /// # Errors
    ///
    /// If there is not, or the receiver is gone or has closed the channel.
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        self.inner.try_reserve_many(n)
    }

    /// Reserves room for a message, if there is any, for a permit that may go elsewhere.
    ///
    /// # Errors
    ///
    /// If there is none, or the receiver is gone or has closed the channel. The sender comes back.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.inner.try_reserve_owned() {
            Ok(inner) => Ok(OwnedPermit { inner }),
            Err(TrySendError::Full(inner)) => Err(TrySendError::Full(Self { inner })),
            Err(TrySendError::Closed(inner)) => Err(TrySendError::Closed(Self { inner })),
        }
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// How many more messages there is room for.
    pub fn capacity(&self) -> usize {
        self.inner.capacity()
    }

    /// One that does not keep the channel open.
    #[must_use = "it makes another sender, and leaves this one as it is"]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { inner: self.inner.downgrade() }
    }

    /// How many messages there is room for when it is empty.
    pub fn max_capacity(&self) -> usize {
        self.inner.max_capacity()
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// How many senders there are that do not keep the channel open.
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// A sender that does not keep the channel open; by [`Sender::downgrade`].
pub struct WeakSender<T> {
    inner: inner::WeakSender<T>,
}

impl<T> WeakSender<T> {
    /// A sender, unless none is left.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.inner.upgrade().map(|inner| Sender { inner })
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.inner.strong_count()
    }

    /// How many senders there are that do not keep the channel open.
    pub fn weak_count(&self) -> usize {
        self.inner.weak_count()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
