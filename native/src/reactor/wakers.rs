//! Wakers taken from their places, to be woken where no lock is held.

use std::task::Waker;

use anyrt_core::task::contain;

/// Wakers on their way; keeps its memory for the next ones.
#[derive(Debug, Default)]
pub(super) struct Wakers(Vec<Waker>);

impl Wakers {
    pub(super) fn extend(&mut self, wakers: impl Iterator<Item = Waker>) {
        self.0.extend(wakers);
    }

    /// Wakes them all, whatever one of them does, and returns their number.
    pub(super) fn wake(&mut self) -> usize {
        let count = self.0.len();
        for waker in self.0.drain(..) {
            contain(|| waker.wake());
        }
        count
    }

    /// Drops them all, whatever one of them does.
    pub(super) fn forget(&mut self) {
        for waker in self.0.drain(..) {
            contain(|| drop(waker));
        }
    }
}
