//! The options of a runtime.

use std::cell::Cell;
use std::ffi::CString;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;
use std::{env, fmt, io};

use anyrt::{Flavor, ThreadHook, ThreadHooks};

use crate::context::{Built, Settings, Workers};
use crate::runtime::{Handle, LocalOptions, LocalRuntime, Runtime};

/// Starts a runtime with options of the caller's choice.
pub struct Builder {
    is_multi_thread: bool,
    has_io: bool,
    has_time: bool,
    start_paused: bool,
    name: Option<String>,
    worker_threads: Option<NonZeroUsize>,
    max_blocking_threads: usize,
    thread_name: Option<String>,
    thread_stack_size: Option<usize>,
    thread_keep_alive: Option<Duration>,
    thread_hooks: ThreadHooks,
}

impl Builder {
    /// A runtime whose tasks are polled by the thread that blocks on it.
    pub fn new_current_thread() -> Self {
        Self::new(false)
    }

    /// A runtime with threads that poll its tasks.
    #[cfg(feature = "rt-multi-thread")]
    pub fn new_multi_thread() -> Self {
        Self::new(true)
    }

    fn new(is_multi_thread: bool) -> Self {
        Self {
            is_multi_thread,
            has_io: false,
            has_time: false,
            start_paused: false,
            name: None,
            worker_threads: None,
            max_blocking_threads: 512,
            thread_name: None,
            thread_stack_size: None,
            thread_keep_alive: None,
            thread_hooks: ThreadHooks::default(),
        }
    }

    /// Makes all that needs a reactor or a clock work on it.
    pub fn enable_all(&mut self) -> &mut Self {
        self.has_io = true;
        self.has_time = true;
        self
    }

    /// Makes sockets, pipes, child processes and signals work on it.
    pub fn enable_io(&mut self) -> &mut Self {
        self.has_io = true;
        self
    }

    /// Makes timers work on it.
    #[cfg(feature = "time")]
    pub fn enable_time(&mut self) -> &mut Self {
        self.has_time = true;
        self
    }

