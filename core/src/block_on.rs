//! Entering a runtime from a thread that is not part of it.

mod turns;

use std::fmt::Debug;
use std::future::Future;

use crate::coop;

pub use turns::{Mark, run_in_turns};

/// Drives a future on the calling thread.
///
/// Guarantees: K1 to K4 and K7 of the [table](crate#guarantees).
///
/// ```
/// use anyrt_core::{BlockOn, Spawn};
///
/// fn answer<R: Spawn + BlockOn>(runtime: &R) -> u32 {
///     runtime.block_on(async { runtime.spawn(async { 42 }).await.unwrap() })
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't block on a future: it is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait BlockOn: Clone + Debug + Send + Sync + Unpin + 'static {
    /// Runs `future` to its end on this thread, inside the runtime.
    ///
    /// The future may be `!Send` and may borrow (K1); several threads may do this at once (K3). On
    /// a current-thread runtime, tasks and timers make progress only while some thread is in here;
    /// on the others spawned tasks go on afterwards (K4). Futures above 16 KiB are moved to the heap at
    /// once, so that the call needs little stack (K7).
    ///
    /// # Panics
    /// Called from async code, where it would block a thread that has tasks to poll (K2): move the
    /// call into `spawn_blocking`, or await the future instead. A panic of `future` goes through to
    /// the caller.
    #[track_caller]
    fn block_on<F: Future>(&self, future: F) -> F::Output;

    /// Refuses to go on if this thread polls async code of any runtime that this backend knows of.
    ///
    /// `block_on` does this by itself. It is there for a `block_on` of another backend, which may
    /// have to be refused as well.
    ///
    /// # Panics
    /// Blocking here would block a thread that has tasks to poll (K2).
    #[track_caller]
    fn check_block_on() {
        coop::check_block_on();
    }
}

/// For backends: refuses a `block_on` in async code, and says what to do instead (K2).
///
/// # Panics
/// Always.
#[cold]
#[track_caller]
pub fn refuse_block_on() -> ! {
    panic!(
        "`block_on` was called from async code, where it would block a thread that has tasks to \
         poll: await the future instead, or move the call into `spawn_blocking`"
    )
}
