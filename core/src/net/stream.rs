//! A connected byte stream, TCP or Unix.

use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_socket::Spare;
use futures_io::{AsyncRead, AsyncWrite};

use super::endpoint::{Endpoint, Lent};
use super::socket::Short;
use crate::source::Source;
use crate::{Current, Interest, Reactor};

/// Tries an operation, and waits as long as it would block.
///
/// A macro, so that there is a closure for the first try and one for the wait: each has one caller, into which it is inlined.
macro_rules! complete {
    ($stream:ident, $interest:expr, |$lent:ident| $operation:expr) => {
        // No `match`, and no variables: they would keep the result of the first try, and the closures, during the wait.
        if let Some(result) = poll_fn(|cx: &mut Context<'_>| {
            $stream.endpoint.poll_first(cx, $interest, |$lent| $operation)
        })
        .await
        {
            result
        } else {
            $stream.endpoint.io_after_first($interest, |$lent| $operation).await
        }
    };
}

/// A connected byte stream. [`TcpStream`](super::TcpStream) and `UnixStream` are names for it.
///
/// The methods take `&self`, and so do the [`AsyncRead`] and [`AsyncWrite`] that a reference to it
/// implements: reading and writing at the same time needs no split. The async methods serve any
/// number of tasks; the poll functions, those of the traits included, wake only the last task that
/// polled in each direction.
///
/// Dropping it closes the connection, without waiting for bytes that the system still holds.
#[derive(Debug)]
pub struct Stream<S: Source, R: Reactor> {
    endpoint: Endpoint<S, R>,
    short: Short,
}

impl<S: Source, R: Reactor> Stream<S, R> {
    /// Takes over a stream of the standard library, and puts it into non-blocking mode.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::os::unix::net;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = net::UnixStream::pair()?;
    /// let (ours, theirs) = (UnixStream::from_std(ours)?, UnixStream::from_std(theirs)?);
    /// ours.write_all(b"x").await?;
    /// assert_eq!(theirs.read(&mut [0]).await?, 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system can't watch it; there is no runtime.
    #[track_caller]
    pub fn from_std(stream: S) -> io::Result<Self>
    where
        R: Current,
    {
        Self::from_std_on(&R::here()?, stream)
    }

    /// Takes over a stream of the standard library for `runtime`, and puts it into non-blocking
    /// mode.
    ///
    /// # Errors
    /// The system can't watch it; the runtime is gone.
    pub fn from_std_on(runtime: &R, stream: S) -> io::Result<Self> {
        let short = Short::of(&stream);
        Endpoint::adopt(runtime, stream).map(|endpoint| Self::new(endpoint, short))
    }

