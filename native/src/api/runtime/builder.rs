//! The options of a runtime.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use anyrt_core::{Config, Flavor};

use super::Runtime;
use crate::sync::Arc;

/// Starts a [`Runtime`] with options.
///
/// ```
/// use anyrt_native::{Builder, BlockOn, Launch};
///
/// let runtime = Builder::new().worker_threads(2).thread_name("my-app").build()?;
/// runtime.handle().block_on(async { /* .. */ });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    config: Config,
    // The first option that can't be met; reported by `build`.
    invalid: Option<&'static str>,
}

impl Builder {
    /// The defaults: a worker for each processor, up to 512 threads for blocking closures.
    ///
    /// ```
    /// let runtime = anyrt_native::Builder::new().build()?;
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> Self {
        Config::default().into()
    }

    /// The number of threads that poll tasks, at least 1. Undoes
    /// [`current_thread`](Self::current_thread).
    ///
    /// ```
    /// let runtime = anyrt_native::Builder::new().worker_threads(2).build()?;
    /// assert!(anyrt_native::Builder::new().worker_threads(0).build().is_err());
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn worker_threads(mut self, number: usize) -> Self {
        match NonZeroUsize::new(number) {
            Some(number) => self.config.flavor = Flavor::WorkerThreads(Some(number)),
            None => self.reject("the number of worker threads must be at least 1"),
        }
        self
    }

    /// No threads of its own to poll tasks: those that are in `block_on` do, one at a time, and
    /// nothing makes progress meanwhile. Undoes [`worker_threads`](Self::worker_threads).
    ///
    /// ```
    /// use std::thread;
    /// use anyrt_native::{BlockOn, Builder, Launch, Spawn};
    ///
    /// let runtime = Builder::new().current_thread().build()?;
    /// let handle = runtime.handle();
    /// let task = handle.spawn(async { thread::current().id() });
    /// assert_eq!(handle.block_on(task)?, thread::current().id());
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn current_thread(mut self) -> Self {
        self.config.flavor = Flavor::CurrentThread;
        self
    }

    /// The name of the runtime's threads. Default: `anyrt`.
    ///
    /// ```
    /// let runtime = anyrt_native::Builder::new().thread_name("indexer").build()?;
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.config.thread_name = name.into();
        self
    }

    /// The stack of the runtime's threads, in bytes. Default: that of the standard library, 2 MiB.
    ///
    /// ```
    /// // For futures that recurse.
    /// let runtime = anyrt_native::Builder::new().stack_size(8 * 1024 * 1024).build()?;
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.config.stack_size = Some(bytes);
        self
    }

    /// The number of threads for blocking closures, at least 1; closures beyond it queue. Default:
    /// 512.
    ///
    /// ```
    /// let runtime = anyrt_native::Builder::new().max_blocking_threads(2).build()?;
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn max_blocking_threads(mut self, number: usize) -> Self {
        match NonZeroUsize::new(number) {
            Some(number) => self.config.max_blocking_threads = number,
            None => self.reject("the number of blocking threads must be at least 1"),
        }
        self
    }

    /// How long an idle thread for blocking closures is kept. Default: 10 s.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let keep_alive = Duration::from_millis(100);
    /// let runtime = anyrt_native::Builder::new().blocking_keep_alive(keep_alive).build()?;
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn blocking_keep_alive(mut self, duration: Duration) -> Self {
        self.config.blocking_keep_alive = duration;
        self
    }

    /// Whether the clock is [paused](anyrt_core::PauseClock) from the start. Default: it is not. Needs
    /// [`current_thread`](Self::current_thread).
    ///
    /// ```
    /// use std::time::Duration;
    /// use anyrt_native::{BlockOn, Builder, Launch, Timer};
    ///
    /// let runtime = Builder::new().current_thread().start_paused(true).build()?;
    /// let (handle, start) = (runtime.handle(), runtime.handle().now());
    /// handle.block_on(handle.sleep(Duration::from_secs(3600)));
    /// assert_eq!(handle.now() - start, Duration::from_secs(3600));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_paused(mut self, start_paused: bool) -> Self {
        self.config.start_paused = start_paused;
        self
    }

    /// Called on each thread of the runtime when it has started: workers, and threads for blocking
    /// closures. A panic of it is contained. It must not wait for anything that this runtime does. It may have
    /// a handle of the runtime: hooks are dropped with the runtime, or by the last thread that outlives it.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// let (tell, started) = channel();
    /// let runtime = anyrt_native::Builder::new()
    ///     .worker_threads(2)
    ///     .on_thread_start(move || tell.send(std::thread::current().id()).unwrap())
    ///     .build()?;
    /// assert_ne!(started.recv().unwrap(), started.recv().unwrap());
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_thread_start(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.config.thread_hooks.on_start = Some(Arc::new(hook));
        self
    }

    /// Called on each thread of the runtime before it ends. A panic of it is contained. It must not wait
    /// for anything that this runtime does.
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    ///
    /// let (tell, stopped) = channel();
    /// let runtime = anyrt_native::Builder::new()
    ///     .worker_threads(2)
    ///     .on_thread_stop(move || tell.send(()).unwrap())
    ///     .build()?;
    /// drop(runtime);
    /// assert_eq!(stopped.iter().count(), 2);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn on_thread_stop(mut self, hook: impl Fn() + Send + Sync + 'static) -> Self {
        self.config.thread_hooks.on_stop = Some(Arc::new(hook));
        self
    }

    /// Starts the runtime.
    ///
    /// ```
    /// use anyrt_native::{BlockOn, Builder, Launch};
    ///
    /// let runtime = Builder::new().worker_threads(2).thread_name("indexer").build()?;
    /// assert_eq!(runtime.handle().block_on(async { 42 }), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for an option that can't be met; otherwise whatever the system refused. Nothing is
    /// left behind then.
    pub fn build(self) -> io::Result<Runtime> {
        match self.invalid {
            Some(what) => Err(io::Error::new(io::ErrorKind::InvalidInput, what)),
            None => Runtime::start_with(self.config),
        }
    }

    fn reject(&mut self, what: &'static str) {
        self.invalid.get_or_insert(what);
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl From<Config> for Builder {
    fn from(config: Config) -> Self {
        Self { config, invalid: None }
    }
}
