//! Tasks are those of `anyrt_core`, on the executor beside this.

use anyrt_core::Spawn;
use anyrt_core::task::{self, JoinHandle, joinable};

use super::Handle;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

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
        if let Err(task) = self.executor.spawn(task) {
            task.refuse();
        }
        handle
    }
}
