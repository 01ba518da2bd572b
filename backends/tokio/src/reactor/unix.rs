//! On Unix tokio's `AsyncFd` watches any descriptor.

use std::future::poll_fn;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::pin::pin;
use std::task::{Context, Poll, ready};

use anyrt_core::backend::{LoneErrors, runtime_gone};
use anyrt_core::task::ContainedWaker;
use anyrt_core::{Attempt, Interest, Source};
use tokio::io::Interest as Tokio;
use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard};
use tokio::runtime::Handle;

use crate::coop::{self, WAKERS};

/// A source that a tokio runtime watches.
#[derive(Debug)]
#[repr(C)] // What every operation uses comes first.
pub struct Registration<T: Source> {
    fd: AsyncFd<Owned<T>>,
    // For the poll functions; the async methods wait for errors by themselves.
    errors: LoneErrors<AsyncFd<Owned<OwnedFd>>>,
    runtime: Handle,
}

/// Lends its descriptor in the form that tokio asks for, when a watch begins and when it ends.
#[derive(Debug)]
struct Owned<T> {
    source: T,
    /// What `anyrt_fork` said then.
    process: u32,
}

impl<T: Source> AsRawFd for Owned<T> {
    fn as_raw_fd(&self) -> RawFd {
        const NONE: RawFd = -1;
        // A forked child has the parent's instance of epoll: what it took out of there, the parent would
        // never hear of again.
        if self.process == anyrt_fork::forks() { self.source.as_fd().as_raw_fd() } else { NONE }
    }
}

// tokio deprecates this constructor because `AsRawFd` does not promise that the descriptor is open and
// stays the same. The types that are a `Source` do that, and the function that replaces it is unsafe,
// which adapters do without.
#[expect(deprecated, reason = "safe for a `Source`")]
fn watch<T: Source>(source: T, events: Tokio) -> io::Result<AsyncFd<Owned<T>>> {
    AsyncFd::with_interest(Owned { source, process: anyrt_fork::watch() }, events)
}

// What the system reports unasked, errors among it.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNASKED: Tokio = Tokio::PRIORITY;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const UNASKED: Tokio = Tokio::ERROR;

#[cfg(any(target_os = "linux", target_os = "android"))]
const URGENT: Tokio = Tokio::PRIORITY;
// Where tokio is not told of urgent data, no operation claims to have taken everything.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const URGENT: Tokio = Tokio::READABLE;

async fn next_error<T: Source>(fd: AsyncFd<Owned<T>>) -> io::Result<AsyncFd<Owned<T>>> {
    fd.ready(Tokio::ERROR).await.map_err(|_| runtime_gone())?.clear_ready();
    Ok(fd)
}

impl<T: Source> Registration<T> {
    pub(super) fn new(source: T) -> io::Result<Self> {
        let fd = watch(source, Tokio::READABLE | Tokio::WRITABLE | URGENT)?;
        Ok(Self { runtime: Handle::current(), errors: LoneErrors::default(), fd })
    }

    /// Whether urgent data has come at any time: a read stops at its mark, and leaves more behind it. Nothing
    /// takes this readiness back.
    #[inline]
    fn was_urgent(&self) -> bool {
        self.fd.try_io(URGENT, |_| Ok(())).is_ok()
    }

    /// Tries the operation if the source was reported ready, without a wait.
    #[inline(always)]
    fn try_once<R>(
        &self,
        interest: Tokio,
        operation: &mut impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Option<io::Result<R>> {
        let mut last = None;
        let result = self.fd.try_io(interest, |owned| match operation(&owned.source) {
            Ok(Attempt::Done(value)) => Ok(value),
            Ok(Attempt::Exhausted(value)) if self.was_urgent() => Ok(value),
            // What would block makes tokio forget the readiness.
            Ok(Attempt::Exhausted(value)) => {
                last = Some(value);
                Err(io::ErrorKind::WouldBlock.into())
            }
            Err(error) => Err(error),
        });
        match result {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => last.map(Ok),
            result => Some(result),
        }
    }

    /// Tries the operation after a wait, and tells tokio what that says about readiness.
    #[inline]
    fn attempt<R>(
        &self,
        guard: Option<AsyncFdReadyGuard<'_, Owned<T>>>,
        operation: &mut impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Option<io::Result<R>> {
        let result = match operation(&self.fd.get_ref().source) {
            Ok(Attempt::Done(value)) => return Some(Ok(value)),
            Ok(Attempt::Exhausted(value)) if self.was_urgent() => return Some(Ok(value)),
            Ok(Attempt::Exhausted(value)) => Some(Ok(value)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) => return Some(Err(error)),
        };
        if let Some(mut guard) = guard {
            guard.clear_ready();
        }
        result
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.fd.get_ref().source
    }

    fn into_source(self) -> io::Result<T> {
        Ok(self.fd.into_inner().source)
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        // Before the wait, which costs more than most operations, however short it is.
        match poll_fn(|cx| self.poll_first(cx, interest, &mut operation)).await {
            Some(result) => result,
            None => self.io_after_first(interest, operation).await,
        }
    }

    async fn io_after_first<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        let mut waker = ContainedWaker::default();
        loop {
            // An error can come alone, such as that of a datagram that was refused.
            let mut ready = pin!(self.fd.ready(translate(interest) | Tokio::ERROR));
            let ready = poll_fn(|cx| waker.poll(&WAKERS, cx, |cx| ready.as_mut().poll(cx))).await;
            let guard = ready.map_err(|_| runtime_gone())?;
            // `ready` leaves the task's budget alone, unlike tokio's own sockets.
            let budget = poll_fn(coop::poll_proceed).await;
            if let Some(result) = self.attempt(Some(guard), &mut operation) {
                budget.made_progress();
                return result;
            }
        }
    }

    #[inline(always)]
    fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<Option<io::Result<R>>> {
        let budget = ManuallyDrop::new(ready!(coop::poll_proceed(cx)));
        let first = self.try_once(translate(interest), &mut operation);
        if first.is_none() {
            // What waits gives back what it took from the budget.
            drop(ManuallyDrop::into_inner(budget));
        }
        Poll::Ready(first)
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        if let Some(result) = ready!(self.poll_first(cx, interest, &mut operation)) {
            return Poll::Ready(result);
        }
        let poll = |cx: &mut Context<'_>| self.poll_and_try(cx, interest, operation);
        ContainedWaker::default().poll(&WAKERS, cx, poll)
    }
}

fn translate(interest: Interest) -> Tokio {
    match interest {
        Interest::Readable => Tokio::READABLE,
        Interest::Writable => Tokio::WRITABLE,
    }
}

impl<T: Source> Registration<T> {
    fn poll_and_try<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        loop {
            let ready = pin!(poll_fn(|cx| match interest {
                Interest::Readable => self.fd.poll_read_ready(cx),
                Interest::Writable => self.fd.poll_write_ready(cx),
            }));
            let guard = match coop::poll(ready, cx) {
                Poll::Ready(ready) => Some(ready.map_err(|_| runtime_gone())?),
                // tokio takes an error for the end of the writing side, and wakes its task.
                Poll::Pending if interest == Interest::Writable => return Poll::Pending,
                Poll::Pending => {
                    let watch = |fd| {
                        let _guard = self.runtime.enter();
                        watch(fd, UNASKED)
                    };
                    ready!(self.errors.poll(&self.fd.get_ref().source, cx, watch, next_error))?;
                    None
                }
            };
            if let Some(result) = self.attempt(guard, &mut operation) {
                return Poll::Ready(result);
            }
        }
    }
}
