//! What is known of the readiness of a socket, and how one waits for it.
//!
//! tokio keeps readiness from the moment when the system tells of it until an operation would block. So does
//! this module, and asks the system where nothing is known: a wait that returns at once costs no system call,
//! and a socket stays writable until it is full.

use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::pin;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use anyrt::reactor::Interest as Direction;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::counted::{before_try, keep, poll_counted};
use crate::io::{Interest, Ready, gone};

/// Something that a runtime watches.
pub(crate) trait Watched: AsFd + Sync {
    /// Whether the descriptor is only a stand-in, of which the system knows nothing.
    fn is_virtual(&self) -> bool;

    /// Waits in one direction until `check` returns something other than `WouldBlock`, in any number of tasks.
    fn wait(
        &self,
        direction: Direction,
        check: impl FnMut() -> io::Result<Ready> + Send + Sync,
    ) -> impl Future<Output = io::Result<Ready>> + Send + Sync;

    /// Like [`wait`](Self::wait), for one task in each direction.
    fn poll_wait(
        &self,
        cx: &mut Context<'_>,
        direction: Direction,
        check: impl FnMut() -> io::Result<Ready>,
    ) -> Poll<io::Result<Ready>>;
}

/// Implements it for a socket of anyrt.
macro_rules! impl_watched {
    ([$($generics:tt)*] $socket:ty, $poll_read_ready:ident, $poll_write_ready:ident) => {
        impl<$($generics)*> $crate::net::readiness::Watched for $socket {
            fn is_virtual(&self) -> bool {
                self.try_io(anyrt::reactor::Interest::Readable, |_| Ok(())).is_err()
            }

            async fn wait(
                &self,
                direction: anyrt::reactor::Interest,
                mut check: impl FnMut() -> std::io::Result<$crate::io::Ready> + Send + Sync,
            ) -> std::io::Result<$crate::io::Ready> {
                if self.is_virtual() {
                    self.ready(direction).await?;
                    return check();
                }
                sync_wrapper::SyncFuture::new(self.io(direction, move |_| check()))
                    .await
                    .map_err($crate::io::gone::as_tokio_says)
            }

            fn poll_wait(
                &self,
                cx: &mut std::task::Context<'_>,
                direction: anyrt::reactor::Interest,
                mut check: impl FnMut() -> std::io::Result<$crate::io::Ready>,
            ) -> std::task::Poll<std::io::Result<$crate::io::Ready>> {
                if self.is_virtual() {
                    let ready = match direction {
                        anyrt::reactor::Interest::Readable => self.$poll_read_ready(cx),
                        anyrt::reactor::Interest::Writable => self.$poll_write_ready(cx),
                    };
                    std::task::ready!(ready)?;
                    return std::task::Poll::Ready(check());
                }
                self.poll_io(cx, direction, move |_| check())
                    .map_err($crate::io::gone::as_tokio_says)
            }
        }
    };
}

pub(super) use impl_watched;

/// What is known of a socket. A hint, by which nothing is published: relaxed accesses do.
#[derive(Debug, Default)]
pub(crate) struct Readiness(AtomicU8);

impl Readiness {
    /// What is known to be ready of what `interest` asks for.
    #[inline]
    pub(crate) fn known(&self, interest: Interest) -> Ready {
        Ready::from_bits(self.0.load(Ordering::Relaxed)) & interest.mask()
    }

    /// Forgets what is ready for an operation that would block. What is closed stays closed.
    #[inline]
    pub(crate) fn forget(&self, interest: Interest) {
        let closed = Ready::READ_CLOSED | Ready::WRITE_CLOSED;
        let bits = (interest.mask() - closed).bits();
        if self.0.load(Ordering::Relaxed) & bits != 0 {
            self.0.fetch_and(!bits, Ordering::Relaxed);
        }
    }

    /// `n` bytes of `length` were read or written. If these are not all of them, the next operation would block, as far as
    /// anybody knows.
    #[inline]
    pub(crate) fn moved(&self, interest: Interest, n: usize, length: usize) {
        if 0 < n && n < length {
            self.forget(interest);
        }
    }

