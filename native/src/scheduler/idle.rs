//! Which cores are parked or vacant, and which threads are called for them.
//!
//! A thread that falls asleep or is woken changes its bit in `parked.rs` and one word, and takes no lock of all.
//! The README beside this file has the states of a core and the proof that no wake-up is lost.

use std::collections::VecDeque;

use super::parked::Parked;
use super::parker::{Parker, Sleep};
use crate::sync::{Arc, AtomicU32, AtomicUsize, CachePadded, Mutex, Ordering, fence, lock};
use crate::sys::Futex;

/// What the word counts for a core that is parked.
///
/// Who calls a thread that is just about to park may subtract this before that one adds it. Until then the word shows too
/// many parked cores and one search less, so that a thread too many may be woken, or a search given up. One that parks again before its
/// caller has subtracted this shows a core too many as well, until that has.
const PARKED: usize = 1;
/// The bits that count the parked cores.
const PARKED_MASK: usize = SEARCHING - 1;
/// What the word counts for a thread that searches the queues of others for work.
const SEARCHING: usize = 1 << 15;
/// The bits that count the threads that search.
const SEARCHING_MASK: usize = MONITOR_SLEEPS - SEARCHING;
/// The bit for a monitor that is to be woken when a core is not parked any more.
const MONITOR_SLEEPS: usize = 1 << 30;

/// The cores that no thread runs, and the threads that are called for them.
#[derive(Debug)]
pub(crate) struct Idle {
    /// How many cores are parked, how many threads search, and whether the monitor sleeps.
    word: CachePadded<AtomicUsize>,
    parked: Parked,
    vacancies: CachePadded<Mutex<Vacancies>>,
    /// The futex that the monitor sleeps on.
    monitor: Futex,
    /// How often in vain threads were woken for the backlog of another, up to [`MOST_PATIENCE`].
    patience: CachePadded<AtomicU32>,
}

/// A backlog is shared less often by this power of two, at most.
const MOST_PATIENCE: u32 = 6;

/// Who blocks in place leaves a core that is vacant then, and may have to wait for one afterwards, as does who comes to
/// the core of a current-thread runtime. All that is rare.
#[derive(Debug, Default)]
struct Vacancies {
    /// The cores that have no holder.
    vacant: Vec<usize>,
    /// Threads that wait for a core, in order.
    waiting: VecDeque<Arc<Parker>>,
    /// Threads that have waited, were called, and have not taken up their core yet.
    assigned: Vec<(Arc<Parker>, usize)>,
    is_closed: bool,
}

impl Idle {
    /// So many cores, which have holders or are vacant.
    pub(crate) fn new(cores: usize, are_vacant: bool) -> Self {
        debug_assert!(cores <= PARKED_MASK, "more cores than can be counted, or configured");
        let vacant = if are_vacant { (0..cores).collect() } else { Vec::new() };
        let vacancies = Vacancies { vacant, ..Vacancies::default() };
        Self {
            word: CachePadded::new(AtomicUsize::new(0)),
            parked: Parked::new(cores),
            vacancies: CachePadded::new(Mutex::new(vacancies)),
            monitor: Futex::new(0),
            patience: CachePadded::new(AtomicU32::new(0)),
        }
    }

    fn load(&self) -> usize {
        // Relaxed: who must not miss a change has a fence before.
        self.word.load(Ordering::Relaxed)
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
        wants_searcher(self.load()) && self.wake_searcher()
    }

    /// Like [`notify`](Self::notify), for work that the caller's own core comes to as well: to miss a thread
    /// that is just about to park does no harm.
    #[inline]
    #[must_use]
    pub(crate) fn notify_relaxed(&self) -> bool {
        wants_searcher(self.load()) && self.wake_searcher()
    }

