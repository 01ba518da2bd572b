//! A source that is watched: attempts at operations, and waits between them.
//!
//! "Waiting" in the README beside this file numbers the steps.

use std::future::{Future, poll_fn};
use std::io;
use std::task::{Context, Poll, Waker, ready};

use anyrt_core::{Attempt, Interest, Source, coop};

use super::system;
use super::watch::Watch;
use super::word::UsedUp;

/// A source that a native runtime watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    // Before the source, so that the watch ends before the descriptor is closed.
    pub(super) watch: Watch,
    pub(super) source: T,
}

impl<T: Source> Registration<T> {
    /// Tries the operation as long as the source may be ready, and then lets `enter` wait, which says
    /// `false` if there is something to look at instead.
    #[inline]
    fn poll_attempts<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: &mut impl FnMut(&T) -> io::Result<Attempt<R>>,
        mut enter: impl FnMut(Waker) -> io::Result<bool>,
    ) -> Poll<io::Result<R>> {
        let readiness = self.watch.readiness();
        loop {
            let budget = ready!(coop::poll_proceed(cx));
            let seen = readiness.look();
            if seen.is_shut_down() {
                budget.made_progress();
                return Poll::Ready(Err(self.watch.refusal()));
            }
            if !seen.is_ready(interest) {
                if enter(cx.waker().clone())? {
                    return Poll::Pending;
                }
                continue;
            }
            let (is_used_up, result) = Attempt::settle(operation(&self.source));
            let Some(result) = result else {
                readiness.clear(seen, interest, UsedUp::WouldBlock);
                continue;
            };
            if is_used_up && system::TELLS_THE_END {
                readiness.clear(seen, interest, UsedUp::Exhausted);
            }
            budget.made_progress();
            return Poll::Ready(result);
        }
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.source
    }

    fn into_source(self) -> io::Result<T> {
        self.watch.end()?;
        Ok(self.source)
    }

    fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> impl Future<Output = io::Result<R>> + Send {
        let mut waiter = self.watch.readiness().waiter(interest);
        poll_fn(move |cx| {
            let enter = |waker| self.watch.enter(&mut waiter, waker);
            self.poll_attempts(cx, interest, &mut operation, enter)
        })
    }

    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        let enter = |waker| self.watch.enter_last(interest, waker);
        self.poll_attempts(cx, interest, &mut operation, enter)
    }
}
