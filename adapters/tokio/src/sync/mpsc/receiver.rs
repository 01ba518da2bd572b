//! Receivers.

use std::fmt;
use std::future::Future;
use std::task::{Context, Poll};

use real::sync::mpsc::{self as inner, error::TryRecvError};

use crate::sync::check_blocking;

macro_rules! receiver {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name<T> {
            pub(super) inner: inner::$name<T>,
        }

        impl<T> $name<T> {
            /// The next message; `None` once no sender is left, or it was closed, and it is empty. Cancel safe.
            #[inline]
            pub fn recv(&mut self) -> impl Future<Output = Option<T>> {
                self.inner.recv()
            }

            /// Adds up to `limit` messages to the buffer, as soon as there is one, and returns how many; none once no
            /// sender is left, or it was closed, and it is empty. Cancel safe.
            #[inline]
            pub fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> impl Future<Output = usize> {
                self.inner.recv_many(buffer, limit)
            }

            /// The next message, if it is there.
            ///
            /// # Errors
            ///
            /// If it is empty, or there will be none any more.
            pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
                self.inner.try_recv()
            }

            /// Blocks the thread until there is a message, or will be none any more.
            ///
            /// # Panics
            ///
            /// If this thread polls a future of a runtime.
            #[track_caller]
            pub fn blocking_recv(&mut self) -> Option<T> {
                check_blocking();
                self.inner.blocking_recv()
            }

            /// As `recv_many`, but blocks the thread.
            ///
            /// # Panics
            ///
            /// If this thread polls a future of a runtime.
            #[track_caller]
            pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
                check_blocking();
                self.inner.blocking_recv_many(buffer, limit)
            }

            /// Refuses messages from now on; those that are there can be received.
            pub fn close(&mut self) {
                self.inner.close();
            }

            /// Whether it was closed, or no sender is left.
            pub fn is_closed(&self) -> bool {
                self.inner.is_closed()
            }

            /// Whether there are no messages.
            pub fn is_empty(&self) -> bool {
                self.inner.is_empty()
            }

            /// How many messages there are.
            pub fn len(&self) -> usize {
                self.inner.len()
            }

            /// As `recv`, for one task at a time.
            #[inline]
            pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
                self.inner.poll_recv(cx)
            }

            /// As `recv_many`, for one task at a time.
            #[inline]
            pub fn poll_recv_many(&mut self, cx: &mut Context<'_>, buffer: &mut Vec<T>, limit: usize) -> Poll<usize> {
                self.inner.poll_recv_many(cx, buffer, limit)
            }

            /// How many senders there are.
            pub fn sender_strong_count(&self) -> usize {
                self.inner.sender_strong_count()
            }

            /// How many senders there are that do not keep it open.
            pub fn sender_weak_count(&self) -> usize {
                self.inner.sender_weak_count()
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.inner.fmt(f)
            }
        }
    };
}

receiver! {
    /// Receives from a channel with a limit.
    Receiver
}
receiver! {
    /// Receives from a channel without a limit.
    UnboundedReceiver
}

impl<T> Receiver<T> {
    /// How many more messages it has room for.
    pub fn capacity(&self) -> usize {
        self.inner.capacity()
    }

    /// How many messages it has room for when it is empty.
    pub fn max_capacity(&self) -> usize {
        self.inner.max_capacity()
    }
}
