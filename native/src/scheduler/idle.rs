//! Which cores are idle, who may be woken, and who may have a core.
//!
//! All that happens to a core that nobody runs happens under one lock, taken only by threads that go to
//! sleep, wake up, or are about to make a system call to wake another. Whoever has work to give away looks at
//! one word instead. The README beside this file has the states of a seat and the proof that no
//! wake-up is lost.

use std::collections::VecDeque;

use super::parker::{Parker, Sleep};
use crate::sync::{Arc, AtomicUsize, Mutex, MutexGuard, Ordering, fence, lock};
use crate::sys::Futex;

/// The parts of the word: how many cores are parked with a sleeper who could be woken for them,
const PARKED: usize = 1;
const PARKED_MASK: usize = SEARCHING - 1;
/// how many threads search the queues of others for work,
const SEARCHING: usize = 1 << 15;
const SEARCHING_MASK: usize = MONITOR_SLEEPS - SEARCHING;
/// and whether the monitor is to be woken when a core is not parked any more.
const MONITOR_SLEEPS: usize = 1 << 30;

/// More cores than this can't be counted.
pub(crate) const MAX_CORES: usize = PARKED_MASK;

/// Who has a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seat {
    /// Its owner runs it, or was called to do so.
    Owned,
    /// Its owner sleeps, or nobody ever ran it, and anybody may take it.
    Parked,
    /// A thread in `block_on` runs it, or was called to do so.
    Lent,
    /// A thread in `block_on` has it, and sleeps.
    LentParked,
}

/// How a thread that sleeps with a core finds itself when it wakes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Woken {
    /// By itself, or to look what there is.
    Plain,
    /// To search for work.
    Searching,
    /// The core is lent: sleep on.
    Lent,
    /// The core is lent, and whoever has it keeps it, for the runtime ends.
    Lost,
}

/// What came of asking for a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lent {
    /// This core; it is to be given back.
    Core(usize),
    /// None is free. Where cores have no owners, who waits for one will be called.
    None,
}

/// The cores that nobody runs, and who is to be woken for them.
#[derive(Debug)]
pub(crate) struct Idle {
    word: AtomicUsize,
    seats: Mutex<Seats>,
    /// What the monitor sleeps on.
    monitor: Futex,
}

#[derive(Debug)]
struct Seats {
    seats: Vec<Seat>,
    /// The owners, which sleep here when their core is parked or lent. None on a current-thread runtime.
    owners: Vec<Arc<Parker>>,
    /// Those of them that have left their core for a blocking closure, and can't be called.
    absent: Vec<bool>,
    /// The cores that are parked, the last one last.
    parked: Vec<Parked>,
    /// Threads in `block_on` that wait for a core, in order.
    waiting: VecDeque<Arc<Parker>>,
    is_closed: bool,
}

#[derive(Clone, Debug)]
struct Parked {
    core: usize,
    /// Who sleeps with it, or may be called for it. `None` if nobody can be.
    sleeper: Option<Arc<Parker>>,
    /// Whether a thread in `block_on` may have it meanwhile.
    is_free: bool,
}

impl Idle {
    /// For cores with these owners, all of whom are awake.
    pub(crate) fn with_owners(owners: Vec<Arc<Parker>>) -> Self {
        Self::new(vec![Seat::Owned; owners.len()], owners, Vec::new())
    }

    /// For a single core without an owner.
    pub(crate) fn without_owner() -> Self {
        let parked = Parked { core: 0, sleeper: None, is_free: true };
        Self::new(vec![Seat::Parked], Vec::new(), vec![parked])
    }

    /// With none of these parked that has a sleeper.
    fn new(seats: Vec<Seat>, owners: Vec<Arc<Parker>>, parked: Vec<Parked>) -> Self {
        let word = AtomicUsize::new(0);
        let (absent, waiting) = (vec![false; seats.len()], VecDeque::new());
        let seats = Seats { seats, owners, absent, parked, waiting, is_closed: false };
        Self { word, seats: Mutex::new(seats), monitor: Futex::new(0) }
    }

    /// Whether anybody could be woken to search, as far as is known here and now.
    #[inline]
    fn wants_searcher(&self) -> bool {
        // Relaxed: the fence of the caller orders it.
        let word = self.word.load(Ordering::Relaxed);
        word & PARKED_MASK != 0 && word & SEARCHING_MASK == 0
    }

    /// Wakes a thread to search for work, unless one does already. True if it sleeps in the reactor,
    /// which is then to be kicked.
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

