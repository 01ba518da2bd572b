//! From a reader to a writer.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncBufRead, AsyncRead, AsyncWrite};

use crate::task::poll_proceed;

/// The room of a buffer, unless somebody says otherwise.
pub(super) const BUFFER: usize = 8 * 1024;

/// Reads to the end, writes all of it and flushes; returns how many bytes that was.
///
/// The writer is flushed whenever there is nothing to be read, and it is not shut down. One buffer of 8 KiB is used.
///
/// Not cancel safe: up to 8 KiB that were read and not written are lost.
///
/// ```
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let mut copy = Vec::new();
/// assert_eq!(anyrt::io::copy(&mut &b"hello"[..], &mut copy).await?, 5);
/// assert_eq!(copy, b"hello");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// The first one of the reader or the writer; `WriteZero` if the writer takes nothing more.
pub async fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut copy = Copy::new(BUFFER);
    poll_fn(|cx| copy.poll(cx, Pin::new(reader), Pin::new(writer))).await
}

/// The same without a buffer of its own, from a reader that has one.
///
/// Cancel safe in that nothing is lost: what was not written is in the reader. Nobody knows how much was written.
///
/// ```
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let mut copy = Vec::new();
/// assert_eq!(anyrt::io::copy_buf(&mut &b"hello"[..], &mut copy).await?, 5);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// As [`copy`].
pub async fn copy_buf<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: AsyncBufRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut copied = 0;
    let mut is_flushed = true;
    let mut step = |cx: &mut Context<'_>| {
        let bytes = match Pin::new(&mut *reader).poll_fill_buf(cx)? {
            Poll::Ready(bytes) => bytes,
            Poll::Pending => {
                if !is_flushed {
                    is_flushed = Pin::new(&mut *writer).poll_flush(cx)?.is_ready();
                }
                return Poll::Pending;
            }
        };
        if bytes.is_empty() {
            ready!(Pin::new(&mut *writer).poll_flush(cx))?;
            return Poll::Ready(io::Result::Ok(true));
        }
        let n = ready!(Pin::new(&mut *writer).poll_write(cx, bytes))?;
        if n == 0 {
            return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
        }
        is_flushed = false;
        copied += n as u64;
        Pin::new(&mut *reader).consume(n);
        Poll::Ready(Ok(false))
    };
    while !poll_fn(|cx| poll_proceed(cx, &mut step)).await? {}
    Ok(copied)
}

/// One direction of a copy: its buffer, and how far it has come.
#[derive(Debug)]
pub(super) struct Copy {
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    copied: u64,
    /// The reader has come to its end.
    is_read: bool,
    /// Nothing was written since the last flush.
    is_flushed: bool,
}

impl Copy {
    pub(super) fn new(room: usize) -> Self {
        Self {
            buffer: vec![0; room].into(),
            start: 0,
            end: 0,
            copied: 0,
            is_read: false,
            is_flushed: true,
        }
    }

    /// Copies until the reader has come to its end and the writer is flushed.
    pub(super) fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        loop {
            let step = |cx: &mut Context<'_>| self.poll_step(cx, reader.as_mut(), writer.as_mut());
            if ready!(poll_proceed(cx, step))? {
                return Poll::Ready(Ok(self.copied));
            }
        }
    }

    /// Reads once, writes once; whether all is done.
    fn poll_step<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<bool>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        // Also while there is something to be written: a writer may wait for what the reader does.
        if !self.is_read && self.end < self.buffer.len() {
            match reader.poll_read(cx, &mut self.buffer[self.end..])? {
                Poll::Ready(0) => self.is_read = true,
                Poll::Ready(n) => self.end += n,
                Poll::Pending if self.start == self.end => {
                    if !self.is_flushed {
                        self.is_flushed = writer.poll_flush(cx)?.is_ready();
                    }
                    return Poll::Pending;
                }
                Poll::Pending => {}
            }
        }
        if self.start < self.end {
            let n = ready!(writer.as_mut().poll_write(cx, &self.buffer[self.start..self.end]))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.is_flushed = false;
            self.copied += n as u64;
            self.start += n;
            if self.start == self.end {
                (self.start, self.end) = (0, 0);
            }
        }
        if self.is_read && self.start == self.end {
            ready!(writer.poll_flush(cx))?;
            return Poll::Ready(Ok(true));
        }
        Poll::Ready(Ok(false))
    }
}
