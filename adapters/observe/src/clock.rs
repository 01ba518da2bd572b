//! The time stamps of polls.

use std::time::Duration;

/// A clock that is read in a third of the time that the system's takes, where the processor has one.
#[derive(Clone, Debug)]
pub(crate) struct Clock(quanta::Clock);

/// What such a clock shows, or the difference of two; never 0 where it is a time.
pub(crate) type Ticks = u64;

impl Clock {
    /// The first of a process is compared with the system's clock, which takes up to a fifth of a second.
    pub(crate) fn new() -> Self {
        Self(quanta::Clock::new())
    }

    #[inline]
    pub(crate) fn now(&self) -> Ticks {
        self.0.raw().max(1)
    }

    /// How long so many ticks take.
    pub(crate) fn duration(&self, ticks: Ticks) -> Duration {
        Duration::from_nanos(self.0.delta_as_nanos(0, ticks))
    }

    /// How many ticks there are in this time, or in 292 years if that is longer.
    pub(crate) fn ticks(&self, duration: Duration) -> Ticks {
        const MANY: Ticks = 1 << 40;
        // In nanoseconds. The way back from its ticks does not overflow, whatever the processor takes a tick for.
        const LONGEST: u128 = i64::MAX as u128;

        let nanos = duration.as_nanos().min(LONGEST);
        let ticks = nanos * u128::from(MANY) / self.duration(MANY).as_nanos();
        Ticks::try_from(ticks).unwrap_or(Ticks::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_and_durations_are_the_same_times() {
        let clock = Clock::new();
        for duration in
            [Duration::from_micros(1), Duration::from_millis(3), Duration::from_secs(70)]
        {
            let there_and_back = clock.duration(clock.ticks(duration));
            assert!(
                there_and_back.abs_diff(duration) <= Duration::from_nanos(2) + duration / 10_000
            );
        }
        assert!(clock.now() <= clock.now());
        // That of a century, at least.
        let century = Duration::from_secs(100 * 365 * 86400);
        assert!(clock.duration(clock.ticks(Duration::MAX)) > century);
    }
}
