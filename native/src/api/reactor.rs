//! A source that is watched: attempts at operations, and waits between them.
//!
//! "Waiting" in the README of the reactor numbers the steps.

use std::future::{Future, poll_fn};
use std::io;
use std::task::{Context, Poll, Waker, ready};

use anyrt_core::{Attempt, Interest, Reactor, Source, coop};

use crate::reactor::{self, Seen, TELLS_THE_END, UsedUp, Waited, Watched};
use crate::shared::Handle;

/// A source that a native runtime watches.
#[derive(Debug)]
pub struct Registration<T: Source> {
    // Before the source, so that the watch ends before the descriptor is closed.
    watch: Watch,
    source: T,
}

/// Keeps a source watched until it is dropped, or [ended](Self::end). The source has to stay open as
/// long.
#[derive(Debug)]
struct Watch {
    runtime: Handle,
    watched: Watched,
}

impl Reactor for Handle {
    type Registration<T: Source> = Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<Registration<T>> {
        Ok(Registration { watch: Watch::begin(self, &source)?, source })
    }
}

impl<T: Source> anyrt_core::Registration<T> for Registration<T> {
    fn source(&self) -> &T {
        &self.source
    }

    fn into_source(mut self) -> io::Result<T> {
        self.watch.end()?;
        Ok(self.source)
    }

    #[inline]
    fn io<R: Send>(
        &self,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>> + Send,
    ) -> impl Future<Output = io::Result<R>> + Send {
        let mut waiter = self.watch.watched.readiness.waiter(interest);
        poll_fn(move |cx| {
            let enter =
                |waker| waiter.enter(waker, |is_watched, all| self.watch.arm(is_watched, all));
            self.watch.poll(cx, interest, || operation(&self.source), enter)
        })
    }

    #[inline(always)]
    fn poll_first<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<Option<io::Result<R>>> {
        // Given back unless there is progress.
        let budget = ready!(coop::poll_proceed(cx));
        let seen = self.watch.watched.readiness.look();
        // What there is to wait for, or to refuse, is left to those who look again.
        if seen.is_shut_down() || !seen.is_ready(interest) {
            return Poll::Ready(None);
        }
        let result = self.watch.settle(seen, interest, operation(&self.source));
        if result.is_some() {
            budget.made_progress();
        }
        Poll::Ready(result)
    }

    /// Of the tasks that poll, the last one is woken.
    #[inline]
    fn poll_io<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut(&T) -> io::Result<Attempt<R>>,
    ) -> Poll<io::Result<R>> {
        let watch = &self.watch;
        let arm = |is_watched, all| watch.arm(is_watched, all);
        let enter = |waker| watch.watched.readiness.enter_last(interest, waker, arm);
        watch.poll(cx, interest, || operation(&self.source), enter)
    }
}

impl Watch {
    fn begin<T: Source>(runtime: &Handle, source: &T) -> io::Result<Self> {
        // It names its runtime, which the other may leave to the thread.
        let runtime = runtime.clone();
        let shared = runtime.shared();
        shared.check_process()?;
        let watched = shared.driver.add(reactor::raw(source), reactor::is_watched_late(source))?;
        Ok(Self { runtime, watched })
    }

    fn arm(&self, is_watched: bool, waited: Waited) -> io::Result<()> {
        self.runtime.shared().driver.arm(&self.watched, is_watched, waited)
    }

    /// Tries the operation as long as the source may be ready, and then lets `enter` wait, which says
    /// `false` if there is something to look at instead.
    #[inline]
    fn poll<R>(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        mut operation: impl FnMut() -> io::Result<Attempt<R>>,
        mut enter: impl FnMut(Waker) -> io::Result<bool>,
    ) -> Poll<io::Result<R>> {
        loop {
            let budget = ready!(coop::poll_proceed(cx));
            let seen = self.watched.readiness.look();
            if seen.is_shut_down() {
                budget.made_progress();
                return Poll::Ready(Err(self.refusal()));
            }
            if !seen.is_ready(interest) {
                // A child has its parent's selector: it would ask in the place of that, and hear nothing.
                self.runtime.shared().check_process()?;
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
            self.watched.readiness.clear(seen, interest, UsedUp::WouldBlock);
        } else if is_used_up && TELLS_THE_END {
            self.watched.readiness.clear(seen, interest, UsedUp::Exhausted);
        }
        result
    }

    /// What an operation says that can't be waited for any more.
    #[cold]
    fn refusal(&self) -> io::Error {
        self.runtime
            .shared()
            .driver
            .refusal()
            .expect("readiness is shut down after the driver refuses")
    }

    fn end(&mut self) -> io::Result<()> {
        self.watched.is_over = true;
        let shared = self.runtime.shared();
        if shared.is_left_behind() {
            // A child has its parent's selector, where the watch goes on.
            return Ok(());
        }
        shared.driver.remove(&self.watched)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.watched.is_over {
            // There is nobody to tell, and events of a watch that the system keeps reach nobody.
            drop(self.end());
        }
    }
}
