//! Deadlines of connections: for the loss of packets, for silence, for the pace of sending.

use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_facade::generic::Sleep;
use anyrt_facade::time::Instant;
use pin_project_lite::pin_project;
use quinn::AsyncTimer;

pin_project! {
    /// The one timer of a connection, whose deadline moves with most packets.
    #[derive(Debug)]
    pub(crate) struct Deadline<S> {
        #[pin]
        sleep: S,
    }
}

impl<S: Sleep> Deadline<S> {
    pub(crate) fn new(sleep: S) -> Self {
        Self { sleep }
    }
}

impl<S: Sleep> AsyncTimer for Deadline<S> {
    fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().sleep.reset(deadline);
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}
