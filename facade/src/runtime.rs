//! A runtime of the caller's own.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::{io, thread};

use anyrt_core::backend::start_task;
use anyrt_core::task::{Kind, Meta, is_large};
use anyrt_core::time::Duration;
use anyrt_core::{Config, Launch};

use crate::backends::{Around, Runtimes, Surroundings};
use crate::{Builder, EnterGuard, Handle, JoinHandle};

/// Owns a runtime, of the backend that was chosen.
///
/// Most programs need none: [`anyrt::main`](crate::main) makes one, and outside of it the default
/// runtime of the process starts when it is first used.
///
/// Dropping it drops every task and waits for the blocking closures that run, or have a thread that starts. Inside async code or
/// a blocking closure it ends in the background instead, because it might wait for itself. The one
/// runtime of async-std goes on, because it belongs to the process.
///
/// What a process forks must not use the runtime, whose threads are not in there: it panics then, or
/// returns an error where the call has one, and dropping the runtime does nothing. The child starts one of
/// its own; on smol and async-std, whose reactor belongs to the process, it can if the parent had started
/// none.
///
/// Code that is loaded into a process and unloaded again, such as a plugin, drops its runtime before, and
/// waits for that: a thread that is left to itself by [`shutdown_timeout`](Self::shutdown_timeout) would
/// go on in code that is gone. On async-std no such code can be unloaded.
///
/// ```
/// let runtime = anyrt::Runtime::new()?;
/// let answer = runtime.block_on(async { anyrt::spawn(async { 42 }).await })?;
/// assert_eq!(answer, 42);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Runtime {
    // `None` once it has ended.
    runtimes: Option<Runtimes>,
    handle: Handle,
}

// Whatever is compiled, as for a `Handle`.
impl UnwindSafe for Runtime {}
impl RefUnwindSafe for Runtime {}

impl Runtime {
    /// Starts one with the default options; [`Builder`] has the others.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// runtime.block_on(async { println!("on {}", anyrt::Handle::current().backend()) });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn new() -> io::Result<Self> {
        Builder::new().build()
    }

    /// Starts the backend of this name, which is one of those compiled in.
    pub(crate) fn start_backend(
        name: &str,
        config: Config,
        surroundings: Surroundings,
    ) -> io::Result<Self> {
        let runtimes = Runtimes::start(name, config, surroundings)?;
        let handle = Handle::new(runtimes.handle());
        surroundings.of_block_on(&handle.handles);
        Ok(Self { runtimes: Some(runtimes), handle })
    }

    /// What tasks are spawned with, from anywhere.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// let thread = std::thread::spawn(move || handle.block_on(async { 42 }));
    /// assert_eq!(thread.join().unwrap(), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Runs `future` to its end on this thread, inside the runtime.
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let text = String::from("borrowed");
    /// assert_eq!(runtime.block_on(async { text.len() }), 8);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`Handle::block_on`].
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        if const { is_large::<F>() } {
            self.handle.drive(Box::pin(future))
        } else {
            self.handle.drive(future)
        }
    }

    /// Starts `future` as a task of its own; see [`Handle::spawn`].
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let task = runtime.spawn(async { 6 * 7 });
    /// assert_eq!(runtime.block_on(task)?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let meta = Meta::new(Kind::Task);
        if const { is_large::<F>() } {
            start_task(&self.handle, meta, Box::pin(future))
        } else {
            start_task(&self.handle, meta, future)
        }
    }

    /// Runs `closure` on a thread where blocking is welcome; see [`Handle::spawn_blocking`].
    ///
    /// ```
    /// let runtime = anyrt::Runtime::new()?;
    /// let manifest = runtime.spawn_blocking(|| std::fs::read_to_string("Cargo.toml"));
    /// assert!(runtime.block_on(manifest)??.contains("[package]"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.handle.spawn_blocking(closure)
    }

    /// Puts this thread inside the runtime until the guard is dropped; see [`Handle::enter`].
    ///
    /// The guard borrows the runtime, which can't be ended meanwhile. Where it is to be, enter it through a
    /// clone of its handle:
    ///
    /// ```
    /// use anyrt::{Runtime, time::Duration};
    ///
    /// let runtime = Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// let _inside = handle.enter();
    /// let task = anyrt::spawn(std::future::pending::<()>());
    /// # if handle.backend() != "async-std" {
    /// runtime.shutdown_timeout(Duration::from_secs(1))?;
    /// assert!(handle.block_on(task).unwrap_err().is_cancelled());
    /// # }
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Panics
    /// As [`Handle::enter`].
    #[track_caller]
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Stops polling tasks, drops every one of them, and waits for the blocking closures that run,
    /// at most for `timeout`.
    ///
    /// After the timeout the threads that have not ended are left to themselves; `Duration::ZERO`
    /// does not wait at all.
    ///
    /// ```
    /// use std::{thread, time::Duration};
    ///
    /// let runtime = anyrt::Runtime::new()?;
    /// runtime.handle().spawn_blocking(|| thread::sleep(Duration::from_secs(3600)));
    /// // It would be waited for by a drop.
    /// runtime.shutdown_timeout(Duration::from_millis(10))?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` on async-std, whose one runtime belongs to the process and goes on.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> io::Result<()> {
        let Some((runtimes, around)) = self.take() else { return Ok(()) };
        if !runtimes.is_owned() {
            let name = self.handle.backend();
            let error = format!("the runtime of {name} belongs to the process, and ends with it");
            return Err(io::Error::new(io::ErrorKind::Unsupported, error));
        }
        self.end(around, move || runtimes.shutdown_timeout(timeout));
        Ok(())
    }

    /// What is to be ended, and inside of what. In a child of the process that started it there is nothing: its threads are
    /// the parent's, and to wait for them would never end.
    fn take(&mut self) -> Option<(Runtimes, Around)> {
        let runtimes = self.runtimes.take()?;
        if self.handle.is_left_behind() {
            let _never_dropped = ManuallyDrop::new(runtimes);
            return None;
        }
        let around = Around::of(&self.handle.handles);
        if runtimes.is_owned() {
            Surroundings::end(&self.handle.handles);
        }
        Some((runtimes, around))
    }

    /// Calls `end` inside of what is `around`, on a thread of its own where it might block async code of another backend. That of
    /// its own a backend notices by itself, but knows of nothing around it.
    fn end(&self, around: Around, end: impl FnOnce() + Send + 'static) {
        let backend = self.handle.backend();
        let must_not_block = |inside: Handle| inside.backend() != backend || around.is_something();
        let needs_thread = Around::is_here() || Handle::try_current().is_some_and(must_not_block);
        let end = move || {
            let _around = around.enter();
            end();
        };
        if needs_thread {
            // If no thread can be had, the runtime is dropped here, late as it may be.
            let _ = thread::Builder::new().spawn(end);
        } else {
            end();
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some((runtimes, around)) = self.take() {
            self.end(around, move || {
                let _ended = runtimes;
            });
        }
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
