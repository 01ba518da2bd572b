//! async-std's runtime, which has no owner.

use std::io;

use anyrt_core::backend::catch_start;
use anyrt_core::{Config, ConfigOption, Flavor, Launch};

use crate::Handle;

/// Stands for async-std's runtime where an owner is asked for. Dropping it ends nothing.
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
}

impl Launch for Runtime {
    type Handle = Handle;

    /// Starts the runtime of the process, if it does not run yet.
    ///
    /// It is started once, and configured by async-std's environment variables. The name of its
    /// threads, the limit of threads for blocking closures and their keep-alive are what they are.
    ///
    /// # Errors
    /// `Unsupported` if the configuration asks for a number of workers, for a current-thread runtime
    /// or for a size of stacks, none of which can be had; or what the system refused.
    fn start(config: &Config) -> io::Result<Self> {
        let unsupported = match (config.flavor, config.stack_size) {
            (Flavor::CurrentThread, _) => "async-std has no current-thread runtime",
            (Flavor::WorkerThreads(Some(_)), _) => {
                "async-std takes the number of its threads from ASYNC_STD_THREAD_COUNT"
            }
            (Flavor::WorkerThreads(None), Some(_)) => "async-std chooses the stacks of its threads",
            _ => {
                config.check(&[
                    ConfigOption::ThreadName,
                    ConfigOption::MaxBlockingThreads,
                    ConfigOption::BlockingKeepAlive,
                ])?;
                return Self::start_process();
            }
        };
        let what = format!("{unsupported}: leave the option out, or choose another backend");
        Err(io::Error::new(io::ErrorKind::Unsupported, what))
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Runtime {
    fn start_process() -> io::Result<Self> {
        anyrt_async_io::start()?;
        catch_start("async-std", || drop(async_std::task::spawn(async {})))?;
        Ok(Self { handle: Handle::new() })
    }
}
