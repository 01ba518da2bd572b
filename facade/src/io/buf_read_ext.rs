//! The methods for reading from a buffer: lines and the like.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::io::{AsyncBufRead, AsyncBufReadExt as Methods};
use futures_util::stream::Stream;
use pin_project_lite::pin_project;

/// The methods for reading from a buffer, for all that implements [`AsyncBufRead`]: those of tokio's trait, with its names
/// and results.
///
/// Import this one or that of `futures`, which has some of them; with both in scope their calls are ambiguous.
///
/// ```
/// use anyrt::io::{AsyncBufReadExt, BufReader};
///
/// # #[anyrt::main(current_thread)]
/// # async fn main() -> std::io::Result<()> {
/// let mut lines = BufReader::new(&b"one\r\ntwo"[..]).lines();
/// assert_eq!(lines.next_line().await?.as_deref(), Some("one"));
/// assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
/// assert_eq!(lines.next_line().await?, None);
/// # Ok(())
/// # }
/// ```
pub trait AsyncBufReadExt: AsyncBufRead {
    /// What is in the buffer, which is filled if it is empty; nothing at the end. Cancel safe.
    fn fill_buf(&mut self) -> impl Future<Output = io::Result<&[u8]>>
    where
        Self: Unpin,
    {
        Methods::fill_buf(self)
    }

    /// Takes this many bytes out of the buffer.
    fn consume(&mut self, length: usize)
    where
        Self: Unpin,
    {
        Methods::consume_unpin(self, length);
    }

    /// Reads up to `byte`, or to the end, appends it to `bytes`, and returns how much that was; 0 is the end. Cancel safe in
    /// that what was read is in `bytes`.
    fn read_until<'a>(
        &'a mut self,
        byte: u8,
        bytes: &'a mut Vec<u8>,
    ) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        Methods::read_until(self, byte, bytes)
    }

    /// Reads a line with its end, appends it to `text`, and returns its length; 0 is the end. `InvalidData` if it is
    /// not UTF-8, and then `text` is as it was. Not cancel safe: what was read is lost. [`lines`](Self::lines) loses nothing.
    fn read_line(&mut self, text: &mut String) -> impl Future<Output = io::Result<usize>>
    where
        Self: Unpin,
    {
        async move {
            let mut bytes = Vec::new();
            Methods::read_until(self, b'\n', &mut bytes).await?;
            super::append(text, bytes)
        }
    }

    /// The lines, without their ends.
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines { reader: self, line: Vec::new() }
    }

    /// What is between these bytes, without them.
    fn split(self, byte: u8) -> Split<Self>
    where
        Self: Sized,
    {
        Split { reader: self, byte, segment: Vec::new() }
    }
}

impl<R: AsyncBufRead + ?Sized> AsyncBufReadExt for R {}

/// Reads up to `byte` or the end; whether there was anything. What a dropped future has read stays in `bytes`.
fn poll_part<R: AsyncBufRead>(
    mut reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    byte: u8,
    bytes: &mut Vec<u8>,
) -> Poll<io::Result<bool>> {
    ready!(Pin::new(&mut Methods::read_until(&mut reader, byte, bytes)).poll(cx))?;
    Poll::Ready(Ok(!bytes.is_empty()))
}

pin_project! {
    /// The lines of a reader, without their ends; made by [`AsyncBufReadExt::lines`]. A stream, too.
    #[derive(Debug)]
    #[must_use = "lines are read when they are asked for"]
    pub struct Lines<R> {
        #[pin]
        reader: R,
        line: Vec<u8>,
    }
}

impl<R: AsyncBufRead> Lines<R> {
    /// The next line, without `\n` or `\r\n`; `None` at the end.
    ///
    /// Cancel safe: what was read of a line is part of it at the next call.
    ///
    /// ```
    /// use anyrt::io::{AsyncBufReadExt, BufReader};
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let manifest = std::fs::read("Cargo.toml")?;
    /// let mut lines = BufReader::new(&manifest[..]).lines();
    /// while let Some(line) = lines.next_line().await? {
    ///     println!("{line}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidData` for a line that is not UTF-8, and it goes on with the one after it; what the reader says.
    pub async fn next_line(&mut self) -> io::Result<Option<String>>
    where
        R: Unpin,
    {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next_line(cx)).await
    }

    /// The poll function of [`next_line`](Self::next_line).
    ///
    /// # Errors
    /// As that.
    pub fn poll_next_line(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<String>>> {
        let this = self.project();
        if !ready!(poll_part(this.reader, cx, b'\n', this.line))? {
            return Poll::Ready(Ok(None));
        }
        let mut line = std::mem::take(this.line);
        if line.ends_with(b"\n") {
            line.pop();
            if line.ends_with(b"\r") {
                line.pop();
            }
        }
        let mut text = String::new();
        super::append(&mut text, line)?;
        Poll::Ready(Ok(Some(text)))
    }
}

pin_project! {
    /// What is between the bytes of one value; made by [`AsyncBufReadExt::split`]. A stream, too.
    #[derive(Debug)]
    #[must_use = "segments are read when they are asked for"]
    pub struct Split<R> {
        #[pin]
        reader: R,
        byte: u8,
        segment: Vec<u8>,
    }
}

impl<R: AsyncBufRead> Split<R> {
    /// What there is up to the next one of these bytes, or to the end; `None` behind that.
    ///
    /// Cancel safe: what was read is part of the result of the next call.
    ///
    /// # Errors
    /// What the reader says.
    pub async fn next_segment(&mut self) -> io::Result<Option<Vec<u8>>>
    where
        R: Unpin,
    {
        std::future::poll_fn(|cx| Pin::new(&mut *self).poll_next_segment(cx)).await
    }

    /// The poll function of [`next_segment`](Self::next_segment).
    ///
    /// # Errors
    /// As that.
    pub fn poll_next_segment(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Vec<u8>>>> {
        let this = self.project();
        if !ready!(poll_part(this.reader, cx, *this.byte, this.segment))? {
            return Poll::Ready(Ok(None));
        }
        let mut segment = std::mem::take(this.segment);
        if segment.last() == Some(this.byte) {
            segment.pop();
        }
        Poll::Ready(Ok(Some(segment)))
    }
}

macro_rules! reader_inside {
    ($type:ident, $poll:ident, $item:ty) => {
        impl<R> $type<R> {
            /// The reader.
            pub fn get_ref(&self) -> &R {
                &self.reader
            }

            /// The reader. Bytes that are read from it are missing here.
            pub fn get_mut(&mut self) -> &mut R {
                &mut self.reader
            }

            /// The reader. What a dropped call has read is lost.
            pub fn into_inner(self) -> R {
                self.reader
            }
        }

        impl<R: AsyncBufRead> Stream for $type<R> {
            type Item = io::Result<$item>;

            fn poll_next(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Option<io::Result<$item>>> {
                self.$poll(cx).map(Result::transpose)
            }
        }
    };
}

reader_inside!(Lines, poll_next_line, String);
reader_inside!(Split, poll_next_segment, Vec<u8>);
