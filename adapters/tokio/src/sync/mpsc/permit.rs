//! Room in a channel that was reserved by a sender.

use std::fmt;

use real::sync::mpsc as inner;

use super::Sender;

/// Room for one message, with the sender; by [`Sender::reserve_owned`].
pub struct OwnedPermit<T> {
    pub(super) inner: inner::OwnedPermit<T>,
}

impl<T> OwnedPermit<T> {
    /// Sends the message.
    pub fn send(self, value: T) -> Sender<T> {
        Sender { inner: self.inner.send(value) }
    }

    /// Gives the room back.
    pub fn release(self) -> Sender<T> {
        Sender { inner: self.inner.release() }
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// Whether it is of the sender's channel.
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.inner.same_channel_as_sender(&sender.inner)
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
