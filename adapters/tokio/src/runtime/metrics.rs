//! What a runtime knows about itself.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::context::{Settings, Workers};

/// A view of a runtime's state.
#[derive(Clone, Debug)]
pub struct RuntimeMetrics {
    inner: Arc<Settings>,
}

impl RuntimeMetrics {
    pub(crate) fn new(inner: Arc<Settings>) -> Self {
        Self { inner }
    }

    /// How many threads poll tasks; 1 on a current-thread runtime.
    pub fn num_workers(&self) -> usize {
        self.inner.built.workers.map_or(1, NonZeroUsize::get)
    }

    /// How many tasks have not ended.
    ///
    /// # Panics
    ///
    /// On a backend that does not count them, such as smol.
    #[track_caller]
    pub fn num_alive_tasks(&self) -> usize {
        let alive = self.inner.handle.metrics().alive_tasks;
        alive.unwrap_or_else(|| self.refuse("num_alive_tasks"))
    }

    /// How many tasks wait in the queue that all workers share.
    ///
    /// # Panics
    ///
    /// On a backend that does not count them, such as smol.
    #[track_caller]
    pub fn global_queue_depth(&self) -> usize {
        let queued = self.inner.handle.metrics().queued_tasks;
        queued.unwrap_or_else(|| self.refuse("global_queue_depth"))
    }

    /// How long a worker has been awake.
    ///
    /// # Panics
    ///
    /// There is no such worker, or the backend does not tell when it sleeps, as async-std.
    #[track_caller]
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        self.workers("worker_total_busy_duration").busy(worker)
    }

    /// How often a worker went to sleep.
    ///
    /// # Panics
    ///
    /// There is no such worker, or the backend does not tell when it sleeps, as async-std.
    #[track_caller]
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.workers("worker_park_count").parks(worker)
    }

    /// How often a worker went to sleep or woke up. It is odd while the worker sleeps.
    ///
    /// # Panics
    ///
    /// There is no such worker, or the backend does not tell when it sleeps, as async-std.
    #[track_caller]
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.workers("worker_park_unpark_count").parks_and_unparks(worker)
    }

    #[track_caller]
    fn workers(&self, what: &str) -> &Workers {
        if self.inner.built.is_counted { &self.inner.built.places } else { self.refuse(what) }
    }

    #[cold]
    #[track_caller]
    fn refuse(&self, what: &str) -> ! {
        panic!(
            "`RuntimeMetrics::{what}` is not measured by the backend {}",
            self.inner.handle.backend()
        )
    }
}
