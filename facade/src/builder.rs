//! The options of a runtime.

use std::io;
use std::num::NonZeroUsize;
use std::time::Duration;

use anyrt_core::{Config, Flavor, ThreadHooks};

use crate::backends::Surroundings;
use crate::selection::{self, Choice, SelectionError};
use crate::{Runtime, default_runtime};

/// Starts a [`Runtime`] with options.
///
/// ```
/// let runtime = anyrt::Builder::new()
///     .worker_threads(2)
///     .thread_name("my-app")
///     .build()?;
/// runtime.block_on(async { /* .. */ });
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    backend: Option<String>,
    config: Config,
    surroundings: Surroundings,
    // The first option that can't be met; reported by `build`.
    invalid: Option<&'static str>,
}

impl Builder {
    /// The defaults: the backend that the [selection rule](https://docs.rs/anyrt/#which-runtime-runs-a-call) names,
    /// a worker thread for each processor, up to 512 threads for blocking closures.
    ///
    /// ```
    /// let runtime = anyrt::Builder::new().build()?;
    /// assert_eq!(runtime.block_on(async { 42 }), 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses the backend by the name of its feature, such as `tokio`.
    ///
    /// ```
    /// let runtime = anyrt::Builder::new().backend("native").build()?;
    /// assert_eq!(runtime.handle().backend(), "native");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn backend(mut self, name: impl Into<String>) -> Self {
        self.backend = Some(name.into());
        self
    }

    /// The number of threads that poll tasks, at least 1. Undoes
    /// [`current_thread`](Self::current_thread).
    ///
    /// ```
    /// let runtime = anyrt::Builder::new().worker_threads(2).build()?;
    ///
    /// // No number can be met without threads.
    /// assert!(anyrt::Builder::new().worker_threads(0).build().is_err());
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
    ///
    /// let runtime = anyrt::Builder::new().current_thread().build()?;
    /// let here = thread::current().id();
    /// let there = runtime.block_on(runtime.spawn(async { thread::current().id() }))?;
    /// assert_eq!(here, there);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn current_thread(mut self) -> Self {
        self.config.flavor = Flavor::CurrentThread;
        self
    }

    /// The name of the runtime's threads. Default: `anyrt`.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let runtime = anyrt::Builder::new().worker_threads(1).thread_name("mine").build()?;
    /// let name = |thread: thread::Thread| thread.name().unwrap_or_default().to_owned();
    /// let task = runtime.spawn(async move { name(thread::current()) });
    /// assert!(runtime.block_on(task)?.starts_with("mine"));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_name(mut self, name: impl Into<String>) -> Self {
        self.config.thread_name = name.into();
        self
    }

    /// The stack of the runtime's threads, in bytes. Default: the backend's own choice.
    ///
    /// ```
    /// // For futures that recurse.
    /// let runtime = anyrt::Builder::new().stack_size(8 * 1024 * 1024).build()?;
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
    /// // Two files at a time, however many are asked for.
    /// let runtime = anyrt::Builder::new().max_blocking_threads(2).build()?;
    /// let read = |file| move || std::fs::read(file).map(|bytes| bytes.len());
    /// let reads = ["Cargo.toml", "README.md"].map(|file| runtime.handle().spawn_blocking(read(file)));
    /// for read in reads {
    ///     assert!(runtime.block_on(read)?? > 0);
    /// }
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
    /// // A program that blocks rarely keeps no threads for it.
    /// let runtime = anyrt::Builder::new().blocking_keep_alive(Duration::from_millis(100)).build()?;
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn blocking_keep_alive(mut self, duration: Duration) -> Self {
        self.config.blocking_keep_alive = duration;
        self
    }

    /// Whether the [clock is paused](crate::time#testing-with-time) from the start. Default: it is not.
    ///
    /// Native and smol have it, together with [`current_thread`](Self::current_thread); elsewhere
    /// [`build`](Self::build) returns `Unsupported`.
    ///
    /// ```
    /// use anyrt::time::{self, Duration};
    ///
    /// let builder = anyrt::Builder::new().backend("native").current_thread();
    /// let runtime = builder.start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let start = time::now();
    ///     time::sleep(Duration::from_secs(3600)).await; // at once
    ///     assert_eq!(time::now() - start, Duration::from_secs(3600));
    /// });
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn start_paused(mut self, start_paused: bool) -> Self {
        self.config.start_paused = start_paused;
        self
    }

    /// What the threads of the runtime call, and how they are named one by one. Default: nothing, and they are not.
    ///
    /// async-std has no such thing, and smol has nothing that is called when a thread sleeps: there
    /// [`build`](Self::build) returns `Unsupported`.
    ///
    /// ```
    /// use anyrt::{Builder, ThreadHooks};
    ///
    /// let (tell, told) = std::sync::mpsc::channel();
    /// let hooks = ThreadHooks::default().on_start(move || tell.send(std::thread::current().id()).unwrap());
    /// let runtime = Builder::new().worker_threads(2).thread_hooks(hooks).build()?;
    /// assert_ne!(told.recv(), told.recv());
    /// # drop(runtime);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn thread_hooks(mut self, hooks: ThreadHooks) -> Self {
        self.config.thread_hooks = hooks;
        self
    }

    /// Whether tokio is around everything that the runtime runs, for libraries that insist on it: tasks, closures, and
    /// whoever is in `block_on`. Default: it is not. On tokio it always is.
    ///
    /// `tokio::time` and `tokio::net` work there, and with them what is built on these and says nothing of another
    /// runtime: reqwest, `tower::timeout`, the drivers of databases. A runtime of tokio's, with one thread for all
    /// runtimes of the process that ask for it, drives them in the background: from when the first of those is built until the
    /// last has ended. What a
    /// library gives to `tokio::spawn` runs on that thread and not on this runtime (HTTP is served on this one by the `Server` of the crate
    /// anyrt-hyper, in the place of `axum::serve`), and `anyrt` means the default runtime in there
    /// (or that runtime of tokio's, where the feature `tokio` is on); everywhere else it means this runtime as ever. A guard of tokio's `enter` must not leave the `block_on` that it was made in.
    ///
    /// To enter tokio costs a thread, not a poll. On async-std, whose threads belong to the process, it costs each poll
    /// some nanoseconds, from the first runtime that asks for it until the process ends.
    ///
    /// For a program, and never for a library: [`anyrt::main`](crate::main) takes it as an argument.
    ///
    /// ```
    /// # fn main() -> std::io::Result<()> {
    /// # use tokio_crate as tokio;
    /// use tokio::time::{Duration, sleep};
    ///
    /// let runtime = anyrt::Builder::new().tokio_context(true).build()?;
    /// runtime.block_on(runtime.spawn(async {
    ///     sleep(Duration::from_millis(1)).await;
    /// }))?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tokio-context")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tokio-context")))]
    pub fn tokio_context(mut self, is_wanted: bool) -> Self {
        self.surroundings = Surroundings::with_tokio(is_wanted);
        self
    }

    /// Starts the runtime.
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// let runtime = anyrt::Builder::new().worker_threads(2).build()?;
    /// assert_eq!(runtime.block_on(runtime.spawn(async { 7 }))?, 7);
    ///
    /// let error = anyrt::Builder::new().backend("unheard-of").build().unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// `Unsupported` for an option that the backend lacks; `InvalidInput` for one that none can meet, and with a
    /// [`SelectionError`] inside for a backend that is not compiled in; otherwise whatever the system refused.
    pub fn build(self) -> io::Result<Runtime> {
        let choice = self.choose()?;
        self.start(choice)
    }

    pub(crate) fn start(self, choice: Choice) -> io::Result<Runtime> {
        self.check().map_err(|what| io::Error::new(io::ErrorKind::InvalidInput, what))?;
        Runtime::start_backend(choice.backend, self.config, self.surroundings)
    }

    /// The backend it would start.
    pub(crate) fn choose(&self) -> Result<Choice, SelectionError> {
        match self.backend_name() {
            Some(name) => selection::pinned(name),
            None => default_runtime::choice(),
        }
    }

    pub(crate) fn backend_name(&self) -> Option<&str> {
        self.backend.as_deref()
    }

    /// Whether all the options can be met; if not, says what is wrong.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        match self.invalid {
            Some(what) => Err(what),
            None if self.config.thread_name.contains('\0') => {
                Err("the name of a thread must not contain a zero byte")
            }
            None => Ok(()),
        }
    }

    fn reject(&mut self, what: &'static str) {
        self.invalid.get_or_insert(what);
    }
}

impl From<Config> for Builder {
    fn from(config: Config) -> Self {
        Self { config, ..Self::default() }
    }
}
