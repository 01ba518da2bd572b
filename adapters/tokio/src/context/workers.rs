//! What each worker of a runtime has done, for its metrics: counted where it falls asleep and wakes up.

mod place;

use std::cell::Cell;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyrt::ThreadHooks;

use self::place::Place;
use super::settings::{Settings, next_id};
use crate::task::note_look;

/// The workers of a runtime.
#[derive(Debug)]
pub(crate) struct Workers {
    /// For threads that know which worker they are, and of which runtime.
    id: NonZeroU64,
    is_current_thread: bool,
    /// How many threads got a place that was taken.
    sharing: AtomicUsize,
    each: Box<[Counts]>,
}

#[derive(Debug, Default)]
struct Counts {
    /// Whether a thread has this place.
    is_taken: AtomicBool,
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
            is_current_thread: number.is_none(),
            sharing: AtomicUsize::new(0),
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

    /// Notes that this thread blocks on the runtime, where it is a worker itself.
    pub(crate) fn block_on(self: &Arc<Self>) -> Option<Blocking<'_>> {
        if !self.is_current_thread {
            return None;
        }
        let before = WORKER.replace(Some(self.awake(0)));
        Some(Blocking { workers: self, before })
    }

    /// The number of this thread, which is one of them; `None` if another one drives a current-thread runtime. As long as
    /// the thread has it, it keeps `kept`.
    pub(super) fn index(self: &Arc<Self>, kept: Option<Arc<Settings>>) -> Option<usize> {
        Place::of_this_thread(self, kept)
    }

    fn park(self: &Arc<Self>) {
        let worker = self.end_of_work();
        self.each[worker].parks.fetch_add(1, Ordering::Relaxed);
    }

    fn unpark(self: &Arc<Self>) {
        let worker = self.worker().index;
        self.each[worker].unparks.fetch_add(1, Ordering::Relaxed);
        WORKER.set(Some(self.awake(worker)));
        note_look();
    }

    fn awake(&self, index: usize) -> Worker {
        Worker { runtime: self.id, index, busy_since: Some(Instant::now()) }
    }

    fn end_of_work(self: &Arc<Self>) -> usize {
        let worker = self.worker();
        if let Some(since) = worker.busy_since {
            let nanos = u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX);
            self.each[worker.index].busy_nanos.fetch_add(nanos.max(1), Ordering::Relaxed);
        }
        WORKER.set(Some(Worker { busy_since: None, ..worker }));
        worker.index
    }

    fn worker(self: &Arc<Self>) -> Worker {
        if let Some(worker) = WORKER.get().filter(|worker| worker.runtime == self.id) {
            return worker;
        }
        let index = self.index(None).unwrap_or(0);
        // Nobody has told when it was started.
        self.awake(index)
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

/// A thread in a `block_on`, which counts as busy but for its sleeps.
pub(crate) struct Blocking<'a> {
    workers: &'a Arc<Workers>,
    /// What is put back.
    before: Option<Worker>,
}

impl Drop for Blocking<'_> {
    fn drop(&mut self) {
        self.workers.end_of_work();
        WORKER.set(self.before);
        // Another thread may drive the runtime from now on.
        Place::leave(self.workers);
    }
}
