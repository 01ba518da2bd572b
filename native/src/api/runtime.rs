//! Starting a runtime, and its end.

mod builder;
mod hooks;

use std::fmt;
use std::io;
use std::mem;
use std::thread;
use std::time::{Duration, Instant};

use anyrt_core::{Config, Current, Launch, Shutdown, coop};

use crate::shared::{Handle, Pool, Shared, Workers, options};
use crate::sync::{Arc, Mutex, Ordering, lock};
use crate::task::TaskRef;
use hooks::Hooks;

pub use builder::Builder;

/// Owns a native runtime and its threads.
///
/// Dropping it stops the workers, drops every task, and waits for the blocking closures that run or have room for a thread.
/// Inside a task, a blocking closure, a guard or another runtime of this crate, where it might wait for
/// itself, it ends in the background instead. Sockets, sleeps and join handles that outlive it are
/// harmless: operations return an error, sleeps are ready, joins resolve to cancelled.
///
/// Only the workers poll tasks, and the future of a `block_on` is polled by the thread that called it. On a
/// [current-thread](Builder::current_thread) runtime that thread polls the tasks as well.
///
/// A process that forks leaves the threads of its runtimes behind. The child must not use a runtime
/// that was started before: there `block_on`, `spawn`, `spawn_blocking` and sleeps panic, and sources can't be
/// registered; a sleep that there was is over. It may drop what it has, and start a runtime of its own. Other programs inherit nothing.
///
/// ```
/// use anyrt_native::{BlockOn, Launch, Runtime, Spawn};
///
/// let runtime = Runtime::new()?;
/// let handle = runtime.handle().clone();
/// let answer = handle.block_on(async { handle.spawn(async { 42 }).await })?;
/// assert_eq!(answer, 42);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Runtime {
    handle: Handle,
    // `None` once it has ended. Locked by its owner alone: the mutex makes what is inside `Sync`.
    workers: Mutex<Option<Workers>>,
    _hooks: Arc<Hooks>,
}

impl Runtime {
    /// Starts a runtime with the default options: a worker for each processor.
    ///
    /// ```
    /// use anyrt_native::{BlockOn, Launch, Runtime};
    ///
    /// let runtime = Runtime::new()?;
    /// assert_eq!(runtime.handle().block_on(async { 42 }), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// The system refuses threads or descriptors.
    pub fn new() -> io::Result<Self> {
        Builder::new().build()
    }

    fn start_with(mut config: Config) -> io::Result<Self> {
        let number = options::check(&config)?;
        // Its threads may outlive the runtime, and have hooks all the same. It drops them itself when it has been closed.
        let pool = Pool::new(&config);
        let hooks = Hooks::take_from(&mut config);
        let shared = Shared::new(config, number, pool)?;
        if shared.config.start_paused {
            shared.timers.pause()?;
        }
        let handle = Handle::of(&shared);
        let mut workers = Workers::default();
        let started = if number > 0 { workers.start(&shared) } else { Ok(()) };
        // Dropped, with the threads that have started, if one of them is refused.
        let runtime = Self { handle, workers: Mutex::new(Some(workers)), _hooks: hooks };
        started.map(|()| runtime)
    }

    /// Has no effect the second time.
    fn end(&mut self, timeout: Option<Duration>) {
        let Some(workers) = lock(&self.workers).take() else { return };
        let shared = self.handle.to_shared();
        if shared.is_left_behind() {
            // There is nobody to wait for, and what the tasks have is the other process's.
            return mem::forget(workers);
        }
        begin_end(&shared);
        if !coop::is_polling() && Handle::try_current().is_none() {
            return finish_end(&shared, workers, timeout);
        }
        if !shared.has_workers() {
            // Nobody is waited for.
            let _inside = self.handle.enter();
            shared.cancel_tasks();
        }
        let in_background = self.handle.to_shared();
        let finish = move || finish_end(&in_background, workers, None);
        if thread::Builder::new().spawn(finish).is_err() {
            // Without a thread to wait in, what can be ended without waiting is.
            finish_end(&shared, Workers::default(), Some(Duration::ZERO));
        }
    }
}

/// Takes in no more tasks and closures, lets no task begin any more, and calls the threads that sleep.
fn begin_end(shared: &Shared) {
    let handle = Handle::of(shared);
    // For the destructors of the tasks that are queued.
    let _inside = handle.enter();
    shared.closing.store(true, Ordering::Relaxed);
    shared.blocks.close();
    shared.injector.close();
    let (orphans, _) = shared.idle.close();
    shared.driver.kick();
    shared.pool.close();
    while let Some(entry) = shared.injector.pop() {
        TaskRef::from_entry(entry).cancel();
    }
    for core in orphans {
        shared.retire(&shared.cores[core]);
    }
}

/// How long workers may take to end before tasks are looked for again: at first, and in the end.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// Drops the tasks, and waits for the workers and the blocking closures.
fn finish_end(shared: &Shared, workers: Workers, timeout: Option<Duration>) {
    let deadline = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
    let left = || deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
    {
        let handle = Handle::of(shared);
        let _inside = handle.enter();
        // Before the workers have ended, for one that is blocked in place may wait for a task, a timer or
        // a socket that nobody looks after any more.
        shared.cancel_tasks();
        shared.timers.close();
        shared.driver.close();
        // And again, for what was being made or polled then.
        let mut pause = SHORTEST_PAUSE;
        loop {
            let time = left().map_or(pause, |left| left.min(pause));
            let have_ended = workers.running.wait_timeout(time);
            let is_none_left = shared.cancel_tasks();
            if (is_none_left && have_ended) || left() == Some(Duration::ZERO) {
                break;
            }
            if have_ended {
                // Another thread polls one of them. Nobody tells when such a poll is over, which is rare.
                thread::park_timeout(SHORTEST_PAUSE);
            }
            pause = LONGEST_PAUSE.min(2 * pause);
        }
    }
    shared.pool.wait(left());
    // Not before: what the threads drop in their end may still wait for something of the runtime.
    if timeout.is_none() {
        workers.join();
    }
    let outside = shared.blocks.release_runtime();
    // SAFETY: that is what they have just said. The caller has a reference of its own.
    unsafe { shared.release_blocks(outside) };
}

impl Launch for Runtime {
    type Handle = Handle;

    fn start(config: &Config) -> io::Result<Self> {
        Builder::from(config.clone()).build()
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

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Runtime").field(&self.handle).finish()
    }
}
