//! The two directions of a stream as two values.

use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use super::stream::{Stream, impl_async_read, impl_async_write};
use crate::source::Source;
use crate::{Interest, Reactor};

impl<S: Source, R: Reactor> Stream<S, R> {
    /// The two directions, borrowed: for two futures of one task.
    ///
    /// ```
    /// # use anyrt_core::{Reactor, net::TcpStream};
    /// # async fn example<R: Reactor>(stream: TcpStream<R>) -> std::io::Result<()> {
    /// let (reader, writer) = stream.split();
    /// let mut buffer = [0; 1024];
    /// let n = reader.read(&mut buffer).await?;
    /// writer.write_all(&buffer[..n]).await
    /// # }
    /// ```
    pub fn split(&self) -> (ReadHalf<'_, S, R>, WriteHalf<'_, S, R>) {
        (ReadHalf { stream: self }, WriteHalf { stream: self })
    }

    /// The two directions, owned: for two tasks (N9).
    ///
    /// Dropping the half that writes tells the peer that nothing more comes, unless one
    /// [forgets](OwnedWriteHalf::forget) it; dropping the other one sends nothing (N6). The connection is closed
    /// when both are dropped.
    ///
    /// ```
    /// # use anyrt_core::{Backend, net::TcpStream};
    /// # async fn example<R: Backend>(runtime: &R, stream: TcpStream<R>) -> std::io::Result<()> {
    /// let (reader, writer) = stream.into_split();
    /// runtime.spawn(async move { writer.write_all(b"a request").await }); // ends with it
    /// let mut reply = Vec::new();
    /// reader.read_to_end(&mut reply).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_split(self) -> (OwnedReadHalf<S, R>, OwnedWriteHalf<S, R>) {
        let stream = Arc::new(self);
        let writer = OwnedWriteHalf { stream: Arc::clone(&stream), is_open: AtomicBool::new(true) };
        (OwnedReadHalf { stream }, writer)
    }
}

/// The reading direction of a stream, borrowed by [`Stream::split`].
///
/// Dropping it sends nothing.
#[derive(Debug)]
pub struct ReadHalf<'a, S: Source, R: Reactor> {
    stream: &'a Stream<S, R>,
}

/// The writing direction of a stream, borrowed by [`Stream::split`].
///
/// Dropping it sends nothing.
#[derive(Debug)]
pub struct WriteHalf<'a, S: Source, R: Reactor> {
    stream: &'a Stream<S, R>,
}

/// The reading direction of a stream, made by [`Stream::into_split`].
///
/// Dropping it sends nothing.
#[derive(Debug)]
pub struct OwnedReadHalf<S: Source, R: Reactor> {
    stream: Arc<Stream<S, R>>,
}

/// The writing direction of a stream, made by [`Stream::into_split`].
///
/// Dropping it shuts the direction down, so that the peer reads the end of the stream; see
/// [`forget`](Self::forget). A forked child that drops a copy does that to the connection of its parent.
#[derive(Debug)]
pub struct OwnedWriteHalf<S: Source, R: Reactor> {
    stream: Arc<Stream<S, R>>,
    /// Whether dropping it shuts it down.
    is_open: AtomicBool,
}

macro_rules! reading_methods {
    ([$($lifetime:lifetime)?] $half:ident) => {
        impl<S: Source, R: Reactor> $half<$($lifetime,)? S, R> {
            pub(super) fn stream(&self) -> &Stream<S, R> {
                &self.stream
            }

            /// See [`Stream::read`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub fn read(&self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
                self.stream.read(buffer)
            }

            /// See [`Stream::read_vectored`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                self.stream.read_vectored(buffers).await
            }

            /// See [`Stream::read_exact`]. Not cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
                self.stream.read_exact(buffer).await
            }

            /// See [`Stream::read_to_end`]. Cancel safe in that what was read is in `bytes`.
            ///
            /// # Errors
            /// As there.
            pub async fn read_to_end(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
                self.stream.read_to_end(bytes).await
            }

            /// See [`Stream::peek`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
                self.stream.peek(buffer).await
            }

            /// See [`Stream::poll_peek`].
            ///
            /// # Errors
            /// As there.
            pub fn poll_peek(
                &self,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                self.stream.poll_peek(cx, buffer)
            }

            /// See [`Stream::try_read`].
            ///
            /// # Errors
            /// As there.
            pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
                self.stream.try_read(buffer)
            }

            /// See [`Stream::try_read_vectored`].
            ///
            /// # Errors
            /// As there.
            pub fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                self.stream.try_read_vectored(buffers)
            }

            /// See [`Stream::readable`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn readable(&self) -> io::Result<()> {
                self.stream.readable().await
            }

            /// See [`Stream::poll_read_ready`].
            ///
            /// # Errors
            /// As there.
            pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.stream.poll_read_ready(cx)
            }
        }

        impl_async_read!($half<$($lifetime,)? S, R>);
        common_methods!([$($lifetime)?] $half);
    };
}

