//! The tasks that live, and the threads that poll them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use anyrt_core::observe::{End, Observer, TaskObserver};
use anyrt_core::task::{Kind, Meta};
use slab::Slab;

use crate::clock::Clock;
use crate::metrics::Counts;
use crate::stall::Sleeper;
use crate::task::Task;
use crate::thread::{self, Threads};

/// All that is observed. Tasks are spread over parts with a lock each, which those who spawn and end tasks hold for no
/// longer than it takes to note one.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) clock: Clock,
    shards: Box<[Arc<Shard>]>,
    pub(crate) threads: Mutex<Threads>,
    pub(crate) sleeper: Arc<Sleeper>,
}

/// A part of the tasks.
// Of its own lines in the caches, and what each poll reads in the first one: no spawn writes there.
#[derive(Debug)]
#[repr(C, align(128))]
pub(crate) struct Shard {
    pub(crate) clock: Clock,
    pub(crate) sleeper: Arc<Sleeper>,
    /// Of the registry.
    pub(crate) number: u64,
    forks: u32,
    registry: Weak<Registry>,
    tasks: Apart<Mutex<Tasks>>,
}

/// In lines of its own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Apart<T>(T);

#[derive(Debug, Default)]
struct Tasks {
    alive: Slab<Arc<Task>>,
    counts: Counts,
}

impl Registry {
    pub(crate) fn new() -> Arc<Self> {
        static MADE: AtomicU64 = AtomicU64::new(1);

        let clock = Clock::new();
        let sleeper = Arc::<Sleeper>::default();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let forks = anyrt_fork::watch();
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let shards = (4 * processors).next_power_of_two().min(128);
        Arc::new_cyclic(|registry| {
            let shard = |_| {
                Arc::new(Shard {
                    tasks: Apart::default(),
                    number,
                    clock: clock.clone(),
                    sleeper: Arc::clone(&sleeper),
                    registry: Weak::clone(registry),
                    forks,
                })
            };
            Self {
                shards: (0..shards).map(shard).collect(),
                threads: Mutex::new(Threads::new(&clock)),
                clock,
                sleeper,
            }
        })
    }

    /// Whether this is a child that was forked from the process in which the tasks are.
    pub(crate) fn is_left_behind(&self) -> bool {
        self.shards.iter().any(|shard| shard.is_left_behind())
    }

    /// All that live. One that is spawned or ends meanwhile may be among them or not.
    pub(crate) fn alive(&self) -> Vec<Arc<Task>> {
        let mut alive = Vec::new();
        for shard in &self.shards {
            shard.copy_to(&mut alive);
        }
        alive
    }

    /// The task of this number, if it lives.
    pub(crate) fn find(&self, serial: u64) -> Option<Arc<Task>> {
        let mut alive = Vec::new();
        self.shard_of(serial)?.copy_to(&mut alive);
        alive.into_iter().find(|task| task.serial == serial)
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for shard in &self.shards {
            counts.add(&lock(&shard.tasks.0).counts);
        }
        counts
    }

    fn shard_of(&self, serial: u64) -> Option<&Arc<Shard>> {
        // The number of the thread that has spawned it, and how many it had spawned: threads begin at different shards.
        let place = (serial >> thread::SPAWNS).wrapping_add(serial) as usize % self.shards.len();
        self.shards.get(place)
    }
}

impl Observer for Registry {
    fn spawned(&self, meta: &Meta<'_>) -> Option<Arc<dyn TaskObserver>> {
        let any = self.shards.first().filter(|shard| !shard.is_left_behind())?;
        let serial = thread::with(any, |thread| thread.next_serial())?;
        let shard = self.shard_of(serial)?;
        Some(shard.insert(serial, meta))
    }
}

impl Shard {
    pub(crate) fn registry(&self) -> Option<Arc<Registry>> {
        self.registry.upgrade()
    }

    /// In a child the locks may be held for ever by threads of the parent.
    #[inline]
    pub(crate) fn is_left_behind(&self) -> bool {
        anyrt_fork::forks() != self.forks
    }

    fn insert(self: &Arc<Self>, serial: u64, meta: &Meta<'_>) -> Arc<Task> {
        let mut tasks = lock(&self.tasks.0);
        tasks.counts.count_spawn(meta.kind);
        let place = tasks.alive.vacant_entry();
        let task = Arc::new(Task::new(self, place.key(), serial, meta));
        place.insert(Arc::clone(&task));
        task
    }

    pub(crate) fn remove(&self, place: usize, kind: Kind, end: End) {
        if self.is_left_behind() {
            return;
        }
        let mut tasks = lock(&self.tasks.0);
        tasks.counts.count_end(kind, end);
        let task = tasks.alive.try_remove(place);
        drop(tasks);
        drop(task);
    }

    /// Not at once, so that nobody who spawns or ends a task waits for long.
    fn copy_to(&self, copy: &mut Vec<Arc<Task>>) {
        const AT_ONCE: usize = 256;

        let mut from = 0;
        loop {
            let tasks = lock(&self.tasks.0);
            if from >= tasks.alive.capacity() {
                return;
            }
            let some = from..from + AT_ONCE;
            copy.extend(some.filter_map(|place| tasks.alive.get(place)).cloned());
            from += AT_ONCE;
        }
    }
}

/// None of the program's code runs under a lock of this crate, so that it may call this crate again.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
