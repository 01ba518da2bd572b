//! Closures that block, on threads made for that.

mod pool;

use std::error::Error;
use std::fmt::{self, Debug};
use std::io;

use crate::task::{self, Id, Kind, Meta};
use crate::{JoinHandle, Spawn, coop, observe};

pub use pool::{BlockingPool, Closure};

/// Runs closures that block or compute for long, away from the threads that poll tasks.
///
/// Guarantees: B1 to B7 of the [table](crate#guarantees).
///
/// ```
/// use anyrt_core::SpawnBlocking;
///
/// async fn hostname<R: SpawnBlocking>(runtime: &R) -> std::io::Result<String> {
///     runtime.spawn_blocking(|| std::fs::read_to_string("/etc/hostname")).await?
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't run blocking closures: it is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait SpawnBlocking: Clone + Debug + Send + Sync + Unpin + 'static {
    /// Awaits the result of a closure. May be the type that awaits tasks.
    type BlockingHandle<T: Send + 'static>: JoinHandle<T> + Send + Sync + 'static;

    /// Runs `closure` on a thread where blocking is welcome.
    ///
    /// May be called from anywhere, and never blocks the caller: at the limit of the pool closures
    /// queue without bound (B4). The closure runs even if the handle is dropped (B1); aborting
    /// prevents it only if it has not started (B2). A panic comes back as
    /// [`JoinError`](crate::JoinError) (B3). If the system refuses a thread, the closure waits for
    /// a thread that exists; if there is none the handle resolves to an error with the cause (B6). Inside
    /// it, [`block_on`](crate::BlockOn::block_on) is allowed (B7).
    ///
    /// A closure that waits for another one keeps its thread meanwhile. Where as many closures as the
    /// limit allows do that, those that they wait for never get a thread, and all of them wait for ever.
    /// So let tasks wait for closures, or give closures that wait a runtime of their own.
    ///
    /// Closures still queued when the runtime shuts down may run or be dropped; their handles
    /// resolve either way.
    #[inline]
    #[track_caller]
    fn spawn_blocking<F, T>(&self, closure: F) -> Self::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        start_closure(self, Meta::new(Kind::Closure), closure)
    }

    /// What a backend does for [`spawn_blocking`](Self::spawn_blocking); see
    /// [`Spawn::spawn_task`](crate::Spawn::spawn_task).
    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> Self::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static;

    /// The blocking closure that this thread runs, or the task within it; see
    /// [`Spawn::current_task`](crate::Spawn::current_task).
    #[inline]
    fn current_closure() -> Option<Id> {
        task::current()
    }
}

/// Runs closures that block on the thread that calls, while other threads go on with what that one had to do: a
/// capability.
///
/// Guarantee: B9 of the [table](crate#guarantees).
///
/// ```
/// use std::{fs, io};
/// use anyrt_core::BlockInPlace;
///
/// async fn length<R: BlockInPlace>(path: &str) -> io::Result<usize> {
///     // It may borrow, unlike one of `spawn_blocking`.
///     Ok(R::block_in_place(|| fs::read(path))??.len())
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't block in place: it is no handle of an anyrt backend that does",
    label = "not a runtime handle that can do this",
    note = "`spawn_blocking` does on every backend what need not borrow"
)]
pub trait BlockInPlace: Spawn {
    /// Calls `closure` on this thread, where blocking is welcome meanwhile (B9).
    ///
    /// For a thread that is inside a runtime of this kind; other tasks of the runtime go on, on other threads. What
    /// is within the same task does not: what `join!` or `select!` polls beside this, and local tasks of a set that the
    /// task runs. [`block_on`](crate::BlockOn::block_on) is allowed in the closure. Outside of async code, as in a
    /// blocking closure, this is a plain call. A panic of the closure goes through.
    ///
    /// # Errors
    /// [`Unsupported`](io::ErrorKind::Unsupported) where no other thread could go on, as on a current-thread runtime;
    /// the closure was not called then.
    fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T>;
}

/// For backends: calls a closure that blocks, unless this thread has tasks that nobody else could poll (B9).
///
/// What [`block_in_place`](BlockInPlace::block_in_place) is on a thread that the runtime does not know.
///
/// ```
/// use anyrt_core::{backend, coop};
///
/// assert_eq!(backend::call_outside_of_polls(|| 42)?, 42);
/// let _poll = coop::enter_poll();
/// assert!(backend::call_outside_of_polls(|| 42).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// This thread [polls](coop::is_polling) async code.
pub fn call_outside_of_polls<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
    if coop::is_polling() { Err(refuse_in_place()) } else { Ok(closure()) }
}

/// For backends: the error of [`block_in_place`](BlockInPlace::block_in_place) where no other thread could go on.
///
/// ```
/// use std::io::ErrorKind;
///
/// assert_eq!(anyrt_core::backend::refuse_in_place().kind(), ErrorKind::Unsupported);
/// ```
#[cold]
pub fn refuse_in_place() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, NobodyGoesOn)
}

#[derive(Debug)]
struct NobodyGoesOn;

impl fmt::Display for NobodyGoesOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no other thread could go on with the tasks of this one while it blocks: move the closure into \
             `spawn_blocking`",
        )
    }
}

impl Error for NobodyGoesOn {}

/// What a [`BlockingPool`] runs: a closure, with the place where its result goes.
///
/// Both methods run code of the user, and are called without a lock. Neither may panic: what the user's code does is
/// contained in them. (The thread would end, and count for ever.) What has to be inside a runtime enters it, also to be
/// cancelled (B8).
pub trait BlockingJob: Send + 'static {
    /// Calls the closure.
    fn run(self);

    /// Nobody is going to run it: the pool is closed, or the system refuses the thread, with this error.
    fn cancel(self, refusal: Option<io::Error>);
}

/// For facades: spawns a closure, and tells an observer, if there is one.
#[inline]
pub fn start_closure<R, F, T>(runtime: &R, meta: Meta<'_>, closure: F) -> R::BlockingHandle<T>
where
    R: SpawnBlocking,
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    if observe::is_installed() {
        return observe::spawn_blocking(runtime, meta, closure);
    }
    runtime.spawn_closure(meta, closure)
}
