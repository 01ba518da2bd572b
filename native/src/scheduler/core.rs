//! A core: the queues that one thread at a time works through.

use std::cell::Cell;
use std::ptr::{self, NonNull};
use std::time::{Duration, Instant};

use super::injector::{Injector, Link};
use super::ring::Ring;
use crate::blocks::Cache;
use crate::sync::{AtomicPtr, AtomicU32, CachePadded, Ordering};
use crate::task::{Header, TaskRef, Wakeup};

/// How many references to the runtime a core keeps, at most.
const MOST_REFERENCES: usize = 256;

/// How often the newest entry of the ring may go before the oldest, while tasks wait for others that they have spawned.
const MOST_NEWEST: u32 = 31;

/// How often in a row the slot goes before the ring.
const SLOT_STREAK: u32 = 3;

/// A run queue, and what the thread that has it keeps with it.
///
/// The fields up to `ticks` are looked at by other threads; the rest belongs to the holder.
pub(crate) struct Core {
    pub(crate) index: usize,
    ring: Ring<Header>,
    /// Without workers: what sockets and timers have woken. It does not wait for all that are queued.
    early: Option<Ring<Header>>,
    /// The task that was woken last, whose data is still warm. The holder alone fills it; the monitor
    /// empties it where the holder does not come to it.
    slot: CachePadded<AtomicPtr<Header>>,
    /// Grows with each task that the holder turns to.
    ticks: AtomicU32,
    /// For the thread that has the core.
    pub(crate) local: Local,
}

// SAFETY: the link belongs to whoever holds the entry, of which there is one.
unsafe impl Link for Header {
    fn next(this: NonNull<Self>) -> *const AtomicPtr<Self> {
        // SAFETY: the holder of the entry alone calls this.
        unsafe { Self::link(this) }
    }
}

/// Where polls take so many nanoseconds each of them is measured, and else the first [`FRESH`] after each sleep, and the
/// first after each look at the backlog.
const LONG_POLL: u32 = 10_000;

/// As many as tell how long a poll takes: after a sleep these may be of another kind than all before.
pub(crate) const FRESH: u32 = 3;

/// A backlog that takes a core so long is worth a wake of another one, which costs both about a tenth of that; and so was a wake after
/// which a core was busy for as long.
pub(crate) const WORTH_SHARING: Duration = Duration::from_micros(20);

/// Where wakes were in vain a backlog has to be more, by this power of two at most.
const MOST_DOUBTS: u32 = 2;

/// What has become of the call that ended the holder's last sleep.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Call {
    /// There was none, or it was for something that was queued for all.
    #[default]
    None,
    /// The holder looks for what it was called for.
    Open,
    /// The holder has taken work from another core, when it had turned to so many tasks.
    Answered(u32, Instant),
}

/// What belongs to the thread that has the core.
#[derive(Default)]
pub(crate) struct Local {
    pub(crate) cache: Cache,
    /// How many references to the runtime were left here.
    references: Cell<usize>,
    slot_streak: Cell<u32>,
    /// Whether the newest entry of the ring goes before the oldest, and how often it has since that had its turn.
    is_deep: Cell<bool>,
    newest: Cell<u32>,
    /// Where the ring ended after the last task that has yielded, was woken, or came from another core: what yields stays behind
    /// those before it (S10), and what is woken in its order.
    floor: Cell<u32>,
    /// Whether what was last put into the slot was woken, and not spawned.
    is_slot_woken: Cell<bool>,
    /// How often the holder has turned to its queues. Not the ticks: these count the tasks that are handed
    /// over as well, of which there may be as many in each turn as it takes to miss a multiple.
    turns: Cell<u32>,
    /// Where the ring began when that was last looked at.
    last_top: Cell<u64>,
    /// How often a backlog was looked at since another core was to be woken for one.
    backlogs: Cell<u32>,
    /// How many nanoseconds the polls took that were measured last.
    polls: Cell<[u32; 3]>,
    /// The median of these, so that one poll of another kind, such as of a task that spawns thousands, does not count.
    poll_time: Cell<u32>,
    /// How many of the next polls are measured.
    pub(crate) to_measure: Cell<u32>,
    pub(crate) call: Cell<Call>,
    /// Whether the holder is counted as one that searches.
    pub(crate) is_searching: Cell<bool>,
    /// When the holder last looked into the reactor. `None` if it has slept there since, after which it asks for the time where it
    /// needs it.
    pub(crate) reactor_seen: Cell<Option<Instant>>,
    /// The tick at which the holder keeps up with the rest of the runtime next.
    pub(crate) upkeep_at: Cell<u32>,
    /// When it did so last, while sources wait. `None` if it has slept since.
    pub(crate) kept_up: Cell<Option<Instant>>,
    /// How often the number of ticks until the upkeep was halved, because polls are long.
    pub(crate) halvings: Cell<u32>,
    /// Whether what is woken now is woken by sockets and timers.
    is_early: Cell<bool>,
    /// Whether the last turn was that of one of these.
    had_early: Cell<bool>,
    /// Whether the holder is in the middle of something that it needs the core for.
    is_kept: Cell<bool>,
    random: Cell<u32>,
}