    /// Like [`notify`](Self::notify), for work that its owner will come to by itself: a thread that
    /// is not seen to park is none the worse.
    #[inline]
    #[must_use]
    pub(crate) fn notify_relaxed(&self) -> bool {
        self.wants_searcher() && self.wake_searcher()
    }

    #[cold]
    fn wake_searcher(&self) -> bool {
        let seats = lock(&self.seats);
        self.wants_searcher() && self.call_sleeper(seats)
    }

    /// Wakes a thread, whether one searches or not. True if the reactor is to be kicked.
    #[must_use]
    pub(crate) fn wake_one(&self) -> bool {
        self.call_sleeper(lock(&self.seats))
    }

    /// Has somebody run a core that is parked, as one who searches.
    fn call_sleeper(&self, mut seats: MutexGuard<'_, Seats>) -> bool {
        let has_sleeper = |parked: &&Parked| parked.sleeper.is_some();
        let Some(parked) = seats.parked.iter().rfind(has_sleeper) else { return false };
        let core = parked.core;
        let was_lent = seats.seats[core] == Seat::LentParked;
        let seat = if was_lent { Seat::Lent } else { Seat::Owned };
        let sleeper = self.unpark(&mut seats, core, seat, SEARCHING);
        drop(seats);
        sleeper.is_some_and(|sleeper| sleeper.call())
    }

    /// Changes the word when a core is not parked any more. Under the lock.
    fn count(&self, change: usize) {
        // Ordering: acquire, for the word that the monitor has prepared before it set its bit. The rest is
        // ordered by the lock; a thread without it that sees the change late calls one more.
        let before = self.word.fetch_add(change, Ordering::Acquire);
        if before & MONITOR_SLEEPS != 0 {
            self.wake_monitor();
        }
    }

    /// Takes a core off the list of those that are parked, for somebody who runs it from now on, and is
    /// counted by `plus`. Returns who slept with it. Under the lock.
    fn unpark(
        &self,
        seats: &mut Seats,
        core: usize,
        seat: Seat,
        plus: usize,
    ) -> Option<Arc<Parker>> {
        seats.seats[core] = seat;
        let at = seats.parked.iter().position(|parked| parked.core == core);
        let parked = seats.parked.remove(at.expect("a core that is parked is in the list"));
        self.count(plus.wrapping_sub(parked.count()));
        parked.sleeper
    }

    #[cold]
    fn wake_monitor(&self) {
        // Relaxed: the bit is all that is told.
        self.word.fetch_and(!MONITOR_SLEEPS, Ordering::Relaxed);
        self.monitor.word().store(1, Ordering::Relaxed);
        self.monitor.wake();
    }

    /// The calling thread searches from now on. False if enough others do.
    pub(crate) fn start_searching(&self) -> bool {
        // Relaxed: a thread too many or too few is no harm.
        if self.word.load(Ordering::Relaxed) & SEARCHING_MASK != 0 {
            return false;
        }
        self.word.fetch_add(SEARCHING, Ordering::Relaxed);
        true
    }

    /// The calling thread searches no longer. True if it was the last that did: then it is to look
    /// whether there is more, and notify another one, for all that looked meanwhile have relied on it.
    pub(crate) fn stop_searching(&self) -> bool {
        // Relaxed: see the fence.
        let before = self.word.fetch_sub(SEARCHING, Ordering::Relaxed);
        let was_last = before & SEARCHING_MASK == SEARCHING;
        if was_last {
            // Ordering: SeqCst fence. Pairs with the one in `notify`: either that sees that nobody
            // searches, or the caller sees the work.
            fence(Ordering::SeqCst);
        }
        was_last
    }

    /// The calling thread parks its core, and is about to sleep on or with `sleeper`, which it has
    /// announced. False if the runtime ends. `was_searching` is so no longer.
    ///
    /// Whatever the thread finds after this, it has to look for: see [`notify`](Self::notify).
    pub(crate) fn park(
        &self,
        core: usize,
        sleeper: &Arc<Parker>,
        sleep: Sleep,
        was_searching: bool,
    ) -> bool {
        let mut seats = lock(&self.seats);
        let is_open = !seats.is_closed;
        let plus = if is_open { PARKED } else { 0 };
        let minus = if was_searching { SEARCHING } else { 0 };
        // Relaxed: see the fence.
        self.word.fetch_add(plus.wrapping_sub(minus), Ordering::Relaxed);
        if is_open {
            let is_owner = seats.seats[core] == Seat::Owned;
            seats.seats[core] = if is_owner { Seat::Parked } else { Seat::LentParked };
            let is_free = is_owner && sleep == Sleep::OnWord;
            seats.parked.push(Parked { core, sleeper: Some(Arc::clone(sleeper)), is_free });
        }
        drop(seats);
        // Ordering: SeqCst fence; see `notify`.
        fence(Ordering::SeqCst);
        is_open
    }

