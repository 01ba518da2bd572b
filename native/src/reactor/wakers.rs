//! Wakers taken from their places, to be woken where no lock is held.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// Wakers on their way; keeps its memory for the next ones.
#[derive(Debug, Default)]
pub(super) struct Wakers(Vec<Waker>);

impl Wakers {
    pub(super) fn push(&mut self, waker: Waker) {
        self.0.push(waker);
    }

    /// Wakes them all, whatever one of them does, and returns their number.
    pub(super) fn wake(&mut self) -> usize {
        let count = self.0.len();
        for waker in self.0.drain(..) {
            contain(|| waker.wake());
        }
        count
    }
}

/// Runs code of the user that has nobody to panic at.
pub(super) fn contain(code: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(code)) {
        // The destructor of a payload may panic as well, with a payload of the same kind: there is
        // no end to that but to leak one.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(payload);
        }
    }
}
