//! Streams: from anyrt and `futures` to hyper, and back.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use anyrt_facade::generic::net::{OwnedReadHalf, ReadHalf, Stream};
use anyrt_facade::{Reactor, Source};
use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};

/// hyper's traits for the streams of anyrt and their halves, and those of `futures` for what has hyper's.
///
/// hyper's buffers are filled as they are: no byte of them is zeroed first. Writes may be vectored.
///
/// ```
/// # #[anyrt::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use anyrt::net::TcpListener;
/// use anyrt_hyper::Io;
/// use hyper::{Response, body::Incoming, server::conn::http1, service::service_fn};
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let client = anyrt::net::TcpStream::connect(listener.local_addr()?).await?;
/// let (stream, _) = listener.accept().await?;
/// let hello = service_fn(|_: hyper::Request<Incoming>| async {
///     Ok::<_, hyper::Error>(Response::new(String::from("hello")))
/// });
/// client.write_all(b"GET / HTTP/1.0\r\n\r\n").await?;
/// http1::Builder::new().serve_connection(Io::new(stream), hello).await?;
/// # let mut answer = Vec::new();
/// # client.read_to_end(&mut answer).await?;
/// # assert!(answer.ends_with(b"hello"));
/// # Ok(())
/// # }
/// ```
///
/// In the other direction `Io<hyper::upgrade::Upgraded>` is read and written as `futures` does.
#[derive(Clone, Copy, Debug)]
pub struct Io<T>(T);

/// hyper's traits for whatever has those of `futures`.
///
/// The room that is read into is zeroed, up to 16 KiB each time: for anyrt's own streams there is [`Io`], which zeroes nothing.
#[derive(Clone, Copy, Debug)]
pub struct FuturesIo<T>(T);

macro_rules! wraps {
    ($wrapper:ident, vectored: $is_vectored:literal) => {
        impl<T> $wrapper<T> {
            /// Wraps a stream.
            pub fn new(stream: T) -> Self {
                Self(stream)
            }

            /// The stream.
            pub fn get_ref(&self) -> &T {
                &self.0
            }

            /// The stream, to be changed.
            pub fn get_mut(&mut self) -> &mut T {
                &mut self.0
            }

            /// The stream, for nothing else any more.
            pub fn into_inner(self) -> T {
                self.0
            }
        }

        impl<T: AsyncWrite + Unpin> Write for $wrapper<T> {
            #[inline]
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.0).poll_write(cx, bytes)
            }

            #[inline]
            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[io::IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.0).poll_write_vectored(cx, slices)
            }

            #[inline]
            fn is_write_vectored(&self) -> bool {
                $is_vectored
            }

            #[inline]
            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_flush(cx)
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                Pin::new(&mut self.0).poll_close(cx)
            }
        }
    };
}

wraps!(Io, vectored: true);
// Many write the first slice alone: hyper puts what there is into one, then.
wraps!(FuturesIo, vectored: false);

macro_rules! reads {
    ($($stream:ty),*) => {$(
        impl<S: Source, R: Reactor> Read for Io<$stream> {
            #[allow(unsafe_code, reason = "hyper's cursor has no safe way to fill it without a copy")]
            #[inline]
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                mut buffer: ReadBufCursor<'_>,
            ) -> Poll<io::Result<()>> {
                let before = buffer.remaining();
                // SAFETY: a read writes into the room, and makes nothing of it uninitialized.
                let mut room = unsafe { buffer.as_mut() };
                ready!(self.0.poll_read_buf(cx, &mut room))?;
                let filled = before - room.len();
                // SAFETY: the room begins behind what was filled, which `advance_mut` promises to be initialized.
                unsafe { buffer.advance(filled) };
                Poll::Ready(Ok(()))
            }
        }
    )*};
}

reads!(Stream<S, R>, &Stream<S, R>, OwnedReadHalf<S, R>, ReadHalf<'_, S, R>);

impl<T: AsyncRead + Unpin> Read for FuturesIo<T> {
    #[allow(unsafe_code, reason = "hyper's cursor has no safe way to fill it without a copy")]
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper may have made much more room than there is to read; 16 KiB is a record of TLS.
        const MOST: usize = 16 * 1024;

        let room = buffer.remaining().min(MOST);
        let n = ready!(Pin::new(&mut self.0).poll_read(cx, buffer.initialize_unfilled_to(room)))?;
        assert!(n <= room, "a stream says that it has read more than there was room for");
        // SAFETY: these bytes are of the room that was initialized above.
        unsafe { buffer.advance(n) };
        Poll::Ready(Ok(()))
    }
}

impl<T: Read + Unpin> AsyncRead for Io<T> {
    #[inline]
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(buffer);
        ready!(Pin::new(&mut self.0).poll_read(cx, buffer.unfilled()))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }
}

impl<T: Write + Unpin> AsyncWrite for Io<T> {
    #[inline]
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    #[inline]
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }

    #[inline]
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
