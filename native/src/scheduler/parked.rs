//! Which cores are parked: a bit for each, and the thread that sleeps with it.

use super::parker::{Parker, Sleep};
use crate::sync::{Arc, AtomicUsize, CachePadded, Mutex, Ordering, lock};

const BITS: usize = usize::BITS as usize;

/// `in_reactor` when nobody sleeps there.
const NOBODY: usize = usize::MAX;

/// The parked cores.
///
/// Whoever takes a core out of the set is alone in that: its holder, which wakes up by itself, or a thread that then calls
/// the holder.
#[derive(Debug)]
pub(super) struct Parked {
    /// A bit for each core whose holder sleeps on its word.
    words: Box<[CachePadded<AtomicUsize>]>,
    /// The core whose holder sleeps in the reactor, where one thread at a time does.
    in_reactor: CachePadded<AtomicUsize>,
    /// For each core the last one that has parked it, until it leaves that.
    holders: Box<[CachePadded<Mutex<Holder>>]>,
}

type Holder = Option<Arc<Parker>>;

impl Parked {
    pub(super) fn new(cores: usize) -> Self {
        Self {
            words: (0..cores.div_ceil(BITS))
                .map(|_| CachePadded::new(AtomicUsize::new(0)))
                .collect(),
            in_reactor: CachePadded::new(AtomicUsize::new(NOBODY)),
            holders: (0..cores).map(|_| CachePadded::new(Mutex::new(None))).collect(),
        }
    }

    /// The core is parked from now on. To be called by its holder, which takes it out itself when it wakes up.
    pub(super) fn insert(&self, core: usize, holder: &Arc<Parker>, sleep: Sleep) {
        {
            let mut last = lock(&self.holders[core]);
            // Most often it is the same, and then nobody else's count of references changes.
            if last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, holder)) {
                *last = Some(Arc::clone(holder));
            }
        }
        // Ordering: releases the holder to the thread that takes the core.
        match sleep {
            Sleep::OnWord => {
                self.words[core / BITS].fetch_or(1 << (core % BITS), Ordering::Release);
            }
            Sleep::InReactor => self.in_reactor.store(core, Ordering::Release),
        }
    }

    /// Takes a core out; false if somebody else has.
    pub(super) fn remove(&self, core: usize, sleep: Sleep) -> bool {
        // Ordering: acquires the holder, and releases to it what it is called for, also where it finds itself called.
        match sleep {
            Sleep::OnWord => {
                let bit = 1 << (core % BITS);
                self.words[core / BITS].fetch_and(!bit, Ordering::AcqRel) & bit != 0
            }
            Sleep::InReactor => self
                .in_reactor
                .compare_exchange(core, NOBODY, Ordering::AcqRel, Ordering::Acquire)
                .is_ok(),
        }
    }

    /// Takes any core out. That of the reactor comes last, for another would have to take its place there.
    pub(super) fn take(&self) -> Option<usize> {
        for (number, word) in self.words.iter().enumerate() {
            // Relaxed: a hint, which `remove` checks.
            let mut left = word.load(Ordering::Relaxed);
            while left != 0 {
                let core = number * BITS + left.trailing_zeros() as usize;
                if self.remove(core, Sleep::OnWord) {
                    return Some(core);
                }
                left &= left - 1;
            }
        }
        // Relaxed: the same.
        let core = self.in_reactor.load(Ordering::Relaxed);
        (core != NOBODY && self.remove(core, Sleep::InReactor)).then_some(core)
    }

    /// Calls the holder of a core that the calling thread has taken out. True if the reactor is to be kicked. One that has woken up by
    /// itself may have left the core meanwhile, and needs no call.
    pub(super) fn call(&self, core: usize) -> bool {
        let holder = lock(&self.holders[core]).clone();
        holder.is_some_and(|holder| holder.call())
    }

    /// The holder leaves the core: nobody is to call it from now on, but for those who have found it before.
    pub(super) fn forget(&self, core: usize) {
        let holder = lock(&self.holders[core]).take();
        drop(holder);
    }

    /// Whether the core is parked, as far as this thread knows.
    pub(super) fn contains(&self, core: usize) -> bool {
        self.in_reactor.load(Ordering::Relaxed) == core
            || self.words[core / BITS].load(Ordering::Relaxed) & 1 << (core % BITS) != 0
    }

    /// Whether no core is parked, as far as this thread knows.
    pub(super) fn is_empty(&self) -> bool {
        self.in_reactor.load(Ordering::Relaxed) == NOBODY
            && self.words.iter().all(|word| word.load(Ordering::Relaxed) == 0)
    }
}
