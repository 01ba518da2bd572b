//! What each worker of a runtime has done, for its metrics.
//!
//! It is counted from the first time on that somebody asks for the metrics, so that it costs nobody else anything.

use std::cell::Cell;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyrt::ThreadHooks;

use super::settings::next_id;

/// The workers of a runtime.
#[derive(Debug)]
pub(crate) struct Workers {
    /// For threads that know which worker they are, and of which runtime.
    id: NonZeroU64,
    /// Since when it is counted.
    counted: OnceLock<Instant>,
    is_current_thread: bool,
    known: AtomicUsize,
    each: Box<[Counts]>,
}

#[derive(Debug, Default)]
struct Counts {
    parks: AtomicU64,
    unparks: AtomicU64,
    busy_nanos: AtomicU64,
}

/// Which worker a thread is.
#[derive(Clone, Copy)]
struct Worker {
    runtime: NonZeroU64,
    index: usize,
    busy_since: Option<Instant>,
}

thread_local! {
    static WORKER: Cell<Option<Worker>> = const { Cell::new(None) };
}

impl Workers {
    /// As many as there are threads; `None` for those that block on the runtime, which count as one.
    pub(crate) fn new(number: Option<NonZeroUsize>) -> Arc<Self> {
        Arc::new(Self {
            id: next_id(),
            counted: OnceLock::new(),
            is_current_thread: number.is_none(),
            known: AtomicUsize::new(0),
            each: (0..number.map_or(1, NonZeroUsize::get)).map(|_| Counts::default()).collect(),
        })
    }

    /// Adds the counting to what the user wants to be called.
    pub(crate) fn hook(self: &Arc<Self>, hooks: &ThreadHooks) -> ThreadHooks {
        let (at_park, at_unpark) = (Arc::clone(self), Arc::clone(self));
        let (on_park, on_unpark) = (hooks.on_park.clone(), hooks.on_unpark.clone());
        hooks
            .clone()
            .on_park(move || {
                ThreadHooks::call(on_park.as_ref());
                at_park.park();
            })
            .on_unpark(move || {
                at_unpark.unpark();
                ThreadHooks::call(on_unpark.as_ref());
            })
    }

    /// Counts from now on.
    pub(crate) fn count(&self) {
        self.counted.get_or_init(Instant::now);
    }

    fn is_counted(&self) -> bool {
        self.counted.get().is_some()
    }

    /// Counts what the thread does in a `block_on`, where it is a worker itself.
    pub(crate) fn block_on(self: &Arc<Self>) -> Option<Blocking> {
        if !self.is_current_thread || !self.is_counted() {
            return None;
        }
        let before = WORKER.take();
        self.begin(0);
        Some(Blocking { workers: Arc::clone(self), before })
    }

    fn park(&self) {
        if self.is_counted() {
            let worker = self.end_of_work();
            self.each[worker].parks.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn unpark(&self) {
        if self.is_counted() {
            let worker = self.worker().index;
            let counts = &self.each[worker];
            // Of a park that was not counted the end is not either.
            if counts.unparks.load(Ordering::Relaxed) < counts.parks.load(Ordering::Relaxed) {
                counts.unparks.fetch_add(1, Ordering::Relaxed);
            }
            self.begin(worker);
        }
    }

    fn begin(&self, index: usize) {
        let busy_since = Some(Instant::now());
        WORKER.set(Some(Worker { runtime: self.id, index, busy_since }));
    }

    fn end_of_work(&self) -> usize {
        let worker = self.worker();
        if let Some(since) = worker.busy_since {
            let nanos = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.each[worker.index].busy_nanos.fetch_add(nanos.max(1), Ordering::Relaxed);
        }
        WORKER.set(Some(Worker { busy_since: None, ..worker }));
        worker.index
    }

    fn worker(&self) -> Worker {
        if let Some(worker) = WORKER.get().filter(|worker| worker.runtime == self.id) {
            return worker;
        }
        // One that has lost its place while it blocked has a successor, and is counted with another one.
        let index = self.known.fetch_add(1, Ordering::Relaxed) % self.each.len();
        // If it is about to sleep, it was awake.
        Worker { runtime: self.id, index, busy_since: self.counted.get().copied() }
    }

    pub(crate) fn busy(&self, worker: usize) -> Duration {
        Duration::from_nanos(self.each[worker].busy_nanos.load(Ordering::Relaxed))
    }

    pub(crate) fn parks(&self, worker: usize) -> u64 {
        self.each[worker].parks.load(Ordering::Relaxed)
    }

    pub(crate) fn parks_and_unparks(&self, worker: usize) -> u64 {
        self.parks(worker) + self.each[worker].unparks.load(Ordering::Relaxed)
    }
}

/// Counts a thread as busy until it is dropped, but for its sleeps.
pub(crate) struct Blocking {
    workers: Arc<Workers>,
    before: Option<Worker>,
}

impl Drop for Blocking {
    fn drop(&mut self) {
        self.workers.end_of_work();
        WORKER.set(self.before);
    }
}