    /// The owner of a core leaves it to whoever wants it, and comes back for it by
    /// [`come_back`](Self::come_back), without being called. False if the runtime ends.
    pub(crate) fn abandon(&self, core: usize) -> bool {
        let mut seats = lock(&self.seats);
        if seats.is_closed {
            return false;
        }
        seats.absent[core] = true;
        seats.seats[core] = Seat::Parked;
        // Not counted, so that the monitor does not sleep.
        seats.parked.push(Parked { core, sleeper: None, is_free: true });
        true
    }

    /// Whether the owner of a core has left it, and is not back.
    pub(crate) fn is_owner_absent(&self, core: usize) -> bool {
        lock(&self.seats).absent[core]
    }

    /// The owner of a core that it has abandoned wants it back, and goes on without it if it is lent:
    /// then it can't be called, still. Searching, if the runtime has ended meanwhile.
    pub(crate) fn come_back(&self, core: usize) -> Woken {
        let mut seats = lock(&self.seats);
        match seats.seats[core] {
            Seat::Lent | Seat::LentParked => Woken::Lent,
            Seat::Owned => {
                seats.absent[core] = false;
                Woken::Searching
            }
            Seat::Parked => {
                seats.absent[core] = false;
                self.unpark(&mut seats, core, Seat::Owned, 0);
                Woken::Plain
            }
        }
    }

    /// For the monitor: whether a core waits for somebody to take it, and nobody sleeps who could be
    /// woken instead.
    pub(crate) fn is_abandoned(&self) -> bool {
        let seats = lock(&self.seats);
        !seats.parked.is_empty() && seats.parked.iter().all(|parked| parked.sleeper.is_none())
    }

    /// A thread that has slept with a core is awake, as the one who has it by `borrowed` or owns it.
    pub(crate) fn wake_up(&self, core: usize, borrowed: bool) -> Woken {
        let mut seats = lock(&self.seats);
        if !borrowed {
            seats.absent[core] = false;
        }
        let (awake, asleep) =
            if borrowed { (Seat::Lent, Seat::LentParked) } else { (Seat::Owned, Seat::Parked) };
        if seats.seats[core] == asleep {
            self.unpark(&mut seats, core, awake, 0);
            Woken::Plain
        } else if seats.seats[core] == awake {
            // Whoever has called it has counted it among those that search.
            Woken::Searching
        } else {
            debug_assert!(!borrowed, "a core was taken from the thread that had borrowed it");
            // Under the lock: otherwise it might be given back, and closed as the caller's, meanwhile.
            if seats.is_closed { Woken::Lost } else { Woken::Lent }
        }
    }

    /// Asks for a core, for a thread in `block_on`. With a `waiter`, which is about to sleep, the thread
    /// is called when there is one.
    pub(crate) fn lend(&self, waiter: Option<&Arc<Parker>>) -> Lent {
        let mut seats = lock(&self.seats);
        if seats.is_closed {
            return Lent::None;
        }
        if let Some(waiter) = waiter {
            seats.waiting.retain(|other| !Arc::ptr_eq(other, waiter));
        }
        let Some(free) = seats.parked.iter().rfind(|parked| parked.is_free) else {
            if let (true, Some(waiter)) = (seats.owners.is_empty(), waiter) {
                seats.waiting.push_back(Arc::clone(waiter));
            }
            return Lent::None;
        };
        let core = free.core;
        self.unpark(&mut seats, core, Seat::Lent, 0);
        Lent::Core(core)
    }

    /// A thread in `block_on` gives its core back; its owner is called if it `has_work`. Returns whether the
    /// reactor is to be kicked; `None`, and the core stays with the thread, if the runtime ends.
    ///
    /// Without work the core is parked, and as after [`park`](Self::park) the thread has to look again;
    /// if it finds something, it calls [`call_owner`](Self::call_owner).
    pub(crate) fn give_back(&self, core: usize, has_work: bool) -> Option<bool> {
        let mut seats = lock(&self.seats);
        if seats.is_closed {
            return None;
        }
        let owner = seats.owner(core);
        if let (true, Some(owner)) = (has_work, &owner) {
            seats.seats[core] = Seat::Owned;
            // As one that searches, which is how the owner will understand the call.
            self.word.fetch_add(SEARCHING, Ordering::Relaxed);
            drop(seats);
            // Most often it sleeps on its word, but it may have been woken since, and gone to the reactor.
            return Some(owner.call());
        }
        let next = seats.waiting.pop_front();
        seats.seats[core] = Seat::Parked;
        let parked = Parked { core, sleeper: owner, is_free: true };
        // Relaxed: see the fence.
        self.word.fetch_add(parked.count(), Ordering::Relaxed);
        seats.parked.push(parked);
        drop(seats);
        // Ordering: SeqCst fence; see `notify`.
        fence(Ordering::SeqCst);
        // As above.
        Some(next.is_some_and(|next| next.call()))
    }

