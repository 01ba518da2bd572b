//! Errors that come alone, for backends whose poll functions wait for readiness only.

use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll};

use socket2::{SockRef, Type};

use crate::Source;

type Wait<W> = Pin<Box<dyn Future<Output = io::Result<W>> + Send>>;

/// For backends: makes the poll functions of a runtime wait for errors, where only its async methods
/// do (R8).
///
/// Such a wait has to last from one poll to the next, and so it owns what it waits for: `W`, a watch
/// over a second descriptor of the source. Only sources whose errors can come alone get one, and only
/// when a poll function has to wait for the first time.
pub struct LoneErrors<W> {
    come_alone: OnceLock<bool>,
    wait: Mutex<Option<Wait<W>>>,
}

impl<W> LoneErrors<W> {
    /// Ready when there was an error since the last time, for the task that polled last; `Pending` for
    /// ever if no error of this source comes alone.
    ///
    /// `watch` begins to watch a descriptor, and `next` waits for an error and forgets it.
    ///
    /// # Errors
    /// The system gives no second descriptor; those of `watch` and `next`.
    pub fn poll<F: Future<Output = io::Result<W>> + Send + 'static>(
        &self,
        source: &impl Source,
        cx: &mut Context<'_>,
        watch: impl FnOnce(OwnedFd) -> io::Result<W>,
        next: impl Fn(W) -> F,
    ) -> Poll<io::Result<()>> {
        if !self.come_alone.get_or_init(|| errors_come_alone(source)) {
            return Poll::Pending;
        }
        let mut wait = self.wait.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = match wait.take() {
            Some(waiting) => waiting,
            None => Box::pin(next(watch(source.as_fd().try_clone_to_owned()?)?)),
        };
        match waiting.as_mut().poll(cx) {
            Poll::Pending => {
                *wait = Some(waiting);
                Poll::Pending
            }
            Poll::Ready(result) => {
                *wait = Some(Box::pin(next(result?)));
                Poll::Ready(Ok(()))
            }
        }
    }
}

/// Whether an error can come without anything to read or to write, as that of a datagram which was
/// refused does. A stream that fails ends too, and what ends is ready.
fn errors_come_alone(source: &impl Source) -> bool {
    // What is no socket has no such errors either: the other end of a pipe closes it.
    SockRef::from(source).r#type().is_ok_and(|kind| kind != Type::STREAM)
}

impl<W> Default for LoneErrors<W> {
    fn default() -> Self {
        Self { come_alone: OnceLock::new(), wait: Mutex::new(None) }
    }
}

impl<W> fmt::Debug for LoneErrors<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoneErrors").field("come_alone", &self.come_alone).finish_non_exhaustive()
    }
}
