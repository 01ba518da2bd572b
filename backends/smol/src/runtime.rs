//! A smol executor with threads of its own.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};
use std::{fmt, io, thread};

use anyrt_core::backend::BlockingPool;
use anyrt_core::{Config, ConfigOption, Current, Launch, PauseClock, Shutdown, ThreadHooks, coop};
use smol::{Executor, channel};

use crate::Handle;

/// Owns an executor of smol, and the threads that run it.
///
/// Dropping it stops the threads, drops every task, and waits for the blocking closures that run.
/// Inside a task, a blocking closure or a guard, where it might wait for itself, it ends in the
/// background instead. A current-thread runtime also outlives the drop while other threads are in `block_on`:
/// the last of them drops its tasks.
pub struct Runtime {
    handle: Handle,
    // `None` once it has ended. Never locked: the mutex makes the receiver `Sync`.
    workers: Mutex<Option<Workers>>,
}

/// The threads that run an executor.
struct Workers {
    // Closed to stop them.
    stop: channel::Sender<()>,
    // Disconnected when all of them have ended.
    ended: mpsc::Receiver<()>,
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
        ])?;
        // The others are for the threads that run closures, which get the name and the stacks as well.
        let Config { flavor, thread_name, stack_size, thread_hooks, .. } = config;
        anyrt_async_io::start()?;
        let workers = flavor.worker_threads().map_or(0, NonZeroUsize::get);
        let handle = Handle::new(workers, BlockingPool::new(config));
        if config.start_paused {
            handle.pause_clock()?;
        }
        let (stop, stopped) = channel::bounded(1);
        let (end, ended) = mpsc::channel();
        // Dropped, with the threads that have started, if one of them is refused.
        let runtime = Self { handle, workers: Mutex::new(Some(Workers { stop, ended })) };
        let handle = runtime.handle.clone();
        // Moved in: the runtime waits for the last `end`, so ours must be gone before it is dropped.
        let start_thread = move |_| {
            let mut thread = thread::Builder::new().name(thread_hooks.name_or(thread_name));
            if let Some(bytes) = stack_size {
                thread = thread.stack_size(*bytes);
            }
            let (handle, stopped, end) = (handle.clone(), stopped.clone(), end.clone());
            let hooks = thread_hooks.clone();
            let work = move || {
                // The hooks go before the runtime is told that this thread has ended.
                let (_end, hooks) = (end, hooks);
                work(&handle, &stopped, &hooks);
            };
            thread.spawn(work).map(drop)
        };
        (0..workers).try_for_each(start_thread)?;
        Ok(runtime)
    }

    fn handle(&self) -> &Handle {
        &self.handle
    }
}

thread_local! {
    // On a worker, what tells that its runtime has begun to end. A worker puts `None` back, and without a destructor
    // the variable costs less to read.
    static STOPPED: ManuallyDrop<RefCell<Option<channel::Receiver<()>>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
}

/// Whether this thread is a worker of a runtime that has begun to end.
#[inline]
pub(crate) fn has_ended() -> bool {
    let is_closed = |stopped: &channel::Receiver<()>| stopped.is_closed();
    STOPPED.with(|stopped| stopped.borrow().as_ref().is_some_and(is_closed))
}

/// Runs the executor until it is to stop.
fn work(handle: &Handle, stopped: &channel::Receiver<()>, hooks: &ThreadHooks) {
    let _inside = handle.enter();
    ThreadHooks::call(hooks.on_start.as_ref());
    STOPPED.with(|here| here.replace(Some(stopped.clone())));
    if let Some(executor) = handle.executor() {
        // Tasks do not panic, but wakers of the user may, and none of them is to end the thread.
        let run = || smol::block_on(executor.run(stopped.recv()));
        while catch_unwind(AssertUnwindSafe(run)).is_err() {}
    }
    drop(STOPPED.with(|here| here.take()));
    ThreadHooks::call(hooks.on_stop.as_ref());
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
        let workers = self.workers.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        let Some(workers) = workers else { return };
        // First: who sees that tasks are refused is not polled again.
        workers.stop.close();
        let Some(executor) = self.handle.take_executor() else { return };
        // Tasks that block, and closures, may wait for some.
        self.handle.sources().end();
        if let Some(clock) = self.handle.clock() {
            clock.close();
        }
        {
            let _inside = self.handle.enter();
            self.handle.blocking().close();
        }
        if coop::is_polling() || Handle::try_current().is_some() {
            // If no thread can be had for it, whoever lets go of the executor last drops the tasks.
            let handle = self.handle.clone();
            let finish = move || finish(&handle, executor, &workers, None);
            let _ = thread::Builder::new().spawn(finish);
        } else {
            finish(&self.handle, executor, &workers, timeout);
        }
    }
}

/// Waits for the workers, drops the tasks, and waits for the blocking closures.
fn finish(
    handle: &Handle,
    executor: Arc<Executor<'static>>,
    workers: &Workers,
    timeout: Option<Duration>,
) {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let left = || deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    // Nothing is ever sent: both return when the last worker has ended, or the time is over.
    match left() {
        Some(left) => drop(workers.ended.recv_timeout(left)),
        None => drop(workers.ended.recv()),
    }
    {
        let _inside = handle.enter();
        drop(executor);
    }
    handle.blocking().wait(left());
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Runtime").field(&self.handle).finish()
    }
}
