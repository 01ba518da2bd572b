//! Blocking on a worker's own thread, which gives its core away meanwhile.

use std::io;

use anyrt_core::backend::call_outside_of_polls;
use anyrt_core::{BlockInPlace, coop};

use crate::shared::{Handle, context, without_core};

impl BlockInPlace for Handle {
    fn block_in_place<T>(closure: impl FnOnce() -> T) -> io::Result<T> {
        if context(|context| context.is_some_and(|context| context.shared.has_workers())) {
            return Ok(block_in_place(closure));
        }
        // On a current-thread runtime a closure of the function below is no poll.
        call_outside_of_polls(closure)
    }
}

/// Runs a closure that blocks or computes for long, on this thread, while other threads go on with
/// the tasks that its worker has to poll.
///
/// Cheaper than [`spawn_blocking`](anyrt_core::SpawnBlocking::spawn_blocking), and the closure may
/// borrow; but the task around it makes no progress meanwhile, and a task that is joined with it, as by
/// `join!`, does not either. Nor does the future of a `block_on` whose thread polls that task: the closure
/// must not wait for it. [`block_on`](anyrt_core::BlockOn::block_on) is allowed in the closure.
///
/// Outside of a task and of `block_on` it is a plain call. On a current-thread runtime tasks wait
/// until the closure returns, unless another thread is in `block_on`; the contract's
/// [`block_in_place`](anyrt_core::BlockInPlace::block_in_place) is an error there.
///
/// ```
/// use anyrt_native::{BlockOn, Launch, Runtime, Spawn};
///
/// let runtime = Runtime::new()?;
/// let task = runtime.handle().spawn(async {
///     anyrt_native::block_in_place(|| std::fs::read_to_string("Cargo.toml"))
/// });
/// assert!(runtime.handle().block_on(task)??.contains("anyrt"));
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Panics
/// A panic of the closure goes through to the caller.
pub fn block_in_place<R>(closure: impl FnOnce() -> R) -> R {
    context(|context| match context {
        Some(context) => without_core(context, || {
            let _allowed = coop::allow_blocking();
            closure()
        }),
        None => closure(),
    })
}
