//! Tasks are smol's, detached, with the task cell of `core` inside.

use std::future::Future;

use anyrt_core::Spawn;
use anyrt_core::task::{self, JoinHandle, joinable};

use crate::Handle;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    #[inline]
    fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if const { task::is_large::<F>() } {
            self.start(Box::pin(future))
        } else {
            self.start(future)
        }
    }
}

impl Handle {
    fn start<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = joinable(future);
        let executor = self.lock_executor();
        if let Some(executor) = &*executor {
            executor.spawn(task).detach();
        } else {
            // Dropping the task runs code of the user, and resolves the handle.
            drop(executor);
            drop(task);
        }
        handle
    }
}
