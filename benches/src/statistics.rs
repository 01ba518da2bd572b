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
