//! Any file descriptor, made asynchronous.

mod guard;
mod left;

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

use left::Left;

pub use guard::{AsyncFdReadyGuard, TryIoError};

use crate::source::{Source, is_ready};
use crate::{Attempt, Current, Interest, Reactor, Registration, Watched};

/// A file descriptor whose readiness can be awaited: a pipe, a device, an eventfd, a socket of a
/// kind that [`net`](crate::net) does not know.
///
/// Regular files are always ready as far as the system is concerned, and are refused. A type of
/// another crate is turned into one that is a [`Source`] through its `OwnedFd`.
///
/// A socket is to be connected, connecting or listening when it comes here. Before that Linux calls it
/// hung up, and some runtimes keep a thread busy with it.
///
/// # Non-blocking mode is shared
///
/// The mode belongs to what was opened, and not to the descriptor. It reaches whoever else has a
/// descriptor of the same opening, by `try_clone`, by fork, or because a process inherited it: their
/// reads and writes return `WouldBlock` as well from now on, also after this has gone
/// ([`Source::set_nonblocking`] undoes it). Therefore a standard stream is refused if it is a terminal,
/// which the shell and other programs use too, or the same file as another standard stream, to which
/// `println!` may write: `File::open("/dev/stdin")` opens it anew, with a mode of its own.
///
/// # What operations may return
///
/// [`WouldBlock`](io::ErrorKind::WouldBlock) says that the system was asked and had nothing. An
/// operation that returns it for another reason, say because the message that it peeked at is not
/// complete yet, is tried again when more arrives, or on some runtimes again and again until then. What
/// such an operation left is there for the next one (R9).
///
/// Everything else ends the wait, errors included. They are those of single operations: after
/// `ConnectionRefused`, by which a datagram socket tells that an earlier datagram found nobody, the next
/// datagram arrives as ever (R8).
///
/// ```
/// use std::{fs::File, io::{self, Read}};
/// use anyrt_core::{AsyncFd, Interest, Reactor};
///
/// async fn first_byte<R: Reactor>(runtime: &R, pipe: File) -> io::Result<u8> {
///     let pipe = AsyncFd::new_on(runtime, pipe)?;
///     let mut byte = [0];
///     pipe.io(Interest::Readable, |mut pipe| pipe.read_exact(&mut byte)).await?;
///     Ok(byte[0])
/// }
/// ```
#[derive(Debug)]
pub struct AsyncFd<T: Source, R: Reactor> {
    registration: R::Registration<T>,
    left_reading: Left,
    left_writing: Left,
}

impl<T: Source, R: Reactor> AsyncFd<T, R> {
    /// Puts `source` into non-blocking mode and watches it with the runtime that this thread is
    /// inside.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::os::unix::net::UnixStream;
    ///
    /// // Any source; a socket of the standard library here.
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let watched = anyrt::reactor::AsyncFd::new(ours)?;
    /// watched.writable().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system can't watch it (regular files); it is a standard stream that others use (see
    /// [above](Self#non-blocking-mode-is-shared)); there is no runtime.
    #[track_caller]
    pub fn new(source: T) -> io::Result<Self>
    where
        R: Current,
    {
        Self::new_on(&R::here()?, source)
    }

