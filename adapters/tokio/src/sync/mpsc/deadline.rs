//! Sending within a time, by the clock of the runtime.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::Sender;
use crate::time::timeout;

impl<T> Sender<T> {
    /// Sends a message, if there is room for it within the time.
    ///
    /// # Errors
    ///
    /// If there was none, or the receiver is gone. The message comes back.
    ///
    /// # Panics
    ///
    /// If the thread is outside of a runtime, or that has no clock.
    pub async fn send_timeout(&self, value: T, limit: Duration) -> Result<(), SendTimeoutError<T>> {
        match timeout(limit, self.reserve()).await {
            Ok(Ok(permit)) => {
                permit.send(value);
                Ok(())
            }
            Ok(Err(_)) => Err(SendTimeoutError::Closed(value)),
            Err(_) => Err(SendTimeoutError::Timeout(value)),
        }
    }
}

/// Why a message was not sent: by [`Sender::send_timeout`].
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum SendTimeoutError<T> {
    /// There was no room for it within the time.
    Timeout(T),
    /// The receiver is gone, or has closed the channel.
    Closed(T),
}

impl<T> SendTimeoutError<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        match self {
            Self::Timeout(value) | Self::Closed(value) => value,
        }
    }
}

impl<T> fmt::Debug for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With quotation marks, as tokio has it.
        fmt::Debug::fmt(
            match self {
                Self::Timeout(_) => "Timeout(..)",
                Self::Closed(_) => "Closed(..)",
            },
            f,
        )
    }
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "timed out waiting on send operation",
            Self::Closed(_) => "channel closed",
        })
    }
}

impl<T> Error for SendTimeoutError<T> {}
