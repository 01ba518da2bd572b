//! Which tasks of a set have something to say, and who waits for that.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use anyrt_core::task::contain;

/// The entries that were woken, in this order.
#[derive(Default)]
pub(super) struct Ready {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    woken: VecDeque<usize>,
    waiter: Option<Waker>,
}

impl Ready {
    // No code of the user runs under the lock: wakers are cloned, woken and dropped outside.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn pop(&self) -> Option<usize> {
        self.lock().woken.pop_front()
    }

    /// Has `waker` woken by the next entry. False if there is one already.
    pub(super) fn wait(&self, waker: &Waker) -> bool {
        let state = self.lock();
        if state.waiter.as_ref().is_some_and(|waiter| waiter.will_wake(waker)) {
            return state.woken.is_empty();
        }
        drop(state);
        let new = waker.clone();
        let mut state = self.lock();
        let old = state.waiter.replace(new);
        let is_empty = state.woken.is_empty();
        drop(state);
        drop(old);
        is_empty
    }

    fn push(&self, key: usize) {
        let mut state = self.lock();
        state.woken.push_back(key);
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            contain(|| waiter.wake());
        }
    }
}

/// Wakes a set for one of its tasks.
pub(super) struct Entry {
    key: usize,
    ready: Arc<Ready>,
    // Whether it is among those that were woken.
    is_woken: AtomicBool,
}

impl Entry {
    pub(super) fn new(key: usize, ready: &Arc<Ready>) -> Arc<Self> {
        Arc::new(Self { key, ready: Arc::clone(ready), is_woken: AtomicBool::new(false) })
    }

    /// To be called when it was taken from those that were woken.
    pub(super) fn forget_wake(&self) {
        // Ordering: pairs with the swap in `wake_by_ref`, so that the poll sees what came before each wake that it is
        // for.
        self.is_woken.swap(false, Ordering::AcqRel);
    }
}

impl Wake for Entry {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Ordering: as above.
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            self.ready.push(self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts wakes.
    #[derive(Default)]
    struct Counter(Mutex<usize>);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() += 1;
        }
    }

    // What others do in between can't be brought about from outside.
    #[test]
    fn who_comes_late_does_not_wait() {
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&counter));
        let ready = Arc::new(Ready::default());
        let entries = [0, 1].map(|key| Entry::new(key, &ready));
        for _ in 0..2 {
            assert!(ready.wait(&waker), "there is nothing yet");
        }
        entries[1].wake_by_ref();
        entries[1].wake_by_ref();
        assert!(!ready.wait(&waker), "by a new waiter");
        assert!(!ready.wait(&waker), "and by the same again");
        entries[0].wake_by_ref();
        assert_eq!(*counter.0.lock().unwrap(), 2);
        assert_eq!([0; 3].map(|_| ready.pop()), [Some(1), Some(0), None]);
        // One that was not forgotten comes no second time.
        entries[1].wake_by_ref();
        entries[0].forget_wake();
        entries[0].wake_by_ref();
        assert_eq!([0; 2].map(|_| ready.pop()), [Some(0), None]);
    }
}
