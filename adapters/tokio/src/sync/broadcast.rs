//! A channel whose receivers all get each message.

use std::fmt;
use std::future::Future;

use real::sync::broadcast as inner;

pub use inner::error;

use super::check_blocking;
use error::{RecvError, SendError, TryRecvError};

/// Makes a channel that holds the last messages, at least `capacity` of them.
///
/// # Panics
///
/// If that is none, or too many.
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = inner::channel(capacity);
    (Sender { inner: sender }, Receiver { inner: receiver })
}

/// Sends to all receivers.
pub struct Sender<T> {
    inner: inner::Sender<T>,
}

impl<T> Sender<T> {
    /// Makes one without receivers.
    ///
    /// # Panics
    ///
    /// As [`channel`].
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        Self { inner: inner::Sender::new(capacity) }
    }

    /// Sends a message, and returns how many receivers there are.
    ///
    /// # Errors
    ///
    /// If there is no receiver. The message comes back.
    #[inline]
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.inner.send(value)
    }

    /// A receiver of what is sent from now on.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver { inner: self.inner.subscribe() }
    }

    /// One that does not keep the channel open.
    #[must_use = "it makes another sender, and leaves this one as it is"]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender { inner: self.inner.downgrade() }
    }

    /// How many messages wait for a receiver.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether no message waits for a receiver.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.inner.receiver_count()
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// Waits until there is no receiver. Cancel safe.
    pub fn closed(&self) -> impl Future<Output = ()> {
        self.inner.closed()
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
    #[must_use]
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

/// Receives each message that is sent from its beginning on.
pub struct Receiver<T> {
    inner: inner::Receiver<T>,
}

impl<T> Receiver<T> {
    /// How many messages wait for it, those that it has lost included.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether no message waits for it.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }

    /// Whether both are of one channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.inner.same_channel(&other.inner)
    }

    /// How many senders there are.
    pub fn sender_strong_count(&self) -> usize {
        self.inner.sender_strong_count()
    }

    /// How many senders there are that do not keep the channel open.
    pub fn sender_weak_count(&self) -> usize {
        self.inner.sender_weak_count()
    }

    /// Whether no sender is left.
    pub fn is_closed(&self) -> bool {
        self.inner.is_closed()
    }
}

impl<T: Clone> Receiver<T> {
    /// A receiver of what is sent from now on.
    pub fn resubscribe(&self) -> Self {
        Self { inner: self.inner.resubscribe() }
    }

    /// The next message. Cancel safe.
    ///
    /// # Errors
    ///
    /// If no sender is left, or messages were lost because it was slow: then it goes on with the oldest that is there.
    #[inline]
    pub fn recv(&mut self) -> impl Future<Output = Result<T, RecvError>> {
        self.inner.recv()
    }

    /// The next message, if it is there.
    ///
    /// # Errors
    ///
    /// If it is not; and as `recv`.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.inner.try_recv()
    }

    /// Blocks the thread until there is a message.
    ///
    /// # Errors
    ///
    /// As `recv`.
    ///
    /// # Panics
    ///
    /// If this thread polls a future of a runtime.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        check_blocking();
        self.inner.blocking_recv()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
