//! A tokio runtime that we start and end.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyrt_core::backend::{catch_start, on_another_thread, try_threads};
use anyrt_core::{Config, ConfigOption, Flavor, Launch, Shutdown, ThreadHooks, coop};
use tokio::runtime::Builder;

use crate::current::INSIDE;
use crate::{Handle, ending};

/// Owns a tokio runtime, with worker threads or on the threads that are in `block_on`.
///
/// Dropping it drops every task and waits for the blocking closures that run. On a thread that is
/// inside any tokio runtime (in a task, a blocking closure, under a guard of `enter`), where it might
/// wait for itself, it ends in the background instead. A current-thread runtime also outlives the
/// drop while other threads are in `block_on`: the last of them ends it.
///
/// ```
/// use anyrt_core::{BlockOn, Config, Launch};
///
/// let runtime = anyrt_tokio::Runtime::start(&Config::default())?;
/// assert_eq!(runtime.handle().block_on(async { 7 }), 7);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    // `None` only while it is being dropped.
    tokio: Option<Arc<tokio::runtime::Runtime>>,
    handle: Handle,
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
            ConfigOption::ThreadHooks,
            ConfigOption::ParkHooks,
        ])?;
        let mut builder = Builder::new_current_thread();
        if let Some(number) = config.flavor.worker_threads() {
            // tokio waits for ever for the others when the system refuses it one.
            try_threads(number)?;
            builder = Builder::new_multi_thread();
            builder.worker_threads(number.get());
        }
        if let Some(bytes) = config.stack_size {
            builder.thread_stack_size(bytes);
        }
        let ThreadHooks { on_start, on_stop, on_park, on_unpark, .. } = config.thread_hooks.clone();
        if let Some(hook) = on_park {
            builder.on_thread_park(move || ThreadHooks::call(Some(&hook)));
        }
        if let Some(hook) = on_unpark {
            builder.on_thread_unpark(move || ThreadHooks::call(Some(&hook)));
        }
        let (names, of_all) = (config.thread_hooks.clone(), config.thread_name.clone());
        builder
            .thread_name_fn(move || names.name_or(&of_all))
            .max_blocking_threads(config.max_blocking_threads.get())
            .thread_keep_alive(config.blocking_keep_alive)
            .on_thread_start(move || {
                INSIDE.set(true);
                ThreadHooks::call(on_start.as_ref());
            })
            .on_thread_stop(move || {
                ThreadHooks::call(on_stop.as_ref());
                INSIDE.set(false);
            })
            .enable_all();
        // It panics when its own environment variable is wrong, or the stack can't be had.
        let mut build = || catch_start("tokio", || builder.build());
        let runtime = if ending::has_context() { build() } else { on_another_thread(build)? }??;
        let handle = runtime.handle().clone().into();
        let runtime = Arc::new(runtime);
        if config.flavor == Flavor::CurrentThread {
            current_thread::add(&runtime);
        }
        Ok(Self { tokio: Some(runtime), handle })
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Shutdown for Runtime {
    fn shutdown_timeout(mut self, timeout: Duration) {
        end(self.tokio.take(), |runtime| runtime.shutdown_timeout(timeout));
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        end(self.tokio.take(), drop);
    }
}

/// Ends the runtime, if there is one and nobody else drives it; whoever does will end it when they
/// are done.
pub(crate) fn end(
    runtime: Option<Arc<tokio::runtime::Runtime>>,
    end: impl FnOnce(tokio::runtime::Runtime),
) {
    let Some(runtime) = runtime.and_then(Arc::into_inner) else { return };
    if coop::is_polling() || tokio::runtime::Handle::try_current().is_ok() {
        // To wait here is to block async code, which tokio refuses with a panic, or a blocking
        // closure that may be one of those to be waited for.
        runtime.shutdown_background();
    } else {
        // Tasks of a current-thread runtime are dropped on this thread, which polls nothing now; their
        // destructors must not block it all the same (K8).
        let _poll = coop::enter_poll();
        end(runtime);
    }
}

/// The current-thread runtimes of ours: only through its owner can a thread drive one, and handles
/// that were found by [`Current`](anyrt_core::Current) do not know the owner.
pub(crate) mod current_thread {
    use std::sync::{Arc, Mutex, PoisonError, Weak};

    use tokio::runtime::{Handle, Id, Runtime, RuntimeFlavor};

    static RUNTIMES: Mutex<Vec<(Id, Weak<Runtime>)>> = Mutex::new(Vec::new());

    pub(crate) fn add(runtime: &Arc<Runtime>) {
        let mut runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
        runtimes.retain(|(_, runtime)| runtime.strong_count() > 0);
        runtimes.push((runtime.handle().id(), Arc::downgrade(runtime)));
    }

    pub(crate) fn find(handle: &Handle) -> Option<Arc<Runtime>> {
        if handle.runtime_flavor() != RuntimeFlavor::CurrentThread {
            return None;
        }
        let runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, runtime) = runtimes.iter().find(|(id, _)| *id == handle.id())?;
        runtime.upgrade()
    }
}
