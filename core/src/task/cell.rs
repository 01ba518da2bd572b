//! What a task and its handles share.
//!
//! What loom explores of it, in `cell_loom.rs`:
//!
//! | claim | model |
//! |---|---|
//! | whoever awaits the outcome gets it | `whoever_awaits_the_outcome_is_woken_or_finds_it` |
//! | after the end the future is gone for whoever looks | `who_sees_that_a_task_has_ended_sees_that_its_future_is_gone` |
//! | an outcome that nobody takes is dropped, once | `an_outcome_that_nobody_takes_is_dropped_once` |
//! | no abort is lost | `an_abort_is_seen_before_the_task_waits_or_wakes_it` |

use std::fmt;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use super::id::Running;
use super::{Id, contain, discard};
use crate::JoinError;
use crate::spawn::{refuse_id, refuse_poll};
use crate::sync::{AtomicBool, Mutex, MutexGuard, Ordering};

/// Where a [`Task`](super::Task) learns that it is aborted, and leaves its outcome.
///
/// For executors that make handles of their own kind, of what is in an [`OutcomeCell`](super::OutcomeCell) or
/// elsewhere.
pub trait Completion<T> {
    /// Which task it is.
    fn id(&self) -> Id;

    /// Whether the task was aborted, and is to be dropped instead of polled.
    fn is_aborted(&self) -> bool;

    /// The task was polled, and is pending: an abort from now on wakes `waker`. False if it was aborted
    /// meanwhile, and is to be dropped now.
    fn park(&self, waker: &Waker) -> bool;

    /// The future is gone, and this has come of it. Called once, and must not panic.
    fn finish(&self, outcome: Result<T, JoinError>);
}

/// The outcome of a task on its way to the handle, and the request to abort on its way to the task.
///
/// For executors whose handles are not those of [`joinable`](super::joinable).
///
/// What can be answered by a flag is not asked under the lock, which is taken once to wait and once to take
/// the outcome.
pub struct Cell<T> {
    id: Id,
    // The flags change from false to true, under the lock alone.
    is_aborted: AtomicBool,
    /// Whether there is a waker for an abort, or was.
    is_parked: AtomicBool,
    /// Whether there is an outcome, or was.
    is_finished: AtomicBool,
    /// Whether the outcome is gone.
    is_taken: AtomicBool,
    state: Mutex<State<T>>,
}

struct State<T> {
    outcome: Option<Result<T, JoinError>>,
    is_detached: bool,
    // Wakes the task to see that it was aborted.
    task: Option<Waker>,
    // Wakes whoever awaits the handle.
    join: Option<Waker>,
}

