//! What loom explores of the state of a task: `README.md` says which model checks which claim.
//!
//! A model task has a queue of its own, and notes what would be a fault: two threads in the stage at
//! once (loom's cells see to that), two entries, an outcome that is dropped twice or never.
#![allow(clippy::undocumented_unsafe_blocks, reason = "loom checks the accesses to its cells")]

use super::state::{
    AfterPoll, Claim, Completion, Detachment, Presence, References, Released, Seizure, State, Wake,
};
use crate::sync::{Arc, AtomicUsize, Mutex, Ordering, UnsafeCell, model, thread};

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
    /// As the slot, it may be read while it is changed. Zero is none.
    join_waker: AtomicUsize,
    input: UnsafeCell<usize>,
    entries: Mutex<usize>,
    polls: AtomicUsize,
    future_drops: AtomicUsize,
    outcome_drops: AtomicUsize,
    /// The wakers that are owned by nobody: those that were woken or dropped.
    wakers_gone: AtomicUsize,
    wakers_made: AtomicUsize,
    joins_woken: AtomicUsize,
    frees: AtomicUsize,
}

impl Task {
    /// As after `TaskRef::new` and `schedule`.
    fn spawn() -> Arc<Self> {
        let task = Self::unpublished();
        task.state.publish();
        Arc::new(task)
    }

