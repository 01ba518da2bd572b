//! Starting the threads, and ending them.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{io, thread};

use anyrt_core::backend::BlockingPool;
use anyrt_core::{Config, ConfigOption, Current, Flavor, Launch, Shutdown, coop};

use super::Handle;
use super::executor::Executor;

/// Owns threads that poll tasks.
#[derive(Debug)]
pub struct Runtime {
    handle: Handle,
    has_ended: bool,
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
        ])?;
        let Config {
            flavor,
            thread_name,
            stack_size,
            // The others are the pool's.
            ..
        } = config;
        anyrt_async_io::start()?;
        let handle = Handle {
            executor: Arc::new(Executor::default()),
            blocking: BlockingPool::new(config),
            is_current_thread: *flavor == Flavor::CurrentThread,
        };
        // Dropped, it ends the threads that have started, if one of them is refused.
        let runtime = Self { handle, has_ended: false };
        for _ in 0..flavor.worker_threads().map_or(0, NonZeroUsize::get) {
            let mut thread = thread::Builder::new().name(thread_name.clone());
            if let Some(bytes) = stack_size {
                thread = thread.stack_size(*bytes);
            }
            let handle = runtime.handle.clone();
            let member = handle.executor.join();
            thread.spawn(move || {
                let _inside = handle.enter();
                member.work();
                drop(member);
            })?;
        }
        Ok(runtime)
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
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
    fn end(&mut self, timeout: Option<Duration>) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        self.handle.executor.end();
        {
            let _inside = self.handle.enter();
            self.handle.blocking.close();
        }
        if coop::is_polling() || Handle::try_current().is_some() {
            let handle = self.handle.clone();
            // If no thread can be had for it, the last worker drops the tasks.
            let _ = thread::Builder::new().spawn(move || finish(&handle, None));
        } else {
            finish(&self.handle, timeout);
        }
    }
}

fn finish(handle: &Handle, timeout: Option<Duration>) {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    {
        let _inside = handle.enter();
        if handle.is_current_thread {
            handle.executor.drop_unless_driven();
        } else {
            handle.executor.wait(deadline);
        }
    }
    let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    handle.blocking.wait(left);
}
