//! The queue between a program and the task that exports.

use opentelemetry_sdk::runtime::{TrySend, TrySendError};

/// The end of the queue that programs send to, and never wait for.
#[derive(Debug)]
pub struct Sender<T>(pub(crate) async_channel::Sender<T>);

impl<T: Send> TrySend for Sender<T> {
    type Message = T;

    fn try_send(&self, message: T) -> Result<(), TrySendError> {
        self.0.try_send(message).map_err(|error| match error {
            async_channel::TrySendError::Full(_) => TrySendError::ChannelFull,
            async_channel::TrySendError::Closed(_) => TrySendError::ChannelClosed,
        })
    }
}
