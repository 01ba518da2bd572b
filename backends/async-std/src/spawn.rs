//! Tasks are async-std's, detached, with the task cell of `core` inside.

use std::future::Future;

use anyrt_core::task::{JoinHandle, Meta, joinable};
use anyrt_core::{Metrics, Spawn};

use crate::Handle;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = joinable(future);
        drop(async_std::task::spawn(task));
        handle
    }

    fn metrics(&self) -> Metrics {
        self.blocking().metrics()
    }
}