    #[cold]
    fn wake_searcher(&self) -> bool {
        // Before a thread is found, so that another that notifies meanwhile relies on that one.
        let search = |word| wants_searcher(word).then_some(word + SEARCHING);
        // Relaxed: the fence of the caller orders what is found then.
        let before = self.word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, search);
        before.is_ok() && self.call_holder()
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
        self.word.fetch_add(SEARCHING, Ordering::Relaxed);
        self.call_holder()
    }

    /// Calls a thread that sleeps with its core, as one that searches, which the caller has counted. True if the reactor is
    /// to be kicked.
    fn call_holder(&self) -> bool {
        if let Some(core) = self.parked.take() {
            let has_monitor = self.unpark();
            let is_in_reactor = self.parked.call(core);
            // Who is called is to run first.
            if has_monitor {
                self.wake_monitor();
            }
            return is_in_reactor;
        }
        // All were awake. Who has pushed meanwhile has relied on a thread that searches, and so whoever has parked since
        // is called for that.
        // Ordering: acquires what `park` has released, so that the cores that are counted are seen.
        let before = self.word.fetch_sub(SEARCHING, Ordering::AcqRel);
        let is_again = wants_searcher(before - SEARCHING) && !self.parked.is_empty();
        is_again && self.wake_searcher()
    }

    /// Counts a core less that is parked. True if the monitor is to be woken, too.
    fn unpark(&self) -> bool {
        // Ordering: acquire, for the word that the monitor has prepared before it set its bit. A thread that sees the
        // change late looks for a core in vain.
        self.word.fetch_sub(PARKED, Ordering::Acquire) & MONITOR_SLEEPS != 0
    }

    #[cold]
    fn wake_monitor(&self) {
        // Relaxed: the bit tells nothing but itself.
        self.word.fetch_and(!MONITOR_SLEEPS, Ordering::Relaxed);
        // Ordering: pairs with the acquire where this is noticed, after which the bit of the next sleep is not cleared by this call.
        self.monitor.word.store(1, Ordering::Release);
        self.monitor.wake();
    }

    /// The calling thread searches from now on. False if another one does; where there is much to share, if half of the
    /// threads do that are awake, of so many cores.
    pub(crate) fn start_searching(&self, cores: usize) -> bool {
        // A thread too many or too few is no harm.
        let word = self.load();
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

    /// The calling thread parks its core, and is about to sleep, which it has announced. A thread that `was_searching`
    /// does so no longer.
    ///
    /// The thread looks for work once more after this, and whether the runtime ends: see [`notify`](Self::notify).
    pub(crate) fn park(
        &self,
        core: usize,
        holder: &Arc<Parker>,
        sleep: Sleep,
        was_searching: bool,
    ) {
        self.parked.insert(core, holder, sleep);
        let searching = if was_searching { SEARCHING } else { 0 };
        // Ordering: releases the core to whoever sees that one is parked.
        self.word.fetch_add(PARKED.wrapping_sub(searching), Ordering::Release);
        // Ordering: SeqCst fence; see `notify`.
        fence(Ordering::SeqCst);
    }

    /// The thread that has parked this core is awake. True if it was called: then the caller has counted it among
    /// the threads that search.
    pub(crate) fn wake_up(&self, core: usize, sleep: Sleep) -> bool {
        let was_called = !self.parked.remove(core, sleep);
        if !was_called && self.unpark() {
            self.wake_monitor();
        }
        was_called
    }

    /// The calling thread leaves its core. False, and the core stays with the thread, if the runtime ends.
    pub(crate) fn vacate(&self, core: usize) -> bool {
        self.parked.forget(core);
        let mut vacancies = lock(&self.vacancies);
        if !vacancies.is_closed {
            vacancies.vacant.push(core);
        }
        !vacancies.is_closed
    }

    /// Takes a core back that the calling thread has vacated, if no other thread has taken it.
    pub(crate) fn reclaim(&self, core: usize) -> bool {
        let vacant = &mut lock(&self.vacancies).vacant;
        let at = vacant.iter().position(|vacant| *vacant == core);
        at.map(|at| vacant.swap_remove(at)).is_some()
    }

    /// Asks for a vacant core. With a `waiter`, which is about to sleep, the thread is called once there is
    /// a core for it, and asks again then. Once the runtime ends there is none.
    pub(crate) fn claim(&self, waiter: Option<&Arc<Parker>>) -> Option<usize> {
        let mut vacancies = lock(&self.vacancies);
        if let Some(core) = waiter.and_then(|waiter| vacancies.stop_waiting(waiter)) {
            return Some(core);
        }
        if vacancies.is_closed {
            return None;
        }
        let core = vacancies.vacant.pop();
        if let (None, Some(waiter)) = (core, waiter) {
            vacancies.waiting.push_back(Arc::clone(waiter));
        }
        core
    }

    /// The thread does not wait for a core any longer. If it has been given one by now, it holds that.
    #[must_use]
    pub(crate) fn stop_waiting(&self, waiter: &Arc<Parker>) -> Option<usize> {
        lock(&self.vacancies).stop_waiting(waiter)
    }

    /// For the thread that has the only core: whether of so many threads, of which it is one, all others wait for that
    /// core and sleep.
    ///
    /// One that does not sees what the caller has seen, before it sleeps.
    pub(crate) fn do_others_sleep(&self, threads: usize) -> bool {
        let vacancies = lock(&self.vacancies);
        vacancies.waiting.len() + 1 >= threads
            && vacancies.assigned.is_empty()
            && vacancies.waiting.iter().all(|waiter| waiter.sleeps_on_word())
    }

    /// Gives a vacant core to the thread that has waited longest, and calls it. True if the reactor is to be kicked, and nothing
    /// if there is no such core or thread.
    #[must_use]
    pub(crate) fn call_waiting(&self) -> Option<bool> {
        let next = lock(&self.vacancies).assign()?;
        Some(next.call())
    }

    /// For the monitor: whether a core is vacant, and no thread sleeps that could be woken instead. Not once the runtime ends.
    pub(crate) fn is_vacancy_alone(&self) -> bool {
        self.parked() == 0 && !lock(&self.vacancies).vacant.is_empty()
    }

    /// The runtime ends: each thread that sleeps is called, and one that parks from now on sees that, for whoever calls
    /// this has made it visible. Returns the vacant cores, which are the caller's now, and whether the reactor is to be
    /// kicked.
    pub(crate) fn close(&self) -> (Vec<usize>, bool) {
        let (vacant, waiting) = {
            let mut vacancies = lock(&self.vacancies);
            vacancies.is_closed = true;
            (std::mem::take(&mut vacancies.vacant), std::mem::take(&mut vacancies.waiting))
        };
        // Ordering: SeqCst fence. Pairs with the one in `park`: either the thread that parks sees the end, or this sees
        // that thread.
        fence(Ordering::SeqCst);
        let mut is_in_reactor = waiting.iter().fold(false, |kick, waiter| waiter.call() | kick);
        while !self.parked.is_empty() {
            is_in_reactor |= self.wake_one();
        }
        self.wake_monitor();
        (vacant, is_in_reactor)
    }

    /// How many cores are parked.
    pub(crate) fn parked(&self) -> usize {
        self.load() & PARKED_MASK
    }

    /// Whether a thread holds the core and is awake.
    pub(crate) fn is_held(&self, core: usize) -> bool {
        !self.parked.contains(core) && !lock(&self.vacancies).vacant.contains(&core)
    }

    /// For the monitor: sleeps until a core is not parked any more, if all of them are, and nothing more is to be done.
    pub(crate) fn sleep_while_all_are_parked(&self, cores: usize, has_more: impl FnOnce() -> bool) {
        // Ordering: see `wake_monitor`.
        self.monitor.word.swap(0, Ordering::Acquire);
        let before = self.load();
        let is_idle = before & PARKED_MASK == cores;
        let sleeps = before | MONITOR_SLEEPS;
        // A thread that unparks a core does so in the same word, and sees the bit.
        // Ordering: releases the zero above to the thread that sees the bit, in `unpark`; acquires what the threads have left that
        // have parked, also if they were awake since the load.
        let (success, failure) = (Ordering::AcqRel, Ordering::Relaxed);
        if !is_idle || self.word.compare_exchange(before, sleeps, success, failure).is_err() {
            return;
        }
        if has_more() {
            // Relaxed: the bit tells nothing but itself.
            self.word.fetch_and(!MONITOR_SLEEPS, Ordering::Relaxed);
            return;
        }
        while self.monitor.word.load(Ordering::Relaxed) == 0 {
            self.monitor.wait(0, None);
        }
    }

    /// For the monitor: lets some time pass, less if the runtime ends.
    pub(crate) fn let_pass(&self, time: std::time::Duration) {
        // Ordering: see `wake_monitor`.
        self.monitor.word.swap(0, Ordering::Acquire);
        if !lock(&self.vacancies).is_closed {
            self.monitor.wait(0, Some(time));
        }
    }
}

impl Vacancies {
    fn assign(&mut self) -> Option<Arc<Parker>> {
        let next = self.waiting.front()?;
        self.assigned.push((Arc::clone(next), self.vacant.pop()?));
        self.waiting.pop_front()
    }

    fn stop_waiting(&mut self, waiter: &Arc<Parker>) -> Option<usize> {
        self.waiting.retain(|other| !Arc::ptr_eq(other, waiter));
        let at = self.assigned.iter().position(|(other, _)| Arc::ptr_eq(other, waiter))?;
        Some(self.assigned.swap_remove(at).1)
    }
}

/// Whether a thread could be woken to search, by the word.
#[inline]
fn wants_searcher(word: usize) -> bool {
    word & PARKED_MASK != 0 && word & SEARCHING_MASK == 0
}
