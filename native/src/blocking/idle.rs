//! A thread of the pool that waits to be called.
//!
//! This is its side of the protocol, one word; the README of this folder tells the whole.

use std::time::{Duration, Instant};

use crate::sync::Ordering::Relaxed;
use crate::sys::Futex;

/// It is up, and looks here before it falls asleep: whoever calls it need not wake it.
const AWAKE: u32 = 0;
/// It sleeps, or is about to: whoever calls it has to wake it.
const ASLEEP: u32 = 1;
/// It is to come and look at the jobs.
const CALLED: u32 = 2;

/// The word by which one idle thread is called.
///
/// The pool's lock orders everything that goes with a call, which is made and answered under it. So
/// the word itself orders nothing, and all its accesses are Relaxed.
#[derive(Debug)]
pub(super) struct Idle {
    futex: Futex,
}

impl Idle {
    pub(super) fn new() -> Self {
        Self { futex: Futex::new(AWAKE) }
    }

    /// Forgets the last call. To be done under the lock, before others can see the thread.
    pub(super) fn rest(&self) {
        self.futex.word().store(AWAKE, Relaxed);
    }

    /// Calls the thread. Returns whether it has to be [woken](Self::wake), which is better done
    /// after the lock is released.
    ///
    /// Only who has taken it from the stack of idle threads may call it, under the same lock.
    #[must_use = "a thread that sleeps has to be woken"]
    pub(super) fn call(&self) -> bool {
        self.futex.word().swap(CALLED, Relaxed) == ASLEEP
    }

    /// Wakes the thread if it sleeps. It may be up already, or even rest again: then it looks at its
    /// word and goes on as before.
    pub(super) fn wake(&self) {
        self.futex.wake();
    }

    /// Sleeps until the call or the deadline, if there is one. Returns false if it is too late; even
    /// then the call may come until the thread is off the stack.
    pub(super) fn sleep(&self, deadline: Option<Instant>) -> bool {
        let fall_asleep = self.futex.word().compare_exchange(AWAKE, ASLEEP, Relaxed, Relaxed);
        debug_assert_ne!(fall_asleep, Err(ASLEEP), "it slept already");
        while !self.is_called() {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return false;
            }
            self.futex.wait(ASLEEP, left);
        }
        true
    }

    fn is_called(&self) -> bool {
        self.futex.word().load(Relaxed) == CALLED
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn a_call_that_comes_first_is_not_slept_through() {
        let idle = Idle::new();
        assert!(!idle.call(), "it does not sleep");
        assert!(idle.sleep(None));
    }

    #[test]
    fn a_thread_that_sleeps_is_woken_again_and_again() {
        let (idle, answered) = (Idle::new(), Idle::new());
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..1000 {
                    assert!(idle.sleep(None));
                    idle.rest();
                    let sleeps = answered.call();
                    sleeps.then(|| answered.wake());
                }
            });
            for _ in 0..1000 {
                let sleeps = idle.call();
                sleeps.then(|| idle.wake());
                assert!(answered.sleep(None));
                answered.rest();
            }
        });
    }

    #[test]
    fn the_sleep_ends_with_the_deadline_and_not_before() {
        const TIME: Duration = Duration::from_millis(5);

        let idle = Idle::new();
        let start = Instant::now();
        assert!(!idle.sleep(start.checked_add(TIME)));
        assert!(start.elapsed() >= TIME);
        assert!(idle.call(), "who comes late has to wake it, for it does not look again");
    }
}
