//! What loom explores of the state of a task: `README.md` says which model checks which claim.
//!
//! A model task has a queue of its own, and notes what would be a fault: two threads in the stage at
//! once (loom's cells see to that), two entries, an outcome that is dropped twice or never.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom checks the accesses to its cells")]

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::sync::{Arc, Mutex};
use loom::thread;

use super::state::{AfterPoll, Claim, Presence, Released, Seizure, Start, State, Wake};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Future,
    Output,
    Cancelled,
    Gone,
}

/// A task whose future is ready once `input` was written.
struct Task {
    state: State,
    stage: UnsafeCell<Stage>,
    join_waker: UnsafeCell<Option<usize>>,
    input: UnsafeCell<usize>,
    entries: Mutex<usize>,
    polls: AtomicUsize,
    future_drops: AtomicUsize,
    outcome_drops: AtomicUsize,
    joins_woken: AtomicUsize,
    frees: AtomicUsize,
}

impl Task {
    /// As after `TaskRef::new` and `schedule`.
    fn spawn() -> Arc<Self> {
        let task = Self::unpublished();
        task.state.publish(Start { in_place: true });
        Arc::new(task)
    }

    /// A block, and what will be in it; its entry counts already.
    fn unpublished() -> Self {
        Self {
            state: State::free(),
            stage: UnsafeCell::new(Stage::Future),
            join_waker: UnsafeCell::new(None),
            input: UnsafeCell::new(0),
            entries: Mutex::new(1),
            polls: AtomicUsize::new(0),
            future_drops: AtomicUsize::new(0),
            outcome_drops: AtomicUsize::new(0),
            joins_woken: AtomicUsize::new(0),
            frees: AtomicUsize::new(0),
        }
    }

    fn push(&self) {
        let mut entries = self.entries.lock().unwrap();
        *entries += 1;
        assert_eq!(*entries, 1, "a task has two entries");
    }

    fn pop(&self) -> bool {
        let mut entries = self.entries.lock().unwrap();
        let is_there = *entries > 0;
        *entries -= usize::from(is_there);
        is_there
    }

    /// A worker turns to the task, if it is queued. `poll` says whether the future is ready.
    fn work(&self, poll: impl Fn(&Self) -> bool) -> bool {
        let is_there = self.pop();
        if is_there {
            match self.state.claim() {
                Claim::Poll => self.poll(poll),
                Claim::Cancel => self.finish(Stage::Cancelled),
                Claim::Stale(released) => self.free_if_last(released),
            }
        }
        is_there
    }

    fn poll(&self, poll: impl Fn(&Self) -> bool) {
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.stage.with_mut(|stage| assert_eq!(unsafe { *stage }, Stage::Future));
        if poll(self) {
            return self.finish(Stage::Output);
        }
        match self.state.after_poll() {
            AfterPoll::Idle => {}
            AfterPoll::Push => self.push(),
            AfterPoll::Cancel => self.finish(Stage::Cancelled),
        }
    }

    fn finish(&self, outcome: Stage) {
        self.stage.with_mut(|stage| {
            let stage = unsafe { &mut *stage };
            assert_eq!(*stage, Stage::Future);
            *stage = outcome;
        });
        self.future_drops.fetch_add(1, Ordering::Relaxed);
        if self.state.complete_quietly() {
            return;
        }
        let left = self.state.complete();
        if left.drop_output {
            self.drop_outcome();
        }
        if left.wake_join {
            self.join_waker.with(|waker| assert!(unsafe { &*waker }.is_some()));
            self.joins_woken.fetch_add(1, Ordering::Relaxed);
        }
        self.release();
    }

    fn drop_outcome(&self) {
        self.stage.with_mut(|stage| {
            let stage = unsafe { &mut *stage };
            assert!(matches!(*stage, Stage::Output | Stage::Cancelled));
            *stage = Stage::Gone;
        });
        self.outcome_drops.fetch_add(1, Ordering::Relaxed);
    }

    fn release(&self) {
        self.free_if_last(self.state.release());
    }

    fn free_if_last(&self, released: Released) {
        if released == Released::Last {
            self.free();
        }
    }

    fn free(&self) {
        // Nobody looks at any of it any more.
        self.stage.with_mut(|stage| assert_eq!(unsafe { *stage }, Stage::Gone));
        self.join_waker.with_mut(|waker| unsafe { *waker = None });
        self.state.set_free();
        assert_eq!(self.frees.fetch_add(1, Ordering::Relaxed), 0, "freed twice");
    }

    fn wake_by_ref(&self) {
        if self.state.wake_by_ref() == Wake::Push {
            self.push();
        }
    }

    fn wake(&self) {
        match self.state.wake_by_value() {
            Wake::Nothing => {}
            Wake::Push => {
                self.push();
                self.release();
            }
            Wake::Free => self.free(),
        }
    }