    /// The stream of the standard library, in non-blocking mode.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::{Read, Write};
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"x").await?;
    /// let mut theirs = theirs.into_std()?;
    /// theirs.set_nonblocking(false)?;
    /// theirs.read_exact(&mut [0])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system refuses to end the watch; `Unsupported` if the socket is a virtual one.
    pub fn into_std(self) -> io::Result<S> {
        self.endpoint.into_source()
    }

    pub(super) fn new(endpoint: Endpoint<S, R>, short: Short) -> Self {
        Self { endpoint, short }
    }

    pub(super) fn endpoint(&self) -> &Endpoint<S, R> {
        &self.endpoint
    }

    pub(super) fn short(&self) -> Short {
        self.short
    }

    /// Reads what is there, at least one byte, into `buffer`; 0 is the end of the stream. Into an
    /// empty buffer it reads nothing, at once.
    ///
    /// Cancel safe: nothing was read if it is dropped before it is done.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::{TcpListener, TcpStream};
    ///
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (server, _) = listener.accept().await?;
    /// client.write_all(b"hello").await?;
    /// drop(client);
    /// let (mut all, mut buffer) = (Vec::new(), [0; 1024]);
    /// loop {
    ///     match server.read(&mut buffer).await? {
    ///         0 => break,
    ///         n => all.extend_from_slice(&buffer[..n]),
    ///     }
    /// }
    /// assert_eq!(all, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `ConnectionReset` after the peer's reset (N5), and what else the system says.
    pub fn read(&self, buffer: &mut [u8]) -> impl Future<Output = io::Result<usize>> {
        // No `async fn`, here and in `write` and `write_all`: that keeps its arguments twice, and these are what connections wait in.
        async move {
            if buffer.is_empty() {
                return Ok(0);
            }
            complete!(self, Interest::Readable, |lent| lent.receive(self.short, buffer))
        }
    }

    /// Like [`read`](Self::read), into several buffers one after the other (N7).
    ///
    /// Cancel safe as that is.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::IoSliceMut;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"head, body").await?;
    /// let (mut head, mut body) = ([0; 4], [0; 100]);
    /// let buffers = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
    /// assert_eq!(theirs.read_vectored(buffers).await?, 10);
    /// assert_eq!(&head, b"head");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        self.endpoint
            .io(Interest::Readable, |lent| lent.receive_vectored(self.short, buffers))
            .await
    }

    /// Reads until `buffer` is full.
    ///
    /// Not cancel safe: what was read before the future was dropped is lost.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"hello, you").await?;
    /// let mut greeting = [0; 5];
    /// theirs.read_exact(&mut greeting).await?;
    /// assert_eq!(&greeting, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `UnexpectedEof` if the stream ends first; otherwise as [`read`](Self::read).
    pub async fn read_exact(&self, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read(buffer).await? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => buffer = &mut buffer[n..],
            }
        }
        Ok(())
    }

    /// Reads to the end of the stream, appends it to `bytes`, and returns how much that was.
    ///
    /// Cancel safe in that what was read is in `bytes`.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"hello").await?;
    /// drop(ours);
    /// let mut greeting = Vec::new();
    /// theirs.read_to_end(&mut greeting).await?;
    /// assert_eq!(greeting, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub async fn read_to_end(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        const CHUNK: usize = 16 * 1024;
        const LEAST: usize = 64;

        let start = bytes.len();
        loop {
            if bytes.capacity() - bytes.len() < LEAST {
                bytes.reserve(CHUNK);
            }
            if self.read_spare(bytes).await? == 0 {
                return Ok(bytes.len() - start);
            }
        }
    }

    /// Reads into the spare room of a buffer, which has some.
    pub(super) async fn read_spare(&self, buffer: &mut (impl Spare + Send)) -> io::Result<usize> {
        let mut receive = |lent: Lent<'_, S>| lent.receive_spare(self.short, buffer);
        let first =
            |cx: &mut Context<'_>| self.endpoint.poll_first(cx, Interest::Readable, &mut receive);
        if let Some(result) = poll_fn(first).await {
            return result;
        }
        self.endpoint.io_after_first(Interest::Readable, receive).await
    }

    /// Writes as much of `bytes` as there is room for, and returns how much that was.
    ///
    /// Cancel safe: nothing was written if it is dropped before it is done.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let n = ours.write(&[0; 1 << 20]).await?;
    /// assert!(n > 0); // what the system has room for
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `BrokenPipe` or `ConnectionReset` when the peer is gone (N5), and what else the system says.
    pub fn write(&self, bytes: &[u8]) -> impl Future<Output = io::Result<usize>> {
        async move {
            if bytes.is_empty() {
                return Ok(0);
            }
            complete!(self, Interest::Writable, |lent| lent.send(self.short, bytes))
        }
    }

    /// Like [`write`](Self::write), from several slices one after the other (N7).
    ///
    /// Cancel safe as that is.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::IoSlice;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// assert_eq!(ours.write_vectored(&[IoSlice::new(b"head"), IoSlice::new(b"body")]).await?, 8);
    /// theirs.read_exact(&mut [0; 8]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`write`](Self::write).
    pub async fn write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Ok(0);
        }
        self.endpoint.io(Interest::Writable, |lent| lent.send_vectored(self.short, slices)).await
    }

    /// Writes all of `bytes`.
    ///
    /// Not cancel safe: nobody knows how much was written before the future was dropped.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"hello").await?;
    /// theirs.read_exact(&mut [0; 5]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`write`](Self::write); `WriteZero` if the system takes nothing more.
    pub fn write_all(&self, mut bytes: &[u8]) -> impl Future<Output = io::Result<()>> {
        async move {
            while !bytes.is_empty() {
                match complete!(self, Interest::Writable, |lent| lent.send(self.short, bytes))? {
                    0 => return Err(io::ErrorKind::WriteZero.into()),
                    n => bytes = &bytes[n..],
                }
            }
            Ok(())
        }
    }

    /// Ends the reading side, the writing side or both; the peer reads the end of the stream once
    /// the writing side is shut down.
    ///
    /// May be repeated, and succeeds when the connection is gone already (N6).
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::net::Shutdown;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.shutdown(Shutdown::Write)?;
    /// assert_eq!(theirs.read(&mut [0]).await?, 0); // the end
    /// theirs.write_all(b"x").await?; // the other direction goes on
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the system says.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.endpoint.lend().shutdown(how)
    }

    /// Takes the error that the system holds for this socket, if any.
    ///
    /// # Errors
    /// It can't be asked.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.endpoint.lend().take_error()
    }

    pub(super) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let receive = |lent: Lent<'_, S>| lent.receive(self.short, buffer);
        self.endpoint.poll_io(cx, Interest::Readable, receive)
    }

    pub(super) fn poll_read_vectored(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let receive = |lent: Lent<'_, S>| lent.receive_vectored(self.short, buffers);
        self.endpoint.poll_io(cx, Interest::Readable, receive)
    }

    pub(super) fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        let send = |lent: Lent<'_, S>| lent.send(self.short, bytes);
        self.endpoint.poll_io(cx, Interest::Writable, send)
    }

    pub(super) fn poll_write_vectored(
        &self,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Poll::Ready(Ok(0));
        }
        let send = |lent: Lent<'_, S>| lent.send_vectored(self.short, slices);
        self.endpoint.poll_io(cx, Interest::Writable, send)
    }
}

