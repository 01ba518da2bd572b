//! Streams in memory.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use futures_util::io::{AsyncRead, AsyncWrite};

use super::{ReadHalf, WriteHalf};
use crate::task::poll_proceed;

/// Two ends of a connection in memory, as those of a socket: what one writes the other one reads.
///
/// Each direction holds at most `max_buf_size` bytes; a write waits until there is room. An end that is dropped or shut
/// down is the end of what the other one reads, once it has read what there is; to write to one that was dropped is
/// `BrokenPipe`. Needs no runtime, and obeys the budget of the task around it. With a size of 0 every write waits for ever.
///
/// ```
/// use anyrt::io::{AsyncReadExt, AsyncWriteExt};
///
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let (mut client, mut server) = anyrt::io::duplex(64);
/// client.write_all(b"ping").await?;
/// let mut request = [0; 4];
/// server.read_exact(&mut request).await?;
/// server.write_all(b"pong").await?;
/// drop(server);
/// let mut reply = String::new();
/// client.read_to_string(&mut reply).await?;
/// assert_eq!(reply, "pong");
/// # Ok(())
/// # }
/// ```
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    let (one, other) = (Pipe::shared(max_buf_size), Pipe::shared(max_buf_size));
    (
        DuplexStream { read: Arc::clone(&one), write: Arc::clone(&other) },
        DuplexStream { read: other, write: one },
    )
}

/// A pipe in memory: what is written to the one half is read from the other.
///
/// It holds at most `max_buf_size` bytes. Shut the writing half down at the end: to drop a half tells the other one nothing,
/// as for all that [`split`](super::split) makes.
///
/// ```
/// use anyrt::io::{AsyncReadExt, AsyncWriteExt};
///
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let (mut reader, mut writer) = anyrt::io::simplex(64);
/// writer.write_all(b"hello").await?;
/// writer.shutdown().await?;
/// let mut text = String::new();
/// reader.read_to_string(&mut text).await?;
/// assert_eq!(text, "hello");
/// # Ok(())
/// # }
/// ```
pub fn simplex(max_buf_size: usize) -> (ReadHalf<SimplexStream>, WriteHalf<SimplexStream>) {
    super::split(SimplexStream::new_unsplit(max_buf_size))
}

/// One end of a connection in memory; made by [`duplex`].
#[derive(Debug)]
pub struct DuplexStream {
    read: Arc<Mutex<Pipe>>,
    write: Arc<Mutex<Pipe>>,
}

impl Drop for DuplexStream {
    fn drop(&mut self) {
        close(&self.write, End::Writer);
        close(&self.read, End::Reader);
    }
}

/// A pipe in memory, of which both ends are one value: what is written is read again. [`simplex`] gives two halves.
#[derive(Debug)]
pub struct SimplexStream(Arc<Mutex<Pipe>>);

impl SimplexStream {
    /// Holds at most so many bytes.
    ///
    /// ```
    /// use anyrt::io::{AsyncReadExt, AsyncWriteExt, SimplexStream};
    ///
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut pipe = SimplexStream::new_unsplit(64);
    /// pipe.write_all(b"hello").await?;
    /// pipe.read_exact(&mut [0; 5]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_unsplit(max_buf_size: usize) -> Self {
        Self(Pipe::shared(max_buf_size))
    }
}