    /// Puts `source` into non-blocking mode and watches it with `runtime`.
    ///
    /// ```
    /// use std::{fs::File, io};
    /// use anyrt_core::{AsyncFd, Reactor};
    ///
    /// fn terminal<R: Reactor>(runtime: &R) -> io::Result<AsyncFd<File, R>> {
    ///     AsyncFd::new_on(runtime, File::open("/dev/tty")?)
    /// }
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), or the runtime is gone.
    pub fn new_on(runtime: &R, source: T) -> io::Result<Self> {
        Ok(Self {
            registration: runtime.register(source)?,
            left_reading: Left::default(),
            left_writing: Left::default(),
        })
    }

    /// What is being watched.
    ///
    /// Operations on it are non-blocking. Prefer [`io`](Self::io): it waits when they would block.
    ///
    /// There is no way to it that could put another source into its place, whose descriptor nobody watches: operations
    /// of std's that take a `&mut File` work on a `&mut &File` as well.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::os::unix::net::UnixStream;
    /// use anyrt::reactor::AsyncFd;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let ours = AsyncFd::new(ours)?;
    /// assert!(ours.get_ref().peer_addr()?.is_unnamed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_ref(&self) -> &T {
        self.registration.source()
    }

    /// Stops the watch and gives the source back; it stays in non-blocking mode.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::os::unix::net::UnixStream;
    /// use anyrt::reactor::AsyncFd;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let ours = AsyncFd::new(ours)?;
    /// let stream = ours.into_inner()?;
    /// stream.set_nonblocking(false)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The system refuses to end the watch.
    pub fn into_inner(self) -> io::Result<T> {
        self.registration.into_source()
    }

    /// Waits until reading has something to return, and says so again while that is so: data, the end,
    /// or an error alone, which the next operation tells. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::{io::{Read, Write}, os::unix::net::UnixStream};
    /// use anyrt::reactor::AsyncFd;
    ///
    /// let (ours, mut theirs) = UnixStream::pair()?;
    /// let ours = AsyncFd::new(ours)?;
    /// theirs.write_all(b"x")?;
    /// let mut ready = ours.readable().await?;
    /// let mut byte = [0];
    /// ready.try_io(|ours| ours.get_ref().read(&mut byte)).expect("it is ready")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T, R>> {
        self.ready(Interest::Readable).await
    }

    /// Waits until writing has something to return, and says so again while that is so: there is room,
    /// or an error, which the next operation tells. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::os::unix::net::UnixStream;
    /// use anyrt::reactor::AsyncFd;
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let ours = AsyncFd::new(ours)?;
    /// ours.writable().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T, R>> {
        self.ready(Interest::Writable).await
    }

    /// Waits like [`readable`](Self::readable) or [`writable`](Self::writable), as `interest` says. Any number of tasks
    /// may do this. Cancel safe.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::os::unix::net::UnixStream;
    /// use anyrt::reactor::{AsyncFd, Interest};
    ///
    /// let (ours, _theirs) = UnixStream::pair()?;
    /// let ours = AsyncFd::new(ours)?;
    /// let _guard = ours.ready(Interest::Writable).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T, R>> {
        if !poll_fn(|cx| self.poll_left_ready(cx, interest)).await? {
            self.registration.ready(interest).await?;
        }
        Ok(AsyncFdReadyGuard::new(self, interest))
    }

    /// Like [`readable`](Self::readable), for one task: the last one that polled this, or
    /// [`poll_io`](Self::poll_io) in this direction, is woken.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::{future::poll_fn, io::Write, os::unix::net::UnixStream};
    /// use anyrt::reactor::AsyncFd;
    ///
    /// let (ours, mut theirs) = UnixStream::pair()?;
    /// let ours = AsyncFd::new(ours)?;
    /// theirs.write_all(b"x")?;
    /// let _guard = poll_fn(|cx| ours.poll_read_ready(cx)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_read_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T, R>>> {
        self.poll_ready(cx, Interest::Readable)
    }

    /// Like [`writable`](Self::writable), for one task: the last one that polled this, or
    /// [`poll_io`](Self::poll_io) in this direction, is woken.
    ///
    /// # Errors
    /// The runtime is gone.
    pub fn poll_write_ready(
        &self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T, R>>> {
        self.poll_ready(cx, Interest::Writable)
    }

    fn poll_ready(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'_, T, R>>> {
        if !ready!(self.poll_left_ready(cx, interest))? {
            ready!(self.registration.poll_io(cx, interest, |source| {
                if is_ready(source, interest)? {
                    Ok(Attempt::Done(()))
                } else {
                    Err(io::ErrorKind::WouldBlock.into())
                }
            }))?;
        }
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, interest)))
    }

    /// Tries `operation` once, now.
    ///
    /// ```
    /// use std::{fs::File, io::{self, Read}};
    /// use anyrt_core::{AsyncFd, Interest, Reactor};
    ///
    /// /// What is there already, and nothing else.
    /// fn drain<R: Reactor>(pipe: &AsyncFd<File, R>, buffer: &mut [u8]) -> io::Result<usize> {
    ///     match pipe.try_io(Interest::Readable, |mut pipe| pipe.read(buffer)) {
    ///         Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
    ///         result => result,
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of `operation`; [`WouldBlock`](io::ErrorKind::WouldBlock) says that it is to be tried again when the
    /// descriptor is ready for `interest`.
    pub fn try_io<O>(
        &self,
        _interest: Interest,
        operation: impl FnOnce(&T) -> io::Result<O>,
    ) -> io::Result<O> {
        operation(self.get_ref())
    }

    /// Tries `operation` each time the descriptor may be ready, until it returns something other
    /// than [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// See [what operations may return](Self#what-operations-may-return). Any number of tasks may do
    /// this. Cancel safe if the operation has no effect when it would block.
    ///
    /// ```
    /// # #[anyrt::main(current_thread)]
    /// # async fn main() -> std::io::Result<()> {
    /// use std::{io::{Read, Write}, os::unix::net::UnixStream};
    /// use anyrt::reactor::{AsyncFd, Interest};
    ///
    /// let (ours, mut theirs) = UnixStream::pair()?;
    /// let ours = AsyncFd::new(ours)?;
    /// theirs.write_all(b"hello")?;
    /// let mut greeting = [0; 5];
    /// ours.io(Interest::Readable, |mut stream| stream.read_exact(&mut greeting)).await?;
    /// assert_eq!(&greeting, b"hello");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of `operation`; the runtime is gone.
    pub async fn io<O: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<O> + Send,
    ) -> io::Result<O> {
        let left = poll_fn(|cx| self.poll_what_is_left(cx, interest, &mut operation));
        if let Some(result) = left.await {
            return result;
        }
        self.registration
            .io(interest, |source| self.attempt(source, interest, &mut operation))
            .await
    }

    /// Like [`io`](Self::io), for one task in each direction: the last one that polled is woken.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    pub fn poll_io<O>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<O>,
    ) -> Poll<io::Result<O>> {
        if let Some(result) = ready!(self.poll_what_is_left(cx, interest, &mut operation)) {
            return Poll::Ready(result);
        }
        let attempt = |source: &T| self.attempt(source, interest, &mut operation);
        self.registration.poll_io(cx, interest, attempt)
    }

    /// Whether the descriptor is ready though the reactor may have forgotten that.
    fn poll_left_ready(&self, cx: &Context<'_>, interest: Interest) -> Poll<io::Result<bool>> {
        let may_have_left = ready!(self.left(interest).poll(cx));
        Poll::Ready(Ok(may_have_left && is_ready(self.get_ref(), interest)?))
    }

    /// The result of the operation if there is one though the reactor may have forgotten readiness.
    fn poll_what_is_left<O>(
        &self,
        cx: &Context<'_>,
        interest: Interest,
        operation: &mut impl FnMut(&T) -> io::Result<O>,
    ) -> Poll<Option<io::Result<O>>> {
        if !ready!(self.left(interest).poll(cx)) {
            return Poll::Ready(None);
        }
        let (_, result) = Attempt::settle(operation(self.get_ref()).map(Attempt::Done));
        Poll::Ready(result)
    }

    fn attempt<O>(
        &self,
        source: &T,
        interest: Interest,
        operation: &mut impl FnMut(&T) -> io::Result<O>,
    ) -> io::Result<Attempt<O>> {
        let left = self.left(interest);
        let before = left.known();
        let result = operation(source);
        let would_block =
            matches!(&result, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        left.note(before, would_block);
        result.map(Attempt::Done)
    }

    fn left(&self, interest: Interest) -> &Left {
        match interest {
            Interest::Readable => &self.left_reading,
            Interest::Writable => &self.left_writing,
        }
    }
}

impl<T: Source, R: Reactor> AsRef<T> for AsyncFd<T, R> {
    fn as_ref(&self) -> &T {
        self.get_ref()
    }
}

impl<T: Source, R: Reactor> Watched for AsyncFd<T, R> {
    async fn ready(&self, interest: Interest) -> io::Result<()> {
        self.ready(interest).await.map(drop)
    }
}

impl<T: Source, R: Reactor> AsFd for AsyncFd<T, R> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.get_ref().as_fd()
    }
}

impl<T: Source, R: Reactor> AsRawFd for AsyncFd<T, R> {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}