    /// Does nothing: how many events the reactor takes at once is the backend's.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero.
    #[track_caller]
    pub fn max_io_events_per_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "max_io_events_per_tick must be non-zero");
        self
    }

    /// Does nothing: how many events the reactor takes at once is the backend's.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero.
    #[track_caller]
    pub fn max_io_events_per_busy_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "max_io_events_per_busy_tick must be non-zero");
        self
    }

    /// How many threads poll the tasks of a multi-thread runtime. By default as many as `TOKIO_WORKER_THREADS` says, or
    /// the machine can run at once.
    ///
    /// # Panics
    ///
    /// If `val` is zero.
    #[track_caller]
    pub fn worker_threads(&mut self, val: usize) -> &mut Self {
        let number = NonZeroUsize::new(val);
        assert!(number.is_some(), "Worker threads cannot be set to 0");
        self.worker_threads = number;
        self
    }

    /// How many threads there may be for blocking closures: 512 by default.
    ///
    /// # Panics
    ///
    /// If `val` is zero.
    #[track_caller]
    #[doc(alias = "max_threads")]
    pub fn max_blocking_threads(&mut self, val: usize) -> &mut Self {
        assert!(val > 0, "Max blocking threads cannot be set to 0");
        self.max_blocking_threads = val;
        self
    }

    /// The name of the runtime's threads: `anyrt` by default, and not tokio's.
    pub fn thread_name(&mut self, val: impl Into<String>) -> &mut Self {
        self.thread_name = Some(val.into());
        self.thread_hooks.name = None;
        self
    }

    /// What makes the name of each of the runtime's threads.
    pub fn thread_name_fn<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.thread_hooks.name = Some(Arc::new(f));
        self
    }

    /// The name of the runtime.
    ///
    /// # Panics
    ///
    /// If it is empty.
    #[track_caller]
    pub fn name(&mut self, val: impl Into<String>) -> &mut Self {
        let name = val.into();
        assert!(!name.trim().is_empty(), "runtime name shouldn't be empty");
        self.name = Some(name);
        self
    }

    /// The stack of the runtime's threads in bytes.
    pub fn thread_stack_size(&mut self, val: usize) -> &mut Self {
        self.thread_stack_size = Some(val);
        self
    }

    /// How long an idle thread for blocking closures is kept: 10 s by default.
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Self {
        self.thread_keep_alive = Some(duration);
        self
    }

    /// Calls `f` on each thread of the runtime before it does anything.
    pub fn on_thread_start<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.thread_hooks.on_start = Some(Arc::new(f));
        self
    }

    /// Calls `f` on each thread of the runtime before it ends.
    pub fn on_thread_stop<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.thread_hooks.on_stop = Some(Arc::new(f));
        self
    }

    /// Calls `f` on a thread that polls tasks, inside the runtime, before it sleeps.
    ///
    /// async-std has nothing of the kind: there [`build`](Self::build) is an error.
    pub fn on_thread_park<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.thread_hooks.on_park = Some(Arc::new(f));
        self
    }

    /// Calls `f` on a thread that polls tasks, inside the runtime, after it has slept.
    ///
    /// async-std has nothing of the kind: there [`build`](Self::build) is an error.
    pub fn on_thread_unpark<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.thread_hooks.on_unpark = Some(Arc::new(f));
        self
    }

    /// Does nothing: when a worker looks into the queue of all is the backend's.
    ///
    /// # Panics
    ///
    /// If `val` is zero.
    #[track_caller]
    pub fn global_queue_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "global_queue_interval must be greater than 0");
        self
    }

    /// Does nothing: when a worker looks for events is the backend's.
    ///
    /// # Panics
    ///
    /// If `val` is zero.
    #[track_caller]
    pub fn event_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "event_interval must be greater than 0");
        self
    }

    /// Whether the clock stands still from the start, on a current-thread runtime of a backend that can do it.
    #[cfg(feature = "test-util")]
    pub fn start_paused(&mut self, start_paused: bool) -> &mut Self {
        self.start_paused = start_paused;
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// The system refuses a descriptor, no backend can be [chosen](anyrt#which-runtime-runs-a-call), or that backend lacks
    /// what an option asks for.
    ///
    /// # Panics
    ///
    /// A multi-thread runtime is to start with a paused clock, or `TOKIO_WORKER_THREADS` is no number above zero; the name of its
    /// workers has a zero byte, or the system refuses one of them.
    #[track_caller]
    pub fn build(&mut self) -> io::Result<Runtime> {
        self.start(false)
    }

    #[track_caller]
    fn start(&self, is_local: bool) -> io::Result<Runtime> {
        assert!(
            !self.is_multi_thread || !self.start_paused,
            "`time::pause()` requires the `current_thread` Tokio runtime. \
             This is the default Runtime used by `#[tokio::test]."
        );
        if self.is_multi_thread {
            self.check_name();
        }
        let asked =
            self.worker_threads.or_else(|| self.is_multi_thread.then(workers_asked).flatten());
        let flavor = match self.is_multi_thread {
            // Without a number also a backend starts that takes none.
            true => Flavor::WorkerThreads(asked),
            false => Flavor::CurrentThread,
        };
        let workers = flavor.worker_threads();
        let settings = Arc::default();
        let mut thread_hooks = self.thread_hooks.clone();
        (thread_hooks.on_start, thread_hooks.on_stop) =
            inside(&settings, thread_hooks.on_start, thread_hooks.on_stop);
        let mut builder = anyrt::Builder::new()
            .max_blocking_threads(self.max_blocking_threads)
            .start_paused(self.start_paused)
            .thread_hooks(thread_hooks.clone());

        builder = match (flavor, asked) {
            (Flavor::CurrentThread, _) => builder.current_thread(),
            (_, Some(number)) => builder.worker_threads(number.get()),
            (_, None) => builder,
        };
        if let Some(name) = &self.thread_name {
            builder = builder.thread_name(name);
        }
        if let Some(bytes) = self.thread_stack_size {
            builder = builder.stack_size(bytes);
        }
        if let Some(duration) = self.thread_keep_alive {
            builder = builder.blocking_keep_alive(duration);
        }
        let places = Workers::new(workers);
        let counted = builder.clone().thread_hooks(places.hook(&thread_hooks));
        let (runtime, is_counted) = match counted.build() {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => (builder.build(), false),
            runtime => (runtime, true),
        };
        let runtime = runtime.map_err(|error| self.refused(error))?;
        let built = Built {
            name: self.name.clone(),
            workers,
            is_local,
            has_io: self.has_io,
            has_time: self.has_time,
            places,
            is_counted,
        };
        let handle = Handle::new(Settings::new(runtime.handle().clone(), built));
        let _ = settings.set(Arc::downgrade(handle.settings()));
        Ok(Runtime::from_parts(runtime, handle))
    }

    /// Panics as the standard library does where a thread is to have a name that it can't have.
    fn check_name(&self) {
        let name = self.thread_name.as_deref().unwrap_or_default();
        CString::new(name).expect("thread name may not contain interior null bytes");
    }

    /// Panics where the system has refused a worker, of which alone it says to try again.
    fn refused(&self, error: io::Error) -> io::Error {
        let is_of_worker = self.is_multi_thread && error.kind() == io::ErrorKind::WouldBlock;
        assert!(!is_of_worker, "OS can't spawn worker thread: {error}");
        error
    }

    /// Starts a runtime whose tasks need not be `Send`.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    ///
    /// # Panics
    ///
    /// If it is to have worker threads.
    #[track_caller]
    pub fn build_local(&mut self, _options: LocalOptions) -> io::Result<LocalRuntime> {
        assert!(!self.is_multi_thread, "multi_thread is not supported for LocalRuntime");
        Ok(LocalRuntime::from_runtime(self.start(true)?))
    }
}

