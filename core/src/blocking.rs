//! Closures that block, on threads made for that.

mod pool;

use std::fmt::Debug;

use crate::task::{self, Id, Kind, Meta};
use crate::{JoinHandle, observe};

pub use pool::BlockingPool;

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