/// Implements the reading trait for a type that has a stream inside.
macro_rules! impl_async_read {
    ($type:ty) => {
        impl<S: Source, R: Reactor> AsyncRead for $type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                self.stream().poll_read(cx, buffer)
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                self.stream().poll_read_vectored(cx, buffers)
            }
        }
    };
}

/// Implements the writing trait for a type that has a stream inside.
macro_rules! impl_async_write {
    ($type:ty) => {
        impl<S: Source, R: Reactor> AsyncWrite for $type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bytes: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.stream().poll_write(cx, bytes)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                slices: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.stream().poll_write_vectored(cx, slices)
            }

            fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.close_writing())
            }
        }
    };
}

pub(super) use {impl_async_read, impl_async_write};

impl<S: Source, R: Reactor> Stream<S, R> {
    pub(super) fn stream(&self) -> &Self {
        self
    }

    pub(super) fn close_writing(&self) -> io::Result<()> {
        self.shutdown(Shutdown::Write)
    }
}

impl_async_read!(Stream<S, R>);
impl_async_read!(&Stream<S, R>);
impl_async_write!(Stream<S, R>);
impl_async_write!(&Stream<S, R>);

/// Lends the descriptor of the `endpoint` field.
macro_rules! impl_as_fd {
    ([$($generics:tt)*] $type:ty) => {
        #[cfg(unix)]
        impl<$($generics)*> std::os::fd::AsFd for $type {
            fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
                std::os::fd::AsFd::as_fd(&self.endpoint)
            }
        }

        #[cfg(unix)]
        impl<$($generics)*> std::os::fd::AsRawFd for $type {
            fn as_raw_fd(&self) -> std::os::fd::RawFd {
                std::os::fd::AsFd::as_fd(self).as_raw_fd()
            }
        }

        #[cfg(windows)]
        impl<$($generics)*> std::os::windows::io::AsSocket for $type {
            fn as_socket(&self) -> std::os::windows::io::BorrowedSocket<'_> {
                std::os::windows::io::AsSocket::as_socket(&self.endpoint)
            }
        }
    };
}

pub(super) use impl_as_fd;

impl_as_fd!([S: Source, R: Reactor] Stream<S, R>);
