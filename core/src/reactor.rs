//! Readiness of sockets and file descriptors.
//!
//! A backend implements [`Reactor`] and [`Registration`]; the sockets of [`net`](crate::net) and
//! [`AsyncFd`](crate::AsyncFd) are written on top of them, once.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::task::{Context, Poll};

use sync_wrapper::SyncFuture;

use crate::source::{self, Source};

/// Watches sources for readiness.
///
/// Guarantees: R1 to R6 of the [table](crate#guarantees).
///
/// ```
/// use std::{io, net::UdpSocket};
/// use anyrt_core::{Attempt, Interest, Reactor, Registration};
///
/// async fn datagram<R: Reactor>(runtime: &R, socket: UdpSocket) -> io::Result<Vec<u8>> {
///     let registration = runtime.register(socket)?;
///     let mut buffer = vec![0; 1500];
///     let read = |socket: &UdpSocket| socket.recv(&mut buffer).map(Attempt::Done);
///     let length = registration.io(Interest::Readable, read).await?;
///     buffer.truncate(length);
///     Ok(buffer)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no reactor: it is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait Reactor: Clone + Debug + Send + Sync + Unpin + 'static {
    /// A source that is being watched.
    type Registration<T: Source>: Registration<T>;

    /// Starts watching a source that is in non-blocking mode already.
    ///
    /// Works from any thread (R1). A source in blocking mode would block the threads that poll
    /// tasks; [`register`](Self::register) takes care of that.
    ///
    /// # Errors
    /// The system refuses to watch it, as it does regular files, or the runtime is gone (R6). The
    /// source is dropped then. That there is no room for one more may be told by the first wait instead.
    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Self::Registration<T>>;

    /// Puts `source` into non-blocking mode and starts watching it.
    ///
    /// # Errors
    /// As [`register_nonblocking`](Self::register_nonblocking); `Unsupported` for a standard stream in
    /// blocking mode that others read or write as well, who would have to put up with the other mode.
    fn register<T: Source>(&self, source: T) -> io::Result<Self::Registration<T>> {
        source::refuse_shared(&source)?;
        source.set_nonblocking(true)?;
        self.register_nonblocking(source)
    }
}

