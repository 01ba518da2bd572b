//! Tasks are smol's, detached, with the task cell of `core` inside.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use anyrt_core::task::{JoinHandle, Meta, Task, joinable};
use anyrt_core::{Metrics, Spawn};
use pin_project_lite::pin_project;

use crate::Handle;
use crate::runtime::has_ended;

impl Spawn for Handle {
    type JoinHandle<T: Send + 'static> = JoinHandle<T>;

    fn spawn_task<F>(&self, _: Meta<'_>, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (task, handle) = joinable(future);
        let executor = self.lock_executor();
        if let Some(executor) = &*executor {
            executor.spawn(UntilEnd { task }).detach();
        } else {
            // That runs code of the user, and resolves the handle.
            drop(executor);
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

pin_project! {
    /// A task that is polled no more once the runtime of the worker has begun to end (K8). smol's
    /// executor polls up to 200 tasks before it looks whether it is to stop.
    struct UntilEnd<F: Future> {
        #[pin]
        task: Task<F>,
    }
}

impl<F: Future> Future for UntilEnd<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // The executor is about to be dropped, and drops it.
        if has_ended() { Poll::Pending } else { self.project().task.poll(cx) }
    }
}