    fn abort(&self) {
        if self.state.abort() {
            self.push();
        }
    }

    /// The handle is polled. The outcome, if it is there.
    fn join(&self, waker: usize) -> Option<Stage> {
        (self.state.is_done() || !self.wait(waker)).then(|| self.take())
    }

    fn wait(&self, waker: usize) -> bool {
        if self.state.has_join_waker() {
            let is_same = self.join_waker.with(|slot| unsafe { *slot } == Some(waker));
            if is_same && !self.state.is_done() {
                return true;
            }
            if !self.state.unset_join_waker() {
                return false;
            }
        }
        self.join_waker.with_mut(|slot| unsafe { *slot = Some(waker) });
        self.state.set_join_waker()
    }

    fn take(&self) -> Stage {
        let outcome =
            self.stage.with_mut(|stage| std::mem::replace(unsafe { &mut *stage }, Stage::Gone));
        assert!(matches!(outcome, Stage::Output | Stage::Cancelled));
        self.outcome_drops.fetch_add(1, Ordering::Relaxed);
        self.free_if_last(self.state.release_joined());
        outcome
    }

    fn drop_handle(&self) {
        if self.state.detach_quietly() {
            return;
        }
        let left = self.state.detach();
        if left.drop_output {
            self.drop_outcome();
        }
        if left.drop_waker {
            self.join_waker.with_mut(|slot| assert!(unsafe { &mut *slot }.take().is_some()));
        }
        self.release();
    }

    /// All threads have ended, and nobody has a reference.
    #[track_caller]
    fn assert_ended(&self) {
        while self.work(|_| panic!("a task is polled after its end")) {}
        assert_eq!(self.future_drops.load(Ordering::Relaxed), 1, "drops of the future");
        assert_eq!(self.outcome_drops.load(Ordering::Relaxed), 1, "drops of the outcome");
        assert_eq!(self.frees.load(Ordering::Relaxed), 1, "the block was not freed");
    }
}

fn ready(_: &Task) -> bool {
    true
}

fn pending(_: &Task) -> bool {
    false
}

/// Ready when the input is there, which the poll looks at in an order that a lost wake would spoil.
fn has_input(task: &Task) -> bool {
    task.input.with(|input| unsafe { *input } == 1)
}

fn concurrently(task: &Arc<Task>, action: impl Fn(&Task) + 'static) -> thread::JoinHandle<()> {
    let task = Arc::clone(task);
    thread::spawn(move || action(&task))
}

#[test]
fn what_was_done_before_a_wake_is_seen_by_the_poll_after_it() {
    loom::model(|| {
        let task = Task::spawn();
        // The waker of the first poll.
        assert!(task.work(|task| {
            task.state.add_reference();
            false
        }));
        let waker = concurrently(&task, |task| {
            task.input.with_mut(|input| unsafe { *input = 1 });
            task.wake();
        });
        let other = concurrently(&task, |task| while task.work(has_input) {});
        waker.join().unwrap();
        other.join().unwrap();
        while task.work(has_input) {}
        assert_eq!(task.join(1), Some(Stage::Output));
        task.assert_ended();
    });
}

#[test]
fn a_wake_during_the_poll_leads_to_another_one() {
    loom::model(|| {
        let task = Task::spawn();
        let waker = concurrently(&task, Task::wake_by_ref);
        let polls = task.polls.load(Ordering::Relaxed);
        assert!(task.work(pending));
        waker.join().unwrap();
        // Either the wake came before the claim, or there is an entry for it.
        let again = task.work(ready);
        if !again {
            task.wake_by_ref();
            assert!(task.work(ready));
        }
        assert!(task.polls.load(Ordering::Relaxed) >= polls + 2);
        assert_eq!(task.join(1), Some(Stage::Output));
        task.assert_ended();
    });
}

#[test]
fn a_join_is_woken_or_sees_the_outcome() {
    loom::model(|| {
        let task = Task::spawn();
        let worker = concurrently(&task, |task| assert!(task.work(ready)));
        let mut outcome = task.join(1);
        if outcome.is_none() {
            // Another waker in the place of the first.
            outcome = task.join(2);
        }
        worker.join().unwrap();
        if outcome.is_none() {
            assert_eq!(task.joins_woken.load(Ordering::Relaxed), 1, "the join was not woken");
            outcome = task.join(2);
        }
        assert_eq!(outcome, Some(Stage::Output));
        task.assert_ended();
    });
}

#[test]
fn the_outcome_is_dropped_once_whoever_comes_last() {
    loom::model(|| {
        let task = Task::spawn();
        let is_polled = task.join(1).is_some();
        assert!(!is_polled);
        let worker = concurrently(&task, |task| assert!(task.work(ready)));
        task.drop_handle();
        worker.join().unwrap();
        task.assert_ended();
    });
}

