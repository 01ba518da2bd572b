//! The ways of starting a runtime.

use std::fmt;
use std::num::NonZeroUsize;

use anyrt_core::{Config, Flavor};

/// A way of starting a runtime; a suite runs its cases in each that the backend's capabilities
/// allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Configuration {
    /// One worker thread.
    OneWorker,
    /// Four worker threads, which is more than some machines have processors.
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

    pub(super) fn config(self) -> Config {
        let workers = |number| Flavor::WorkerThreads(NonZeroUsize::new(number));
        let flavor = match self {
            Self::OneWorker => workers(1),
            Self::SeveralWorkers => workers(4),
            Self::DefaultWorkers => Flavor::WorkerThreads(None),
            Self::CurrentThread => Flavor::CurrentThread,
        };
        Config::default().flavor(flavor)
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