#[derive(Debug)]
struct Pipe {
    bytes: VecDeque<u8>,
    most: usize,
    /// Nothing more comes.
    is_ended: bool,
    /// Nobody reads it any more.
    is_abandoned: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

#[derive(Clone, Copy)]
enum End {
    Reader,
    Writer,
}

impl Pipe {
    fn shared(most: usize) -> Arc<Mutex<Self>> {
        Arc::new(Mutex::new(Self {
            bytes: VecDeque::new(),
            most,
            is_ended: false,
            is_abandoned: false,
            reader: None,
            writer: None,
        }))
    }
}

/// No code of others runs while it is locked: it is consistent whoever has panicked.
fn lock(pipe: &Mutex<Pipe>) -> MutexGuard<'_, Pipe> {
    pipe.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Wakes whoever waits at the other end, once nothing is locked.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn close(pipe: &Mutex<Pipe>, end: End) {
    let mut pipe = lock(pipe);
    let waker = match end {
        End::Writer => {
            pipe.is_ended = true;
            pipe.reader.take()
        }
        End::Reader => {
            pipe.is_abandoned = true;
            pipe.bytes = VecDeque::new();
            pipe.writer.take()
        }
    };
    drop(pipe);
    wake(waker);
}

fn poll_read(
    pipe: &Mutex<Pipe>,
    cx: &mut Context<'_>,
    buffers: &mut [IoSliceMut<'_>],
) -> Poll<io::Result<usize>> {
    if buffers.iter().all(|buffer| buffer.is_empty()) {
        return Poll::Ready(Ok(0));
    }
    let mut copy = None;
    poll_proceed(cx, |cx| {
        loop {
            let mut pipe = lock(pipe);
            if pipe.bytes.is_empty() {
                if pipe.is_ended {
                    return Poll::Ready(Ok(0));
                }
                let wait = keep(&mut pipe.reader, cx, &mut copy);
                drop(pipe);
                match wait {
                    Wait::Kept(_) => return Poll::Pending,
                    Wait::Clone => copy = Some(cx.waker().clone()),
                }
                continue;
            }
            let n = buffers.iter_mut().map(|buffer| take(&mut pipe.bytes, buffer)).sum();
            let waker = pipe.writer.take();
            drop(pipe);
            wake(waker);
            return Poll::Ready(Ok(n));
        }
    })
}

/// Fills the room as far as there are bytes.
fn take(bytes: &mut VecDeque<u8>, room: &mut [u8]) -> usize {
    let length = room.len().min(bytes.len());
    let (front, back) = bytes.as_slices();
    let in_front = front.len().min(length);
    room[..in_front].copy_from_slice(&front[..in_front]);
    room[in_front..length].copy_from_slice(&back[..length - in_front]);
    bytes.drain(..length);
    length
}

fn poll_write(
    pipe: &Mutex<Pipe>,
    cx: &mut Context<'_>,
    slices: &[IoSlice<'_>],
) -> Poll<io::Result<usize>> {
    if slices.iter().all(|slice| slice.is_empty()) {
        return Poll::Ready(Ok(0));
    }
    let mut copy = None;
    poll_proceed(cx, |cx| {
        loop {
            let mut pipe = lock(pipe);
            if pipe.is_ended || pipe.is_abandoned {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            let before = pipe.bytes.len();
            if before >= pipe.most {
                let wait = keep(&mut pipe.writer, cx, &mut copy);
                drop(pipe);
                match wait {
                    Wait::Kept(_) => return Poll::Pending,
                    Wait::Clone => copy = Some(cx.waker().clone()),
                }
                continue;
            }
            for slice in slices {
                let room = pipe.most - pipe.bytes.len();
                pipe.bytes.extend(&slice[..slice.len().min(room)]);
            }
            let n = pipe.bytes.len() - before;
            let waker = pipe.reader.take();
            drop(pipe);
            wake(waker);
            return Poll::Ready(Ok(n));
        }
    })
}

/// Whether what has to wait is to be tried again, with a waker to keep.
enum Wait {
    /// It is kept already, or now; the one before is to be dropped once nothing is locked.
    Kept(#[allow(dead_code, reason = "it is there to be dropped")] Option<Waker>),
    /// There is no copy of it yet.
    Clone,
}

/// Keeps the waker, of which `copy` was made while nothing was locked: code of others makes and drops them.
fn keep(slot: &mut Option<Waker>, cx: &Context<'_>, copy: &mut Option<Waker>) -> Wait {
    if slot.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
        return Wait::Kept(None);
    }
    match copy.take() {
        Some(copy) => Wait::Kept(slot.replace(copy)),
        None => Wait::Clone,
    }
}

macro_rules! streams {
    ($type:ident: $stream:ident, $read:expr, $write:expr) => {
        impl AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                self.poll_read_vectored(cx, &mut [IoSliceMut::new(buffer)])
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                let $stream = self;
                poll_read($read, cx, buffers)
            }
        }

        impl AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let $stream = self;
                poll_write($write, cx, slices)
            }

            fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                let $stream = self;
                close($write, End::Writer);
                Poll::Ready(Ok(()))
            }
        }
    };
}

streams!(DuplexStream: stream, &stream.read, &stream.write);
streams!(SimplexStream: stream, &stream.0, &stream.0);