    /// Passes on the result of an operation that does not wait. As tokio has it, an error that it would block is without a code of
    /// the system's.
    #[inline]
    pub(crate) fn settle<T>(&self, interest: Interest, result: io::Result<T>) -> io::Result<T> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.forget(interest);
                Err(io::ErrorKind::WouldBlock.into())
            }
            result => result,
        }
    }

    /// Polls an operation that waits, if the task has budget for it.
    #[inline]
    pub(crate) fn poll<T>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: impl FnOnce(&mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let operation = |cx: &mut Context<'_>| {
            let polled = operation(cx);
            if polled.is_pending() {
                self.forget(interest);
            }
            polled
        };
        poll_counted(cx, operation).map_err(gone::as_tokio_says)
    }

    /// Waits until it is ready for some of what `interest` asks for, and tells what for.
    pub(crate) async fn ready<W: Watched>(
        &self,
        watched: &W,
        interest: Interest,
    ) -> io::Result<Ready> {
        let known = self.known(interest);
        if known.is_empty() {
            return self.news(watched, interest).await;
        }
        // It may be closed by now, which nobody has asked for since.
        Ok(known | self.check(watched, interest)().unwrap_or(Ready::EMPTY))
    }

    /// Waits until there is something to read. Without a system call if that is known.
    pub(crate) async fn readable<W: Watched>(&self, watched: &W) -> io::Result<()> {
        self.wait(watched, Direction::Readable, Interest::READABLE).await
    }

    /// Waits until there is room to write. Without a system call if that is known.
    pub(crate) async fn writable<W: Watched>(&self, watched: &W) -> io::Result<()> {
        self.wait(watched, Direction::Writable, Interest::WRITABLE).await
    }

    async fn wait<W: Watched>(
        &self,
        watched: &W,
        direction: Direction,
        interest: Interest,
    ) -> io::Result<()> {
        if self.known(interest).is_empty() {
            watched.wait(direction, self.check(watched, interest)).await?;
        }
        Ok(())
    }

    /// Waits for readiness that nobody knows of yet.
    async fn news<W: Watched>(&self, watched: &W, interest: Interest) -> io::Result<Ready> {
        if !interest.is_readable() && !interest.is_writable() {
            // In a box, for it is large, and few ask for that.
            return Box::pin(self.ready_of_neither_direction(watched, interest)).await;
        }
        let wait = |direction, interest| watched.wait(direction, self.check(watched, interest));
        if !interest.is_writable() {
            return wait(Direction::Readable, interest).await;
        }
        if !interest.is_readable() {
            return wait(Direction::Writable, interest).await;
        }
        let mut reading = pin!(wait(Direction::Readable, interest));
        let mut writing = pin!(wait(Direction::Writable, interest));
        let either = |cx: &mut Context<'_>| match reading.as_mut().poll(cx) {
            Poll::Ready(ready) => Poll::Ready(ready),
            Poll::Pending => writing.as_mut().poll(cx),
        };
        poll_fn(either).await
    }

    /// Waits for errors or priority events alone.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    async fn ready_of_neither_direction<W: Watched>(
        &self,
        watched: &W,
        interest: Interest,
    ) -> io::Result<Ready> {
        use std::os::fd::AsRawFd;

        use crate::context;
        use crate::io::unix::Edges;

        if watched.is_virtual() {
            return std::future::pending().await;
        }
        let edges = Edges::new(&context::with_io(), watched.as_fd().as_raw_fd(), interest)?;
        edges.ready(interest).await.map(|event| event.ready)
    }

    /// Waits for errors alone. Elsewhere one comes with something to read.
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    async fn ready_of_neither_direction<W: Watched>(
        &self,
        watched: &W,
        interest: Interest,
    ) -> io::Result<Ready> {
        watched.wait(Direction::Readable, self.check(watched, interest)).await
    }

    /// Like [`ready`](Self::ready), for one task in each direction.
    pub(crate) fn poll_ready<W: Watched>(
        &self,
        watched: &W,
        cx: &mut Context<'_>,
        interest: Interest,
    ) -> Poll<io::Result<()>> {
        let direction =
            if interest.is_writable() { Direction::Writable } else { Direction::Readable };
        let wait = |cx: &mut Context<'_>| {
            if self.known(interest).is_empty() {
                return watched
                    .poll_wait(cx, direction, self.check(watched, interest))
                    .map_ok(drop);
            }
            anyrt::task::poll_proceed(cx, |_| Poll::Ready(Ok(())))
        };
        poll_counted(cx, wait)
    }

    /// Tries an operation once, if it is ready.
    pub(crate) fn try_io<W: Watched, T>(
        &self,
        watched: &W,
        interest: Interest,
        operation: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        if self.known(interest).is_empty() {
            self.check(watched, interest)()?;
        }
        self.settle(interest, operation())
    }

    /// Tries an operation each time when it is ready, until it does not block.
    pub(crate) async fn io<W: Watched, T>(
        &self,
        watched: &W,
        interest: Interest,
        mut operation: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            if self.known(interest).is_empty() {
                self.news(watched, interest).await?;
            }
            let unit = before_try().await;
            match self.settle(interest, operation()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => {
                    keep(unit);
                    return result;
                }
            }
        }
    }

    /// Tries to receive, which asks the system itself, at once and each time when there may be something.
    #[cfg(feature = "io-util")]
    pub(crate) async fn receive<W: Watched, T>(
        &self,
        watched: &W,
        mut receive: impl FnMut() -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            let unit = before_try().await;
            match self.settle(Interest::READABLE, receive()) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => drop(unit),
                result => {
                    keep(unit);
                    return result;
                }
            }
            self.readable(watched).await?;
        }
    }

    /// Asks the system what is ready, and notes it.
    fn check<W: Watched>(
        &self,
        watched: &W,
        interest: Interest,
    ) -> impl FnMut() -> io::Result<Ready> + Send + Sync {
        move || {
            if watched.is_virtual() {
                return Ok(interest.mask() & (Ready::READABLE | Ready::WRITABLE));
            }
            let (now, lasting) = ask(watched.as_fd())?;
            self.0.fetch_or(lasting.bits(), Ordering::Relaxed);
            let wanted = now & interest.mask();
            if wanted.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(wanted) }
        }
    }
}

