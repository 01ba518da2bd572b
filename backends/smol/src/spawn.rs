//! Tasks are smol's, detached, with the task cell of `core` inside.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
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
            executor.spawn(UntilEnd { task, _alive: Alive::begin(self.alive()) }).detach();
        } else {
            // That runs code of the user, and resolves the handle.
            drop(executor);
            task.refuse();
        }
        handle
    }

    fn metrics(&self) -> Metrics {
        let mut metrics = self.blocking().metrics();
        // Relaxed: a number, by which nothing is published.
        metrics.alive_tasks = Some(self.alive().load(Ordering::Relaxed));
        metrics
    }
}

pin_project! {
    /// A task that is polled no more once the runtime of the worker has begun to end (K8). smol's
    /// executor polls up to 200 tasks before it looks whether it is to stop.
    struct UntilEnd<F: Future> {
        #[pin]
        task: Task<F>,
        _alive: Alive,
    }
}

/// Counts a task as long as it is there.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn begin(number: &Arc<AtomicUsize>) -> Self {
        // Relaxed: as in `metrics`.
        number.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(number))
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        // Relaxed: as in `metrics`.
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<F: Future> Future for UntilEnd<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // The executor is about to be dropped, and drops it.
        if has_ended() { Poll::Pending } else { self.project().task.poll(cx) }
    }
}
