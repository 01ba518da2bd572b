//! What time it is: the system's, until somebody pauses the clock.
//!
//! Who may pause it, and when it jumps, is not decided here.

use std::io;
use std::time::{Duration, Instant};

use anyrt_core::backend::ClockState;

use crate::sync::{AtomicBool, Mutex, Ordering, lock};

/// A clock that can be paused. Until it was, it costs a look at one flag.
#[derive(Debug)]
pub(super) struct PausableClock {
    /// Whether `state` is to be asked. Stays set, because a clock that was moved never is the system's again.
    was_paused: AtomicBool,
    state: Mutex<ClockState>,
}

impl PausableClock {
    /// One that shows the time of the system, which is `now`.
    pub(super) fn new(now: Instant) -> Self {
        Self { was_paused: AtomicBool::new(false), state: Mutex::new(ClockState::new(now)) }
    }

    #[inline]
    pub(super) fn now(&self) -> Instant {
        if self.was_paused() { self.state().now() } else { Instant::now() }
    }

    #[cold]
    fn state(&self) -> ClockState {
        *lock(&self.state)
    }

    /// What it shows if it is paused.
    #[inline]
    pub(super) fn paused_at(&self) -> Option<Instant> {
        if self.was_paused() { self.state().paused_at() } else { None }
    }

    /// The last time that it can be moved to.
    pub(super) fn latest(&self) -> Instant {
        self.state().latest()
    }

    #[inline]
    fn was_paused(&self) -> bool {
        // Relaxed: the rest is under the lock. A thread that knows of the pause sees the flag, and another one may
        // as well come before it.
        self.was_paused.load(Ordering::Relaxed)
    }

    /// Stops it.
    ///
    /// # Errors
    /// It is paused already.
    pub(super) fn pause(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.pause()?;
        self.was_paused.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Lets it go on from where it is.
    ///
    /// # Errors
    /// It is not paused.
    pub(super) fn resume(&self) -> io::Result<()> {
        lock(&self.state).resume()
    }

    /// Moves it.
    ///
    /// # Errors
    /// It is not paused, or would be too far ahead.
    pub(super) fn advance(&self, by: Duration) -> io::Result<()> {
        lock(&self.state).advance(by)
    }

    /// Moves it to `deadline`, if it is paused and has not come there yet.
    pub(super) fn jump(&self, deadline: Instant) {
        lock(&self.state).jump(deadline);
    }
}
