//! What a program holds of a task: the handle that awaits it, and the one that aborts it.

use std::fmt;
use std::future::{Future, pending};
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use anyrt_core::backend::{refuse_id, refuse_poll};
use anyrt_core::task::Id;
use anyrt_core::{JoinError, coop};

use super::cell::{catch, discard};
use super::failure::Failure;
use super::id::id_of;
use super::nowhere::Nowhere;
use super::state::Detachment;
use super::{Home, TaskRef, Wakeup};

/// Awaits a task or a blocking closure, and can abort it.
///
/// Dropping it detaches the task, which runs on. Awaiting it is cancel safe: dropping the await leaves
/// the task as it is.
///
/// To poll the handle looks whether the task has ended, and does nothing else: only the runtime polls tasks.
///
/// # Panics
/// If it is polled after it was ready.
pub struct JoinHandle<T> {
    /// With a reference. `None` once the outcome was taken.
    task: Option<TaskRef>,
    _output: PhantomData<T>,
}

// SAFETY: the handle gives the output away, which is `Send`, and nothing else of the task.
unsafe impl<T: Send> Send for JoinHandle<T> {}
// SAFETY: there is no way to the output through `&JoinHandle`.
unsafe impl<T: Send> Sync for JoinHandle<T> {}

impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// Starts a task at `home`, or [refuses](Self::refuse) it if that takes no more.
    #[inline]
    pub(crate) fn start<F, H: Home>(future: F, home: &H) -> Self
    where
        F: Future<Output = T> + Send,
        T: Send,
    {
        // SAFETY: the future and its output are `Send`.
        match unsafe { TaskRef::new(future, home) } {
            Ok(task) => {
                home.schedule(task, Wakeup::Spawned);
                Self::new(task)
            }
            Err(future) => Self::refuse(future),
        }
    }

    /// The handle of a new task with this output, whose reference it takes over.
    #[inline]
    fn new(task: TaskRef) -> Self {
        Self { task: Some(task), _output: PhantomData }
    }

    /// For what the runtime does not take any more: drops it, and resolves to cancelled.
    #[cold]
    pub(crate) fn refuse<F>(refused: F) -> Self {
        let failure = catch(|| drop(refused)).err().unwrap_or(Failure::CANCELLED);
        // SAFETY: the future is never polled, and there will be no output.
        let task = unsafe { TaskRef::new(pending::<T>(), &Nowhere) };
        let task = task.expect("there is memory, or the process ends");
        task.cancel_for(failure);
        Self::new(task)
    }

    /// Asks that the task be stopped; see [`AbortHandle::abort`].
    pub fn abort(&self) {
        if let Some(task) = self.task {
            task.abort();
        }
    }

    /// Whether the handle would resolve now. True only after the future has been dropped.
    pub fn is_finished(&self) -> bool {
        self.task.is_none_or(|task| task.state().is_done())
    }

    /// A handle that can abort the task and can be cloned, but does not await it.
    pub fn abort_handle(&self) -> AbortHandle {
        AbortHandle(self.task.inspect(|task| task.state().add_reference()))
    }

    /// Which task it is.
    ///
    /// # Panics
    /// The handle has returned its result.
    #[track_caller]
    pub fn id(&self) -> Id {
        let Some(task) = self.task else { refuse_id() };
        id_of(task)
    }

    /// Takes the outcome of the task, which is done.
    #[inline]
    fn take(&mut self, task: TaskRef) -> Result<T, JoinError> {
        self.task = None;
        // SAFETY: the task is done, its output is of this type, and it is taken this once.
        let outcome = unsafe { task.take_outcome::<T>() };
        // Before the last reference may go.
        let outcome = outcome.map_err(|failure| failure.into_error(id_of(task)));
        task.free_if_last(task.state().release_joined());
        outcome
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[inline]
    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(task) = self.task else { refuse_poll() };
        if !task.state().is_done() && wait(task, cx.waker()) {
            return Poll::Pending;
        }
        ready!(coop::poll_proceed(cx)).made_progress();
        Poll::Ready(self.take(task))
    }
}

/// Has `waker` woken when the task is done. False if it is done already.
fn wait(task: TaskRef, waker: &Waker) -> bool {
    let (state, slot) = (task.state(), task.join_waker());
    let mut old = None;
    if state.has_join_waker() {
        let shown = slot.read();
        if shown.is_like(waker) && !state.is_done() {
            return true;
        }
        if !state.unset_join_waker() {
            return false;
        }
        old = Some(shown);
    }
    slot.put(waker.clone());
    let waits = state.set_join_waker();
    if waits && state.is_queued() {
        task.note_awaited();
    }
    if !waits {
        // SAFETY: the slot is the handle's, which has put a waker there.
        discard(unsafe { slot.read().into_waker() });
    }
    if let Some(old) = old {
        // SAFETY: the slot was given back with this in it.
        discard(unsafe { old.into_waker() });
    }
    waits
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        let Some(task) = self.task else { return };
        match task.state().detach() {
            None => return,
            Some(Detachment::Outcome) => task.drop_outcome(),
            // SAFETY: the state says that the slot is ours again, and full.
            Some(Detachment::Waker) => discard(unsafe { task.join_waker().read().into_waker() }),
        }
        task.release();
    }
}

impl<T> anyrt_core::JoinHandle<T> for JoinHandle<T> {
    type AbortHandle = AbortHandle;

    fn abort(&self) {
        Self::abort(self);
    }

    fn is_finished(&self) -> bool {
        Self::is_finished(self)
    }

    fn abort_handle(&self) -> AbortHandle {
        Self::abort_handle(self)
    }

    #[track_caller]
    fn id(&self) -> Id {
        Self::id(self)
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("is_finished", &self.is_finished()).finish()
    }
}

/// Aborts a task; can be cloned, and outlives the task without harm.
pub struct AbortHandle(Option<TaskRef>);

impl AbortHandle {
    /// Asks that the task be stopped.
    ///
    /// Returns at once, and never drops the task's future on this thread: the runtime does, before the
    /// join resolves to a cancelled [`JoinError`]. The output of a poll that is under way stands. A
    /// blocking closure is stopped only if it has not started.
    pub fn abort(&self) {
        if let Some(task) = self.0 {
            task.abort();
        }
    }

    /// Whether the task has ended and its future has been dropped.
    pub fn is_finished(&self) -> bool {
        self.0.is_none_or(|task| task.state().is_done())
    }

    /// Which task it is, also once it has ended.
    ///
    /// # Panics
    /// It was made of a join handle that had returned its result.
    #[track_caller]
    pub fn id(&self) -> Id {
        let Some(task) = self.0 else { refuse_id() };
        id_of(task)
    }
}

impl Clone for AbortHandle {
    fn clone(&self) -> Self {
        Self(self.0.inspect(|task| task.state().add_reference()))
    }
}

impl Drop for AbortHandle {
    fn drop(&mut self) {
        if let Some(task) = self.0 {
            task.release();
        }
    }
}

impl anyrt_core::AbortHandle for AbortHandle {
    fn abort(&self) {
        Self::abort(self);
    }

    fn is_finished(&self) -> bool {
        Self::is_finished(self)
    }

    #[track_caller]
    fn id(&self) -> Id {
        Self::id(self)
    }
}

impl fmt::Debug for AbortHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AbortHandle").field("is_finished", &self.is_finished()).finish()
    }
}