// SAFETY: `Local` is used by the thread that has the core alone, which `Idle` hands from one thread to
// the next under its lock; the rest is made for sharing. The tasks in the queues are `Send`.
unsafe impl Sync for Core {}
// SAFETY: as above.
unsafe impl Send for Core {}

impl Core {
    /// One of several, from which others may take.
    pub(crate) fn new(index: usize) -> Self {
        let local = Local {
            last_top: Cell::new(u64::MAX),
            upkeep_at: Cell::new(1),
            random: Cell::new(0x9e37_79b9 ^ (index as u32 + 1)),
            ..Local::default()
        };
        Self {
            index,
            ring: Ring::new(),
            early: None,
            slot: CachePadded::new(AtomicPtr::default()),
            ticks: AtomicU32::new(0),
            local,
        }
    }

    /// That of a runtime without workers, whose tasks keep their order, but for what sockets and timers wake (S23).
    pub(crate) fn in_order() -> Self {
        Self { early: Some(Ring::new()), ..Self::new(0) }
    }

    /// Counts a task that the holder turns to; returns the new number.
    #[inline]
    pub(crate) fn tick(&self) -> u32 {
        // Relaxed: written by the holder alone, and a hint for the monitor.
        let ticks = self.ticks.load(Ordering::Relaxed).wrapping_add(1);
        self.ticks.store(ticks, Ordering::Relaxed);
        ticks
    }

    /// Whether it is the turn of the tasks that are queued for all, as it is every `interval` times.
    #[inline]
    pub(crate) fn is_turn_of_all(&self, interval: u32) -> bool {
        let turns = self.local.turns.get().wrapping_add(1);
        self.local.turns.set(turns);
        turns % interval == 0
    }

    /// Counts a turn of a task that the holder goes on with, unless it is that of those that are queued for all.
    #[inline]
    pub(crate) fn is_another_turn(&self, interval: u32) -> bool {
        let turns = self.local.turns.get().wrapping_add(1);
        let is_own = turns % interval != 0;
        if is_own {
            self.local.turns.set(turns);
        }
        is_own
    }

    /// Whether the holder may turn to a task that was handed over, before it looks into its queues.
    #[inline]
    pub(crate) fn may_hand_over(&self) -> bool {
        let streak = self.local.slot_streak.get();
        self.local.slot_streak.set(streak + 1);
        streak < SLOT_STREAK
    }

    /// Takes one of the references that were left here, if there is one.
    #[inline]
    pub(crate) fn take_reference(&self) -> bool {
        let number = self.local.references.get();
        self.local.references.set(number.saturating_sub(1));
        number > 0
    }

    /// Leaves a reference here, if there is room.
    #[inline]
    pub(crate) fn keep_reference(&self) -> bool {
        let number = self.local.references.get();
        let has_room = number < MOST_REFERENCES;
        self.local.references.set(number + usize::from(has_room));
        has_room
    }

    /// Calls wakers, which may do anything but have the holder leave the core.
    #[inline]
    pub(crate) fn keep<R>(&self, call: impl FnOnce() -> R) -> R {
        let _kept = Kept { flag: &self.local.is_kept, before: self.local.is_kept.replace(true) };
        call()
    }

    /// Calls the wakers of sockets and timers, as [`keep`](Self::keep) does.
    pub(crate) fn keep_for_events<R>(&self, call: impl FnOnce() -> R) -> R {
        let is_early = &self.local.is_early;
        let _early = Kept { flag: is_early, before: is_early.replace(true) };
        self.keep(call)
    }

    /// Whether the holder must not leave the core now.
    pub(crate) fn is_kept(&self) -> bool {
        self.local.is_kept.get()
    }

    /// The number of tasks that the holders have turned to.
    pub(crate) fn ticks(&self) -> u32 {
        self.ticks.load(Ordering::Relaxed)
    }

    /// How many tasks others could take.
    #[inline]
    pub(crate) fn backlog(&self) -> usize {
        self.ring.len()
    }

    /// Where the ring begins, which moves on with the turns of its tasks.
    #[inline]
    pub(crate) fn oldest(&self) -> u32 {
        self.ring.top() as u32
    }

