//! Tasks are smol's, detached, with the task cell of `core` inside.

use std::future::Future;

use anyrt_core::backend::UntilStop;
use anyrt_core::task::{JoinHandle, Meta, joinable};
use anyrt_core::{Metrics, Spawn};

use crate::Handle;
use crate::handle::Owned;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = joinable(future);
        let owned = self.lock_owned();
        if let Some(Owned { executor, .. }) = &*owned {
            executor.spawn(UntilStop::new(task)).detach();
        } else {
            // That runs code of the user, and resolves the handle.
            drop(owned);
            task.refuse();
        }
        handle
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = self.blocking().metrics();
        metrics.workers = Some(self.workers());
        metrics
    }
}
