//! Which cores are parked or vacant, and which threads are called for them.
//!
//! One lock guards the cores that no thread runs. Only threads that go to sleep, wake up, or are about to
//! make a system call to wake another take it. A thread that has work to give away looks at one word
//! instead. The README beside this file has the states of a core and the proof that no wake-up is lost.

use std::collections::VecDeque;

use super::parker::Parker;
use crate::sync::{
    Arc, AtomicU32, AtomicUsize, CachePadded, Mutex, MutexGuard, Ordering, fence, lock,
};
use crate::sys::Futex;

/// The parts of the word: how many cores are parked,
const PARKED: usize = 1;
const PARKED_MASK: usize = SEARCHING - 1;
/// how many threads search the queues of others for work,
const SEARCHING: usize = 1 << 15;
const SEARCHING_MASK: usize = MONITOR_SLEEPS - SEARCHING;
/// and whether the monitor is to be woken when a core is not parked any more.
const MONITOR_SLEEPS: usize = 1 << 30;

/// More cores than this can't be counted.
pub(crate) const MAX_CORES: usize = PARKED_MASK;

/// What a core is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CoreState {
    /// A thread holds it and is awake, or was called.
    Held,
    /// The thread that holds it sleeps.
    Parked,
    /// No thread holds it.
    Vacant,
}

/// What the monitor can do for a vacant core.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// A thread that waits for a core has it now, and was called. `kick` says that it sleeps in the reactor.
    Called { kick: bool },
    /// The core is held for a thread that the caller starts.
    ForNewThread(usize),
}

/// The cores that no thread runs, and the threads that are called for them.
#[derive(Debug)]
pub(crate) struct Idle {
    word: CachePadded<AtomicUsize>,
    roster: CachePadded<Mutex<Roster>>,
    /// The futex that the monitor sleeps on.
    monitor: Futex,
    /// How often in vain threads were woken for the backlog of another, up to [`MOST_PATIENCE`].
    patience: CachePadded<AtomicU32>,
}

/// A backlog is shared less often by this power of two, at most.
const MOST_PATIENCE: u32 = 6;

#[derive(Debug)]
struct Roster {
    states: Vec<CoreState>,
    /// The parked cores with their holders, the last one last.
    parked: Vec<(usize, Arc<Parker>)>,
    /// Threads that wait for a core, in order.
    waiting: VecDeque<Arc<Parker>>,
    /// Threads that have waited, were called, and have not taken up their core yet.
    assigned: Vec<(Arc<Parker>, usize)>,
    is_closed: bool,
}

impl Idle {
    /// So many cores, all in this state.
    pub(crate) fn new(cores: usize, state: CoreState) -> Self {
        debug_assert_ne!(state, CoreState::Parked, "a parked core has a holder");
        let roster = Roster {
            states: vec![state; cores],
            parked: Vec::new(),
            waiting: VecDeque::new(),
            assigned: Vec::new(),
            is_closed: false,
        };
        Self {
            word: CachePadded::new(AtomicUsize::new(0)),
            roster: CachePadded::new(Mutex::new(roster)),
            monitor: Futex::new(0),
            patience: CachePadded::new(AtomicU32::new(0)),
        }
    }

    /// Whether a thread could be woken to search, as far as is known here and now.
    #[inline]
    fn wants_searcher(&self) -> bool {
        // Relaxed: the fence of the caller orders it.
        let word = self.word.load(Ordering::Relaxed);
        word & PARKED_MASK != 0 && word & SEARCHING_MASK == 0
    }

    /// Wakes a thread to search for work, unless one does already. True if that thread sleeps in the
    /// reactor, which is then to be kicked.
    ///
    /// To be called after the work was made visible.
    #[inline]
    #[must_use]
    pub(crate) fn notify(&self) -> bool {
        // Ordering: SeqCst fence. Pairs with the one in `park`: either this sees the thread that parks, or
        // that thread sees the work. Nothing weaker orders a write before a read of another place.
        fence(Ordering::SeqCst);
        self.wants_searcher() && self.wake_searcher()
    }

