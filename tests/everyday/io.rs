//! Reading and writing on every backend.

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use anyrt_tests::backend::on_each;
use futures::poll;

mod copies;
mod memory;
mod methods;
#[cfg(target_os = "linux")]
mod standard_streams;

/// Polls once, and drops what has to wait.
async fn poll_and_drop<F: Future>(future: F) -> Option<F::Output> {
    let future = pin!(future);
    match poll!(future) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[track_caller]
fn kind<T: std::fmt::Debug>(result: io::Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// Numbers that look random, the same in each run.
fn bytes(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// A stream that does what it is told, and notes what it was asked for.
#[derive(Default)]
struct Script {
    reads: Vec<Poll<io::Result<Vec<u8>>>>,
    write: Option<Poll<ErrorKind>>,
    written: Vec<u8>,
    flushed: usize,
    closed: usize,
}

impl Script {
    /// Reads this in order, and is at its end then.
    fn reading(reads: Vec<Poll<io::Result<Vec<u8>>>>) -> Self {
        Self { reads, ..Self::default() }
    }
}

impl anyrt::io::AsyncRead for Script {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.reads.is_empty() {
            return Poll::Ready(Ok(0));
        }
        match self.reads.remove(0) {
            Poll::Ready(result) => Poll::Ready(result.map(|bytes| {
                buffer[..bytes.len()].copy_from_slice(&bytes);
                bytes.len()
            })),
            Poll::Pending => {
                // For the next poll.
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

impl anyrt::io::AsyncWrite for Script {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.write {
            Some(poll) => poll.map(|kind| Err(kind.into())),
            None => {
                self.written.extend(bytes);
                Poll::Ready(Ok(bytes.len()))
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.flushed += 1;
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.closed += 1;
        Poll::Ready(Ok(()))
    }
}
