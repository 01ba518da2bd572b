//! What a number of rounds says.

/// The values in the middle of many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// A quarter of the values is below it.
    pub low: f64,
    /// Half of them is.
    pub median: f64,
    /// Three quarters are.
    pub high: f64,
}

impl Summary {
    /// Of at least one value. A quantile between two values lies on the line between them.
    ///
    /// # Panics
    ///
    /// If there is no value.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let values = sorted(values);
        let [low, median, high] = [0.25, 0.5, 0.75].map(|part| between(&values, part));
        Self { low, median, high }
    }

    /// How many times as much `theirs` took as `ours`, round by round: above 1, ours is faster. Rounds that followed each other
    /// make a pair, so that what disturbed both of them cancels out.
    pub fn of_ratios(
        ours: impl IntoIterator<Item = f64>,
        theirs: impl IntoIterator<Item = f64>,
    ) -> Self {
        Self::of(ours.into_iter().zip(theirs).map(|(ours, theirs)| theirs / ours))
    }

    /// Whether ratios with these quartiles do not say who is faster, or not by how much.
    #[must_use]
    pub fn is_noise(self) -> bool {
        const WIDE: f64 = 1.3;

        self.low < 1.0 && self.high > 1.0 || self.high / self.low > WIDE
    }
}

/// The value that this part of all values is below.
///
/// # Panics
///
/// If there is no value.
pub fn quantile(values: impl IntoIterator<Item = f64>, part: f64) -> f64 {
    between(&sorted(values), part)
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values
}

#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "there are not that many rounds"
)]
fn between(sorted: &[f64], part: f64) -> f64 {
    let place = part * (sorted.len() - 1) as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    below + (above - below) * place.fract()
}

#[cfg(test)]
mod tests {
    use std::iter;

    use fastrand::Rng;

    use super::*;

    #[test]
    fn quantiles_lie_on_the_line_between_values() {
        let of = |values: &[f64]| Summary::of(values.iter().copied());
        assert_eq!(of(&[7.0]), Summary { low: 7.0, median: 7.0, high: 7.0 });
        assert_eq!(of(&[4.0, 1.0, 3.0, 2.0]), Summary { low: 1.75, median: 2.5, high: 3.25 });
        assert_eq!(of(&[5.0, 1.0, 4.0, 2.0, 3.0]), Summary { low: 2.0, median: 3.0, high: 4.0 });
        assert_eq!(quantile((0..=100).map(f64::from), 0.99), 99.0);
    }

    #[test]
    fn the_ratio_is_that_of_rounds_that_followed_each_other() {
        // The machine became slower and slower, for both; ours took half of theirs each time.
        let ratio = Summary::of_ratios([1.0, 10.0, 100.0], [2.0, 20.0, 200.0]);
        assert_eq!(ratio, Summary { low: 2.0, median: 2.0, high: 2.0 });
    }

    #[test]
    fn noise_is_what_may_be_either_and_what_may_be_anything() {
        let is_noise = |low, high| Summary { low, median: (low + high) / 2.0, high }.is_noise();
        assert!(is_noise(0.98, 1.02), "it may be faster or slower");
        assert!(is_noise(2.0, 3.0), "it may be twice or three times as fast");
        assert!(!is_noise(1.01, 1.05));
        assert!(!is_noise(0.95, 0.99));
        assert!(!is_noise(1.0, 1.0), "memory that is the same is a result");
    }

    /// Rounds on a machine that others use, too: it is up to twice as slow, for both in a pair alike, and each round differs by
    /// some percent.
    fn rounds(random: &mut Rng, slower: f64) -> (Vec<f64>, Vec<f64>) {
        const EACH: f64 = 0.06;

        let pair = || {
            let machine = 100.0 * (1.0 + random.f64());
            let mut round = |cost: f64| machine * cost * (1.0 + EACH * (random.f64() - 0.5));
            (round(1.0), round(slower))
        };
        iter::repeat_with(pair).take(15).unzip()
    }

    #[test]
    fn ten_percent_show_on_a_busy_machine() {
        for seed in 0..200 {
            let (ours, theirs) = rounds(&mut Rng::with_seed(seed), 1.1);
            let ratio = Summary::of_ratios(ours, theirs);
            assert!((1.07..1.13).contains(&ratio.median), "seed {seed}: {ratio:?}");
            assert!(!ratio.is_noise(), "seed {seed}: {ratio:?}");
        }
    }

    #[test]
    fn what_is_alike_is_within_the_noise() {
        let alike = (0..200).map(|seed| {
            let (ours, theirs) = rounds(&mut Rng::with_seed(seed), 1.0);
            Summary::of_ratios(ours, theirs)
        });
        let (noise, rest): (Vec<_>, Vec<_>) = alike.partition(|ratio| ratio.is_noise());
        // Now and then three of four rounds fall on one side by chance.
        assert!(noise.len() > 180, "{rest:?}");
        assert!(rest.iter().all(|ratio| (0.97..1.03).contains(&ratio.median)), "{rest:?}");
    }
}