    /// How many tasks wait for their turn here, as the holder or the monitor sees it.
    pub(crate) fn queued(&self) -> usize {
        let early = self.early.as_ref().map_or(0, Ring::len);
        early + self.ring.len() + usize::from(!self.slot.load(Ordering::Relaxed).is_null())
    }

    /// Queues a task to be run next. Returns the backlog if it has grown.
    ///
    /// For the holder, as are all functions that follow.
    #[inline]
    pub(crate) fn push_next(
        &self,
        task: TaskRef,
        wakeup: Wakeup,
        injector: &Injector<Header>,
    ) -> Option<usize> {
        let was_woken = self.local.is_slot_woken.replace(wakeup == Wakeup::Woken);
        let new = task.into_entry().as_ptr();
        // Relaxed: only the holder puts anything there.
        if self.slot.load(Ordering::Relaxed).is_null() {
            // Ordering: releases the task to the monitor, which acquires it in `take_slot`.
            self.slot.store(new, Ordering::Release);
            return None;
        }
        // Ordering: as above; acquires nothing that the holder did not write.
        let before = self.slot.swap(new, Ordering::AcqRel);
        // The monitor may have been there first.
        let before = NonNull::new(before)?;
        let before = TaskRef::from_entry(before);
        let backlog = self.push_last(before, injector);
        if was_woken {
            self.raise_floor();
        }
        Some(backlog)
    }

    /// Queues a task of a runtime without workers. Returns the backlog if it has grown.
    #[inline]
    pub(crate) fn push_in_order(
        &self,
        task: TaskRef,
        injector: &Injector<Header>,
    ) -> Option<usize> {
        match &self.early {
            Some(early) if self.local.is_early.get() => {
                // SAFETY: the calling thread has the core.
                let pushed = unsafe { early.push(task.into_entry()) };
                pushed.err().map(|entry| self.push_last(TaskRef::from_entry(entry), injector))
            }
            _ => Some(self.push_last(task, injector)),
        }
    }

    /// What is in the ring now keeps its order.
    #[inline]
    fn raise_floor(&self) {
        self.local.floor.set(self.ring.bottom());
    }

    /// Raises the floor above what `take` puts into the ring, if that is anything.
    fn above_floor<R>(&self, take: impl FnOnce() -> R) -> R {
        let before = self.ring.bottom();
        let result = take();
        if self.ring.bottom() != before {
            self.raise_floor();
        }
        result
    }

    /// Queues a task behind all others of this core, the one in the slot included.
    #[inline]
    pub(crate) fn push_behind(&self, task: TaskRef, injector: &Injector<Header>) {
        if let Some(next) = self.take_slot() {
            self.push_last(next, injector);
        }
        self.push_last(task, injector);
        self.raise_floor();
    }

    /// Queues a task at the end of the ring. Returns the backlog.
    #[inline]
    pub(crate) fn push_last(&self, task: TaskRef, injector: &Injector<Header>) -> usize {
        // SAFETY: the calling thread has the core.
        match unsafe { self.ring.push(task.into_entry()) } {
            Ok(backlog) => backlog,
            Err(entry) => self.overflow(TaskRef::from_entry(entry), injector),
        }
    }

    /// Moves the older half of a full ring to the injector, and makes room for a task.
    #[cold]
    fn overflow(&self, last: TaskRef, injector: &Injector<Header>) -> usize {
        // SAFETY: the calling thread has the core.
        self.give_to(injector, unsafe { self.ring.pop_half() });
        self.push_last(last, injector)
    }

    /// Moves every entry of this core to the injector. True if there was one.
    pub(crate) fn push_all_to(&self, injector: &Injector<Header>) -> bool {
        self.local.is_deep.set(false);
        let all: Vec<_> = std::iter::from_fn(|| self.pop()).map(TaskRef::into_entry).collect();
        let is_any = !all.is_empty();
        self.give_to(injector, all);
        is_any
    }

    fn give_to(&self, injector: &Injector<Header>, entries: Vec<NonNull<Header>>) {
        if let Err(entries) = injector.push_many(entries) {
            // The runtime ends.
            self.keep(|| entries.into_iter().for_each(|e| TaskRef::from_entry(e).cancel()));
        }
    }

    /// The task to run next, of those that are queued here.
    #[inline]
    pub(crate) fn pop(&self) -> Option<TaskRef> {
        let streak = self.local.slot_streak.get();
        if streak < SLOT_STREAK {
            if let Some(task) = self.take_slot() {
                self.local.slot_streak.set(streak + 1);
                return Some(task);
            }
        }
        self.local.slot_streak.set(0);
        let early = self.pop_early();
        early.or_else(|| self.pop_from_ring()).map(TaskRef::from_entry).or_else(|| self.take_slot())
    }