    /// A block, and what will be in it; its entry counts already.
    fn unpublished() -> Self {
        Self {
            state: State::free(),
            stage: UnsafeCell::new(Stage::Future),
            join_waker: AtomicUsize::new(0),
            input: UnsafeCell::new(0),
            entries: Mutex::new(1),
            polls: AtomicUsize::new(0),
            future_drops: AtomicUsize::new(0),
            outcome_drops: AtomicUsize::new(0),
            wakers_gone: AtomicUsize::new(0),
            wakers_made: AtomicUsize::new(0),
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
        self.work_making(References::NONE, poll)
    }

    /// The same with a poll that has made and given back references to its own task.
    fn work_making(&self, references: References, poll: impl Fn(&Self) -> bool) -> bool {
        let is_there = self.pop();
        if is_there {
            match self.state.claim() {
                Claim::Poll => self.poll(references, poll),
                Claim::Cancel => self.finish(References::NONE, Stage::Cancelled),
                Claim::Stale(released) => self.free_if_last(released),
            }
        }
        is_there
    }

    fn poll(&self, references: References, poll: impl Fn(&Self) -> bool) {
        self.polls.fetch_add(1, Ordering::Relaxed);
        self.stage.with_mut(|stage| assert_eq!(unsafe { *stage }, Stage::Future));
        if poll(self) {
            return self.finish(references, Stage::Output);
        }
        match self.state.after_poll(references) {
            AfterPoll::Idle => {}
            AfterPoll::Push => self.push(),
            AfterPoll::Cancel => self.finish(references, Stage::Cancelled),
        }
    }

    fn finish(&self, references: References, outcome: Stage) {
        self.stage.with_mut(|stage| {
            let stage = unsafe { &mut *stage };
            assert_eq!(*stage, Stage::Future);
            *stage = outcome;
        });
        self.future_drops.fetch_add(1, Ordering::Relaxed);
        let read = || self.join_waker.load(Ordering::Relaxed);
        match self.state.complete(references, read) {
            Completion::Nothing => {}
            Completion::Wake(waker) => self.wake_join(waker),
            Completion::Free => {
                self.drop_outcome();
                self.free();
            }
            Completion::Rest { drop_output, wake_join } => {
                if drop_output {
                    self.drop_outcome();
                }
                if wake_join {
                    self.wake_join(read());
                }
                self.release();
            }
        }
    }

    /// The join waker is woken, and gone: it must be the one that was shown last.
    fn wake_join(&self, waker: usize) {
        assert_eq!(waker, self.wakers_made.load(Ordering::Relaxed), "an old waker was woken");
        self.drop_waker(waker);
        self.joins_woken.fetch_add(1, Ordering::Relaxed);
    }

    fn drop_waker(&self, waker: usize) {
        assert_ne!(waker, 0);
        self.wakers_gone.fetch_add(1, Ordering::Relaxed);
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
        self.state.set_free();
        assert_eq!(self.frees.fetch_add(1, Ordering::Relaxed), 0, "freed twice");
    }

    fn wake_by_ref(&self) {
        if self.state.wake_by_ref() {
            self.push();
        }
    }

    fn wake(&self) {
        match self.state.wake_by_value() {
            Wake::Nothing => {}
            Wake::Push => self.push(),
            Wake::Free => self.free(),
        }
    }

    fn abort(&self) {
        if self.state.abort() {
            self.push();
        }
    }

    /// The handle is polled, by whoever has this waker. The outcome, if it is there.
    fn join(&self, waker: usize) -> Option<Stage> {
        (self.state.is_done() || !self.wait(waker)).then(|| self.take())
    }

    fn wait(&self, waker: usize) -> bool {
        let mut old = None;
        if self.state.has_join_waker() {
            let shown = self.join_waker.load(Ordering::Relaxed);
            if shown == waker && !self.state.is_done() {
                return true;
            }
            if !self.state.unset_join_waker() {
                return false;
            }
            old = Some(shown);
        }
        assert_eq!(self.wakers_made.fetch_add(1, Ordering::Relaxed) + 1, waker);
        self.join_waker.store(waker, Ordering::Relaxed);
        let waits = self.state.set_join_waker();
        if !waits {
            self.drop_waker(waker);
        }
        if let Some(old) = old {
            self.drop_waker(old);
        }
        waits
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
        match self.state.detach() {
            None => return,
            Some(Detachment::Outcome) => self.drop_outcome(),
            Some(Detachment::Waker) => self.drop_waker(self.join_waker.load(Ordering::Relaxed)),
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
        let (made, gone) = (&self.wakers_made, &self.wakers_gone);
        assert_eq!(made.load(Ordering::Relaxed), gone.load(Ordering::Relaxed), "join wakers");
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
    task.input.with_mut(|input| unsafe { *input } == 1)
}

fn concurrently(
    task: &Arc<Task>,
    action: impl Fn(&Task) + Send + 'static,
) -> thread::JoinHandle<()> {
    let task = Arc::clone(task);
    thread::spawn(move || action(&task))
}

#[test]
fn what_was_done_before_a_wake_is_seen_by_the_poll_after_it() {
    model(|| {
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
    model(|| {
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
    model(|| {
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
    model(|| {
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
    model(|| {
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
    model(|| {
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
fn references_that_a_poll_makes_may_be_used_before_its_end() {
    for outcome in [ready as fn(&Task) -> bool, pending] {
        model(move || {
            let task = Task::spawn();
            task.drop_handle();
            // How many references wait to be used: two, once the poll has made them.
            let given = Arc::new(AtomicUsize::new(0));
            let worker = {
                let given = Arc::clone(&given);
                concurrently(&task, move |task| {
                    task.work_making(References::NONE.plus(2), |task| {
                        given.store(2, Ordering::Release);
                        outcome(task)
                    });
                })
            };
            let use_them = move |task: &Task| {
                let (success, failure) = (Ordering::Acquire, Ordering::Relaxed);
                if given.compare_exchange(2, 0, success, failure).is_ok() {
                    task.release();
                    task.wake();
                }
            };
            let other = concurrently(&task, use_them.clone());
            worker.join().unwrap();
            other.join().unwrap();
            use_them(&task);
            while task.work(ready) {}
            task.assert_ended();
        });
    }
}

#[test]
fn a_join_that_waits_is_woken_by_the_waker_that_it_has_shown_last() {
    model(|| {
        let task = Task::spawn();
        assert_eq!(task.join(1), None);
        let worker = concurrently(&task, |task| assert!(task.work(ready)));
        let mut outcome = task.join(2);
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
fn the_end_of_the_runtime_ends_each_task_once() {
    model(|| {
        let task = Task::spawn();
        task.drop_handle();
        let worker = concurrently(&task, |task| {
            task.work(pending);
        });
        // As the search through the blocks does.
        if task.state.refer_if_alive() == Presence::Referred {
            if task.state.seize() == Seizure::Seized {
                task.finish(References::NONE, Stage::Cancelled);
            }
            task.release();
        }
        worker.join().unwrap();
        while task.work(pending) {}
        if task.state.refer_if_alive() == Presence::Referred {
            assert_eq!(task.state.seize(), Seizure::Seized);
            task.finish(References::NONE, Stage::Cancelled);
            task.release();
        }
        task.assert_ended();
    });
}

#[test]
fn a_wake_after_the_end_and_the_last_reference_of_a_waker_are_harmless() {
    model(|| {
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
    model(|| {
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
                    task.state.publish();
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
            task.finish(References::NONE, Stage::Cancelled);
            task.release();
        }
        let is_refused = spawner.join().unwrap();
        assert_eq!(is_refused, presence == Presence::Absent);
        if !is_refused {
            task.assert_ended();
        }
    });
}
