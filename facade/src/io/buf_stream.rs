//! A stream that is buffered in both directions.

use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, BufWriter};
use pin_project_lite::pin_project;

pin_project! {
    /// A stream with a buffer for each direction: a [`BufReader`] around a [`BufWriter`].
    ///
    /// What was written is on its way after a flush; a buffer that is dropped before is lost.
    ///
    /// ```
    /// use anyrt::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
    ///
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// let (one, other) = anyrt::io::duplex(64);
    /// let (mut one, mut other) = (BufStream::new(one), BufStream::new(other));
    /// one.write_all(b"a line\n").await?;
    /// one.flush().await?;
    /// let mut line = String::new();
    /// other.read_line(&mut line).await?;
    /// assert_eq!(line, "a line\n");
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug)]
    pub struct BufStream<S> {
        #[pin]
        inner: BufReader<BufWriter<S>>,
    }
}

impl<S: AsyncRead + AsyncWrite> BufStream<S> {
    /// With buffers of 8 KiB.
    pub fn new(stream: S) -> Self {
        Self { inner: BufReader::new(BufWriter::new(stream)) }
    }

    /// With buffers of these sizes, in bytes.
    pub fn with_capacity(reader: usize, writer: usize, stream: S) -> Self {
        let writer = BufWriter::with_capacity(writer, stream);
        Self { inner: BufReader::with_capacity(reader, writer) }
    }

    /// The stream.
    pub fn get_ref(&self) -> &S {
        self.inner.get_ref().get_ref()
    }

    /// The stream. What is read from it is missing here, and what is written to it overtakes the buffer.
    pub fn get_mut(&mut self) -> &mut S {
        self.inner.get_mut().get_mut()
    }

    /// The stream, without what is in the buffers: flush before.
    pub fn into_inner(self) -> S {
        self.inner.into_inner().into_inner()
    }
}

impl<S: AsyncRead + AsyncWrite> From<S> for BufStream<S> {
    fn from(stream: S) -> Self {
        Self::new(stream)
    }
}

impl<S: AsyncRead> AsyncRead for BufStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_read(cx, buffer)
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_read_vectored(cx, buffers)
    }
}

impl<S: AsyncRead> AsyncBufRead for BufStream<S> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.project().inner.poll_fill_buf(cx)
    }

    fn consume(self: Pin<&mut Self>, length: usize) {
        self.project().inner.consume(length);
    }
}

impl<S: AsyncWrite> AsyncWrite for BufStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.project().inner.poll_write_vectored(cx, slices)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.project().inner.poll_close(cx)
    }
}
