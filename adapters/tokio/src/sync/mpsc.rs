//! Channels for many senders and one receiver.

#[cfg(feature = "time")]
mod deadline;
mod permit;
mod receiver;
mod sender;

pub use permit::OwnedPermit;
pub use real::sync::mpsc::{Permit, PermitIterator, UnboundedSender, WeakUnboundedSender};
pub use receiver::{Receiver, UnboundedReceiver};
pub use sender::{Sender, WeakSender};

/// What sending and receiving may end with.
pub mod error {
    #[cfg(feature = "time")]
    pub use super::deadline::SendTimeoutError;
    pub use real::sync::mpsc::error::*;
}

/// Makes a channel that holds up to `buffer` messages.
///
/// # Panics
///
/// If that is none, or more than `Semaphore::MAX_PERMITS`.
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    let (sender, receiver) = real::sync::mpsc::channel(buffer);
    (Sender { inner: sender }, Receiver { inner: receiver })
}

/// Makes a channel without a limit.
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (sender, inner) = real::sync::mpsc::unbounded_channel();
    (sender, UnboundedReceiver { inner })
}
