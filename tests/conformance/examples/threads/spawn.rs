//! Tasks are those of `anyrt_core`, on the executor beside this.

use anyrt_core::Spawn;
use anyrt_core::task::{JoinHandle, Meta, joinable};

use super::Handle;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
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
