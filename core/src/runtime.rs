//! Starting a runtime, and ending it.

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;
use std::{io, thread};

use crate::{Backend, BlockOn, Current};

/// The owner of a runtime that it started.
///
/// ```
/// use anyrt_core::{BlockOn, Config, Launch};
///
/// fn run<R: Launch>() -> std::io::Result<u32> {
///     let runtime = R::start(&Config::default())?;
///     Ok(runtime.handle().block_on(async { 7 }))
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no owner of an anyrt runtime",
    label = "not an anyrt runtime",
    note = "`anyrt::Runtime` is one, on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait Launch: Sized + Send + Sync + 'static {
    /// What tasks are spawned with.
    type Handle: Backend + BlockOn + Current;

    /// Starts a runtime.
    ///
    /// # Errors
    /// Whatever the system refused: threads, file descriptors. Nothing is left behind then.
    fn start(config: &Config) -> io::Result<Self>;

    /// A handle of the runtime; clones of it may outlive the runtime (S6, R6).
    fn handle(&self) -> &Self::Handle;
}

/// A runtime that can be ended.
///
/// Dropping its owner ends it too, and waits for blocking closures that run (K5). Dropped or shut
/// down where the thread is inside a runtime that the backend knows of (in a task, in a blocking
/// closure), it ends in the background instead of waiting for itself.
pub trait Shutdown: Launch {
    /// Stops polling tasks, drops every one of them, and waits for the blocking closures that run,
    /// at most for `timeout`.
    ///
    /// Tasks that are inside a poll finish that poll first. After the timeout the threads that
    /// have not ended are left to themselves. `Duration::ZERO` does not wait at all.
    fn shutdown_timeout(self, timeout: Duration);
}

/// How a runtime is to be started.
///
/// Adapters take it apart field by field, so that a new option can't be overlooked by one; adding a
/// field is a breaking change of this crate for that reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The threads that poll tasks.
    pub flavor: Flavor,
    /// The name of the runtime's threads. Default: `anyrt`.
    pub thread_name: String,
    /// The stack of the runtime's threads in bytes; `None` is what the runtime itself uses.
    pub stack_size: Option<usize>,
    /// The number of threads for blocking closures. Default: 512.
    pub max_blocking_threads: NonZeroUsize,
    /// How long an idle thread for blocking closures is kept. Default: 10 s.
    pub blocking_keep_alive: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            flavor: Flavor::default(),
            thread_name: "anyrt".to_owned(),
            stack_size: None,
            max_blocking_threads: const { NonZeroUsize::new(512).unwrap() },
            blocking_keep_alive: Duration::from_secs(10),
        }
    }
}

impl Config {
    /// For backends: refuses what can be met by none, before anything is started.
    ///
    /// # Errors
    /// `InvalidInput` for more than 32767 worker threads, which would be started until the system gives
    /// up, and for a name that no thread can have.
    pub fn check(&self) -> io::Result<()> {
        const MOST_WORKERS: usize = 32_767;

        let refusal = if self.thread_name.contains('\0') {
            "the name of a thread must not contain a zero byte"
        } else if self.flavor.worker_threads().is_some_and(|number| number.get() > MOST_WORKERS) {
            "the number of worker threads must be at most 32767"
        } else {
            return Ok(());
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, refusal))
    }
}

/// Which threads poll the tasks of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavor {
    /// Worker threads of the runtime's own: this many, or one for each processor. More than 32767 are an
    /// error.
    WorkerThreads(Option<NonZeroUsize>),
    /// None: tasks are polled by the threads that are in `block_on`.
    CurrentThread,
}

impl Default for Flavor {
    fn default() -> Self {
        Self::WorkerThreads(None)
    }
}

impl Flavor {
    /// For backends: how many worker threads to start; `None` on a current-thread runtime.
    ///
    /// Without a number that is one for each processor that this process may use.
    pub fn worker_threads(self) -> Option<NonZeroUsize> {
        match self {
            Self::WorkerThreads(Some(number)) => Some(number),
            Self::WorkerThreads(None) => {
                Some(thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
            }
            Self::CurrentThread => None,
        }
    }
}

/// For backends: starts that many threads and ends them again.
///
/// For runtimes that hang, or leave something behind, when the system refuses them a thread: asked
/// beforehand, its refusal is an error.
///
/// # Errors
/// The system refuses a thread.
pub fn try_threads(number: NonZeroUsize) -> io::Result<()> {
    let gate = Mutex::new(());
    thread::scope(|scope| {
        let closed = gate.lock();
        let start = |_| thread::Builder::new().spawn_scoped(scope, || drop(gate.lock()));
        let threads = (0..number.get()).map(start).collect::<io::Result<Vec<_>>>();
        drop(closed);
        // The scope waits for what the threads do; what counts against a limit is the threads.
        threads?.into_iter().for_each(|thread| drop(thread.join()));
        Ok(())
    })
}

/// For backends: starts a runtime that panics when it can't have what it needs.
///
/// # Errors
/// It panics; the message says so, and that it is about `what`.
pub fn catch_start<T>(what: &str, start: impl FnOnce() -> T) -> io::Result<T> {
    // Whatever it has left half done is not used again.
    catch_unwind(AssertUnwindSafe(start)).map_err(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        io::Error::other(format!("{what} could not start: {}", text.unwrap_or("it panicked")))
    })
}

/// For backends: the error of an operation on a source whose runtime has ended (R6).
pub fn runtime_gone() -> io::Error {
    let what = "the runtime of this source has shut down: register it with another one";
    io::Error::new(io::ErrorKind::NotConnected, what)
}