impl<T> Cell<T> {
    /// Of a new task, with an id of its own.
    #[allow(clippy::new_without_default, reason = "each has another id")]
    #[inline]
    pub fn new() -> Self {
        let state = State { outcome: None, is_detached: false, task: None, join: None };
        Self {
            id: Id::next(),
            is_aborted: AtomicBool::new(false),
            is_parked: AtomicBool::new(false),
            is_finished: AtomicBool::new(false),
            is_taken: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    /// Which task it is.
    #[inline]
    pub fn id(&self) -> Id {
        self.id
    }

    /// The id, for whoever has a handle.
    ///
    /// # Panics
    /// The outcome was taken.
    #[track_caller]
    pub fn id_of_handle(&self) -> Id {
        if self.is_taken() { refuse_id() } else { self.id }
    }

    /// Whether the outcome is gone.
    pub(super) fn is_taken(&self) -> bool {
        // Relaxed: it is the handle, or was lent by it, that takes the outcome.
        self.is_taken.load(Ordering::Relaxed)
    }

    // Nothing that the user wrote runs under the lock, so that it can neither be poisoned by a
    // panic nor be taken twice by one thread. Wakers are cloned, woken and dropped outside, too.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the task is to be dropped instead of polled. For a closure an abort comes too late once this
    /// was asked.
    #[inline]
    pub(super) fn is_aborted(&self) -> bool {
        // Relaxed: an abort that comes while the task runs is seen by `park`, under the lock.
        self.is_aborted.load(Ordering::Relaxed)
    }

    /// Notes whom an abort has to wake. False if the task is to be dropped instead of waiting.
    pub(super) fn park(&self, task: &Waker) -> bool {
        // Relaxed: a task is parked by whoever polls it, one at a time.
        if self.is_parked.load(Ordering::Relaxed) {
            let state = self.lock();
            if self.is_aborted() {
                return false;
            }
            if state.task.as_ref().is_some_and(|waker| waker.will_wake(task)) {
                return true;
            }
        }
        let waker = task.clone();
        let mut state = self.lock();
        let (is_aborted, unused) = if self.is_aborted() {
            (true, Some(waker))
        } else {
            self.is_parked.store(true, Ordering::Relaxed);
            (false, state.task.replace(waker))
        };
        drop(state);
        drop(unused);
        !is_aborted
    }

    /// Hands the outcome to whoever awaits it, or drops it if nobody ever will.
    pub fn finish(&self, outcome: Result<T, JoinError>) {
        let mut state = self.lock();
        let task = state.task.take();
        let join = state.join.take();
        let unwanted = if state.is_detached {
            self.is_taken.store(true, Ordering::Relaxed);
            Some(outcome)
        } else {
            state.outcome = Some(outcome);
            None
        };
        // Ordering: pairs with the load in `is_finished`, after which the future is gone for whoever looks.
        self.is_finished.store(true, Ordering::Release);
        drop(state);
        // Not called for nothing: most tasks are ready at once, or awaited by somebody who is there.
        if let Some(task) = task {
            discard(task);
        }
        if let Some(unwanted) = unwanted {
            discard(unwanted);
        }
        if let Some(join) = join {
            contain(|| join.wake());
        }
    }

    pub(super) fn abort(&self) {
        let mut state = self.lock();
        self.is_aborted.store(true, Ordering::Relaxed);
        let task = state.task.take();
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
    }

    /// Whether there is an outcome, or was.
    #[inline]
    pub fn is_finished(&self) -> bool {
        // Ordering: pairs with the store in `finish`.
        self.is_finished.load(Ordering::Acquire)
    }

    /// Takes the outcome, or has the waker of `cx` woken when there is one.
    ///
    /// # Panics
    /// The outcome was taken (S8).
    #[track_caller]
    pub fn poll_join(&self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        if !self.is_finished() && self.wait(cx.waker()) {
            return Poll::Pending;
        }
        let mut state = self.lock();
        self.is_taken.store(true, Ordering::Relaxed);
        let outcome = state.outcome.take();
        drop(state);
        match outcome {
            Some(outcome) => Poll::Ready(outcome),
            None => refuse_poll(),
        }
    }

    /// Has `waker` woken when there is an outcome. False if there is one now.
    fn wait(&self, waker: &Waker) -> bool {
        let waker = waker.clone();
        let mut state = self.lock();
        let is_finished = self.is_finished();
        let unused = if is_finished { Some(waker) } else { state.join.replace(waker) };
        drop(state);
        drop(unused);
        !is_finished
    }

    /// Nobody will await the outcome any more.
    pub fn detach(&self) {
        self.detach_as(self.id);
    }

    /// The same, where the outcome is that of another task than the cell's own, of which it is a part.
    pub fn detach_as(&self, task: Id) {
        if self.is_taken() {
            return;
        }
        let mut state = self.lock();
        state.is_detached = true;
        let (join, outcome) = (state.join.take(), state.outcome.take());
        if self.is_finished() {
            self.is_taken.store(true, Ordering::Relaxed);
        }
        drop(state);
        discard(join);
        if let Some(outcome) = outcome {
            // A destructor of it is one of the task's (S19).
            let _running = Running::enter(task);
            discard(outcome);
        }
    }
}

impl<T> fmt::Debug for Cell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutcomeCell")
            .field("is_finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, anyrt_loom))]
#[path = "cell_loom.rs"]
mod loom_models;
