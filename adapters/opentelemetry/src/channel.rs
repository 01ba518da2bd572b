//! The queue between a program and the task that exports.

use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_facade::generic::task::contain;
use futures_core::Stream;
use opentelemetry_sdk::runtime::{TrySend, TrySendError};
use pin_project_lite::pin_project;

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

pin_project! {
    /// The end of the queue that the task receives from, until all senders are gone.
    #[derive(Debug)]
    pub struct Receiver<T> {
        #[pin]
        messages: async_channel::Receiver<T>,
    }

    impl<T> PinnedDrop for Receiver<T> {
        // What is left in the queue may be a flush that somebody waits for, who keeps the other end of it.
        fn drop(this: Pin<&mut Self>) {
            // In this order: nothing comes in any more.
            this.messages.close();
            while let Ok(message) = this.messages.try_recv() {
                contain(|| drop(message));
            }
        }
    }
}

impl<T> Receiver<T> {
    pub(crate) fn new(messages: async_channel::Receiver<T>) -> Self {
        Self { messages }
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.project().messages.poll_next(cx)
    }
}
