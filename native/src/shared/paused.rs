//! Waiting while the clock is paused: who finds nothing else to do moves the clock.
//!
//! `time/README.md` has the protocol.

use std::time::Duration;

use super::{Ref, Shared};
use crate::reactor::Poller;

impl Shared {
    /// What a thread in the reactor does while the clock is paused: instead of waiting for the next deadline it goes
    /// there. It waits as long as something holds the clock, or there is no deadline.
    ///
    /// `is_idle` says whether there is still nothing to run.
    #[cold]
    pub(super) fn wait_paused(&self, poller: &mut Poller<'_>, is_idle: impl Fn() -> bool) {
        // What holds the clock is what this thread, which has the core, does not see by itself.
        let (is_free, next) = self
            .holds
            .look(|threads| self.idle.do_others_sleep(threads), || self.timers.next_deadline());
        let is_due = next.is_some_and(|next| next <= self.timers.now());
        if !is_due && (next.is_none() || !is_free) {
            self.timers.begin_sleep();
            // Whoever starts an earlier timer from here on kicks. One that came before is seen here.
            let is_same = self.timers.next_deadline() == next;
            poller.wait(if is_same { None } else { Some(Duration::ZERO) });
            return self.timers.end_sleep();
        }
        // What is ready goes first.
        poller.wait(Some(Duration::ZERO));
        // A closure may have ended just now, and its task been woken: so these are asked last.
        if let Some(next) = next.filter(|_| !poller.has_events() && is_idle()) {
            self.timers.jump(next);
        }
    }

    /// Holds the clock as a closure that runs does, until it is dropped.
    pub(crate) fn hold_clock(&self) -> HeldClock {
        self.holds.begin_closure();
        HeldClock(Ref::new(self))
    }

    /// To be called where something has ended that may have held the clock: the thread in the reactor looks again.
    #[inline]
    pub(crate) fn release_clock(&self) {
        if self.timers.is_paused() {
            self.driver.kick();
        }
    }
}

/// Holds the clock of a runtime; made by [`Shared::hold_clock`].
pub(crate) struct HeldClock(Ref);

impl Drop for HeldClock {
    fn drop(&mut self) {
        self.0.holds.end_closure();
        self.0.release_clock();
    }
}