    /// Like [`notify`](Self::notify), for work that the caller's own core comes to as well: to miss a thread
    /// that is just about to park does no harm.
    #[inline]
    #[must_use]
    pub(crate) fn notify_relaxed(&self) -> bool {
        self.wants_searcher() && self.wake_searcher()
    }

    #[cold]
    fn wake_searcher(&self) -> bool {
        let roster = lock(&self.roster);
        self.wants_searcher() && self.call_holder(roster)
    }

    /// At how many looks at a backlog one thread is to be woken for it, as a power of two.
    pub(crate) fn patience(&self) -> u32 {
        // Relaxed: a hint.
        self.patience.load(Ordering::Relaxed)
    }

    /// What was learned from a thread that was woken for the backlog of another: a wake that was worth it has the next
    /// backlog shared at once, and one that was not has it wait twice as long.
    pub(crate) fn learn(&self, was_worth_it: bool) {
        let before = self.patience();
        let now = if was_worth_it { 0 } else { (before + 1).min(MOST_PATIENCE) };
        if now != before {
            // Relaxed: a hint.
            self.patience.store(now, Ordering::Relaxed);
        }
    }

    /// Wakes a thread, whether one searches or not. True if the reactor is to be kicked.
    #[must_use]
    pub(crate) fn wake_one(&self) -> bool {
        self.call_holder(lock(&self.roster))
    }

    /// Calls the thread that has parked last, as one that searches.
    fn call_holder(&self, mut roster: MutexGuard<'_, Roster>) -> bool {
        let Some((core, holder)) = roster.parked.pop() else { return false };
        roster.states[core] = CoreState::Held;
        self.count(SEARCHING.wrapping_sub(PARKED));
        drop(roster);
        holder.call()
    }

    /// Changes the word when a core is not parked any more. Under the lock.
    fn count(&self, change: usize) {
        // Ordering: acquire, for the word that the monitor has prepared before it set its bit. The rest is
        // ordered by the lock; a thread without the lock that sees the change late calls one more.
        let before = self.word.fetch_add(change, Ordering::Acquire);
        if before & MONITOR_SLEEPS != 0 {
            self.wake_monitor();
        }
    }

    #[cold]
    fn wake_monitor(&self) {
        // Relaxed: the bit tells nothing but itself.
        self.word.fetch_and(!MONITOR_SLEEPS, Ordering::Relaxed);
        self.monitor.word().store(1, Ordering::Relaxed);
        self.monitor.wake();
    }

    /// The calling thread searches from now on. False if another one does; where there is much to share, if half of the
    /// threads do that are awake, of so many cores.
    pub(crate) fn start_searching(&self, cores: usize) -> bool {
        // Relaxed: a thread too many or too few is no harm.
        let word = self.word.load(Ordering::Relaxed);
        let (parked, searching) = (word & PARKED_MASK, (word & SEARCHING_MASK) / SEARCHING);
        let is_enough = match self.patience() {
            0 => 2 * searching >= cores.saturating_sub(parked),
            _ => searching > 0,
        };
        if is_enough {
            return false;
        }
        self.word.fetch_add(SEARCHING, Ordering::Relaxed);
        true
    }

    /// The calling thread searches no longer. True if it was the last one: then the thread is to look for more
    /// work, and to notify another, for threads that have pushed meanwhile relied on the search.
    pub(crate) fn stop_searching(&self) -> bool {
        // Relaxed: see the fence.
        let before = self.word.fetch_sub(SEARCHING, Ordering::Relaxed);
        let was_last = before & SEARCHING_MASK == SEARCHING;
        if was_last {
            // Ordering: SeqCst fence. Pairs with the one in `notify`: either `notify` sees that nobody
            // searches, or the caller sees the work.
            fence(Ordering::SeqCst);
        }
        was_last
    }

