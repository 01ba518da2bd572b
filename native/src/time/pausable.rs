//! What time it is: the system's, until somebody pauses the clock.
//!
//! Who may pause it, and when it jumps, is not decided here.

use std::io;
use std::time::{Duration, Instant};

use crate::sync::{AtomicBool, Mutex, Ordering, lock};

/// A clock that can be paused. Until it was, it costs a look at one flag.
#[derive(Debug)]
pub(super) struct PausableClock {
    /// Whether `state` is to be asked. Stays set, because a clock that was moved never is the system's again.
    was_paused: AtomicBool,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// What it shows while it stands, or showed when it began to go on.
    shown: Instant,
    /// What the clock of the system showed then, with which it goes on. `None` while it stands.
    since: Option<Instant>,
}

impl PausableClock {
    /// One that shows the time of the system, which is `now`.
    pub(super) fn new(now: Instant) -> Self {
        let state = State { shown: now, since: Some(now) };
        Self { was_paused: AtomicBool::new(false), state: Mutex::new(state) }
    }

    #[inline]
    pub(super) fn now(&self) -> Instant {
        if self.was_paused() { self.state().now() } else { Instant::now() }
    }

    #[cold]
    fn state(&self) -> State {
        *lock(&self.state)
    }

    /// What it shows if it is paused.
    #[inline]
    pub(super) fn paused_at(&self) -> Option<Instant> {
        if self.was_paused() { self.state().paused_at() } else { None }
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
        let now = if self.was_paused() { state.now() } else { Instant::now() };
        if state.paused_at().is_some() {
            return Err(invalid("the clock is paused already: resume it, or leave it as it is"));
        }
        *state = State { shown: now, since: None };
        self.was_paused.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Lets it go on from where it is.
    ///
    /// # Errors
    /// It is not paused.
    pub(super) fn resume(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.paused_at().ok_or_else(not_paused)?;
        state.since = Some(Instant::now());
        Ok(())
    }

    /// Moves it.
    ///
    /// # Errors
    /// It is not paused, or would be past `latest`.
    pub(super) fn advance(&self, by: Duration, latest: Instant) -> io::Result<()> {
        let mut state = lock(&self.state);
        let at = state.paused_at().ok_or_else(not_paused)?;
        let to = at.checked_add(by).filter(|to| *to <= latest);
        let too_far = "the clock can't be more than a hundred years ahead: advance it by less";
        state.shown = to.ok_or_else(|| invalid(too_far))?;
        Ok(())
    }

    /// Moves it to `deadline`, if it is paused and has not come there yet.
    pub(super) fn jump(&self, deadline: Instant) {
        let mut state = lock(&self.state);
        if state.paused_at().is_some_and(|at| at < deadline) {
            state.shown = deadline;
        }
    }
}

impl State {
    fn now(self) -> Instant {
        self.shown + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    fn paused_at(self) -> Option<Instant> {
        self.since.is_none().then_some(self.shown)
    }
}

fn not_paused() -> io::Error {
    invalid("the clock is not paused: pause it first")
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
