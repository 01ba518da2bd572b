//! Sending datagrams.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyrt::time::Sleep;

use super::UnixDatagram;
use crate::counted::{counted, keep, poll_proceed};
use crate::io::{Interest, gone};

impl UnixDatagram {
    /// Sends a datagram to the address it is connected to. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn send(&self, buf: &[u8]) -> io::Result<usize> {
        counted(self.inner.send(buf)).await.map_err(gone::as_tokio_says)
    }

    /// Like [`send`](Self::send): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_send(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.readiness.poll(cx, Interest::WRITABLE, |cx| self.inner.poll_send(cx, buf))
    }

    /// Like [`send`](Self::send), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; what else the system says.
    pub fn try_send(&self, buf: &[u8]) -> io::Result<usize> {
        self.readiness.settle(Interest::WRITABLE, self.inner.try_send(buf))
    }

    /// Sends a datagram to the socket at `target`. Cancel safe.
    ///
    /// # Errors
    /// What the system says.
    pub async fn send_to<P>(&self, buf: &[u8], target: P) -> io::Result<usize>
    where
        P: AsRef<Path>,
    {
        counted(self.inner.send_to(buf, target.as_ref())).await.map_err(gone::as_tokio_says)
    }

    /// Like [`send_to`](Self::send_to): the last task that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_send_to<P>(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: P,
    ) -> Poll<io::Result<usize>>
    where
        P: AsRef<Path>,
    {
        let unit = ready!(poll_proceed(cx));
        loop {
            match self.try_send_to(buf, target.as_ref()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => {
                    keep(unit);
                    return Poll::Ready(result);
                }
            }
            ready!(self.poll_send_ready(cx))?;
            // There is room in this socket, but none in that of the receiver, of which the system does not tell.
            ready!(self.pause.poll(cx));
        }
    }

    /// Like [`send_to`](Self::send_to), without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; what else the system says.
    pub fn try_send_to<P>(&self, buf: &[u8], target: P) -> io::Result<usize>
    where
        P: AsRef<Path>,
    {
        self.readiness.settle(Interest::WRITABLE, self.inner.try_send_to(buf, target))
    }
}

/// Between two attempts to send to a socket that has no room.
#[derive(Debug, Default)]
pub(super) struct Pause(Mutex<Option<Pin<Box<Sleep>>>>);

impl Pause {
    const LENGTH: Duration = Duration::from_millis(1);

    fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut sleep = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let current = sleep.get_or_insert_with(|| Box::pin(anyrt::time::sleep(Self::LENGTH)));
        ready!(current.as_mut().poll(cx));
        *sleep = None;
        Poll::Ready(())
    }
}