    /// The calling thread parks its core, and is about to sleep, which it has announced. False if the
    /// runtime ends. A thread that `was_searching` does so no longer.
    ///
    /// The thread looks for work once more after this: see [`notify`](Self::notify).
    pub(crate) fn park(&self, core: usize, holder: &Arc<Parker>, was_searching: bool) -> bool {
        let mut roster = lock(&self.roster);
        let is_open = !roster.is_closed;
        let plus = if is_open { PARKED } else { 0 };
        let minus = if was_searching { SEARCHING } else { 0 };
        // Relaxed: see the fence.
        self.word.fetch_add(plus.wrapping_sub(minus), Ordering::Relaxed);
        if is_open {
            roster.states[core] = CoreState::Parked;
            roster.parked.push((core, Arc::clone(holder)));
        }
        drop(roster);
        // Ordering: SeqCst fence; see `notify`.
        fence(Ordering::SeqCst);
        is_open
    }

    /// The thread that has parked this core is awake. True if it was called: then the caller has counted it among
    /// the threads that search.
    pub(crate) fn wake_up(&self, core: usize) -> bool {
        let mut roster = lock(&self.roster);
        let was_called = roster.states[core] == CoreState::Held;
        if !was_called {
            roster.states[core] = CoreState::Held;
            roster.parked.retain(|(parked, _)| *parked != core);
            self.count(PARKED.wrapping_neg());
        }
        was_called
    }

    /// The calling thread leaves its core. False, and the core stays with the thread, if the runtime ends.
    pub(crate) fn vacate(&self, core: usize) -> bool {
        let mut roster = lock(&self.roster);
        if !roster.is_closed {
            roster.states[core] = CoreState::Vacant;
        }
        !roster.is_closed
    }

    /// Takes a core back that the calling thread has vacated, if no other thread has taken it.
    pub(crate) fn reclaim(&self, core: usize) -> bool {
        let mut roster = lock(&self.roster);
        let is_vacant = roster.states[core] == CoreState::Vacant;
        if is_vacant {
            roster.states[core] = CoreState::Held;
        }
        is_vacant
    }

    /// Asks for a vacant core. With a `waiter`, which is about to sleep, the thread is called once there is
    /// a core for it, and asks again then. Once the runtime ends there is none.
    pub(crate) fn claim(&self, waiter: Option<&Arc<Parker>>) -> Option<usize> {
        let mut roster = lock(&self.roster);
        if let Some(waiter) = waiter {
            roster.waiting.retain(|other| !Arc::ptr_eq(other, waiter));
            if let Some(core) = roster.take_assigned(waiter) {
                return Some(core);
            }
        }
        if roster.is_closed {
            return None;
        }
        let core = roster.take_vacant();
        if let (None, Some(waiter)) = (core, waiter) {
            roster.waiting.push_back(Arc::clone(waiter));
        }
        core
    }

    /// The thread does not wait for a core any longer. If it has been given one by now, it holds that.
    #[must_use]
    pub(crate) fn stop_waiting(&self, waiter: &Arc<Parker>) -> Option<usize> {
        let mut roster = lock(&self.roster);
        roster.waiting.retain(|other| !Arc::ptr_eq(other, waiter));
        roster.take_assigned(waiter)
    }

    /// For the thread that has the only core: whether of so many threads, of which it is one, all others wait for that
    /// core and sleep.
    ///
    /// One that does not sees what the caller has seen, before it sleeps.
    pub(crate) fn do_others_sleep(&self, threads: usize) -> bool {
        let roster = lock(&self.roster);
        roster.waiting.len() + 1 >= threads
            && roster.assigned.is_empty()
            && roster.waiting.iter().all(|waiter| waiter.sleeps_on_word())
    }

    /// Gives a vacant core to the thread that has waited longest, and calls it. True if the reactor is to
    /// be kicked.
    #[must_use]
    pub(crate) fn call_waiting(&self) -> bool {
        Self::assign(lock(&self.roster)).is_some_and(|next| next.call())
    }