macro_rules! writing_methods {
    ([$($lifetime:lifetime)?] $half:ident) => {
        impl<S: Source, R: Reactor> $half<$($lifetime,)? S, R> {
            pub(super) fn stream(&self) -> &Stream<S, R> {
                &self.stream
            }

            pub(super) fn close_writing(&self) -> io::Result<()> {
                self.shutdown()
            }

            /// See [`Stream::write`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub fn write(&self, bytes: &[u8]) -> impl Future<Output = io::Result<usize>> {
                self.stream.write(bytes)
            }

            /// See [`Stream::write_vectored`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                self.stream.write_vectored(slices).await
            }

            /// See [`Stream::write_all`]. Not cancel safe.
            ///
            /// # Errors
            /// As there.
            pub fn write_all(&self, bytes: &[u8]) -> impl Future<Output = io::Result<()>> {
                self.stream.write_all(bytes)
            }

            /// See [`Stream::try_write`].
            ///
            /// # Errors
            /// As there.
            pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
                self.stream.try_write(bytes)
            }

            /// See [`Stream::try_write_vectored`].
            ///
            /// # Errors
            /// As there.
            pub fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
                self.stream.try_write_vectored(slices)
            }

            /// See [`Stream::writable`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn writable(&self) -> io::Result<()> {
                self.stream.writable().await
            }

            /// See [`Stream::poll_write_ready`].
            ///
            /// # Errors
            /// As there.
            pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.stream.poll_write_ready(cx)
            }
        }

        impl_async_write!($half<$($lifetime,)? S, R>);
        common_methods!([$($lifetime)?] $half);
    };
}

/// What the halves of both kinds have.
macro_rules! common_methods {
    ([$($lifetime:lifetime)?] $half:ident) => {
        impl<S: Source, R: Reactor> $half<$($lifetime,)? S, R> {
            /// See [`Stream::ready`]. Cancel safe.
            ///
            /// # Errors
            /// As there.
            pub async fn ready(&self, interest: Interest) -> io::Result<()> {
                self.stream.ready(interest).await
            }
        }

        /// The whole stream, for options and for what the half does not have.
        impl<S: Source, R: Reactor> AsRef<Stream<S, R>> for $half<$($lifetime,)? S, R> {
            fn as_ref(&self) -> &Stream<S, R> {
                &self.stream
            }
        }

        addresses!([$($lifetime)?] $half, std::net::TcpStream, std::net::SocketAddr);
        #[cfg(unix)]
        addresses!(
            [$($lifetime)?] $half,
            std::os::unix::net::UnixStream,
            std::os::unix::net::SocketAddr
        );
    };
}

macro_rules! addresses {
    ([$($lifetime:lifetime)?] $half:ident, $source:ty, $address:ty) => {
        impl<R: Reactor> $half<$($lifetime,)? $source, R> {
            /// The address of this end.
            ///
            /// # Errors
            /// What the system says.
            pub fn local_addr(&self) -> io::Result<$address> {
                self.stream.local_addr()
            }

            /// The address of the other end.
            ///
            /// # Errors
            /// `NotConnected` after the connection was reset, and what else the system says.
            pub fn peer_addr(&self) -> io::Result<$address> {
                self.stream.peer_addr()
            }
        }
    };
}

reading_methods!(['_] ReadHalf);
reading_methods!([] OwnedReadHalf);
writing_methods!(['_] WriteHalf);
writing_methods!([] OwnedWriteHalf);

impl<S: Source, R: Reactor> WriteHalf<'_, S, R> {
    /// Tells the peer that nothing more comes; see [`Stream::shutdown`].
    ///
    /// # Errors
    /// As there.
    pub fn shutdown(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }
}

impl<S: Source, R: Reactor> OwnedReadHalf<S, R> {
    /// Puts the two halves of a stream together again. Nothing is shut down by that.
    ///
    /// ```
    /// # use anyrt_core::{Reactor, net::TcpStream};
    /// # fn example<R: Reactor>(stream: TcpStream<R>) -> std::io::Result<TcpStream<R>> {
    /// let (reader, writer) = stream.into_split();
    /// let stream = reader.reunite(writer).map_err(std::io::Error::other)?;
    /// # Ok(stream)
    /// # }
    /// ```
    ///
    /// # Errors
    /// Gives them back if they are not of the same stream.
    pub fn reunite(self, writer: OwnedWriteHalf<S, R>) -> Result<Stream<S, R>, ReuniteError<S, R>> {
        if !Arc::ptr_eq(&self.stream, &writer.stream) {
            return Err(ReuniteError(self, writer));
        }
        writer.forget();
        Ok(Arc::into_inner(self.stream).expect("a stream has one half of each kind"))
    }
}

impl<S: Source, R: Reactor> OwnedWriteHalf<S, R> {
    /// Tells the peer that nothing more comes; see [`Stream::shutdown`]. Dropping the half sends nothing then.
    ///
    /// # Errors
    /// As there.
    pub fn shutdown(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)?;
        self.keep_open();
        Ok(())
    }

    /// Drops it without telling the peer anything: what it wrote may not be all.
    ///
    /// The connection is closed when the other half is dropped.
    pub fn forget(self) {
        self.keep_open();
    }

    /// Puts the two halves of a stream together again; see [`OwnedReadHalf::reunite`].
    ///
    /// # Errors
    /// As there.
    pub fn reunite(self, reader: OwnedReadHalf<S, R>) -> Result<Stream<S, R>, ReuniteError<S, R>> {
        reader.reunite(self)
    }

    fn keep_open(&self) {
        // Relaxed: only the destructor reads it, to which there is an order already.
        self.is_open.store(false, Ordering::Relaxed);
    }
}

impl<S: Source, R: Reactor> Drop for OwnedWriteHalf<S, R> {
    fn drop(&mut self) {
        if *self.is_open.get_mut() {
            // There is nobody to tell.
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }
}

/// The halves given to [`OwnedReadHalf::reunite`], which are of two streams.
#[derive(Debug)]
pub struct ReuniteError<S: Source, R: Reactor>(
    /// The half that reads.
    pub OwnedReadHalf<S, R>,
    /// The half that writes.
    pub OwnedWriteHalf<S, R>,
);

impl<S: Source, R: Reactor> fmt::Display for ReuniteError<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the halves are not of the same stream")
    }
}

impl<S: Source, R: Reactor> Error for ReuniteError<S, R> {}
