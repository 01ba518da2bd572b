//! The ways of starting a runtime.

use std::num::NonZeroUsize;
use std::{env, fmt};

use anyrt_core::{Config, Flavor};

/// How many workers [`Configuration::SeveralWorkers`] has, instead of [`SEVERAL`].
const VARIABLE: &str = "ANYRT_CONFORMANCE_WORKERS";

/// More than some machines have processors.
const SEVERAL: usize = 4;

/// A way of starting a runtime; a suite runs its cases in each that the backend's capabilities
/// allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// One worker thread.
    OneWorker,
    /// Four worker threads, or as many as the environment variable `ANYRT_CONFORMANCE_WORKERS` says.
    SeveralWorkers,
    /// As many worker threads as the backend likes, instead of the two above where it can't be told.
    DefaultWorkers,
    /// Tasks are polled by the threads that are in `block_on`.
    CurrentThread,
}

impl Configuration {
    /// The name of the module that holds its tests.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneWorker => "one_worker",
            Self::SeveralWorkers => "several_workers",
            Self::DefaultWorkers => "default_workers",
            Self::CurrentThread => "current_thread",
        }
    }

    /// # Panics
    /// The variable is set to nonsense.
    pub(super) fn config(self) -> Config {
        let workers = |number| Flavor::WorkerThreads(NonZeroUsize::new(number));
        let flavor = match self {
            Self::OneWorker => workers(1),
            Self::SeveralWorkers => workers(several()),
            Self::DefaultWorkers => Flavor::WorkerThreads(None),
            Self::CurrentThread => Flavor::CurrentThread,
        };
        Config::default().flavor(flavor)
    }
}

fn several() -> usize {
    let Some(text) = env::var_os(VARIABLE) else { return SEVERAL };
    parse(&text.to_string_lossy()).unwrap_or_else(|error| panic!("{error}"))
}

fn parse(text: &str) -> Result<usize, String> {
    let number = text.trim().parse().ok().filter(|number| *number > 1);
    number.ok_or_else(|| format!("set {VARIABLE} to a number of threads above 1: it is `{text}`"))
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_are_a_number_above_one() {
        assert_eq!(parse("64"), Ok(64));
        assert_eq!(parse(" 2\n"), Ok(2));
        for nonsense in ["", "1", "0", "-4", "many"] {
            assert!(parse(nonsense).unwrap_err().contains(VARIABLE), "{nonsense}");
        }
    }
}