    /// What sockets and timers have woken has every second turn, so that it does not wait for each of many tasks that yield, nor do these
    /// wait for it. Where there are fewer of these it has more: what yields stays behind all that were there before (S10).
    #[inline]
    fn pop_early(&self) -> Option<NonNull<Header>> {
        let early = self.early.as_ref().filter(|early| !early.is_empty())?;
        let is_turn_of_ring = self.local.had_early.get() && early.len() < self.ring.len();
        self.local.had_early.set(!is_turn_of_ring);
        // SAFETY: the calling thread has the core.
        (!is_turn_of_ring).then(|| unsafe { early.pop() })?
    }

    #[inline]
    fn pop_from_ring(&self) -> Option<NonNull<Header>> {
        let newest = self.local.newest.get();
        if self.local.is_deep.get() && newest < MOST_NEWEST {
            // SAFETY: the calling thread has the core.
            if let Some(entry) = unsafe { self.ring.pop_newest(self.local.floor.get()) } {
                self.local.newest.set(newest + 1);
                return Some(entry);
            }
        }
        self.local.is_deep.set(false);
        self.local.newest.set(0);
        // SAFETY: as above.
        unsafe { self.ring.pop() }
    }

    /// A task waits for another one. What was spawned last goes first for a while, so that a tree of tasks is worked through branch by
    /// branch, with few of them alive.
    #[inline]
    pub(crate) fn go_deep(&self) {
        self.local.is_deep.set(true);
    }

    /// Takes the task out of the slot; any thread may.
    #[inline]
    pub(crate) fn take_slot(&self) -> Option<TaskRef> {
        if self.slot.load(Ordering::Relaxed).is_null() {
            return None;
        }
        // Ordering: acquires what was released with the task.
        let entry = self.slot.swap(ptr::null_mut(), Ordering::Acquire);
        NonNull::new(entry).map(TaskRef::from_entry)
    }

    /// Takes tasks from another core; the first of them is to be run now.
    pub(crate) fn steal_from(&self, other: &Self) -> Option<TaskRef> {
        // SAFETY: the calling thread has this core.
        let stolen = self.above_floor(|| unsafe { other.ring.steal_into(&self.ring) });
        stolen.map(TaskRef::from_entry)
    }

    /// Takes a share of the injector's entries; the first of them is to be run now.
    pub(crate) fn take_from(&self, injector: &Injector<Header>, shares: usize) -> Option<TaskRef> {
        // SAFETY: the calling thread has this core.
        let taken = self.above_floor(|| unsafe { injector.pop_batch(shares, &self.ring) });
        taken.map(TaskRef::from_entry)
    }

    /// Whether there is a backlog, of which the oldest has not moved since this was last asked.
    pub(crate) fn is_aging(&self) -> bool {
        let top = self.ring.top();
        self.local.last_top.replace(top) == top && !self.ring.is_empty()
    }

    /// Whether there is a backlog, and it is time to wake another core for it: at each look at one, or less often by that
    /// power of two.
    pub(crate) fn is_to_share(&self, patience: u32) -> bool {
        if self.backlog() == 0 {
            return false;
        }
        let backlogs = self.local.backlogs.get() + 1;
        let is_time = backlogs >> patience > 0;
        self.local.backlogs.set(if is_time { 0 } else { backlogs });
        is_time
    }

    /// Notes how long a poll took.
    pub(crate) fn note_poll(&self, took: Duration) {
        let took = u32::try_from(took.as_nanos()).unwrap_or(u32::MAX);
        let [_, before, last] = self.local.polls.get();
        let mut polls = [before, last, took];
        self.local.polls.set(polls);
        polls.sort_unstable();
        self.local.poll_time.set(polls[1]);
        let is_long = took.max(polls[1]) >= LONG_POLL;
        let rest = self.local.to_measure.get().saturating_sub(1);
        self.local.to_measure.set(rest.max(u32::from(is_long)));
    }

    /// Whether so many tasks would take this core so long that another one is worth waking.
    #[inline]
    pub(crate) fn is_worth_sharing(&self, tasks: usize, patience: impl FnOnce() -> u32) -> bool {
        const WORTH: u64 = WORTH_SHARING.as_nanos() as u64;
        let time = tasks as u64 * u64::from(self.local.poll_time.get());
        time > WORTH && time >> patience().min(MOST_DOUBTS) > WORTH
    }

    /// A number below `limit`, another one each time.
    pub(crate) fn random(&self, limit: usize) -> usize {
        let mut x = self.local.random.get();
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        self.local.random.set(x);
        x as usize % limit
    }
}

/// Restores how a core was kept before.
struct Kept<'a> {
    flag: &'a Cell<bool>,
    before: bool,
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.flag.set(self.before);
    }
}

#[cfg(all(test, not(anyrt_loom)))]
#[path = "core_tests.rs"]
mod tests;
