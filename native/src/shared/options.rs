//! How a runtime is started.

use std::num::NonZeroUsize;
use std::{io, thread};

use anyrt_core::{Config, ConfigOption};

/// How a runtime is started.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) config: Config,
}

impl Options {
    /// The number of workers, if the options can be met as far as that is known beforehand.
    pub(crate) fn check(&self) -> io::Result<usize> {
        self.config.check(&[
            ConfigOption::WorkerThreads,
            ConfigOption::CurrentThread,
            ConfigOption::ThreadName,
            ConfigOption::StackSize,
            ConfigOption::MaxBlockingThreads,
            ConfigOption::BlockingKeepAlive,
            ConfigOption::StartPaused,
            ConfigOption::ThreadHooks,
            ConfigOption::ParkHooks,
        ])?;
        let number = self.config.flavor.worker_threads().map_or(0, NonZeroUsize::get);
        if number > 0 && self.config.start_paused {
            let what = "the clock of a runtime with worker threads can't be paused: add \
                        `current_thread()` to `start_paused(true)`";
            return Err(io::Error::new(io::ErrorKind::Unsupported, what));
        }
        Ok(number)
    }

    /// For a thread that polls tasks.
    pub(crate) fn worker(&self) -> thread::Builder {
        self.thread(self.config.thread_hooks.name_or(&self.config.thread_name))
    }

    /// For the one that does not, and which nobody's hooks are told of.
    pub(crate) fn monitor(&self) -> thread::Builder {
        self.thread(self.config.thread_name.clone())
    }

    fn thread(&self, name: String) -> thread::Builder {
        let thread = thread::Builder::new().name(name);
        match self.config.stack_size {
            Some(bytes) => thread.stack_size(bytes),
            None => thread,
        }
    }
}
