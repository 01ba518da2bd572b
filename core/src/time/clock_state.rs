//! What a clock shows that can be paused: for every backend that has one.

use std::io;

use super::{Duration, Instant};

/// How far ahead of its start a clock can be that was paused.
const FARTHEST: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// What a clock shows that can be paused; who may pause it, when it jumps, and the lock around it are the backend's.
///
/// ```
/// use std::time::{Duration, Instant};
/// use anyrt_core::backend::ClockState;
///
/// let mut clock = ClockState::new(Instant::now());
/// clock.pause()?;
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600))?;
/// assert_eq!(clock.now() - before, Duration::from_secs(3600));
/// clock.resume()?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ClockState {
    start: Instant,
    /// What it shows while it stands, or showed when it began to go on.
    shown: Instant,
    /// What the clock of the system showed then, with which it goes on. `None` while it stands.
    since: Option<Instant>,
}

impl ClockState {
    /// One that shows the time of the system, which is `now`.
    pub fn new(now: Instant) -> Self {
        Self { start: now, shown: now, since: Some(now) }
    }

    /// The time that it shows.
    pub fn now(&self) -> Instant {
        self.shown + self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// What it shows if it is paused.
    pub fn paused_at(&self) -> Option<Instant> {
        self.since.is_none().then_some(self.shown)
    }

    /// The last time that it can be moved to: a hundred years from its start.
    pub fn latest(&self) -> Instant {
        self.start.checked_add(FARTHEST).unwrap_or(self.start)
    }

    /// When the clock of the system will show what makes this one show `deadline`; `None` while it is paused, and
    /// where no clock will ever show that.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use anyrt_core::backend::ClockState;
    ///
    /// const HOUR: Duration = Duration::from_secs(3600);
    ///
    /// let mut clock = ClockState::new(Instant::now());
    /// let deadline = clock.now() + 2 * HOUR;
    /// assert_eq!(clock.real(deadline), Some(deadline));
    /// clock.pause()?;
    /// assert_eq!(clock.real(deadline), None);
    /// clock.advance(HOUR)?;
    /// clock.resume()?;
    /// let earlier = deadline - clock.real(deadline).unwrap();
    /// assert!(HOUR - Duration::from_secs(60) < earlier && earlier <= HOUR);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn real(&self, deadline: Instant) -> Option<Instant> {
        let since = self.since?;
        match deadline.checked_duration_since(self.shown) {
            Some(left) => since.checked_add(left),
            None => Some(since),
        }
    }

    /// Stops it.
    ///
    /// # Errors
    /// `InvalidInput`: it is paused already.
    pub fn pause(&mut self) -> io::Result<()> {
        if self.since.is_none() {
            return Err(invalid("the clock is paused already: resume it, or leave it as it is"));
        }
        (self.shown, self.since) = (self.now(), None);
        Ok(())
    }

    /// Lets it go on from where it is.
    ///
    /// # Errors
    /// `InvalidInput`: it is not paused.
    pub fn resume(&mut self) -> io::Result<()> {
        self.paused_at().ok_or_else(not_paused)?;
        self.since = Some(Instant::now());
        Ok(())
    }

    /// Moves it.
    ///
    /// # Errors
    /// `InvalidInput`: it is not paused, or would be past the [latest](Self::latest) time.
    pub fn advance(&mut self, by: Duration) -> io::Result<()> {
        let at = self.paused_at().ok_or_else(not_paused)?;
        let to = at.checked_add(by).filter(|to| *to <= self.latest());
        let too_far = "the clock can't be more than a hundred years ahead: advance it by less";
        self.shown = to.ok_or_else(|| invalid(too_far))?;
        Ok(())
    }

    /// Moves it to `deadline`, if it is paused and has not come there yet.
    pub fn jump(&mut self, deadline: Instant) {
        if self.paused_at().is_some_and(|at| at < deadline) {
            self.shown = deadline;
        }
    }
}

/// For backends whose clock can be paused where no worker threads are: why it can't be beside these.
///
/// ```
/// use anyrt_core::backend::clock_beside_workers;
///
/// assert_eq!(clock_beside_workers().kind(), std::io::ErrorKind::Unsupported);
/// ```
pub fn clock_beside_workers() -> io::Error {
    let what = "the clock of a runtime with worker threads can't be paused: start it with `current_thread()`";
    io::Error::new(io::ErrorKind::Unsupported, what)
}

fn not_paused() -> io::Error {
    invalid("the clock is not paused: pause it first")
}

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, what)
}
