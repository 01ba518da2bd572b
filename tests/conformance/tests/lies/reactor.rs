//! Lies about readiness, and about what becomes of a source.

use std::future::{pending, poll_fn};
use std::io::{self, ErrorKind};
use std::mem::{forget, replace};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use anyrt_core::net::{Net, Resolve};
use anyrt_core::{Attempt, Interest, Reactor, Registration as _, Source};
use rustix::net::{RecvFlags, recv};

use super::Lie;
use super::runtime::Handle;
use super::waker::{FirstWaker, wakes_first, wakes_nobody};

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        Ok(Registration {
            tokio: Some(self.tokio.register_nonblocking(source)?),
            first_waker: Mutex::default(),
            has_failed: AtomicBool::new(false),
        })
    }

    fn register<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        if !Lie::LeavesSourcesBlocking.is_told() {
            source.set_nonblocking(true)?;
        }
        self.register_nonblocking(source)
    }
}

impl Resolve for Handle {}

impl Net for Handle {}

/// A source that tokio watches.
#[derive(Debug)]
pub(crate) struct Registration<T: Source> {
    // `None` only while it is being dropped.
    tokio: Option<anyrt_tokio::Registration<T>>,
    /// Of those who called `poll_io`.
    first_waker: Mutex<FirstWaker>,
    has_failed: AtomicBool,
}

const ALIVE: &str = "the registration has not been dropped";

impl<T: Source> Registration<T> {
    fn tokio(&self) -> &anyrt_tokio::Registration<T> {
        self.tokio.as_ref().expect(ALIVE)
    }

    async fn io_and_lie<R: Send>(
        &self,
        lie: Lie,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        let (mut had_to_wait, mut has_failed) = (false, false);
        let mut attempt = |source: &T| {
            let is_swallowed = match lie {
                Lie::LosesWakeUps => replace(&mut had_to_wait, false),
                Lie::SwallowsTheEnd => interest == Interest::Readable && is_at_the_end(source),
                _ => false,
            };
            if is_swallowed {
                return Err(ErrorKind::WouldBlock.into());
            }
            let result = operation(source);
            had_to_wait = matches!(&result, Err(error) if error.kind() == ErrorKind::WouldBlock);
            has_failed = result.is_err() && !had_to_wait;
            if lie == Lie::BelievesShortReads {
                return result.map(exhausted);
            }
            if has_failed && lie == Lie::SwallowsErrors {
                return Err(ErrorKind::WouldBlock.into());
            }
            result
        };
        let tokio = self.tokio();
        match lie {
            Lie::DoesNothing => pending().await,
            Lie::ReturnsWouldBlock => match attempt(self.source())? {
                Attempt::Done(value) | Attempt::Exhausted(value) => Ok(value),
            },
            // The poll functions have room for one task in each direction.
            Lie::WakesOneWaiter => poll_fn(|cx| tokio.poll_io(cx, interest, &mut attempt)).await,
            Lie::NeverWakesIo => wakes_nobody(tokio.io(interest, attempt)).await,
            Lie::IoWakesTheFirst => wakes_first(tokio.io(interest, attempt)).await,
            Lie::ErrorsAreFatal => {
                if self.has_failed.load(SeqCst) {
                    return Err(io::Error::other("an operation has failed before"));
                }
                let result = tokio.io(interest, attempt).await;
                self.has_failed.fetch_or(result.is_err(), SeqCst);
                result
            }
            Lie::OrphansHang => {
                let result = tokio.io(interest, &mut attempt).await;
                // An error that no attempt returned says that the runtime is gone.
                if result.is_err() && !has_failed {
                    pending::<()>().await;
                }
                result
            }
            _ => tokio.io(interest, attempt).await,
        }
    }
}

/// Claims that an operation took all there was.
fn exhausted<R>(attempt: Attempt<R>) -> Attempt<R> {
    match attempt {
        Attempt::Done(value) | Attempt::Exhausted(value) => Attempt::Exhausted(value),
    }
}

/// Whether a socket has been read to the end of its stream; `false` for what is no socket.
fn is_at_the_end<T: Source>(source: &T) -> bool {
    let peek = recv(source, &mut [0; 1][..], RecvFlags::PEEK | RecvFlags::DONTWAIT);
    matches!(peek, Ok((_, 0)))
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        self.tokio().source()
    }

    fn into_source(mut self) -> io::Result<T> {
        let source = self.tokio.take().expect(ALIVE).into_source()?;
        if Lie::GivesBlockingSourcesBack.is_told() {
            source.set_nonblocking(false)?;
        }
        Ok(source)
    }

    async fn io<R: Send>(
        &self,
        interest: Interest,
        operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> io::Result<R> {
        match Lie::told() {
            None => self.tokio().io(interest, operation).await,
            Some(lie) => self.io_and_lie(lie, interest, operation).await,
        }
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        match Lie::told() {
            Some(Lie::DoesNothing) => Poll::Pending,
            Some(Lie::PollsMissErrors) => {
                let mut operation = operation;
                self.tokio().poll_io(cx, interest, |source| match operation(source) {
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                        Err(ErrorKind::WouldBlock.into())
                    }
                    result => result,
                })
            }
            Some(Lie::BelievesShortReads) => {
                let operation = |source: &T| operation(source).map(exhausted);
                self.tokio().poll_io(cx, interest, operation)
            }
            Some(Lie::SwallowsErrorsWhenPolled) => {
                let operation =
                    |source: &T| operation(source).map_err(|_| ErrorKind::WouldBlock.into());
                self.tokio().poll_io(cx, interest, operation)
            }
            Some(Lie::PollsWakeTheFirst) => {
                let mut first = self.first_waker.lock().unwrap_or_else(PoisonError::into_inner);
                self.tokio().poll_io(&mut first.context(cx), interest, operation)
            }
            _ => self.tokio().poll_io(cx, interest, operation),
        }
    }

    async fn ready(&self, interest: Interest) -> io::Result<()> {
        match Lie::told() {
            Some(Lie::DoesNothing) => pending().await,
            Some(Lie::AlwaysReady) => Ok(()),
            _ => self.tokio().ready(interest).await,
        }
    }
}

impl<T: Source> Drop for Registration<T> {
    fn drop(&mut self) {
        if Lie::LeaksRegistrations.is_told() {
            forget(self.tokio.take());
        }
    }
}