#[test]
fn an_abort_ends_a_task_that_waits_and_spares_the_output_of_one_that_is_ready() {
    loom::model(|| {
        let task = Task::spawn();
        task.state.add_reference();
        let aborter = concurrently(&task, |task| {
            task.abort();
            task.abort();
            task.release();
        });
        let worker = concurrently(&task, |task| while task.work(pending) {});
        aborter.join().unwrap();
        worker.join().unwrap();
        while task.work(pending) {}
        assert_eq!(task.join(1), Some(Stage::Cancelled));
        task.assert_ended();
    });
    loom::model(|| {
        let task = Task::spawn();
        task.state.add_reference();
        let aborter = concurrently(&task, |task| {
            task.abort();
            task.release();
        });
        assert!(task.work(ready));
        aborter.join().unwrap();
        let outcome = task.join(1).expect("the task has ended");
        let was_polled = task.polls.load(Ordering::Relaxed) == 1;
        assert_eq!(outcome == Stage::Output, was_polled);
        task.assert_ended();
    });
}

#[test]
fn a_fresh_task_is_polled_by_its_joiner_or_by_a_worker() {
    for joiner_has_entry in [false, true] {
        loom::model(move || {
            let task = Task::spawn();
            let worker = concurrently(&task, |task| {
                task.work(ready);
            });
            let has_entry = joiner_has_entry && task.pop();
            if task.state.claim_in_place(has_entry) {
                task.poll(ready);
            } else if has_entry {
                task.push();
            }
            worker.join().unwrap();
            while task.work(|_| panic!("it was polled already")) {}
            assert_eq!(task.polls.load(Ordering::Relaxed), 1);
            assert_eq!(task.join(1), Some(Stage::Output));
            task.assert_ended();
        });
    }
}

#[test]
fn a_stale_entry_serves_the_next_wake() {
    loom::model(|| {
        let task = Task::spawn();
        task.state.add_reference();
        // In place, with its entry left behind.
        assert!(task.state.claim_in_place(false));
        task.poll(pending);
        let waker = concurrently(&task, |task| task.wake());
        let worker = concurrently(&task, |task| {
            task.work(ready);
        });
        waker.join().unwrap();
        worker.join().unwrap();
        while task.work(ready) {}
        assert_eq!(task.polls.load(Ordering::Relaxed), 2);
        assert_eq!(task.join(1), Some(Stage::Output));
        task.assert_ended();
    });
}

#[test]
fn the_end_of_the_runtime_ends_each_task_once() {
    loom::model(|| {
        let task = Task::spawn();
        task.drop_handle();
        let worker = concurrently(&task, |task| {
            task.work(pending);
        });
        // As the search through the blocks does.
        if task.state.refer_if_alive() == Presence::Referred {
            if task.state.seize() == Seizure::Seized {
                task.finish(Stage::Cancelled);
            }
            task.release();
        }
        worker.join().unwrap();
        while task.work(pending) {}
        if task.state.refer_if_alive() == Presence::Referred {
            assert_eq!(task.state.seize(), Seizure::Seized);
            task.finish(Stage::Cancelled);
            task.release();
        }
        task.assert_ended();
    });
}

#[test]
fn a_wake_after_the_end_and_the_last_reference_of_a_waker_are_harmless() {
    loom::model(|| {
        let task = Task::spawn();
        task.state.add_reference();
        task.drop_handle();
        let waker = concurrently(&task, |task| task.wake());
        assert!(task.work(ready));
        waker.join().unwrap();
        task.assert_ended();
    });
}

#[test]
fn a_spawn_that_meets_the_end_is_refused_or_ended() {
    loom::model(|| {
        let task = Arc::new(Task::unpublished());
        // The lock of the slabs, and whether they give out blocks.
        let is_closed = Arc::new(Mutex::new(false));
        let spawner = {
            let (task, is_closed) = (Arc::clone(&task), Arc::clone(&is_closed));
            thread::spawn(move || {
                let closed = is_closed.lock().unwrap();
                let is_refused = *closed;
                if !is_refused {
                    task.state.reserve();
                }
                drop(closed);
                if !is_refused {
                    task.state.publish(Start { in_place: true });
                    task.drop_handle();
                }
                is_refused
            })
        };
        *is_closed.lock().unwrap() = true;
        let presence = loop {
            let guard = is_closed.lock().unwrap();
            let presence = task.state.refer_if_alive();
            drop(guard);
            if presence != Presence::Reserved {
                break presence;
            }
            thread::yield_now();
        };
        if presence == Presence::Referred {
            assert_eq!(task.state.seize(), Seizure::Seized);
            task.finish(Stage::Cancelled);
            task.release();
        }
        let is_refused = spawner.join().unwrap();
        assert_eq!(is_refused, presence == Presence::Absent);
        if !is_refused {
            task.assert_ended();
        }
    });
}
