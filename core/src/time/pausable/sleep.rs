//! A sleep by a clock that can be paused.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

use super::state::State;
use super::{ClockReactor, PausableClock, wake};
use crate::coop;
use crate::sync::MutexGuard;
use crate::time::Instant;

/// A sleep by a [`PausableClock`]; made by its method [`sleep_until`](PausableClock::sleep_until).
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct ClockSleep<R: ClockReactor> {
    clock: Arc<PausableClock<R>>,
    deadline: Instant,
    has_fired: bool,
    /// By which the clock knows it, once it has waited.
    number: Option<u64>,
}

impl<R: ClockReactor> ClockSleep<R> {
    pub(super) fn new(clock: &Arc<PausableClock<R>>, deadline: Instant) -> Self {
        Self { clock: Arc::clone(clock), deadline, has_fired: false, number: None }
    }

    fn is_over(&mut self, waker: &Waker) -> bool {
        let Self { clock, deadline, number, .. } = self;
        let is_over = clock.is_over(*deadline) || !clock.wait(number, *deadline, waker);
        if is_over {
            self.forget();
        }
        is_over
    }

    /// It does not wait, or no longer.
    fn forget(&mut self) {
        if let Some(number) = self.number.take() {
            self.clock.forget(number, self.deadline);
        }
    }
}

impl<R: ClockReactor> Future for ClockSleep<R> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let operation = ready!(coop::poll_proceed(cx));
        if !self.has_fired {
            self.has_fired = self.is_over(cx.waker());
        }
        if !self.has_fired {
            return Poll::Pending;
        }
        operation.made_progress();
        Poll::Ready(())
    }
}

impl<R: ClockReactor> crate::Sleep for ClockSleep<R> {
    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_elapsed(&self) -> bool {
        self.deadline <= self.clock.now()
    }

    fn reset(mut self: Pin<&mut Self>, deadline: Instant) {
        if let Some(number) = self.number {
            self.clock.reset(number, self.deadline, deadline);
        }
        (self.deadline, self.has_fired) = (deadline, false);
    }
}

impl<R: ClockReactor> Drop for ClockSleep<R> {
    fn drop(&mut self) {
        self.forget();
    }
}

impl<R: ClockReactor> PausableClock<R> {
    /// Whether a sleep is over.
    #[inline]
    fn is_over(&self, deadline: Instant) -> bool {
        if self.changes() == 0 {
            let is_over = deadline <= Instant::now();
            if !is_over || self.changes() == 0 {
                return is_over;
            }
        }
        self.is_over_now(&self.lock(), deadline)
    }

    fn is_over_now(&self, state: &State, deadline: Instant) -> bool {
        deadline <= state.clock.now() || self.is_left(state)
    }

    /// Keeps the waker of a sleep that waits, by the number that it has, or gets now. Returns false if it is over by a
    /// paused clock, or one that is left: that may have been moved, or left, since the sleep looked.
    fn wait(&self, number: &mut Option<u64>, deadline: Instant, waker: &Waker) -> bool {
        // Not under the lock, and not for one that is known.
        let mut clone = number.is_none().then(|| waker.clone());
        loop {
            let mut state = self.lock();
            if self.is_left(&state) || self.is_paused() && deadline <= state.clock.now() {
                return false;
            }
            let kept = number.and_then(|number| state.sleeps.get(&(deadline, number)));
            if kept.is_some_and(|kept| kept.will_wake(waker)) {
                return true;
            }
            if let Some(waker) = clone.take() {
                let number = *number.get_or_insert_with(|| state.next_number());
                let replaced = state.sleeps.insert((deadline, number), waker);
                self.unlock_and_wait_until(state, deadline);
                drop(replaced);
                return true;
            }
            drop(state);
            clone = Some(waker.clone());
        }
    }

    /// A sleep that waits until then has come.
    fn unlock_and_wait_until(&self, state: MutexGuard<'_, State>, deadline: Instant) {
        let is_alarm_early = state.alarm_at.is_some_and(|at| at <= deadline);
        if self.is_paused() {
            self.unlock_and_nudge(state);
        } else {
            drop(state);
            if !is_alarm_early {
                self.set_alarm();
            }
        }
    }

    /// Moves the deadline of a sleep that may wait.
    fn reset(&self, number: u64, from: Instant, to: Instant) {
        let mut state = self.lock();
        let Some(waker) = state.sleeps.remove(&(from, number)) else { return };
        if self.is_over_now(&state, to) {
            drop(state);
            return wake(Some(waker));
        }
        state.sleeps.insert((to, number), waker);
        self.unlock_and_wait_until(state, to);
    }

    /// The sleep does not wait, or no longer.
    fn forget(&self, number: u64, deadline: Instant) {
        let waker = self.lock().sleeps.remove(&(deadline, number));
        drop(waker);
    }
}
