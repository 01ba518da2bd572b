//! What the pool runs for backends that have no task of their own for a closure.

use std::{fmt, io};

use super::BlockingPool;
use crate::Current;
use crate::blocking::BlockingJob;
use crate::task::{JoinHandle, PendingClosure, pending_closure};

/// A closure in a box, with the join that it is awaited by.
pub struct Closure(Box<dyn Boxed>);

trait Boxed: Send {
    fn run(self: Box<Self>);
    fn cancel(self: Box<Self>, refusal: Option<io::Error>);
}

impl BlockingJob for Closure {
    fn run(self) {
        self.0.run();
    }

    fn cancel(self, refusal: Option<io::Error>) {
        self.0.cancel(refusal);
    }
}

impl fmt::Debug for Closure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closure").finish_non_exhaustive()
    }
}

impl<F: FnOnce() -> T + Send, T: Send> Boxed for PendingClosure<F, T> {
    fn run(self: Box<Self>) {
        self.call();
    }

    fn cancel(self: Box<Self>, refusal: Option<io::Error>) {
        if let Some(cause) = refusal {
            self.refuse(cause);
        }
    }
}

/// A closure whose thread is inside a runtime to its end.
struct Inside<R, K, F, T> {
    runtime: R,
    kept: K,
    closure: PendingClosure<F, T>,
}

impl<R: Current, K: Send, F: FnOnce() -> T + Send, T: Send> Boxed for Inside<R, K, F, T> {
    fn run(self: Box<Self>) {
        let Self { kept: _kept, runtime, closure } = *self;
        let _inside = runtime.enter();
        closure.call();
    }

    fn cancel(self: Box<Self>, refusal: Option<io::Error>) {
        let Self { kept: _kept, runtime, closure } = *self;
        let _inside = runtime.enter();
        Box::new(closure).cancel(refusal);
    }
}

impl BlockingPool {
    /// Runs `closure` on a thread of the pool; see [`push`](Self::push). After [`close`](Self::close) the
    /// handle resolves to cancelled; where the system refuses the only thread, to an error with the cause.
    ///
    /// ```
    /// use anyrt_core::{Config, backend::BlockingPool};
    ///
    /// let pool = BlockingPool::new(&Config::default());
    /// let answer = pool.spawn(|| 6 * 7);
    /// assert_eq!(futures::executor::block_on(answer)?, 42);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn<F, T>(&self, closure: F) -> JoinHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (closure, handle) = pending_closure(closure);
        self.push(Closure(Box::new(closure)));
        handle
    }

    /// The same, with the thread inside `runtime` until all that the closure leaves is dropped (B8).
    pub fn spawn_inside<R, F, T>(&self, runtime: R, closure: F) -> JoinHandle<T>
    where
        R: Current,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.spawn_inside_with(runtime, (), closure)
    }

    /// The same, and `kept` is dropped last: when whoever awaits the closure was woken, and all that it leaves was dropped.
    pub fn spawn_inside_with<R, K, F, T>(&self, runtime: R, kept: K, closure: F) -> JoinHandle<T>
    where
        R: Current,
        K: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let (closure, handle) = pending_closure(closure);
        self.push(Closure(Box::new(Inside { runtime, kept, closure })));
        handle
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::error::Error;

    use futures::executor::block_on;

    use super::*;
    use crate::Config;

    #[test]
    fn a_stack_that_cannot_be_had_is_an_error_of_the_join() {
        let pool = BlockingPool::new(&Config::default().stack_size(1 << 46));
        for _ in 0..3 {
            let error = block_on(pool.spawn(|| ())).unwrap_err();
            let source = error.source().expect("there is a cause");
            assert!(error.is_refused() && source.is::<io::Error>(), "{error:?}");
        }
        assert!(pool.wait(None));
    }

    #[test]
    fn closures_after_the_close_are_cancelled() {
        let pool = BlockingPool::new(&Config::default());
        block_on(pool.spawn(|| ())).unwrap();
        pool.close();
        assert!(block_on(pool.spawn(|| ())).unwrap_err().is_cancelled());
        assert!(pool.wait(None));
    }
}
