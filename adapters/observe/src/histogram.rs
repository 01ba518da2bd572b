//! How often something took how long.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::{Clock, Ticks};

/// The bounds of the buckets: each is four times the one before, from a microsecond to some four seconds.
const BOUNDS: usize = 12;

const FIRST: Duration = Duration::from_micros(1);

/// How often something took how long; of a [`Snapshot`](crate::Snapshot).
///
/// ```
/// use anyrt_observe::Histogram;
///
/// fn print(histogram: &Histogram) {
///     for (bound, count) in histogram.buckets() {
///         println!("{count} took at most {bound:?}");
///     }
///     println!("all {} took {:?}", histogram.count(), histogram.sum());
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: [u64; BOUNDS + 1],
    sum: Duration,
}

impl Histogram {
    /// How many there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long all of them took together.
    pub fn sum(&self) -> Duration {
        self.sum
    }

    /// Upper bounds, in their order, and how many took at most so long: each counts those before it as well. What took
    /// longer than the last bound is in [`count`](Self::count) alone.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> {
        let counts = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        bounds().zip(counts)
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (count, other) in self.counts.iter_mut().zip(&other.counts) {
            *count += other;
        }
        self.sum += other.sum;
    }
}

fn bounds() -> impl Iterator<Item = Duration> {
    (0..).take(BOUNDS).map(|exponent| FIRST * 4_u32.pow(exponent))
}

/// The bounds in ticks.
#[derive(Clone, Debug)]
pub(crate) struct Bounds([Ticks; BOUNDS]);

impl Bounds {
    pub(crate) fn new(clock: &Clock) -> Self {
        let mut bounds = bounds();
        Self(std::array::from_fn(|_| bounds.next().map_or(Ticks::MAX, |bound| clock.ticks(bound))))
    }
}

/// A histogram that one thread fills, and all may read.
#[derive(Debug, Default)]
pub(crate) struct Filling {
    counts: [AtomicU64; BOUNDS + 1],
    sum: AtomicU64,
}

impl Filling {
    /// By the one thread, so that nothing has to be added atomically.
    #[inline]
    pub(crate) fn note(&self, bounds: &Bounds, ticks: Ticks) {
        // One after the other: most polls are shorter than the first bounds.
        let bucket = bounds.0.iter().position(|bound| ticks <= *bound).unwrap_or(BOUNDS);
        add(&self.counts[bucket], 1);
        add(&self.sum, ticks);
    }

    pub(crate) fn read(&self, clock: &Clock) -> Histogram {
        Histogram {
            counts: self.counts.each_ref().map(|count| count.load(Ordering::Relaxed)),
            sum: clock.duration(self.sum.load(Ordering::Relaxed)),
        }
    }
}

/// Adds to a number that no other thread changes.
#[inline]
pub(crate) fn add(number: &AtomicU64, summand: u64) {
    number.store(number.load(Ordering::Relaxed).wrapping_add(summand), Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_has_what_took_at_most_so_long() {
        let clock = Clock::new();
        let bounds = Bounds::new(&clock);
        let filling = Filling::default();
        for micros in [0, 3, 5, 3000, 60_000_000] {
            filling.note(&bounds, clock.ticks(Duration::from_micros(micros)));
        }
        let histogram = filling.read(&clock);
        let buckets: Vec<_> = histogram.buckets().collect();
        let at = |micros| {
            let of_bound = |(bound, _): &&(Duration, u64)| bound.as_micros() == micros;
            buckets.iter().find(of_bound).expect("it is a bound").1
        };
        assert_eq!((at(1), at(4), at(16), at(1024), at(4096)), (1, 2, 3, 3, 4));
        assert_eq!((buckets.len(), buckets[BOUNDS - 1].1, histogram.count()), (BOUNDS, 4, 5));
        assert!(histogram.sum() >= Duration::from_secs(60));

        let mut twice = histogram.clone();
        twice.add(&histogram);
        assert_eq!((twice.count(), twice.sum()), (10, histogram.sum() * 2));
    }
}
