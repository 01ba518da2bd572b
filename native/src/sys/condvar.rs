//! Waiting for a word to change, by a lock and a condition variable: for systems without a futex that
//! programs may use, and for loom.

use std::time::Duration;

use crate::sync::{AtomicU32, Condvar, Mutex, Ordering, lock};

/// A word that threads can wait on.
///
/// Waiting and waking order nothing by themselves: what is published goes through the word.
#[derive(Debug)]
pub(crate) struct Futex {
    pub(crate) word: AtomicU32,
    // Held between the look at the word and the wait, so that no wake falls between the two.
    gate: Mutex<()>,
    wakes: Condvar,
}

impl Futex {
    pub(crate) fn new(value: u32) -> Self {
        Self { word: AtomicU32::new(value), gate: Mutex::new(()), wakes: Condvar::new() }
    }

    /// Blocks the thread while the word is `expected`, at most for `timeout`.
    ///
    /// May return at any time: check the word again.
    pub(crate) fn wait(&self, expected: u32, timeout: Option<Duration>) {
        let gate = lock(&self.gate);
        if self.word.load(Ordering::Relaxed) != expected {
            return;
        }
        match timeout {
            Some(timeout) => drop(self.wakes.wait_timeout(gate, timeout)),
            None => drop(self.wakes.wait(gate)),
        }
    }

    /// Wakes one thread that waits.
    pub(crate) fn wake(&self) {
        drop(lock(&self.gate));
        self.wakes.notify_one();
    }
}
