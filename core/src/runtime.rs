//! Starting a runtime, and ending it.

use std::error::Error;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::{fmt, io, thread};

use crate::time::Duration;
use crate::{Backend, BlockOn, Config, Current};

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
    /// An option that can't be had, which [`Config::check`] refuses; whatever the system refused: threads,
    /// file descriptors. Nothing is left behind then.
    fn start(config: &Config) -> io::Result<Self>;

    /// A handle of the runtime; clones of it may outlive the runtime (S6, R6).
    fn handle(&self) -> &Self::Handle;
}

/// A runtime that can be ended.
///
/// Dropping its owner ends it too, and waits for blocking closures that run, or have a thread that starts (K5). Dropped or shut
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

/// For backends: starts that many threads and ends them again.
///
/// For runtimes that hang, or leave something behind, when the system refuses them a thread: asked
/// beforehand, its refusal is an error.
///
/// ```
/// use std::num::NonZeroUsize;
/// use anyrt_core::backend::try_threads;
///
/// try_threads(NonZeroUsize::new(4).unwrap())?;
/// # Ok::<(), std::io::Error>(())
/// ```
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
/// ```
/// use anyrt_core::backend::catch_start;
///
/// assert_eq!(catch_start("the engine", || 42)?, 42);
/// let error = catch_start("the engine", || panic!("no fuel")).map(|()| ()).unwrap_err();
/// assert_eq!(error.to_string(), "the engine could not start: no fuel");
/// # Ok::<(), std::io::Error>(())
/// ```
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
///
/// [`is_runtime_gone`] knows it again.
///
/// ```
/// use std::io::ErrorKind;
/// use anyrt_core::backend::runtime_gone;
///
/// assert_eq!(runtime_gone().kind(), ErrorKind::NotConnected);
/// ```
pub fn runtime_gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, RuntimeGone)
}

/// Whether an operation failed because its runtime has ended, and for no fault of the peer's (R11).
///
/// `NotConnected` alone does not say so: it is also the error of a socket that has no peer.
///
/// ```
/// use std::io;
/// use anyrt_core::is_runtime_gone;
///
/// /// Whether a server is to try again after an error.
/// fn is_worth_a_retry(error: &io::Error) -> bool {
///     !is_runtime_gone(error)
/// }
/// assert!(is_worth_a_retry(&io::ErrorKind::NotConnected.into()));
/// ```
pub fn is_runtime_gone(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.is::<RuntimeGone>())
}

#[derive(Debug)]
struct RuntimeGone;

impl fmt::Display for RuntimeGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the runtime of this source has shut down: register it with another one")
    }
}

impl Error for RuntimeGone {}