/// That the other end writes no more, where the system tells of it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const PEER_IS_DONE: PollFlags = PollFlags::RDHUP;

/// That the other end writes no more: not told here.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const PEER_IS_DONE: PollFlags = PollFlags::empty();

/// What the system says of a descriptor right now, and what of it lasts until an operation would block.
fn ask(fd: BorrowedFd<'_>) -> io::Result<(Ready, Ready)> {
    let flags = PollFlags::IN | PollFlags::OUT | PEER_IS_DONE;
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    loop {
        let mut fds = [PollFd::from_borrowed_fd(fd, flags)];
        match poll(&mut fds, Some(&now)) {
            Ok(_) => return Ok(ready_of(fds[0].revents())),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether nobody holds the other end of a pipe any more.
pub(crate) fn is_hung_up(fd: BorrowedFd<'_>) -> io::Result<bool> {
    ask(fd).map(|(now, _)| now.is_read_closed())
}

fn ready_of(flags: PollFlags) -> (Ready, Ready) {
    let mut ready = Ready::EMPTY;
    if flags.contains(PollFlags::IN) {
        ready |= Ready::READABLE;
    }
    if flags.contains(PollFlags::OUT) {
        ready |= Ready::WRITABLE;
    }
    if flags.intersects(PEER_IS_DONE) {
        ready |= Ready::READ_CLOSED;
    }
    if flags.contains(PollFlags::HUP) {
        ready |= Ready::READ_CLOSED | Ready::WRITE_CLOSED;
    }
    if !flags.contains(PollFlags::ERR) {
        return (ready, ready);
    }
    // The next operation in either direction tells the error. Of a datagram socket it ends nothing else.
    let lasting = ready | Ready::READABLE | Ready::WRITABLE;
    (lasting | Ready::WRITE_CLOSED | Ready::ERROR, lasting)
}
