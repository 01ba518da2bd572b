//! The ends of the pipes to the standard streams of a child.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::process::{self, Stdio};
use std::task::{Context, Poll};

use anyrt_core::{Attempt, Current, Interest, Reactor, Registration as _, Source};
use futures_io::{AsyncRead, AsyncWrite};

use crate::Handle;
use crate::reactor::Registration;

/// One end, in non-blocking mode. The mode is that of this end alone: the child has the other.
#[derive(Debug)]
pub(super) struct Pipe {
    registration: Registration<File>,
}

impl Pipe {
    fn on(runtime: &Handle, end: OwnedFd) -> io::Result<Self> {
        Ok(Self { registration: runtime.register(File::from(end))? })
    }

    fn file(&self) -> &File {
        self.registration.source()
    }

    /// The end in blocking mode, as other processes and the standard library expect it.
    fn into_owned_fd(self) -> io::Result<OwnedFd> {
        let file = self.registration.into_source()?;
        file.set_nonblocking(false)?;
        Ok(file.into())
    }

    async fn io<T: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&File) -> io::Result<T> + Send,
    ) -> io::Result<T> {
        let mut attempt = |file: &File| uninterrupted(|| operation(file)).map(Attempt::Done);
        let first = |cx: &mut Context<'_>| self.registration.poll_first(cx, interest, &mut attempt);
        match poll_fn(first).await {
            Some(result) => result,
            None => self.registration.io_after_first(interest, attempt).await,
        }
    }

    pub(super) fn poll_io<T>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&File) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let attempt = |file: &File| uninterrupted(|| operation(file)).map(Attempt::Done);
        self.registration.poll_io(cx, interest, attempt)
    }
}

/// Appends all that comes, as far as there is a pipe.
pub(super) async fn read_to_end(pipe: Option<&Pipe>, bytes: &mut Vec<u8>) -> io::Result<()> {
    /// In one attempt: a child that writes for ever must let others go first.
    const MOST: u64 = 256 * 1024;

    let Some(pipe) = pipe else { return Ok(()) };
    loop {
        let before = bytes.len();
        let read = |file: &File| {
            // What an attempt has read before it would block stays in `bytes`.
            let room = MOST - (bytes.len() - before) as u64;
            file.take(room).read_to_end(bytes)
        };
        pipe.io(Interest::Readable, read).await?;
        if ((bytes.len() - before) as u64) < MOST {
            return Ok(());
        }
    }
}

/// A call that a signal interrupts is made again.
fn uninterrupted<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

macro_rules! end_of_a_pipe {
    ($end:ident, $interest:expr) => {
        impl $end {
            /// Takes over an end of the standard library's, and puts it into non-blocking mode.
            ///
            /// # Errors
            /// The system can't watch it; the default runtime can't be started.
            ///
            /// # Panics
            /// No backend is compiled in.
            pub fn from_std(inner: process::$end) -> io::Result<Self> {
                Self::from_std_on(&Handle::here()?, inner)
            }

            /// Takes over an end of the standard library's for `runtime`.
            ///
            /// # Errors
            /// The system can't watch it; the runtime is gone.
            pub fn from_std_on(runtime: &Handle, inner: process::$end) -> io::Result<Self> {
                Pipe::on(runtime, inner.into()).map(|pipe| Self { pipe })
            }

            /// The end as a descriptor in blocking mode, for other children and the standard library.
            ///
            /// # Errors
            /// The system refuses to end the watch.
            pub fn into_owned_fd(self) -> io::Result<OwnedFd> {
                self.pipe.into_owned_fd()
            }

            /// Waits until an operation would not block: there are bytes or there is room, or the other end is closed. Cancel
            /// safe.
            ///
            /// # Errors
            /// The runtime is gone.
            pub async fn ready(&self) -> io::Result<()> {
                self.pipe.registration.ready($interest).await
            }
        }

        /// In non-blocking mode, with which the other process has nothing to do.
        impl AsFd for $end {
            fn as_fd(&self) -> BorrowedFd<'_> {
                self.pipe.file().as_fd()
            }
        }

        impl AsRawFd for $end {
            fn as_raw_fd(&self) -> RawFd {
                self.as_fd().as_raw_fd()
            }
        }

        /// For a standard stream of another child, in blocking mode.
        impl TryFrom<$end> for Stdio {
            type Error = io::Error;

            fn try_from(end: $end) -> io::Result<Self> {
                end.into_owned_fd().map(Self::from)
            }
        }
    };
}

