//! What other threads reach of a set: which of its tasks were woken, and who runs it.

use std::collections::VecDeque;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

use anyrt_core::task::{Id, contain};

/// The tasks of a set that were woken, in this order.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    woken: VecDeque<Arc<Header>>,
    /// Those who sleep until a task is woken, by their numbers.
    sleepers: Vec<(u64, Waker)>,
    next_runner: u64,
    is_closed: bool,
}

impl Queue {
    // No code of the user runs under the lock: wakers are cloned, woken and dropped outside.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, task: Arc<Header>) {
        let mut state = self.lock();
        if state.is_closed {
            drop(state);
            return;
        }
        state.woken.push_back(task);
        // All of them: one that is woken may be ready by then, and not run the set any more. Whoever goes to sleep
        // looks at the queue first, so nobody sleeps while there is something in it.
        while let Some((_, sleeper)) = state.sleepers.pop() {
            drop(state);
            contain(|| sleeper.wake());
            state = self.lock();
        }
    }

    /// The task that was woken first, which is to be polled.
    pub(super) fn pop(&self) -> Option<Arc<Header>> {
        let task = self.lock().woken.pop_front()?;
        // Ordering: pairs with the swap in `wake`, so that the poll sees what came before each wake that it is for.
        task.is_woken.swap(false, Ordering::AcqRel);
        Some(task)
    }

    /// Takes no more tasks, and forgets those that were woken.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        let left = (mem::take(&mut state.woken), mem::take(&mut state.sleepers));
        drop(state);
        contain(|| drop(left));
    }
}

/// One who runs a set, and sleeps when there is nothing to do.
pub(super) struct Runner {
    queue: Arc<Queue>,
    number: u64,
}

impl Runner {
    pub(super) fn new(queue: &Arc<Queue>) -> Self {
        let mut state = queue.lock();
        let number = state.next_runner;
        state.next_runner += 1;
        drop(state);
        Self { queue: Arc::clone(queue), number }
    }

    /// Has `waker` woken when a task is: at once, if there is one.
    pub(super) fn sleep(&self, waker: &Waker) {
        let sleeper = waker.clone();
        let mut state = self.queue.lock();
        if !state.woken.is_empty() {
            drop(state);
            sleeper.wake();
            return;
        }
        let own = state.sleepers.iter_mut().find(|(number, _)| *number == self.number);
        let old = match own {
            Some((_, old)) => Some(mem::replace(old, sleeper)),
            None => {
                state.sleepers.push((self.number, sleeper));
                None
            }
        };
        drop(state);
        drop(old);
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        let own = state.sleepers.iter().position(|(number, _)| *number == self.number);
        let own = own.map(|own| state.sleepers.swap_remove(own));
        drop(state);
        contain(|| drop(own));
    }
}

/// What wakers and handles know of a task.
pub(super) struct Header {
    pub(super) id: Id,
    /// Where the set has the task.
    pub(super) key: usize,
    queue: Arc<Queue>,
    // Whether it is in the queue.
    is_woken: AtomicBool,
    is_aborted: AtomicBool,
    is_finished: AtomicBool,
    // The run of the set in which it was woken during its own poll.
    yielded_in: AtomicU64,
}

impl Header {
    pub(super) fn new(id: Id, key: usize, queue: &Arc<Queue>) -> Arc<Self> {
        Arc::new(Self {
            id,
            key,
            queue: Arc::clone(queue),
            is_woken: AtomicBool::new(false),
            is_aborted: AtomicBool::new(false),
            is_finished: AtomicBool::new(false),
            yielded_in: AtomicU64::new(0),
        })
    }

    /// Whether it is in the queue.
    pub(super) fn is_woken(&self) -> bool {
        // Relaxed: where it matters, this thread has woken it.
        self.is_woken.load(Ordering::Relaxed)
    }

    // Relaxed: only the thread of the set uses that number.
    pub(super) fn yield_in(&self, run: u64) {
        self.yielded_in.store(run, Ordering::Relaxed);
    }

    pub(super) fn has_yielded_in(&self, run: u64) -> bool {
        self.yielded_in.load(Ordering::Relaxed) == run
    }

    /// Has the set drop the task, on its thread, unless it has ended.
    pub(super) fn abort(self: &Arc<Self>) {
        // Ordering: the wake, which follows, hands it over to the poll.
        self.is_aborted.store(true, Ordering::Relaxed);
        self.wake_by_ref();
    }

    pub(super) fn is_aborted(&self) -> bool {
        // Ordering: as above.
        self.is_aborted.load(Ordering::Relaxed)
    }

    /// The future is gone.
    pub(super) fn finish(&self) {
        // Ordering: pairs with the load below, so that whoever sees it sees what the destructors have done.
        self.is_finished.store(true, Ordering::Release);
    }

    pub(super) fn is_finished(&self) -> bool {
        // Ordering: pairs with the store above.
        self.is_finished.load(Ordering::Acquire)
    }
}

impl Wake for Header {
    fn wake(self: Arc<Self>) {
        if self.is_finished() {
            return;
        }
        // Ordering: pairs with the swap in `pop`. One that is in the queue already has a poll to come, which sees what
        // came before this wake because it reads what this has written.
        if !self.is_woken.swap(true, Ordering::AcqRel) {
            let queue = Arc::clone(&self.queue);
            queue.push(self);
        }
    }

    fn wake_by_ref(self: &Arc<Self>) {
        Arc::clone(self).wake();
    }
}
