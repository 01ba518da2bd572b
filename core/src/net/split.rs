//! The two directions of a stream as two values.

use std::error::Error;
use std::fmt;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use super::stream::{Stream, impl_async_read, impl_async_write};
use crate::Reactor;
use crate::source::Source;

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
    /// The connection is closed when both are dropped; dropping one sends nothing (N6). To tell the
    /// peer that nothing more comes, call [`OwnedWriteHalf::shutdown`].
    pub fn into_split(self) -> (OwnedReadHalf<S, R>, OwnedWriteHalf<S, R>) {
        let stream = Arc::new(self);
        (OwnedReadHalf { stream: Arc::clone(&stream) }, OwnedWriteHalf { stream })
    }
}

/// The reading direction of a stream, borrowed by [`Stream::split`].
#[derive(Debug)]
pub struct ReadHalf<'a, S: Source, R: Reactor> {
    stream: &'a Stream<S, R>,
}

/// The writing direction of a stream, borrowed by [`Stream::split`].
#[derive(Debug)]
pub struct WriteHalf<'a, S: Source, R: Reactor> {
    stream: &'a Stream<S, R>,
}

/// The reading direction of a stream, made by [`Stream::into_split`].
#[derive(Debug)]
pub struct OwnedReadHalf<S: Source, R: Reactor> {
    stream: Arc<Stream<S, R>>,
}

/// The writing direction of a stream, made by [`Stream::into_split`].
///
/// Dropping it does not shut the direction down.
#[derive(Debug)]
pub struct OwnedWriteHalf<S: Source, R: Reactor> {
    stream: Arc<Stream<S, R>>,
}

macro_rules! reading_methods {
    ($type:ty) => {
        impl<S: Source, R: Reactor> $type {
            fn stream(&self) -> &Stream<S, R> {
                &self.stream
            }

            /// See [`Stream::read`].
            ///
            /// # Errors
            /// As there.
            pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
                self.stream.read(buffer).await
            }

            /// See [`Stream::read_exact`].
            ///
            /// # Errors
            /// As there.
            pub async fn read_exact(&self, buffer: &mut [u8]) -> io::Result<()> {
                self.stream.read_exact(buffer).await
            }

            /// See [`Stream::read_to_end`].
            ///
            /// # Errors
            /// As there.
            pub async fn read_to_end(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
                self.stream.read_to_end(bytes).await
            }

            /// See [`Stream::readable`].
            ///
            /// # Errors
            /// As there.
            pub async fn readable(&self) -> io::Result<()> {
                self.stream.readable().await
            }
        }

        impl_async_read!($type);
    };
}

macro_rules! writing_methods {
    ($type:ty) => {
        impl<S: Source, R: Reactor> $type {
            fn stream(&self) -> &Stream<S, R> {
                &self.stream
            }

            /// See [`Stream::write`].
            ///
            /// # Errors
            /// As there.
            pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
                self.stream.write(bytes).await
            }

            /// See [`Stream::write_all`].
            ///
            /// # Errors
            /// As there.
            pub async fn write_all(&self, bytes: &[u8]) -> io::Result<()> {
                self.stream.write_all(bytes).await
            }

            /// See [`Stream::writable`].
            ///
            /// # Errors
            /// As there.
            pub async fn writable(&self) -> io::Result<()> {
                self.stream.writable().await
            }

            /// Tells the peer that nothing more comes; see [`Stream::shutdown`].
            ///
            /// # Errors
            /// As there.
            pub fn shutdown(&self) -> io::Result<()> {
                self.stream.shutdown(Shutdown::Write)
            }
        }

        impl_async_write!($type);
    };
}

reading_methods!(ReadHalf<'_, S, R>);
reading_methods!(OwnedReadHalf<S, R>);
writing_methods!(WriteHalf<'_, S, R>);
writing_methods!(OwnedWriteHalf<S, R>);

impl<S: Source, R: Reactor> OwnedReadHalf<S, R> {
    /// Puts the two halves of a stream together again.
    ///
    /// # Errors
    /// Gives them back if they are not of the same stream.
    pub fn reunite(self, writer: OwnedWriteHalf<S, R>) -> Result<Stream<S, R>, ReuniteError<S, R>> {
        if !Arc::ptr_eq(&self.stream, &writer.stream) {
            return Err(ReuniteError(self, writer));
        }
        drop(writer);
        Ok(Arc::into_inner(self.stream).expect("a stream has one half of each kind"))
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
