//! Seeking in a file, in the two steps that tokio's trait has.

use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker, ready};

use real::io::AsyncSeek;

use super::super::cancelled;
use super::{File, inner};
use crate::context;

/// What the two steps leave for each other, and for writes.
#[derive(Debug, Default)]
pub(super) struct Seek {
    state: State,
    /// Where the last one has led.
    position: u64,
    /// Something was begun, and nobody has come to its end, though it may be over: tokio begins no seek then.
    is_busy: AtomicBool,
    /// Of a write, found while something else was waited for: tokio keeps no more of it.
    write_error: Option<io::ErrorKind>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Idle,
    /// It is in flight.
    Begun(SeekFrom),
    /// It is over, and nobody was told.
    Over(io::Result<u64>),
}

impl Seek {
    /// Says whether something is begun of which nobody has come to the end.
    pub(super) fn set_busy(&self, is_busy: bool) {
        // Relaxed: it publishes nothing, and whoever seeks has the file alone.
        self.is_busy.store(is_busy, Ordering::Relaxed);
    }

    pub(super) fn has_error(&self) -> bool {
        self.write_error.is_some()
    }

    /// Leaves a seek that was not completed to what comes after it, which waits for it.
    ///
    /// # Errors
    /// It was not begun, for the runtime has ended.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.state) {
            State::Over(Err(error)) if anyrt::is_runtime_gone(&error) => Err(cancelled(error)),
            State::Over(_) | State::Begun(_) | State::Idle => Ok(()),
        }
    }

    /// The error of a write, if there was one since somebody was told.
    pub(super) fn check_writes(&mut self) -> io::Result<()> {
        self.write_error.take().map_or(Ok(()), |kind| Err(kind.into()))
    }

    /// Waits until nothing is in flight.
    ///
    /// # Errors
    /// It did not run. That of a write is left to the next one.
    fn poll_idle(&mut self, file: &mut inner::File, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match ready!(futures_io::AsyncWrite::poll_flush(Pin::new(&mut *file), cx)) {
                Ok(()) => return Poll::Ready(Ok(())),
                // What was accepted is written though the runtime has ended.
                Err(error) if anyrt::is_runtime_gone(&error) => {
                    return Poll::Ready(Err(cancelled(error)));
                }
                // It may be told while something else is in flight.
                Err(error) => {
                    self.write_error.get_or_insert(error.kind());
                }
            }
        }
    }
}

fn pending() -> io::Error {
    io::Error::other("other file operation is pending, call poll_complete before start_seek")
}

impl AsyncSeek for File {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        context::here();
        let Self { inner, seek } = self.get_mut();
        if *seek.is_busy.get_mut() {
            return Err(pending());
        }
        // Whoever completes it says who is to be woken.
        let mut nobody = Context::from_waker(Waker::noop());
        let Poll::Ready(idle) = seek.poll_idle(inner, &mut nobody) else { return Err(pending()) };
        idle?;
        seek.set_busy(true);
        let begun = futures_io::AsyncSeek::poll_seek(Pin::new(inner), &mut nobody, position);
        seek.state = match begun {
            Poll::Ready(result) => State::Over(result),
            Poll::Pending => State::Begun(position),
        };
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let Self { inner, seek } = self.get_mut();
        let result = match std::mem::take(&mut seek.state) {
            State::Idle => {
                let idle = ready!(seek.poll_idle(inner, cx));
                seek.set_busy(false);
                return Poll::Ready(idle.map(|()| seek.position));
            }
            State::Begun(position) => {
                let sought = futures_io::AsyncSeek::poll_seek(Pin::new(inner), cx, position);
                let Poll::Ready(result) = sought else {
                    seek.state = State::Begun(position);
                    return Poll::Pending;
                };
                result
            }
            State::Over(result) => result,
        };
        seek.set_busy(false);
        if let Ok(position) = result {
            seek.position = position;
        }
        Poll::Ready(result.map_err(cancelled))
    }
}
