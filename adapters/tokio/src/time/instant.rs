//! A point in time, by the clock of the runtime.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::{Duration, Instant as StdInstant};

/// The longest time that is waited for. Tokio has the same limit.
pub(super) const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// A point in time, by a clock that is never set back.
///
/// It is that of the standard library, but for [`now`](Self::now) and [`elapsed`](Self::elapsed): with the feature
/// `test-util` these go by the clock of the runtime, which can be paused.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Instant {
    inner: StdInstant,
}

impl Instant {
    /// The time now: with the feature `test-util` that of the runtime that the thread is inside, if it is inside of
    /// one, and otherwise that of the system.
    #[inline]
    pub fn now() -> Self {
        Self { inner: clock::now() }
    }

    /// The same point in time.
    pub fn from_std(std: StdInstant) -> Self {
        Self { inner: std }
    }

    /// The same point in time.
    pub fn into_std(self) -> StdInstant {
        self.inner
    }

    /// How long `earlier` was before this; zero if it was not.
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.inner.saturating_duration_since(earlier.inner)
    }

    /// How long `earlier` was before this; `None` if it was later.
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.inner.checked_duration_since(earlier.inner)
    }

    /// How long `earlier` was before this; zero if it was not.
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.inner.saturating_duration_since(earlier.inner)
    }

    /// How long ago this was; zero if it is still to come.
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// The point in time that is later by `duration`, if it can be told.
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.inner.checked_add(duration).map(Self::from_std)
    }

    /// The point in time that is earlier by `duration`, if it can be told.
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.inner.checked_sub(duration).map(Self::from_std)
    }

    /// The point in time that is later by `duration`, or by [`NEVER`].
    pub(super) fn after(self, duration: Duration) -> Self {
        self.checked_add(duration.min(NEVER)).unwrap_or(self)
    }
}

impl From<StdInstant> for Instant {
    fn from(time: StdInstant) -> Self {
        Self::from_std(time)
    }
}

impl From<Instant> for StdInstant {
    fn from(time: Instant) -> Self {
        time.into_std()
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn add(self, duration: Duration) -> Self {
        Self { inner: self.inner + duration }
    }
}

impl AddAssign<Duration> for Instant {
    #[track_caller]
    fn add_assign(&mut self, duration: Duration) {
        self.inner += duration;
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    #[track_caller]
    fn sub(self, duration: Duration) -> Self {
        Self { inner: self.inner - duration }
    }
}

impl SubAssign<Duration> for Instant {
    #[track_caller]
    fn sub_assign(&mut self, duration: Duration) {
        self.inner -= duration;
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[cfg(not(feature = "test-util"))]
mod clock {
    pub(super) use std::time::Instant;

    #[inline]
    pub(super) fn now() -> Instant {
        Instant::now()
    }
}

/// As tokio has it, only programs that ask for this feature pay for clocks that can stand still.
#[cfg(feature = "test-util")]
mod clock {
    use anyrt::{Current, Handle, Timer};
    use std::time::Instant;

    pub(super) fn now() -> Instant {
        Handle::try_here().map_or_else(Instant::now, |runtime| runtime.now())
    }
}