    /// Wakes the owner of a core that is parked. True if the reactor is to be kicked.
    #[must_use]
    pub(crate) fn call_owner(&self, core: usize) -> bool {
        let mut seats = lock(&self.seats);
        let Some(owner) = seats.owner(core) else { return false };
        if seats.seats[core] != Seat::Parked {
            return false;
        }
        // As one that searches, which is how it will understand the call.
        self.unpark(&mut seats, core, Seat::Owned, SEARCHING);
        drop(seats);
        owner.call()
    }

    /// A thread in `block_on` does not wait for a core any longer. True if the reactor is to be kicked.
    #[must_use]
    pub(crate) fn stop_waiting(&self, waiter: &Arc<Parker>) -> bool {
        let mut seats = lock(&self.seats);
        let before = seats.waiting.len();
        seats.waiting.retain(|other| !Arc::ptr_eq(other, waiter));
        let was_called = seats.waiting.len() == before;
        let is_free = seats.parked.iter().any(|parked| parked.is_free);
        // The call that it did not use is another one's.
        let next = if was_called && is_free { seats.waiting.pop_front() } else { None };
        drop(seats);
        next.is_some_and(|next| next.call())
    }

    /// The runtime ends: nobody parks any more, and everybody is woken. Returns the cores that nobody
    /// runs or will run, which are the caller's now, and whether the reactor is to be kicked.
    pub(crate) fn close(&self) -> (Vec<usize>, bool) {
        let mut seats = lock(&self.seats);
        seats.is_closed = true;
        let parked = std::mem::take(&mut seats.parked);
        let waiting = std::mem::take(&mut seats.waiting);
        let mut orphans = Vec::new();
        for parked in &parked {
            let core = parked.core;
            let was_lent = seats.seats[core] == Seat::LentParked;
            seats.seats[core] = if was_lent { Seat::Lent } else { Seat::Owned };
            // An owner that has left its core for a while comes back to it.
            let is_orphan = seats.owners.is_empty() && parked.sleeper.is_none();
            let plus = if is_orphan { 0 } else { SEARCHING };
            self.count(plus.wrapping_sub(parked.count()));
            orphans.extend(is_orphan.then_some(core));
        }
        let owners = seats.owners.clone();
        drop(seats);
        let sleepers = parked.into_iter().filter_map(|parked| parked.sleeper);
        let all = sleepers.chain(owners).chain(waiting);
        let is_in_reactor = all.fold(false, |kick, sleeper| sleeper.call() | kick);
        self.wake_monitor();
        (orphans, is_in_reactor)
    }

    /// How many cores are parked with somebody who can be woken for them.
    pub(crate) fn parked(&self) -> usize {
        self.word.load(Ordering::Relaxed) & PARKED_MASK
    }

    /// Whether the core is parked, and so has nothing to run.
    pub(crate) fn is_parked(&self, core: usize) -> bool {
        matches!(lock(&self.seats).seats[core], Seat::Parked | Seat::LentParked)
    }

    /// For the monitor: sleeps until a core is not parked any more, if all of them are and could be
    /// called without its help.
    pub(crate) fn sleep_while_all_are_parked(&self, cores: usize) {
        self.monitor.word().store(0, Ordering::Relaxed);
        let before = self.word.load(Ordering::Relaxed);
        let is_idle = before & PARKED_MASK == cores;
        let sleeps = before | MONITOR_SLEEPS;
        // Whoever unparks a core does so in the same word, and sees the bit.
        // Ordering: releases the zero above to whoever sees the bit, in `unpark`.
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
        if !lock(&self.seats).is_closed {
            self.monitor.wait(0, Some(time));
        }
    }
}

impl Parked {
    /// Its part of the word.
    fn count(&self) -> usize {
        if self.sleeper.is_some() { PARKED } else { 0 }
    }
}

impl Seats {
    /// The owner of a core, if there is one who can be called.
    fn owner(&self, core: usize) -> Option<Arc<Parker>> {
        self.owners.get(core).filter(|_| !self.absent[core]).cloned()
    }
}
