//! The watch of one source: attempts at operations, and waits between them.
//!
//! "Waiting" in the README beside this file numbers the steps.

use std::future::{Future, poll_fn};
use std::io;
use std::task::{Context, Poll, Waker, ready};

use anyrt_core::{Attempt, Interest, Source, coop};

use super::Driver;
use super::readiness::Readiness;
use super::registry::Token;
use super::system::{self, RawSource};
use super::word::{Seen, UsedUp, Waited};
use crate::sync::Arc;

/// What has a driver: a handle of the runtime.
pub(crate) trait Watching: Clone {
    fn driver(&self) -> &Driver;

    /// An error in a process that was forked from the one with the runtime.
    fn check_process(&self) -> io::Result<()>;
}

/// Keeps a source watched until it is dropped, or [ended](Self::end). The source has to stay open as
/// long.
#[derive(Debug)]
pub(crate) struct Watch<H: Watching> {
    runtime: H,
    readiness: Arc<Readiness>,
    source: RawSource,
    token: Token,
    is_over: bool,
}

impl<H: Watching> Watch<H> {
    pub(crate) fn begin(runtime: &H, source: &impl Source) -> io::Result<Self> {
        let runtime = runtime.clone();
        runtime.check_process()?;
        let source = system::raw(source);
        let readiness = Arc::new(Readiness::new());
        let token = runtime.driver().add(source, &readiness)?;
        Ok(Self { runtime, readiness, source, token, is_over: false })
    }

    /// Attempts an operation as long as the source may be ready, and waits in between.
    #[inline]
    pub(crate) fn io<R>(
        &self,
        interest: Interest,
        mut operation: impl FnMut() -> io::Result<Attempt<R>>,
    ) -> impl Future<Output = io::Result<R>> {
        let mut waiter = self.readiness.waiter(interest);
        poll_fn(move |cx| {
            let enter = |waker| waiter.enter(waker, |waited| self.arm(waited));
            self.poll_attempts(cx, interest, &mut operation, enter)
        })
    }

    /// Attempts an operation before any wait, if the source may be ready. What there is to wait for, or to refuse, is left to
    /// [`io`](Self::io), which looks again: `None`.
    #[inline(always)]
    pub(crate) fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: impl FnOnce() -> io::Result<Attempt<R>>,
    ) -> Poll<Option<io::Result<R>>> {
        // Given back unless there is progress.
        let budget = ready!(coop::poll_proceed(cx));
        let seen = self.readiness.look();
        if seen.is_shut_down() || !seen.is_ready(interest) {
            return Poll::Ready(None);
        }
        let result = self.settle(seen, interest, operation());
        if result.is_some() {
            budget.made_progress();
        }
        Poll::Ready(result)
    }

    /// As [`io`](Self::io), for poll functions, of which the task is woken that has polled last.
    #[inline]
    pub(crate) fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut() -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        let enter = |waker| self.readiness.enter_last(interest, waker, |waited| self.arm(waited));
        self.poll_attempts(cx, interest, &mut operation, enter)
    }

    fn arm(&self, waited: Waited) -> io::Result<()> {
        self.runtime.driver().arm(self.source, self.token, waited)
    }

    /// Tries the operation as long as the source may be ready, and then lets `enter` wait, which says
    /// `false` if there is something to look at instead.
    #[inline]
    fn poll_attempts<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        operation: &mut impl FnMut() -> io::Result<Attempt<R>>,
        mut enter: impl FnMut(Waker) -> io::Result<bool>,
    ) -> Poll<io::Result<R>> {
        loop {
            let budget = ready!(coop::poll_proceed(cx));
            let seen = self.readiness.look();
            if seen.is_shut_down() {
                budget.made_progress();
                return Poll::Ready(Err(self.refusal()));
            }
            if !seen.is_ready(interest) {
                if enter(cx.waker().clone())? {
                    return Poll::Pending;
                }
                continue;
            }
            if let Some(result) = self.settle(seen, interest, operation()) {
                budget.made_progress();
                return Poll::Ready(result);
            }
        }
    }

    /// What an attempt gave, and `None` if it would have blocked. Notes if it has used up what was seen before it.
    #[inline(always)]
    fn settle<R>(
        &self,
        seen: Seen,
        interest: Interest,
        attempt: io::Result<Attempt<R>>,
    ) -> Option<io::Result<R>> {
        let (is_used_up, result) = Attempt::settle(attempt);
        if result.is_none() {
            self.readiness.clear(seen, interest, UsedUp::WouldBlock);
        } else if is_used_up && system::TELLS_THE_END {
            self.readiness.clear(seen, interest, UsedUp::Exhausted);
        }
        result
    }

    /// What an operation says that can't be waited for any more.
    #[cold]
    fn refusal(&self) -> io::Error {
        self.runtime.driver().refusal().expect("readiness is shut down after the driver refuses")
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.remove()
    }

    fn remove(&mut self) -> io::Result<()> {
        self.is_over = true;
        if self.runtime.check_process().is_err() {
            // A child has its parent's selector, where the watch goes on.
            return Ok(());
        }
        let removed = self.runtime.driver().remove(self.source, self.token);
        self.readiness.forget_waiting();
        removed
    }
}

impl<H: Watching> Drop for Watch<H> {
    fn drop(&mut self) {
        if !self.is_over {
            // There is nobody to tell, and events of a watch that the system keeps reach nobody.
            drop(self.remove());
        }
    }
}
