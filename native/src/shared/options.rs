//! How a runtime is started.

use std::num::NonZeroUsize;
use std::{io, thread};

use anyrt_core::backend::clock_beside_workers;
use anyrt_core::{Config, ConfigOption};

/// The number of workers, if the options can be met as far as that is known beforehand.
pub(crate) fn check(config: &Config) -> io::Result<usize> {
    config.check(&[
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
    let number = config.flavor.worker_threads().map_or(0, NonZeroUsize::get);
    if number > 0 && config.start_paused {
        return Err(clock_beside_workers());
    }
    Ok(number)
}

/// For a thread that polls tasks.
pub(super) fn worker(config: &Config) -> thread::Builder {
    thread(config, config.thread_hooks.name_or(&config.thread_name))
}

/// For any thread.
pub(super) fn thread(config: &Config, name: String) -> thread::Builder {
    let thread = thread::Builder::new().name(name);
    match config.stack_size {
        Some(bytes) => thread.stack_size(bytes),
        None => thread,
    }
}