/// A source that is being watched, and owned.
///
/// It may be moved between threads and polled on any executor (R5). Dropping it stops the watch and
/// then drops the source, so that a descriptor is never closed while it is watched (R4).
pub trait Registration<T: Source>: Debug + Send + Sync + Unpin + 'static {
    /// The source.
    fn source(&self) -> &T;

    /// Stops the watch and gives the source back, in non-blocking mode.
    ///
    /// # Errors
    /// The system refuses to end the watch; the source is dropped then.
    fn into_source(self) -> io::Result<T>;

    /// Tries `operation` each time the source may be ready, until it returns something other than
    /// [`WouldBlock`](io::ErrorKind::WouldBlock).
    ///
    /// It may be tried before any readiness was reported. Any number of tasks may wait in one
    /// direction (R2), and readiness that arrives while the operation is tried is not lost (R3).
    /// Errors and hang-ups are readiness in both directions, also where they come alone (R8).
    /// After the runtime has gone it returns an error, where the reactor went with it (R6).
    ///
    /// The operation returns `WouldBlock` only if the system had nothing for it: readiness may be
    /// forgotten then until the system tells of more, for this operation and those after it.
    /// ([`AsyncFd`](crate::AsyncFd) is more patient, R9.)
    ///
    /// Cancel safe if `operation` has no effect when it returns `WouldBlock`.
    ///
    /// # Errors
    /// Those of `operation`; where it has to wait, also that the system has no room to watch one more source, or that the runtime
    /// is gone.
    fn io<R: Send>(
        &self,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> impl Future<Output = io::Result<R>> + Send;

    /// Like [`io`](Self::io), in the form of a poll function, which waits for the same (R8): only the
    /// task that polled last in one direction is woken.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>>;

    /// Tries the operation before any wait, as [`io`](Self::io) does first: `None` if it would have to wait.
    /// `Pending` if the task has used its budget up (S12), and is woken for that.
    ///
    /// For callers that save what it costs to make the future of `io`. A backend need not have it: the operation
    /// is left to `io` then.
    ///
    /// # Errors
    /// Those of `operation`.
    #[inline]
    fn poll_first<R>(
        &self,
        _cx: &mut Context<'_>,
        _interest: Interest,
        _operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<Option<io::Result<R>>> {
        Poll::Ready(None)
    }

    /// Like [`io`](Self::io), for a caller whom [`poll_first`](Self::poll_first) has just told to wait.
    ///
    /// # Errors
    /// Those of `operation`.
    fn io_after_first<R: Send>(
        &self,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> impl Future<Output = io::Result<R>> + Send {
        self.io(interest, operation)
    }

    /// Waits until an operation in the direction of `interest` would not block: there is something to
    /// read, or room, or the end, or an error to be told.
    ///
    /// An error alone is ready as well (R8), such as that of a datagram that was refused: the next
    /// operation in either direction tells it, once, and it ends nothing but that operation. Whoever
    /// gets ready for a datagram handles such an error as one of the peer, and goes on.
    ///
    /// Says so again as long as that stays true, for instance while data is left to read. Another
    /// task may take the data first, so the operation that follows may still return `WouldBlock`;
    /// [`io`](Self::io) handles that. Cancel safe.
    ///
    /// # Errors
    /// As [`io`](Self::io).
    fn ready(&self, interest: Interest) -> impl Future<Output = io::Result<()>> + Send + Sync {
        // Nobody polls a future by a shared reference, so it may be `Sync` whatever is in it.
        SyncFuture::new(self.io(interest, move |source| {
            if source::is_ready(source, interest)? {
                Ok(Attempt::Done(()))
            } else {
                Err(io::ErrorKind::WouldBlock.into())
            }
        }))
    }
}

/// A direction in which a source can be ready.
///
/// There will be no other: a backend has to serve each of them, so one more would be another trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interest {
    /// Reading, receiving and accepting.
    Readable,
    /// Writing, sending and completing a connect.
    Writable,
}

/// A successful attempt at an operation, and what it says about the source.
///
/// There will be no other kind: a backend has to understand each of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt<R> {
    /// The operation is done, and the source may be ready for another one.
    Done(R),
    /// The operation is done, and it took all there was: the next one would block.
    ///
    /// Saves the system call that would say so. Claiming it wrongly makes a later operation wait for
    /// readiness that was there already, so a short read is a case of it only where reads never stop
    /// early (R7). Of all sources, a TCP socket alone is one of those, and even there a read stops at
    /// the mark of urgent data, which any peer can send: a backend that keeps readiness, and forgets
    /// it for this claim, believes the claim only of a source of which no priority event was told
    /// since an attempt would last have blocked.
    Exhausted(R),
}

impl<R> Attempt<R> {
    /// For backends: whether an attempt has used the readiness up, and the result of the operation
    /// if that is over.
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::Attempt;
    ///
    /// let (is_used_up, result) = Attempt::settle(Ok(Attempt::Exhausted(7)));
    /// assert!(is_used_up);
    /// assert_eq!(result.unwrap().unwrap(), 7);
    ///
    /// let would_block = io::Error::from(io::ErrorKind::WouldBlock);
    /// let (is_used_up, result) = Attempt::<u8>::settle(Err(would_block));
    /// assert!(is_used_up && result.is_none());
    /// ```
    #[inline(always)]
    pub fn settle(attempt: io::Result<Self>) -> (bool, Option<io::Result<R>>) {
        match attempt {
            Ok(Self::Done(value)) => (false, Some(Ok(value))),
            Ok(Self::Exhausted(value)) => (true, Some(Ok(value))),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => (true, None),
            Err(error) => (false, Some(Err(error))),
        }
    }

    /// What the operation returned.
    #[cfg(any(unix, windows, target_os = "wasi"))]
    pub(crate) fn into_inner(self) -> R {
        match self {
            Self::Done(value) | Self::Exhausted(value) => value,
        }
    }
}
