//! A runtime of the caller's own.

use std::future::Future;
use std::io;
use std::time::Duration;

use anyrt_core::{Config, Launch, Shutdown};

use crate::backends::Runtimes;
use crate::{Builder, Handle, JoinHandle};

/// Owns a runtime, of the backend that was chosen.
///
/// Most programs need none: [`anyrt::main`](crate::main) makes one, and outside of it the default
/// runtime of the process starts when it is first used.
///
/// Dropping it drops every task and waits for the blocking closures that run. Inside async code or
/// a blocking closure it ends in the background instead, because it might wait for itself.
///
/// ```
/// let runtime = anyrt::Runtime::new()?;
/// let answer = runtime.block_on(async { anyrt::spawn(async { 42 }).await })?;
/// assert_eq!(answer, 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    runtimes: Runtimes,
    handle: Handle,
}

impl Runtime {
    /// Starts one with the default options; [`Builder`] has the others.
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new() -> io::Result<Self> {
        Builder::new().build()
    }

    /// Starts the backend of this name, which is one of those compiled in.
    pub(crate) fn start_backend(name: &str, config: &Config) -> io::Result<Self> {
        let runtimes = Runtimes::start(name, config)?;
        let handle = Handle(runtimes.handle());
        Ok(Self { runtimes, handle })
    }

    /// What tasks are spawned with, from anywhere.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs `future` to its end on this thread, inside the runtime.
    ///
    /// # Panics
    /// As [`Handle::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.handle.block_on(future)
    }

    /// Starts `future` as a task of its own; see [`Handle::spawn`].
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Stops polling tasks, drops every one of them, and waits for the blocking closures that run,
    /// at most for `timeout`.
    ///
    /// After the timeout the threads that have not ended are left to themselves; `Duration::ZERO`
    /// does not wait at all.
    pub fn shutdown_timeout(self, timeout: Duration) {
        dispatch!(Runtimes(runtime) = self.runtimes => runtime.shutdown_timeout(timeout));
    }
}

impl Launch for Runtime {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
        Builder::from(config.clone()).build()
    }

    fn handle(&self) -> &Handle {
        Runtime::handle(self)
    }
}

impl Shutdown for Runtime {
    fn shutdown_timeout(self, timeout: Duration) {
        Runtime::shutdown_timeout(self, timeout);
    }
}
