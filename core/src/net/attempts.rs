//! What a stream does at once or not at all, and operations that its user brings.

use std::io::{self, IoSlice, IoSliceMut};
use std::task::{Context, Poll};

use super::endpoint::Lent;
use super::stream::Stream;
use crate::source::Source;
use crate::{Attempt, Interest, Reactor};

/// Without waiting.
///
/// These ask the system, whatever was known of readiness before. Whoever is told
/// [`WouldBlock`](io::ErrorKind::WouldBlock) waits with [`ready`](Self::ready) and tries again.
impl<S: Source, R: Reactor> Stream<S, R> {
    /// Reads what is there into `buffer`; 0 is the end of the stream, if the buffer is not empty.
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{Reactor, net::TcpStream};
    ///
    /// async fn first_bytes<R: Reactor>(stream: &TcpStream<R>) -> io::Result<Vec<u8>> {
    ///     loop {
    ///         stream.readable().await?;
    ///         let mut buffer = [0; 4096]; // not kept while it waits
    ///         match stream.try_read(&mut buffer) {
    ///             Ok(n) => return Ok(buffer[..n].to_vec()),
    ///             Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
    ///             Err(error) => return Err(error),
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// `WouldBlock` if nothing is there; otherwise as [`read`](Self::read).
    pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.endpoint().lend().receive(self.short(), buffer).map(Attempt::into_inner)
    }

    /// Like [`try_read`](Self::try_read), into several buffers one after the other (N7).
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::IoSliceMut;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"head, body").await?;
    /// theirs.readable().await?;
    /// let (mut head, mut body) = ([0; 4], [0; 100]);
    /// let buffers = &mut [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
    /// assert_eq!(theirs.try_read_vectored(buffers)?, 10);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn try_read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        if buffers.iter().all(|buffer| buffer.is_empty()) {
            return Ok(0);
        }
        self.endpoint().lend().receive_vectored(self.short(), buffers).map(Attempt::into_inner)
    }

    /// Writes as much of `bytes` as there is room for.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// assert_eq!(ours.try_write(b"hello")?, 5);
    /// theirs.read_exact(&mut [0; 5]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; otherwise as [`write`](Self::write).
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.endpoint().lend().send(self.short(), bytes).map(Attempt::into_inner)
    }

    /// Like [`try_write`](Self::try_write), from several slices one after the other (N7).
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::IoSlice;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let slices = [IoSlice::new(b"head"), IoSlice::new(b"body")];
    /// assert_eq!(ours.try_write_vectored(&slices)?, 8);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn try_write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Ok(0);
        }
        self.endpoint().lend().send_vectored(self.short(), slices).map(Attempt::into_inner)
    }

    /// Tries `operation` on the socket, once.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::io::{ErrorKind, Read};
    /// use anyrt::{net::UnixStream, reactor::Interest};
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let read = ours.try_io(Interest::Readable, |mut socket| socket.read(&mut [0]));
    /// assert_eq!(read.unwrap_err().kind(), ErrorKind::WouldBlock);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `operation`; `Unsupported` if the socket is virtual.
    pub fn try_io<T>(
        &self,
        _interest: Interest,
        operation: impl FnOnce(&S) -> io::Result<T>,
    ) -> io::Result<T> {
        operation(self.endpoint().lend().as_system()?)
    }
}

/// Operations of one's own.
impl<S: Source, R: Reactor> Stream<S, R> {
    /// Tries `operation` on the socket each time it may be ready, until that returns something other than
    /// [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// It returns `WouldBlock` only if the system had nothing for it; see
    /// [`Registration::io`](crate::Registration::io). Any number of tasks may do this. Cancel safe if
    /// `operation` has no effect when it would block.
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{Interest, Reactor, net::TcpStream};
    ///
    /// async fn first_byte<R: Reactor>(stream: &TcpStream<R>) -> io::Result<u8> {
    ///     let mut byte = [0];
    ///     stream.io(Interest::Readable, |socket| socket.peek(&mut byte)).await?;
    ///     Ok(byte[0])
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of `operation`; `Unsupported` if the socket is virtual; the runtime is gone.
    pub async fn io<T: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&S) -> io::Result<T> + Send,
    ) -> io::Result<T> {
        let attempt = |lent: Lent<'_, S>| operation(lent.as_system()?).map(Attempt::Done);
        self.endpoint().io(interest, attempt).await
    }

    /// Like [`io`](Self::io), for one task in each direction: the last one that polled is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&S) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let attempt = |lent: Lent<'_, S>| operation(lent.as_system()?).map(Attempt::Done);
        self.endpoint().poll_io(cx, interest, attempt)
    }
}

/// Waiting.
impl<S: Source, R: Reactor> Stream<S, R> {
    /// Waits until there is something to read, or room to write, or an error to be told, and says so again as
    /// long as that is so. Cancel safe.
    ///
    /// Another task may be first, so what follows may still block: [`io`](Self::io) handles that.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::{net::UnixStream, reactor::Interest};
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// ours.ready(Interest::Writable).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn ready(&self, interest: Interest) -> io::Result<()> {
        self.endpoint().ready(interest).await
    }

    /// Waits until there is something to read, or the stream has ended. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"x").await?;
    /// theirs.readable().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<()> {
        self.ready(Interest::Readable).await
    }

    /// Waits until there is room to write. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// ours.writable().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<()> {
        self.ready(Interest::Writable).await
    }

    /// Like [`readable`](Self::readable), for one task: the last one that polled in this direction is woken.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::future::poll_fn;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"x").await?;
    /// poll_fn(|cx| theirs.poll_read_ready(cx)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.endpoint().poll_ready(cx, Interest::Readable)
    }

    /// Like [`writable`](Self::writable), for one task: the last one that polled in this direction is woken.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::future::poll_fn;
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// poll_fn(|cx| ours.poll_write_ready(cx)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.endpoint().poll_ready(cx, Interest::Writable)
    }
}

/// Looking ahead.
impl<S: Source, R: Reactor> Stream<S, R> {
    /// Like [`read`](Self::read), but leaves the bytes where they are. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use anyrt::net::UnixStream;
    ///
    /// let (ours, theirs) = UnixStream::pair()?;
    /// ours.write_all(b"x").await?;
    /// let mut byte = [0];
    /// assert_eq!(theirs.peek(&mut byte).await?, 1);
    /// assert_eq!(theirs.read(&mut byte).await?, 1); // still there
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As there.
    pub async fn peek(&self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        self.endpoint().io(Interest::Readable, |lent| lent.peek_stream(buffer)).await
    }

    /// Like [`peek`](Self::peek), for one task: the last one that polled in this direction is woken.
    ///
    /// # Errors
    /// As there.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        if buffer.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.endpoint().poll_io(cx, Interest::Readable, |lent| lent.peek_stream(buffer))
    }
}
