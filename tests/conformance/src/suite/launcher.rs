//! Runtimes that a case starts itself.

use std::num::NonZeroUsize;
use std::{fmt, io};

use anyrt_core::{Config, Flavor, Launch};

use super::Configuration;
use crate::waits::waiting;

/// Starts runtimes in the way of the suite and of the configuration that a case runs in.
///
/// For cases that need other options than the configuration has, or more than one runtime. `L` alone
/// would not do: the runtime of a facade is one type for several backends.
pub struct Launcher<L> {
    start: fn(&Config) -> io::Result<L>,
    configuration: Configuration,
}

impl<L: Launch> Launcher<L> {
    pub(super) fn new(start: fn(&Config) -> io::Result<L>, configuration: Configuration) -> Self {
        Self { start, configuration }
    }

    /// A runtime as the configuration has it.
    ///
    /// # Panics
    /// It can't be started, which fails the case.
    #[track_caller]
    pub fn start(&self) -> L {
        self.start_with(|_| {})
    }

    /// A runtime as the configuration has it, but for what `change` changes.
    ///
    /// # Panics
    /// It can't be started, which fails the case.
    #[track_caller]
    pub fn start_with(&self, change: impl FnOnce(&mut Config)) -> L {
        self.try_start_with(change).expect("the runtime can be started")
    }

    /// The same, for options that may be refused.
    ///
    /// # Errors
    /// What the backend says.
    #[track_caller]
    pub fn try_start_with(&self, change: impl FnOnce(&mut Config)) -> io::Result<L> {
        let mut config = self.configuration.config();
        change(&mut config);
        let _waiting = waiting();
        (self.start)(&config)
    }

    /// A runtime whose tasks take turns on one thread: that in `block_on` on a current-thread
    /// runtime, else one worker. `None` where the backend can't be told how many workers to start.
    ///
    /// # Panics
    /// It can't be started, which fails the case.
    #[track_caller]
    pub fn start_with_one_polling_thread(&self) -> Option<L> {
        if self.configuration == Configuration::DefaultWorkers {
            return None;
        }
        Some(self.start_with(|config| {
            if config.flavor != Flavor::CurrentThread {
                config.flavor = Flavor::WorkerThreads(Some(NonZeroUsize::MIN));
            }
        }))
    }
}

impl<L> fmt::Debug for Launcher<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launcher").field("configuration", &self.configuration).finish()
    }
}
