//! What a task and its handles share.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::{fmt, mem};

use super::{Id, contain, discard};
use crate::JoinError;
use crate::spawn::{refuse_id, refuse_poll};

/// Where a [`Task`](super::Task) learns that it is aborted, and leaves its outcome.
///
/// For executors that make handles of their own kind, of what is in an [`OutcomeCell`](super::OutcomeCell) or
/// elsewhere.
pub trait Completion<T> {
    /// Which task it is.
    fn id(&self) -> Id;

    /// The task is about to be polled. False if it was aborted, and is to be dropped instead.
    ///
    /// An abort from now on wakes `waker`.
    fn prepare_poll(&self, waker: &Waker) -> bool;

    /// The future is gone, and this has come of it. Called once, and must not panic.
    fn finish(&self, outcome: Result<T, JoinError>);
}

/// The outcome of a task on its way to the handle, and the request to abort on its way to the task.
///
/// For executors whose handles are not those of [`joinable`](super::joinable).
pub struct Cell<T> {
    id: Id,
    state: Mutex<State<T>>,
}

struct State<T> {
    phase: Phase<T>,
    aborted: bool,
    detached: bool,
    // Wakes the task to see that it was aborted.
    task: Option<Waker>,
    // Wakes whoever awaits the handle.
    join: Option<Waker>,
}

enum Phase<T> {
    /// Neither finished nor, for a closure, beyond the point where an abort has an effect.
    Running,
    /// Finished, and nobody has taken the outcome yet.
    Finished(Result<T, JoinError>),
    /// Finished, and the outcome is gone.
    Taken,
}

impl<T> Cell<T> {
    /// Of a new task, with an id of its own.
    #[allow(clippy::new_without_default, reason = "each has another id")]
    pub fn new() -> Self {
        let state = State {
            phase: Phase::Running,
            aborted: false,
            detached: false,
            task: None,
            join: None,
        };
        Self { id: Id::next(), state: Mutex::new(state) }
    }

    /// Which task it is.
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
        matches!(self.lock().phase, Phase::Taken)
    }

    // Nothing that the user wrote runs under the lock, so that it can neither be poisoned by a
    // panic nor be taken twice by one thread. Wakers are cloned, woken and dropped outside, too.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes whom an abort has to wake. False if the task is to be dropped instead of polled.
    pub(super) fn prepare_poll(&self, task: &Waker) -> bool {
        let state = self.lock();
        if state.aborted {
            return false;
        }
        if state.task.as_ref().is_some_and(|waker| waker.will_wake(task)) {
            return true;
        }
        drop(state);
        let new = Some(task.clone());
        let mut state = self.lock();
        let aborted = state.aborted;
        let old = mem::replace(&mut state.task, new);
        drop(state);
        drop(old);
        !aborted
    }

    /// Whether a closure may start: an abort comes too late from now on.
    pub(super) fn start_closure(&self) -> bool {
        !self.lock().aborted
    }

    /// Hands the outcome to whoever awaits it, or drops it if nobody ever will.
    pub fn finish(&self, outcome: Result<T, JoinError>) {
        let mut state = self.lock();
        let task = state.task.take();
        let join = state.join.take();
        let unwanted = if state.detached {
            state.phase = Phase::Taken;
            Some(outcome)
        } else {
            state.phase = Phase::Finished(outcome);
            None
        };
        drop(state);
        discard(task);
        discard(unwanted);
        if let Some(join) = join {
            contain(|| join.wake());
        }
    }

    pub(super) fn abort(&self) {
        let mut state = self.lock();
        state.aborted = true;
        let task = state.task.take();
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
    }

    /// Whether there is an outcome, or was.
    pub fn is_finished(&self) -> bool {
        !matches!(self.lock().phase, Phase::Running)
    }

    /// Takes the outcome, or has the waker of `cx` woken when there is one.
    ///
    /// # Panics
    /// The outcome was taken (S8).
    #[track_caller]
    pub fn poll_join(&self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        if let Some(outcome) = self.take_outcome() {
            return Poll::Ready(outcome);
        }
        let waker = cx.waker().clone();
        let mut state = self.lock();
        if let Phase::Running = state.phase {
            let old = state.join.replace(waker);
            drop(state);
            drop(old);
            return Poll::Pending;
        }
        drop(state);
        // It finished in between.
        self.take_outcome().map_or(Poll::Pending, Poll::Ready)
    }

    #[track_caller]
    fn take_outcome(&self) -> Option<Result<T, JoinError>> {
        let mut state = self.lock();
        match mem::replace(&mut state.phase, Phase::Taken) {
            Phase::Finished(outcome) => Some(outcome),
            Phase::Running => {
                state.phase = Phase::Running;
                None
            }
            Phase::Taken => {
                drop(state);
                refuse_poll()
            }
        }
    }

    /// Nobody will await the outcome any more.
    pub fn detach(&self) {
        let mut state = self.lock();
        state.detached = true;
        let join = state.join.take();
        let outcome = match mem::replace(&mut state.phase, Phase::Taken) {
            Phase::Finished(outcome) => Some(outcome),
            Phase::Running => {
                state.phase = Phase::Running;
                None
            }
            Phase::Taken => None,
        };
        drop(state);
        discard((join, outcome));
    }
}

impl<T> fmt::Debug for Cell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutcomeCell")
            .field("is_finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}