thread_local! {
    /// Of a thread for closures, which may outlive the runtime and all its handles.
    static OF_THREAD: Cell<Option<Arc<Settings>>> = const { Cell::new(None) };
}

/// The two hooks, called inside the runtime also on threads for closures, where anyrt calls them outside.
fn inside(
    settings: &Arc<OnceLock<Weak<Settings>>>,
    on_start: Option<ThreadHook>,
    on_stop: Option<ThreadHook>,
) -> (Option<ThreadHook>, Option<ThreadHook>) {
    if on_start.is_none() && on_stop.is_none() {
        return (None, None);
    }
    let known = |settings: &OnceLock<Weak<Settings>>| settings.get().and_then(Weak::upgrade);
    let [at_start, at_stop] = [settings, settings].map(Arc::clone);
    let start = move || {
        let settings = known(&at_start);
        let _ = OF_THREAD.try_with(|of_thread| of_thread.set(settings.clone()));
        call_inside(settings.as_deref(), on_start.as_ref());
    };
    let stop = move || {
        let settings = OF_THREAD.try_with(Cell::take).ok().flatten();
        // A thread may start before the runtime is built.
        let settings = settings.or_else(|| known(&at_stop));
        call_inside(settings.as_deref(), on_stop.as_ref());
    };
    (Some(Arc::new(start)), Some(Arc::new(stop)))
}

fn call_inside(settings: Option<&Settings>, hook: Option<&ThreadHook>) {
    let _inside = settings.map(|settings| settings.handle.enter());
    if let Some(hook) = hook {
        hook();
    }
}

/// The number of workers that the environment asks for.
#[track_caller]
fn workers_asked() -> Option<NonZeroUsize> {
    const VARIABLE: &str = "TOKIO_WORKER_THREADS";
    match env::var(VARIABLE) {
        Ok(number) => match number.parse() {
            Ok(parsed) => {
                let parsed = NonZeroUsize::new(parsed);
                assert!(parsed.is_some(), "\"{VARIABLE}\" cannot be set to 0");
                parsed
            }
            Err(error) => panic!("\"{VARIABLE}\" must be usize, error: {error}, value: {number}"),
        },
        Err(env::VarError::NotPresent) => None,
        Err(error @ env::VarError::NotUnicode(_)) => panic!("\"{VARIABLE}\": {error}"),
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hooks = &self.thread_hooks;
        let shown = |hook: &Option<ThreadHook>| hook.as_ref().map(|_| "...");
        let mut builder = f.debug_struct("Builder");
        if let Some(name) = &self.name {
            builder.field("name", name);
        }
        builder
            .field("worker_threads", &self.worker_threads)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .field("thread_name", &"<dyn Fn() -> String + Send + Sync + 'static>")
            .field("thread_stack_size", &self.thread_stack_size)
            .field("after_start", &shown(&hooks.on_start))
            .field("before_stop", &shown(&hooks.on_stop))
            .field("before_park", &shown(&hooks.on_park))
            .field("after_unpark", &shown(&hooks.on_unpark))
            .finish_non_exhaustive()
    }
}
