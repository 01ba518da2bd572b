//! Random numbers, for jitter, sampling and the choice among equals; not for secrets.
//!
//! They come from the runtime, which may have a say in them: under a simulator that runs a program again,
//! they are the same again. Whoever can guess the numbers of today can guess those of tomorrow, so keys and tokens
//! are made of the numbers of a crate for cryptography.

use std::ops::{Bound, RangeBounds};

use crate::Spawn;

/// Makes random numbers from one that a runtime gave, without asking it again.
///
/// Which numbers follow from a seed may change with the version of this crate.
///
/// ```
/// use anyrt_core::{Spawn, random::Generator};
///
/// /// The servers in the order in which to try them.
/// fn shuffled<'a, R: Spawn>(runtime: &R, mut servers: Vec<&'a str>) -> Vec<&'a str> {
///     Generator::of(runtime).shuffle(&mut servers);
///     servers
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    generator: fastrand::Rng,
}

impl Generator {
    /// One that begins with a number of `runtime`.
    pub fn of<R: Spawn>(runtime: &R) -> Self {
        Self::with_seed(runtime.random_u64())
    }

    /// One that makes the same numbers each time it is made from this seed.
    ///
    /// ```
    /// use anyrt_core::random::Generator;
    ///
    /// let mut again = Generator::with_seed(7);
    /// assert_eq!(Generator::with_seed(7).u64(), again.u64());
    /// ```
    pub fn with_seed(seed: u64) -> Self {
        Self { generator: fastrand::Rng::with_seed(seed) }
    }

    /// Any number, each as likely as the others.
    pub fn u64(&mut self) -> u64 {
        self.generator.u64(..)
    }

    /// A number of `range`, each as likely as the others.
    ///
    /// ```
    /// use anyrt_core::random::Generator;
    ///
    /// let die = Generator::with_seed(7).range(1..=6);
    /// assert!((1..=6).contains(&die));
    /// ```
    ///
    /// # Panics
    /// If the range is empty.
    #[track_caller]
    pub fn range(&mut self, range: impl RangeBounds<u64>) -> u64 {
        // Here, because the panic of `fastrand` names no line of the caller.
        let first = match range.start_bound() {
            Bound::Included(first) => Some(*first),
            Bound::Excluded(before) => before.checked_add(1),
            Bound::Unbounded => Some(u64::MIN),
        };
        let last = match range.end_bound() {
            Bound::Included(last) => Some(*last),
            Bound::Excluded(end) => end.checked_sub(1),
            Bound::Unbounded => Some(u64::MAX),
        };
        match (first, last) {
            (Some(first), Some(last)) if first <= last => self.generator.u64(first..=last),
            _ => panic!("the range of a random number must not be empty"),
        }
    }

    /// A number that is at least 0 and less than 1.
    ///
    /// ```
    /// use anyrt_core::random::Generator;
    ///
    /// assert!((0.0..1.0).contains(&Generator::with_seed(7).f64()));
    /// ```
    pub fn f64(&mut self) -> f64 {
        self.generator.f64()
    }

    /// Fills `bytes`, each value of each as likely as the others.
    ///
    /// ```
    /// use anyrt_core::random::Generator;
    ///
    /// let mut bytes = [0; 16];
    /// Generator::with_seed(7).fill(&mut bytes);
    /// assert_ne!(bytes, [0; 16]);
    /// ```
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.generator.fill(bytes);
    }

    /// Brings `items` into any order, each as likely as the others.
    ///
    /// ```
    /// use anyrt_core::random::Generator;
    ///
    /// let mut numbers = [1, 2, 3];
    /// Generator::with_seed(7).shuffle(&mut numbers);
    /// numbers.sort_unstable();
    /// assert_eq!(numbers, [1, 2, 3]);
    /// ```
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        self.generator.shuffle(items);
    }
}

/// Any number, of the generator that this thread has: [`Spawn::random_u64`] without a runtime.
pub fn u64_of_thread() -> u64 {
    fastrand::u64(..)
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_range_comes_and_no_other() {
        let mut generator = Generator::with_seed(7);
        let mut seen = |range: (Bound<u64>, Bound<u64>)| {
            let mut seen: Vec<_> = (0..1000).map(|_| generator.range(range)).collect();
            seen.sort_unstable();
            seen.dedup();
            seen
        };
        let (included, excluded) = (Bound::Included, Bound::Excluded);
        assert_eq!(seen((included(5), included(7))), [5, 6, 7]);
        assert_eq!(seen((excluded(5), excluded(8))), [6, 7]);
        assert_eq!(seen((Bound::Unbounded, excluded(2))), [0, 1]);
        assert_eq!(seen((included(u64::MAX), Bound::Unbounded)), [u64::MAX]);
        assert!(seen((Bound::Unbounded, Bound::Unbounded)).len() > 990);
    }

    #[test]
    fn a_shuffle_keeps_every_item_and_no_order() {
        let mut items: Vec<_> = (0..100).collect();
        Generator::with_seed(7).shuffle(&mut items);
        assert!(!items.is_sorted());
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }
}
