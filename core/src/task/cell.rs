//! What a task and its handles share.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::{Id, contain, discard};
use crate::JoinError;
use crate::spawn::{refuse_id, refuse_poll};

/// The outcome of a task on its way to the handle, and the request to abort on its way to the task.
pub(super) struct Cell<T> {
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
    pub(super) fn new() -> Self {
        let state = State {
            phase: Phase::Running,
            aborted: false,
            detached: false,
            task: None,
            join: None,
        };
        Self { id: Id::next(), state: Mutex::new(state) }
    }

    pub(super) fn id(&self) -> Id {
        self.id
    }

    /// The id, for whoever has a handle.
    #[track_caller]
    pub(super) fn id_of_handle(&self) -> Id {
        if self.is_taken() { refuse_id() } else { self.id }
    }

    /// Whether the outcome is gone.
    pub(super) fn is_taken(&self) -> bool {
        matches!(self.lock().phase, Phase::Taken)
    }

    /// Calls `code` of the user, and turns its panic into an error.
    pub(super) fn catch<R>(&self, code: impl FnOnce() -> R) -> Result<R, JoinError> {
        let panicked = |payload| JoinError::panicked(self.id, payload);
        catch_unwind(AssertUnwindSafe(code)).map_err(panicked)
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
    pub(super) fn finish(&self, outcome: Result<T, JoinError>) {
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

    pub(super) fn is_finished(&self) -> bool {
        !matches!(self.lock().phase, Phase::Running)
    }

    #[track_caller]
    pub(super) fn poll_join(&self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
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
    pub(super) fn detach(&self) {
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
