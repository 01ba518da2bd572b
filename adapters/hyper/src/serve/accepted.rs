//! A connection as a server hands it on.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

use super::signal::Signal;

/// A connection that a server has accepted, which tells it when something goes through: below TLS, so that this is what goes over the
/// network.
///
/// One needs to know of it where a connection was upgraded and its stream is wanted back:
///
/// ```
/// use anyrt::net::TcpStream;
/// use anyrt_hyper::{Io, serve::Accepted};
/// use hyper_util::server::conn::auto::upgrade::downcast;
///
/// fn stream_of(upgraded: hyper::upgrade::Upgraded) -> Option<TcpStream> {
///     let parts = downcast::<Accepted<Io<TcpStream>>>(upgraded).ok()?;
///     // What came behind the head has been read already.
///     parts.read_buf.is_empty().then(|| parts.io.into_inner().into_inner())
/// }
/// ```
#[derive(Debug)]
pub struct Accepted<T> {
    stream: T,
    signal: Arc<Signal>,
}

impl<T> Accepted<T> {
    pub(super) fn new(stream: T, signal: Arc<Signal>) -> Self {
        Self { stream, signal }
    }

    /// The stream.
    pub fn get_ref(&self) -> &T {
        &self.stream
    }

    /// The stream; the server does not see what goes through it by this.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.stream
    }

    /// The stream, for nothing else any more.
    pub fn into_inner(self) -> T {
        self.stream
    }

    #[inline]
    fn note_write<V>(&self, result: Poll<V>) -> Poll<V> {
        if result.is_ready() {
            self.signal.note_activity();
        }
        self.signal.set_blocked(result.is_pending());
        result
    }
}

impl<T: Read + Unpin> Read for Accepted<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if result.is_ready() {
            self.signal.note_read();
        }
        result
    }
}

impl<T: Write + Unpin> Write for Accepted<T> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.note_write(result)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.note_write(result)
    }

    #[inline]
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
