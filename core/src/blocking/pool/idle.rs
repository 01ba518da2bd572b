//! A thread of the pool that waits to be called.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, MutexGuard, PoisonError};

use crate::time::Duration;

/// By which one idle thread is called. All of it happens under the lock of the pool, but for the wake.
#[derive(Debug, Default)]
pub(super) struct Idle {
    /// Relaxed: the lock orders it.
    is_called: AtomicBool,
    /// The thread was called; waited for with the lock.
    call: Condvar,
}

impl Idle {
    /// Forgets the last call.
    pub(super) fn rest(&self) {
        self.is_called.store(false, Relaxed);
    }

    /// Calls the thread, which is to be [woken](Self::wake) then.
    pub(super) fn call(&self) {
        self.is_called.store(true, Relaxed);
    }

    pub(super) fn is_called(&self) -> bool {
        self.is_called.load(Relaxed)
    }

    /// Wakes the thread that was called, which is better done after the lock is released. It may be up already, or
    /// even rest again: then it looks whether it is called, and goes on as before.
    pub(super) fn wake(&self) {
        self.call.notify_one();
    }

    /// Gives the lock back and sleeps for about `time`, or until a wake.
    pub(super) fn sleep<'a, T>(
        &self,
        locked: MutexGuard<'a, T>,
        time: Duration,
    ) -> MutexGuard<'a, T> {
        self.call.wait_timeout(locked, time).unwrap_or_else(PoisonError::into_inner).0
    }
}