    fn assign(mut roster: MutexGuard<'_, Roster>) -> Option<Arc<Parker>> {
        if roster.waiting.is_empty() {
            return None;
        }
        let core = roster.take_vacant()?;
        let next = roster.waiting.pop_front()?;
        roster.assigned.push((Arc::clone(&next), core));
        Some(next)
    }

    /// For the monitor: whether a core is vacant, and no thread sleeps that could be woken instead.
    pub(crate) fn is_vacancy_alone(&self) -> bool {
        lock(&self.roster).is_vacancy_alone()
    }

    /// For the monitor: finds a thread for a vacant core, if [that is needed](Self::is_vacancy_alone).
    pub(crate) fn fill_vacancy(&self) -> Option<Filled> {
        let mut roster = lock(&self.roster);
        if roster.is_closed || !roster.is_vacancy_alone() {
            return None;
        }
        if roster.waiting.is_empty() {
            return roster.take_vacant().map(Filled::ForNewThread);
        }
        Self::assign(roster).map(|next| Filled::Called { kick: next.call() })
    }

    /// The runtime ends: no thread parks any more, and each one that sleeps is woken. Returns the vacant cores,
    /// which are the caller's now, and whether the reactor is to be kicked.
    pub(crate) fn close(&self) -> (Vec<usize>, bool) {
        let mut roster = lock(&self.roster);
        roster.is_closed = true;
        let vacant = std::iter::from_fn(|| roster.take_vacant()).collect();
        let parked = std::mem::take(&mut roster.parked);
        for (core, _) in &parked {
            roster.states[*core] = CoreState::Held;
            self.count(SEARCHING.wrapping_sub(PARKED));
        }
        let waiting = std::mem::take(&mut roster.waiting);
        drop(roster);
        let all = parked.into_iter().map(|(_, holder)| holder).chain(waiting);
        let is_in_reactor = all.fold(false, |kick, sleeper| sleeper.call() | kick);
        self.wake_monitor();
        (vacant, is_in_reactor)
    }

    /// How many cores are parked.
    pub(crate) fn parked(&self) -> usize {
        self.word.load(Ordering::Relaxed) & PARKED_MASK
    }

    /// Whether a thread holds the core and is awake.
    pub(crate) fn is_held(&self, core: usize) -> bool {
        lock(&self.roster).states[core] == CoreState::Held
    }

    /// For the monitor: sleeps until a core is not parked any more, if all of them are.
    pub(crate) fn sleep_while_all_are_parked(&self, cores: usize) {
        self.monitor.word().store(0, Ordering::Relaxed);
        let before = self.word.load(Ordering::Relaxed);
        let is_idle = before & PARKED_MASK == cores;
        let sleeps = before | MONITOR_SLEEPS;
        // A thread that unparks a core does so in the same word, and sees the bit.
        // Ordering: releases the zero above to the thread that sees the bit, in `count`.
        let (success, failure) = (Ordering::Release, Ordering::Relaxed);
        if is_idle && self.word.compare_exchange(before, sleeps, success, failure).is_ok() {
            while self.monitor.word().load(Ordering::Relaxed) == 0 {
                self.monitor.wait(0, None);
            }
        }
    }

    /// For the monitor: lets some time pass, less if the runtime ends.
    pub(crate) fn let_pass(&self, time: std::time::Duration) {
        self.monitor.word().store(0, Ordering::Relaxed);
        if !lock(&self.roster).is_closed {
            self.monitor.wait(0, Some(time));
        }
    }
}

impl Roster {
    fn take_vacant(&mut self) -> Option<usize> {
        let core = self.states.iter().position(|state| *state == CoreState::Vacant)?;
        self.states[core] = CoreState::Held;
        Some(core)
    }

    fn take_assigned(&mut self, waiter: &Arc<Parker>) -> Option<usize> {
        let at = self.assigned.iter().position(|(other, _)| Arc::ptr_eq(other, waiter))?;
        Some(self.assigned.swap_remove(at).1)
    }

    fn is_vacancy_alone(&self) -> bool {
        self.parked.is_empty() && self.states.contains(&CoreState::Vacant)
    }
}
