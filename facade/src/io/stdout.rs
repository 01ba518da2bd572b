//! The standard output and the standard error stream, on blocking closures.

use std::io::{self, IoSlice, Write};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::AsyncWrite;

use super::buffer::Buffer;
use super::job::{self, AtEnd, OwedHandle};

/// The most that one operation writes.
const CHUNK: usize = 2 * 1024 * 1024;

/// The standard output of the process.
///
/// A write takes the bytes and returns, while a blocking closure writes them through [`std::io::stdout`], whose lock it
/// holds meanwhile: so what several write at once comes in whole writes of at most 2 MiB, in no order. A flush waits for
/// it: after that nothing is lost, however the program ends. Without a flush nothing is lost as long as the program comes
/// to the end of `main` and its runtime waits for what runs; that of async-std never does. The error of a write comes
/// back from the next write or flush; what a flush that failed has left, the next one tries again. The output itself is
/// left as it is: it is never made non-blocking.
///
/// ```
/// use anyrt::io::AsyncWriteExt;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut out = anyrt::io::stdout();
/// out.write_all(b"hello\n").await?;
/// out.flush().await
/// # }
/// ```
pub fn stdout() -> Stdout {
    Stdout(Output::new(|bytes| io::stdout().lock().write_all(bytes), || io::stdout().flush()))
}

/// The standard error stream of the process; see [`stdout`].
///
/// ```
/// use anyrt::io::AsyncWriteExt;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut errors = anyrt::io::stderr();
/// errors.write_all(b"the disk is full\n").await?;
/// errors.flush().await
/// # }
/// ```
pub fn stderr() -> Stderr {
    Stderr(Output::new(|bytes| io::stderr().lock().write_all(bytes), || io::stderr().flush()))
}

/// The standard output of the process; made by [`stdout`].
#[derive(Debug)]
pub struct Stdout(Output);

/// The standard error stream of the process; made by [`stderr`].
#[derive(Debug)]
pub struct Stderr(Output);

/// An output with one operation in flight.
#[derive(Debug)]
struct Output {
    write: fn(&[u8]) -> io::Result<()>,
    flush: fn() -> io::Result<()>,
    state: State,
    /// Of a write that had been accepted, for the next call.
    error: Option<io::Error>,
    /// Something was written since the last flush that went well began.
    is_dirty: bool,
}

// No code of others runs while it is half changed.
impl UnwindSafe for Output {}
impl RefUnwindSafe for Output {}

#[derive(Debug)]
enum State {
    Idle(Buffer),
    Busy(OwedHandle<(io::Result<()>, Buffer)>),
}

impl Output {
    fn new(write: fn(&[u8]) -> io::Result<()>, flush: fn() -> io::Result<()>) -> Self {
        Self { write, flush, state: State::Idle(Buffer::default()), error: None, is_dirty: false }
    }

    /// Waits until nothing is in flight; the error of what was.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let State::Busy(handle) = &mut self.state {
            let (result, buffer) = ready!(Pin::new(handle).poll(cx))
                .unwrap_or_else(|error| (Err(job::error(error)), Buffer::default()));
            self.state = State::Idle(buffer);
            if let Err(error) = result {
                self.error.get_or_insert(error);
                // What a flush has not brought out is there still.
                self.is_dirty = true;
            }
        }
        Poll::Ready(self.error.take().map_or(Ok(()), Err))
    }

    /// Begins an operation, where nothing is in flight.
    fn begin(
        &mut self,
        mut buffer: Buffer,
        operation: impl FnOnce(&mut Buffer) -> io::Result<()> + Send + 'static,
    ) -> io::Result<()> {
        let handle = job::start_owed(AtEnd::Run, move || {
            let result = operation(&mut buffer);
            buffer.clear();
            (result, buffer)
        })?;
        self.state = State::Busy(handle);
        Ok(())
    }

    fn take_buffer(&mut self) -> Buffer {
        match &mut self.state {
            State::Idle(buffer) => std::mem::take(buffer),
            State::Busy(_) => unreachable!("an operation was waited for"),
        }
    }

    fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_idle(cx))?;
        if slices.iter().all(|slice| slice.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let mut buffer = self.take_buffer();
        let length = buffer.fill(slices, CHUNK);
        let write = self.write;
        self.begin(buffer, move |buffer| write(buffer.bytes()))?;
        self.is_dirty = true;
        Poll::Ready(Ok(length))
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_idle(cx))?;
        if self.is_dirty {
            let (buffer, flush) = (self.take_buffer(), self.flush);
            self.begin(buffer, move |_| flush())?;
            self.is_dirty = false;
            ready!(self.poll_idle(cx))?;
        }
        Poll::Ready(Ok(()))
    }
}

macro_rules! output {
    ($type:ident) => {
        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.get_mut().0.poll_write(cx, &[IoSlice::new(bytes)])
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.get_mut().0.poll_write(cx, slices)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.get_mut().0.poll_flush(cx)
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush(cx)
            }
        }
    };
}

output!(Stdout);
output!(Stderr);
