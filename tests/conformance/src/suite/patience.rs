//! How long the suite waits for a case.
//!
//! A backend that never does anything would cost a minute for each of many hundred cases. So each
//! hang halves the patience for those that come after it in the same process, which has failed by
//! then anyway.

use std::env;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

/// The first patience of a process in seconds, as a decimal number.
pub(super) const VARIABLE: &str = "ANYRT_CONFORMANCE_PATIENCE";

/// Far more than any case needs, on a machine that is busy.
const FIRST: Duration = Duration::from_secs(60);
const LAST: Duration = Duration::from_millis(200);

/// The cases of this process that hung.
static HANGS: AtomicU32 = AtomicU32::new(0);

/// How long to wait for a case, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    pub(super) first: Duration,
    /// The cases that hung before.
    pub(super) hangs: u32,
}

impl Patience {
    /// With the next case.
    ///
    /// # Panics
    /// The variable is set to nonsense.
    pub(super) fn now() -> Self {
        let first = match env::var_os(VARIABLE) {
            None => FIRST,
            Some(text) => parse(&text.to_string_lossy()).unwrap_or_else(|error| panic!("{error}")),
        };
        Self { first, hangs: HANGS.load(Relaxed) }
    }

    /// Notes that a case hangs.
    pub(super) fn exhausted() {
        HANGS.fetch_add(1, Relaxed);
    }

    pub(super) fn limit(self) -> Duration {
        let halved = 2_u32.checked_pow(self.hangs).map_or(Duration::ZERO, |by| self.first / by);
        halved.max(LAST.min(self.first))
    }

    /// Continues a sentence about a case that hangs; empty where there is nothing to explain.
    pub(super) fn explanation(self) -> String {
        match self.hangs {
            0 => String::new(),
            1 => format!(" (shortened from {:?}, because a case hung before it)", self.first),
            n => format!(" (shortened from {:?}, because {n} cases hung before it)", self.first),
        }
    }
}

fn parse(text: &str) -> Result<Duration, String> {
    let seconds = text.trim().parse().ok();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| format!("set {VARIABLE} to a number of seconds above 0: it is `{text}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hang_halves_it_down_to_a_fifth_of_a_second() {
        let limit = |hangs| Patience { first: FIRST, hangs }.limit().as_millis();
        assert_eq!(
            [0, 1, 2, 8, 9, 31, 32, 1000].map(limit).to_vec(),
            [60_000, 30_000, 15_000, 234, 200, 200, 200, 200]
        );
        let short = Patience { first: Duration::from_millis(50), hangs: 3 };
        assert_eq!(short.limit(), Duration::from_millis(50));
    }

    #[test]
    fn a_suite_of_nothing_but_hangs_ends_within_five_minutes() {
        const CASES: u32 = 900; // of about 280 cases in three configurations
        let total = |hangs| Patience { first: FIRST, hangs }.limit();
        let total: Duration = (0..CASES).map(total).sum();
        assert!(total < Duration::from_secs(300), "{total:?}");
    }

    #[test]
    fn it_is_a_decimal_number_of_seconds() {
        assert_eq!(parse("5"), Ok(Duration::from_secs(5)));
        assert_eq!(parse("0.25"), Ok(Duration::from_millis(250)));
        for nonsense in ["", "a", "-1", "0", "NaN", "inf", "1e300", "5s"] {
            let error = parse(nonsense).unwrap_err();
            assert!(
                error.contains(VARIABLE) && error.contains(&format!("`{nonsense}`")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_shortened_one_is_explained() {
        let explanation = |hangs| Patience { first: FIRST, hangs }.explanation();
        assert_eq!(explanation(0), "");
        assert_eq!(explanation(1), " (shortened from 60s, because a case hung before it)");
        assert_eq!(explanation(2), " (shortened from 60s, because 2 cases hung before it)");
    }
}
