//! The clock of a runtime, which can be paused, and moments: what the wheels count in, nanoseconds of that clock.
//!
//! Moments lie on a ring of 2^64 ns, 584 years, and are compared by their distance. Deadlines are at most
//! [`FAR`] from the start, a quarter of the ring, so that before and after mean what they say even
//! where the count wraps. A runtime could start to count anywhere; in tests it does.

use std::io;
use std::time::{Duration, Instant};

use anyrt_core::backend::ClockState;

use crate::sync::{AtomicBool, Mutex, Ordering, lock};

/// What a wheel can tell apart, in bits: 1.024 us.
pub(super) const TICK_BITS: u32 = 10;

const TICK: u64 = 1 << TICK_BITS;

/// How far from the start a moment can be: 146 years, which no runtime will live to see.
const FAR: u64 = 1 << 62;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A point in time, in nanoseconds on the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    pub(super) const fn nanos(self) -> u64 {
        self.0
    }

    #[inline]
    pub(super) fn is_after(self, other: Self) -> bool {
        (self.0.wrapping_sub(other.0) as i64) > 0
    }

    #[inline]
    pub(super) fn later(self, other: Self) -> Self {
        if other.is_after(self) { other } else { self }
    }

    /// The earlier of two, where `None` is never.
    #[inline]
    pub(super) fn earlier(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(if one.is_after(other) { other } else { one }),
            (one, other) => one.or(other),
        }
    }

    /// The beginning of the tick in which it lies.
    #[inline]
    pub(super) fn floor(self) -> Self {
        Self(self.0 & !(TICK - 1))
    }

    /// The first tick that is not before it: who waits for that is never early.
    #[inline]
    pub(super) fn ceil(self) -> Self {
        Self(self.0.wrapping_add(TICK - 1)).floor()
    }

    #[cfg(test)]
    pub(super) fn plus(self, duration: Duration) -> Self {
        Self(self.0.wrapping_add(clamp(duration)))
    }

    /// The time from `start` to here, or zero if that is later.
    pub(super) fn since(self, start: Self) -> Duration {
        if self.is_after(start) {
            Duration::from_nanos(self.0.wrapping_sub(start.0))
        } else {
            Duration::ZERO
        }
    }
}

/// In nanoseconds, without a step through 128 bits.
#[inline]
fn clamp(duration: Duration) -> u64 {
    let whole = duration.as_secs().min(FAR / NANOS_PER_SECOND);
    (whole * NANOS_PER_SECOND + u64::from(duration.subsec_nanos())).min(FAR)
}

/// What time it is, and which moment an instant is. The time is the system's, until somebody pauses the clock; until then
/// that costs a look at one flag.
///
/// Who may pause it, and when it jumps, is not decided here.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    /// The moment of the start.
    offset: u64,
    /// Whether `state` is to be asked. Stays set, because a clock that was moved never is the system's again.
    was_paused: AtomicBool,
    pub(super) state: Mutex<ClockState>,
}

impl Clock {
    pub(super) fn starting_at(offset: Moment) -> Self {
        let start = Instant::now();
        let state = Mutex::new(ClockState::new(start));
        Self { start, offset: offset.nanos(), was_paused: AtomicBool::new(false), state }
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

    /// The moment of an instant. What is too far away becomes [`FAR`], what was before the start
    /// becomes that.
    #[inline]
    pub(super) fn moment(&self, instant: Instant) -> Moment {
        Moment(self.offset.wrapping_add(clamp(instant.saturating_duration_since(self.start))))
    }

    /// The instant of a moment that is not before the start.
    pub(super) fn instant(&self, moment: Moment) -> Instant {
        self.start + moment.since(Moment(self.offset))
    }

    #[cfg(test)]
    pub(super) fn start(&self) -> Instant {
        self.start
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    #[test]
    fn moments_are_ordered_across_the_wrap() {
        let before = Moment(u64::MAX - 5);
        let after = before.plus(Duration::from_nanos(10));
        assert_eq!(after.nanos(), 4);
        assert!(after.is_after(before) && !before.is_after(after) && !after.is_after(after));
        assert_eq!(before.later(after), after);
        assert_eq!(after.later(before), after);
        assert_eq!(Moment::earlier(Some(after), Some(before)), Some(before));
        assert_eq!(Moment::earlier(None, Some(after)), Some(after));
        assert_eq!(Moment::earlier(Some(after), None), Some(after));
        assert_eq!(after.since(before), Duration::from_nanos(10));
        assert_eq!(before.since(after), Duration::ZERO);
    }

    #[test]
    fn rounding_up_is_never_early_and_at_most_a_tick_late() {
        for nanos in [0, 1, 1023, 1024, 1025, u64::MAX - 1024, u64::MAX - 1023, u64::MAX - 5] {
            let moment = Moment(nanos);
            let ceil = moment.ceil();
            assert!(!moment.is_after(ceil));
            assert!(ceil.since(moment) < Duration::from_nanos(TICK));
            assert_eq!(ceil.floor(), ceil);
            assert!(!moment.floor().is_after(moment));
        }
    }

    #[test]
    fn far_and_past_instants_are_clamped() {
        let clock = Clock::starting_at(Moment(u64::MAX - 5));
        let year = Duration::from_secs(365 * 24 * 60 * 60);
        let near = clock.start + 100 * year;
        assert_eq!(clock.moment(near).since(clock.moment(clock.start)), 100 * year);
        let far = clock.start + 10_000 * year;
        assert!(clock.moment(far).is_after(clock.moment(near)));
        let past = clock.start.checked_sub(Duration::from_millis(1)).unwrap_or(clock.start);
        assert_eq!(clock.moment(past), clock.moment(clock.start));
    }
}
