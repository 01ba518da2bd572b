//! Wakers on their way from under a lock to where they can be woken.

use std::mem;
use std::task::Waker;

use anyrt_core::task::contain;

/// How many are taken while a lock is held.
const CAPACITY: usize = 32;

/// Wakers of sleeps that have fired. They are code of the user, and don't run under a lock.
#[derive(Debug)]
pub(super) struct Due {
    wakers: [Option<Waker>; CAPACITY],
    len: usize,
}

impl Due {
    pub(super) fn new() -> Self {
        Self { wakers: [const { None }; CAPACITY], len: 0 }
    }

    pub(super) fn is_full(&self) -> bool {
        self.len == CAPACITY
    }

    /// Adds one where there is room.
    pub(super) fn push(&mut self, waker: Option<Waker>) {
        self.wakers[self.len] = waker;
        self.len += 1;
    }

    /// Wakes all, even if some panic, and returns how many there were.
    pub(super) fn wake(&mut self) -> usize {
        let count = mem::take(&mut self.len);
        for waker in self.wakers[..count].iter_mut().filter_map(Option::take) {
            contain(|| waker.wake());
        }
        count
    }
}
