//! What each thread notes of the polls on it.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use anyrt_core::task::Kind;

use crate::clock::{Clock, Ticks};
use crate::histogram::{Bounds, Filling, Histogram, add};
use crate::registry::{Shard, lock};

/// The bits of a task's number that count what one thread has spawned.
pub(crate) const SPAWNS: u32 = 40;

/// What a thread notes, for others to read: it alone writes, so that it waits for nobody.
// Of its own lines in the caches.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Thread {
    pub(crate) number: u64,
    pub(crate) name: Option<Box<str>>,
    /// By which the system knows it.
    pub(crate) system_id: Option<u32>,
    spawns: AtomicU64,
    /// The task that it polls, or 0.
    task: AtomicU64,
    /// When the last poll began that is within no other.
    begun: AtomicU64,
    bounds: Arc<Bounds>,
    polls: Filling,
    task_starts: Filling,
    closure_starts: Filling,
    has_ended: AtomicBool,
}

/// The threads that have spawned or polled anything.
#[derive(Debug)]
pub(crate) struct Threads {
    last: u64,
    bounds: Arc<Bounds>,
    alive: Vec<Arc<Thread>>,
    /// Of those that have ended.
    ended: Totals,
}

/// What several threads have noted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) polls: Histogram,
    pub(crate) task_starts: Histogram,
    pub(crate) closure_starts: Histogram,
}

/// A poll that lasts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lasting {
    pub(crate) task: u64,
    pub(crate) begun: Ticks,
}

thread_local! {
    static HERE: RefCell<Option<Here>> = const { RefCell::new(None) };
}

/// Notes the end of the thread.
struct Here {
    registry: u64,
    thread: Arc<Thread>,
}

impl Drop for Here {
    fn drop(&mut self) {
        // Ordering: pairs with the load in `prune`, which reads the last numbers.
        self.thread.has_ended.store(true, Ordering::Release);
    }
}

/// Calls with what this thread notes for the registry of `shard`. Not on a thread that is about to end.
#[inline]
pub(crate) fn with<T>(shard: &Shard, call: impl FnOnce(&Thread) -> T) -> Option<T> {
    let here = HERE.try_with(|here| {
        if let Some(here) = &*here.borrow() {
            if here.registry == shard.number {
                return Some(call(&here.thread));
            }
        }
        let thread = enter(shard)?;
        let result = call(&thread);
        *here.borrow_mut() = Some(Here { registry: shard.number, thread });
        Some(result)
    });
    here.ok().flatten()
}

#[cold]
fn enter(shard: &Shard) -> Option<Arc<Thread>> {
    if shard.is_left_behind() {
        return None;
    }
    let registry = shard.registry()?;
    let mut threads = lock(&registry.threads);
    threads.prune(&registry.clock);
    Some(threads.enter())
}

impl Thread {
    pub(crate) fn next_serial(&self) -> u64 {
        add(&self.spawns, 1);
        self.number << SPAWNS | self.spawns.load(Ordering::Relaxed)
    }

    /// How long it took until a task or closure that was spawned has come to its turn.
    pub(crate) fn note_start(&self, kind: Kind, ticks: Ticks) {
        let starts = if kind == Kind::Closure { &self.closure_starts } else { &self.task_starts };
        starts.note(&self.bounds, ticks);
    }

    /// Returns the task that is polled around this one.
    #[inline]
    pub(crate) fn begin_poll(&self, task: u64, now: Ticks) -> u64 {
        let outer = self.task.load(Ordering::Relaxed);
        if outer == 0 {
            self.begun.store(now, Ordering::Relaxed);
        }
        // Ordering: pairs with the load in `lasting`, which then finds the time.
        self.task.store(task, Ordering::Release);
        outer
    }

    #[inline]
    pub(crate) fn end_poll(&self, outer: u64, ticks: Ticks) {
        self.polls.note(&self.bounds, ticks);
        self.task.store(outer, Ordering::Relaxed);
    }

    /// The task that it polls: the innermost, since the outermost began.
    pub(crate) fn lasting(&self) -> Option<Lasting> {
        // Ordering: pairs with the store in `begin_poll`.
        let task = self.task.load(Ordering::Acquire);
        (task != 0).then(|| Lasting { task, begun: self.begun.load(Ordering::Relaxed) })
    }

    /// When the last poll began.
    pub(crate) fn last_poll(&self) -> Ticks {
        self.begun.load(Ordering::Relaxed)
    }

    fn totals(&self, clock: &Clock) -> Totals {
        Totals {
            polls: self.polls.read(clock),
            task_starts: self.task_starts.read(clock),
            closure_starts: self.closure_starts.read(clock),
        }
    }
}

impl Threads {
    pub(crate) fn new(clock: &Clock) -> Self {
        let (last, alive, ended) = Default::default();
        Self { last, bounds: Arc::new(Bounds::new(clock)), alive, ended }
    }

    pub(crate) fn alive(&self) -> &[Arc<Thread>] {
        &self.alive
    }

    pub(crate) fn totals(&mut self, clock: &Clock) -> Totals {
        self.prune(clock);
        let mut totals = self.ended.clone();
        for thread in &self.alive {
            totals.add(&thread.totals(clock));
        }
        totals
    }

    fn enter(&mut self) -> Arc<Thread> {
        self.last += 1;
        let thread = Arc::new(Thread {
            number: self.last,
            name: std::thread::current().name().map(Box::from),
            system_id: system_id(),
            spawns: AtomicU64::new(0),
            task: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            bounds: Arc::clone(&self.bounds),
            polls: Filling::default(),
            task_starts: Filling::default(),
            closure_starts: Filling::default(),
            has_ended: AtomicBool::new(false),
        });
        self.alive.push(Arc::clone(&thread));
        thread
    }

    fn prune(&mut self, clock: &Clock) {
        let Self { alive, ended, .. } = self;
        alive.retain(|thread| {
            // Ordering: pairs with the store when the thread ends.
            let has_ended = thread.has_ended.load(Ordering::Acquire);
            if has_ended {
                ended.add(&thread.totals(clock));
            }
            !has_ended
        });
    }
}

impl Totals {
    fn add(&mut self, other: &Self) {
        self.polls.add(&other.polls);
        self.task_starts.add(&other.task_starts);
        self.closure_starts.add(&other.closure_starts);
    }
}

/// As `gdb` and `/proc` have it: the last part of `PROCESS/task/THREAD`.
#[cfg(target_os = "linux")]
fn system_id() -> Option<u32> {
    let link = std::fs::read_link("/proc/thread-self").ok()?;
    link.file_name()?.to_str()?.parse().ok()
}

#[cfg(not(target_os = "linux"))]
fn system_id() -> Option<u32> {
    None
}