/// What a child reads from its standard input.
///
/// The child reads the end when this is dropped; closing it as a writer does nothing. Its methods take `&self`, and any number of
/// tasks may use them; the poll functions of the trait serve one.
///
/// ```
/// use std::process::Stdio;
/// use anyrt::process::Command;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut child = Command::new("wc").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
/// let stdin = child.stdin.take().expect("it is piped");
/// stdin.write_all(b"hello").await?;
/// drop(stdin);
/// assert_eq!(child.wait_with_output().await?.stdout.trim_ascii(), b"5");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ChildStdin {
    pub(super) pipe: Pipe,
}

/// What a child writes to its standard output.
///
/// Its methods take `&self`, and any number of tasks may use them; the poll functions of the trait serve one.
///
/// ```
/// use std::process::Stdio;
/// use anyrt::process::Command;
///
/// # #[anyrt::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut child = Command::new("seq").arg("1000").stdout(Stdio::piped()).spawn()?;
/// let stdout = child.stdout.take().expect("it is piped");
/// let (mut lines, mut buffer) = (0, [0; 1024]);
/// loop {
///     match stdout.read(&mut buffer).await? {
///         0 => break,
///         n => lines += buffer[..n].iter().filter(|byte| **byte == b'\n').count(),
///     }
/// }
/// assert_eq!(lines, 1000);
/// assert!(child.wait().await?.success());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ChildStdout {
    pub(super) pipe: Pipe,
}

/// What a child writes to its standard error. All else is as with [`ChildStdout`].
#[derive(Debug)]
pub struct ChildStderr {
    pub(super) pipe: Pipe,
}

end_of_a_pipe!(ChildStdin, Interest::Writable);
end_of_a_pipe!(ChildStdout, Interest::Readable);
end_of_a_pipe!(ChildStderr, Interest::Readable);

impl ChildStdin {
    /// Writes as much of `bytes` as there is room for, and returns how much that was.
    ///
    /// Cancel safe: nothing was written if it is dropped before it is done.
    ///
    /// # Errors
    /// `BrokenPipe` when the child has closed its end or is gone, if this process ignores SIGPIPE, as Rust's programs do. What
    /// else the system says.
    pub async fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        self.pipe.io(Interest::Writable, |mut file| file.write(bytes)).await
    }

    /// Like [`write`](Self::write), from several slices one after the other. Cancel safe as that is.
    ///
    /// # Errors
    /// As there.
    pub async fn write_vectored(&self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        if slices.iter().all(|slice| slice.is_empty()) {
            return Ok(0);
        }
        self.pipe.io(Interest::Writable, |mut file| file.write_vectored(slices)).await
    }

    /// Writes all of `bytes`.
    ///
    /// Not cancel safe: nobody knows how much was written before the future was dropped.
    ///
    /// ```
    /// use std::{io, process::Stdio};
    /// use anyrt::process::Command;
    ///
    /// # #[anyrt::main]
    /// # async fn main() -> io::Result<()> {
    /// let mut child = Command::new("true").stdin(Stdio::piped()).spawn()?;
    /// let stdin = child.stdin.take().expect("it is piped");
    /// child.wait().await?;
    /// let error = stdin.write_all(b"is anybody there?").await.unwrap_err();
    /// assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`write`](Self::write); `WriteZero` if the system takes nothing more.
    pub async fn write_all(&self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.write(bytes).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                n => bytes = &bytes[n..],
            }
        }
        Ok(())
    }

    /// Writes as much of `bytes` as there is room for, without waiting.
    ///
    /// # Errors
    /// `WouldBlock` if there is no room; otherwise as [`write`](Self::write).
    pub fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.is_empty() {
            return Ok(0);
        }
        uninterrupted(|| self.pipe.file().write(bytes))
    }
}

