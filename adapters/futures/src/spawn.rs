//! Tasks, for code that takes an executor.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use anyrt_facade::task::unconstrained;
use anyrt_facade::{Handle, Spawn};
use futures_task::{FutureObj, SpawnError};

/// An executor in the sense of the crate futures.
///
/// ```
/// use anyrt_futures::Executor;
/// use futures_util::task::SpawnExt;
///
/// # anyrt::Builder::new().build()?.block_on(async {
/// let answer = Executor::current().spawn_with_handle(async { 6 * 7 })?;
/// assert_eq!(answer.await, 42);
/// # Ok::<(), futures_task::SpawnError>(())
/// # }).unwrap();
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Executor<R: Spawn = Handle> {
    runtime: R,
}

impl<R: Spawn> Executor<R> {
    /// The runtime of this handle.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
    }
}

impl Executor {
    /// The runtime that a call made here and now belongs to: see [`Handle::current`].
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn current() -> Self {
        Self::new(Handle::current())
    }
}

impl<R: Spawn> futures_task::Spawn for Executor<R> {
    /// # Errors
    /// The runtime has ended; the future is dropped then.
    #[track_caller]
    fn spawn_obj(&self, future: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        // The join of one that was refused resolves at once (S6), if the budget of the task around this is no matter.
        // Otherwise the task goes on without it.
        let task = pin!(unconstrained(self.runtime.spawn(future)));
        match task.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Err(error)) if !error.is_panic() => Err(SpawnError::shutdown()),
            _ => Ok(()),
        }
    }
}
