//! A smol executor with threads of its own.

use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use anyrt_core::backend::Workers;
use anyrt_core::{
    Config, ConfigOption, Current, Launch, PauseClock, Shutdown, ThreadHooks, coop, yield_now,
};
use smol::Executor;

use crate::Handle;
use crate::block_on::drive;
use crate::handle::Owned;

/// Owns an executor of smol, and the threads that run it.
///
/// Dropping it stops the threads, drops every task, and waits for the blocking closures that run.
/// Inside a task, a blocking closure or a guard, where it might wait for itself, it ends in the
/// background instead. A current-thread runtime also outlives the drop while other threads are in `block_on`:
/// the last of them drops its tasks.
pub struct Runtime {
    handle: Handle,
    workers: Arc<Workers>,
}

impl Launch for Runtime {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
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
        anyrt_async_io::start()?;
        let handle = Handle::new(config);
        if config.start_paused {
            handle.pause_clock()?;
        }
        let (workers, started) = start_workers(&handle, config);
        // Dropped, with the threads that have started, if one of them is refused.
        let runtime = Self { handle, workers: Arc::new(workers) };
        started.map(|()| runtime)
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

/// Starts the threads that run the executor. The other options are for those that run closures, which have the name and the stacks as well.
fn start_workers(handle: &Handle, config: &Config) -> (Workers, io::Result<()>) {
    let executor = handle.owned().map_or_else(Weak::new, |owned| Arc::downgrade(&owned.executor));
    let (number, hooks) = (handle.workers(), config.thread_hooks.clone());
    let handle = handle.clone();
    Workers::start(config, number, move |worker| {
        let _inside = handle.enter();
        let Some(executor) = executor.upgrade() else { return };
        let hooks = &hooks;
        worker.work(move |until| {
            let mut run = pin!(executor.run(until));
            smol::block_on(ThreadHooks::around_sleeps(Some(hooks), run.as_mut()));
        });
    })
}

impl Shutdown for Runtime {
    fn shutdown_timeout(mut self, timeout: Duration) {
        self.end(Some(timeout));
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.end(None);
    }
}

impl Runtime {
    /// Has no effect the second time.
    fn end(&mut self, timeout: Option<Duration>) {
        // First: who sees that tasks are refused is not polled again.
        self.workers.stop();
        let Some(owned) = self.handle.take_owned() else { return };
        // Tasks that block, and closures, may wait for some.
        self.handle.sources().end();
        if let Some(clock) = self.handle.clock() {
            clock.close();
        }
        {
            let _inside = self.handle.enter();
            self.handle.blocking().close();
        }
        let is_in_async = coop::is_polling() || Handle::try_current().is_some();
        if is_in_async && self.handle.workers() == 0 {
            // Nobody is waited for.
            let _inside = self.handle.enter();
            drop(owned);
        } else if is_in_async {
            // If no thread can be had for it, whoever lets go of the executor last drops the tasks.
            let (handle, workers) = (self.handle.clone(), Arc::clone(&self.workers));
            let finish = move || finish(&handle, owned, &workers, None);
            let _ = thread::Builder::new().spawn(finish);
        } else {
            finish(&self.handle, owned, &self.workers, timeout);
        }
    }
}

/// Drops the tasks, and waits for the workers and the blocking closures.
fn finish(handle: &Handle, owned: Owned, workers: &Workers, timeout: Option<Duration>) {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let left = || deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    {
        let _inside = handle.enter();
        // Without workers, threads in `block_on` go on with the tasks.
        if handle.workers() > 0 {
            workers.end(left(), || poll_all(&owned.executor));
        }
        drop(owned);
    }
    handle.blocking().wait(left());
}

/// Polls the tasks in the queue, and some of those that a worker has in one of its own.
fn poll_all(executor: &Executor<'static>) {
    while executor.try_tick() {}
    drive(executor.run(yield_now()));
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Runtime").field(&self.handle).finish()
    }
}
