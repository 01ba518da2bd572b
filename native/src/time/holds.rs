//! What keeps a paused clock from jumping, beyond what the thread in the reactor sees by itself.
//!
//! It matters to current-thread runtimes alone, for only their clocks can be paused. `README.md` has the protocol.

use crate::sync::{AtomicUsize, Ordering};

/// The blocking closures that are queued or run, and the threads in `block_on`.
#[derive(Debug, Default)]
pub(crate) struct Holds {
    /// Without those whose thread is in `block_on` meanwhile.
    closures: AtomicUsize,
    /// Each once, however often it is in there.
    threads: AtomicUsize,
}

impl Holds {
    pub(crate) fn begin_closure(&self) {
        // Relaxed: the closure begins before it is queued, and whoever waits for it knows that.
        self.closures.fetch_add(1, Ordering::Relaxed);
    }

    /// Whoever ends one looks whether the clock is paused, and kicks then.
    pub(crate) fn end_closure(&self) {
        // Ordering: releases what the closure has woken to the thread that finds that there is none; acquires, from
        // one that still found this closure, that the clock is paused.
        self.closures.fetch_sub(1, Ordering::AcqRel);
    }

    pub(crate) fn begin_thread(&self) {
        // Ordering: as in `end_closure`, because this may be the thread of a closure, which ends after it.
        self.threads.fetch_add(1, Ordering::AcqRel);
    }

    /// Whoever ends one looks whether the clock is paused, and kicks then.
    pub(crate) fn end_thread(&self) {
        // Ordering: as in `end_closure`.
        self.threads.fetch_sub(1, Ordering::AcqRel);
    }

    /// Whether nothing holds the clock, where `do_others_sleep` says it of so many threads in `block_on`; and what `ask` returns
    /// after that has been settled. A thread may have started a timer just before it went to sleep, and so whoever asks for the next
    /// deadline earlier may not see that.
    pub(crate) fn look<T>(
        &self,
        do_others_sleep: impl FnOnce(usize) -> bool,
        ask: impl FnOnce() -> T,
    ) -> (bool, T) {
        // Ordering: read by writing, and so either this comes before the end of a closure or a thread, which then sees
        // that the clock is paused, or it sees the end.
        let closures = || self.closures.fetch_add(0, Ordering::AcqRel);
        // The closures twice, because a thread that leaves `block_on` for its closure counts as the one before it
        // ceases to count as the other.
        let is_free = closures() == 0
            && do_others_sleep(self.threads.fetch_add(0, Ordering::AcqRel))
            && closures() == 0;
        (is_free, ask())
    }
}