/// Writers have nothing to flush, for the system has what was written; and the child reads the end only when this is dropped.
impl AsyncWrite for ChildStdin {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_io(cx, Interest::Writable, |mut file| file.write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pipe.poll_io(cx, Interest::Writable, |mut file| file.write_vectored(slices))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

macro_rules! reading_end {
    ($end:ident) => {
        impl $end {
            /// Reads what is there, at least one byte, into `buffer`; 0 is the end. Into an empty buffer it reads nothing, at once.
            ///
            /// Cancel safe: nothing was read if it is dropped before it is done.
            ///
            /// # Errors
            /// What the system says; the runtime is gone.
            pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
                if buffer.is_empty() {
                    return Ok(0);
                }
                self.pipe.io(Interest::Readable, |mut file| file.read(buffer)).await
            }

            /// Like [`read`](Self::read), into several buffers one after the other. Cancel safe as that is.
            ///
            /// # Errors
            /// As there.
            pub async fn read_vectored(&self, buffers: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                if buffers.iter().all(|buffer| buffer.is_empty()) {
                    return Ok(0);
                }
                self.pipe.io(Interest::Readable, |mut file| file.read_vectored(buffers)).await
            }

            /// Reads until `buffer` is full.
            ///
            /// Not cancel safe: what was read before the future was dropped is lost.
            ///
            /// # Errors
            /// `UnexpectedEof` if the end comes first; otherwise as [`read`](Self::read).
            pub async fn read_exact(&self, mut buffer: &mut [u8]) -> io::Result<()> {
                while !buffer.is_empty() {
                    match self.read(buffer).await? {
                        0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                        n => buffer = &mut buffer[n..],
                    }
                }
                Ok(())
            }

            /// Reads to the end, appends it to `bytes`, and returns how much that was.
            ///
            /// Cancel safe in that what was read is in `bytes`.
            ///
            /// ```
            /// use std::process::Stdio;
            /// use anyrt::process::Command;
            ///
            /// # #[anyrt::main]
            /// # async fn main() -> std::io::Result<()> {
            /// let mut command = Command::new("echo");
            /// let mut child = command.arg("hello").stdout(Stdio::piped()).spawn()?;
            /// let mut text = Vec::new();
            /// child.stdout.take().expect("it is piped").read_to_end(&mut text).await?;
            /// assert_eq!(text, b"hello\n");
            /// # child.wait().await.map(drop)
            /// # }
            /// ```
            ///
            /// # Errors
            /// As [`read`](Self::read).
            pub async fn read_to_end(&self, bytes: &mut Vec<u8>) -> io::Result<usize> {
                let before = bytes.len();
                read_to_end(Some(&self.pipe), bytes).await?;
                Ok(bytes.len() - before)
            }

            /// Reads what is there into `buffer`, without waiting; 0 is the end, if the buffer is not empty.
            ///
            /// # Errors
            /// `WouldBlock` if nothing is there; otherwise as [`read`](Self::read).
            pub fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
                if buffer.is_empty() {
                    return Ok(0);
                }
                uninterrupted(|| self.pipe.file().read(buffer))
            }
        }

        impl AsyncRead for $end {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffer: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                self.pipe.poll_io(cx, Interest::Readable, |mut file| file.read(buffer))
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buffers: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                self.pipe.poll_io(cx, Interest::Readable, |mut file| file.read_vectored(buffers))
            }
        }
    };
}

reading_end!(ChildStdout);
reading_end!(ChildStderr);
