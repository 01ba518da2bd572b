//! What each thread notes of the polls on it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use anyrt_core::task::Kind;

use crate::clock::{Clock, Ticks};
use crate::histogram::{Bounds, Filling, Histogram, add};
use crate::registry::{Registry, Shard, lock};

/// The bits of a task's number that count what one thread has spawned.
pub(crate) const SPAWNS: u32 = 40;

/// What a thread notes, for others to read: it alone writes, so that it waits for nobody.
///
/// It goes on to the next thread when one has ended, and is never freed: so a thread finds it without looking whether it is
/// there, and there are no more of them than there were threads at once.
// Of its own lines in the caches.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Thread {
    registry: u64,
    pub(crate) number: u64,
    who: Mutex<Who>,
    has_ended: AtomicBool,
    spawns: AtomicU64,
    /// The task that it polls, or 0.
    task: AtomicU64,
    /// When the last poll began that is within no other.
    begun: AtomicU64,
    bounds: Bounds,
    polls: Filling,
    task_starts: Filling,
    closure_starts: Filling,
}

/// Which thread it is.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) name: Option<String>,
    /// By which the system knows it.
    pub(crate) system_id: Option<u32>,
}

/// The threads that have spawned or polled anything.
#[derive(Debug)]
pub(crate) struct Threads {
    bounds: Bounds,
    all: Vec<&'static Thread>,
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
    // That of the registry which was asked for last. Without a destructor, and so found fast.
    static HERE: Cell<Option<&'static Thread>> = const { Cell::new(None) };
    // Those of all registries.
    static ENTERED: RefCell<Vec<Entered>> = const { RefCell::new(Vec::new()) };
}

/// What this thread notes for one registry. Notes the end of the thread.
struct Entered {
    thread: &'static Thread,
    registry: Weak<Registry>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        HERE.set(HERE.get().filter(|here| !std::ptr::eq(*here, self.thread)));
        // Ordering: pairs with the load in `enter`, so that the next thread goes on from the last numbers.
        self.thread.has_ended.store(true, Ordering::Release);
    }
}

/// Calls with what this thread notes for the registry of `shard`. Not on a thread that is about to end.
#[inline]
pub(crate) fn with<T>(shard: &Shard, call: impl FnOnce(&Thread) -> T) -> Option<T> {
    let here = HERE.get().filter(|thread| thread.registry == shard.number);
    here.or_else(|| find(shard)).map(call)
}

/// Where there are several registries, or for the first time.
#[cold]
fn find(shard: &Shard) -> Option<&'static Thread> {
    let entered = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let known = entered.iter().map(|it| it.thread).find(|it| it.registry == shard.number);
        known.or_else(|| enter(shard, &mut entered))
    });
    let thread = entered.ok()??;
    HERE.set(Some(thread));
    Some(thread)
}

fn enter(shard: &Shard, entered: &mut Vec<Entered>) -> Option<&'static Thread> {
    if shard.is_left_behind() {
        return None;
    }
    let registry = shard.registry()?;
    entered.retain(|entered| entered.registry.strong_count() > 0);
    // It asks the system, for which nobody else is to wait.
    let who = Who::here();
    let thread = lock(&registry.threads).enter(shard.number, who);
    entered.push(Entered { thread, registry: Arc::downgrade(&registry) });
    Some(thread)
}

impl Thread {
    pub(crate) fn next_serial(&self) -> u64 {
        add(&self.spawns, 1);
        self.number << SPAWNS | self.spawns.load(Ordering::Relaxed)
    }

    /// How long it took until a task or closure that was spawned has come to its turn. Once for each.
    #[cold]
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

    pub(crate) fn who(&self) -> Who {
        lock(&self.who).clone()
    }

    fn totals(&self, clock: &Clock) -> Totals {
        Totals {
            polls: self.polls.read(clock),
            task_starts: self.task_starts.read(clock),
            closure_starts: self.closure_starts.read(clock),
        }
    }
}

impl Who {
    fn here() -> Self {
        Self { name: std::thread::current().name().map(str::to_owned), system_id: system_id() }
    }
}

impl Threads {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self { bounds: Bounds::new(clock), all: Vec::new() }
    }

    /// Those that have ended among them.
    pub(crate) fn all(&self) -> &[&'static Thread] {
        &self.all
    }

    pub(crate) fn totals(&self, clock: &Clock) -> Totals {
        let mut totals = Totals::default();
        for thread in &self.all {
            totals.add(&thread.totals(clock));
        }
        totals
    }

    fn enter(&mut self, registry: u64, who: Who) -> &'static Thread {
        // Ordering: pairs with the store when a thread ends.
        let ended = self.all.iter().find(|thread| thread.has_ended.load(Ordering::Acquire));
        if let Some(thread) = ended {
            *lock(&thread.who) = who;
            thread.has_ended.store(false, Ordering::Relaxed);
            return thread;
        }
        let thread = Box::leak(Box::new(Thread {
            registry,
            number: self.all.len() as u64 + 1,
            who: Mutex::new(who),
            has_ended: AtomicBool::new(false),
            spawns: AtomicU64::new(0),
            task: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            bounds: self.bounds.clone(),
            polls: Filling::default(),
            task_starts: Filling::default(),
            closure_starts: Filling::default(),
        }));
        self.all.push(thread);
        thread
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

#[cfg(test)]
mod tests {
    use anyrt_core::observe::Observer as _;
    use anyrt_core::task::Meta;

    use super::*;

    #[test]
    fn a_thread_notes_for_several_registries_as_long_as_these_are_there() {
        let [first, second] = [Registry::new(), Registry::new()];
        let is_here = |registry: &Registry| {
            let threads = lock(&registry.threads);
            let [thread] = threads.all() else { panic!("{threads:?}") };
            !thread.has_ended.load(Ordering::Relaxed)
        };
        for _ in 0..3 {
            for registry in [&first, &second] {
                assert!(registry.spawned(&Meta::new(Kind::Task)).is_some());
            }
            assert!(is_here(&first) && is_here(&second));
        }
        drop(first);
        assert!(Registry::new().spawned(&Meta::new(Kind::Task)).is_some());
        assert!(is_here(&second));
        assert_eq!(ENTERED.with_borrow(Vec::len), 2);
    }
}
