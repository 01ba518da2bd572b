//! A set of tasks that are joined in the order in which they end.

use std::future::{Future, poll_fn};
use std::task::{Context, Poll, ready};
use std::{fmt, panic};

use crate::context::here;
use crate::runtime::Handle;
use crate::task::budget::budgeted;
use crate::task::coop::poll_proceed;
use crate::task::{AbortHandle, Id, JoinError, LocalSet, local};

/// A set of tasks, whose outputs are awaited in the order in which the tasks end. Dropping it aborts them.
pub struct JoinSet<T> {
    inner: anyrt::task::JoinSet<T>,
}

impl<T> JoinSet<T> {
    /// An empty one.
    pub fn new() -> Self {
        Self { inner: anyrt::task::JoinSet::new() }
    }

    /// How many tasks have not been joined.
    pub fn len(&self) -> usize {
        self.inner.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.inner.is_empty()
    }
}

impl<T: 'static> JoinSet<T> {
    /// Starts `task` as one of the set, on the runtime around this call.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T>,
        F: Send + 'static,
        T: Send,
    {
        AbortHandle::new(self.inner.spawn_on(budgeted(task), &here()))
    }

    /// Starts `task` as one of the set, on a runtime of the caller's choice.
    #[track_caller]
    pub fn spawn_on<F>(&mut self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T>,
        F: Send + 'static,
        T: Send,
    {
        AbortHandle::new(self.inner.spawn_on(budgeted(task), handle.anyrt()))
    }

    /// Starts `task` as one of the set, on this thread; see [`spawn_local`](crate::task::spawn_local).
    ///
    /// # Panics
    ///
    /// Outside of a [`LocalSet`] and of a [`LocalRuntime`](crate::runtime::LocalRuntime).
    #[track_caller]
    pub fn spawn_local<F>(&mut self, task: F) -> AbortHandle
    where
        F: Future<Output = T>,
        F: 'static,
    {
        AbortHandle::new(local::spawn_in(&mut self.inner, budgeted(task)))
    }

    /// Starts `task` as one of the set, on a [`LocalSet`] that runs it when it is run itself.
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T>,
        F: 'static,
    {
        AbortHandle::new(self.inner.spawn_local_on(budgeted(task), local_set.anyrt()))
    }

    /// Runs `f` where blocking is welcome, as one of the set.
    ///
    /// # Panics
    ///
    /// Outside of a runtime.
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T,
        F: Send + 'static,
        T: Send,
    {
        AbortHandle::new(self.inner.spawn_blocking_on(f, &here()))
    }

    /// Runs `f` where blocking is welcome, as one of the set, on a runtime of the caller's choice.
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T,
        F: Send + 'static,
        T: Send,
    {
        AbortHandle::new(self.inner.spawn_blocking_on(f, handle.anyrt()))
    }

    /// Waits for the next task that ends; `None` if there is no task.
    ///
    /// Cancel safe: dropped before it is ready, it has taken nothing out of the set.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// [`join_next`](Self::join_next) with the id of the task. Cancel safe likewise.
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Takes the output of a task that has ended; `None` if none has, or there is no task.
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        Some(self.inner.try_join_next()?.map_err(JoinError::new))
    }

    /// [`try_join_next`](Self::try_join_next) with the id of the task.
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        Some(with_id(self.inner.try_join_next_with_id()?))
    }

    /// Aborts all tasks, and waits until they have ended.
    ///
    /// Cancel safe: dropped before it is ready, it leaves what has not ended in the set, aborted.
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Waits until all tasks have ended, and returns their outputs in the order in which they did.
    ///
    /// # Panics
    ///
    /// A task has panicked, with its payload, or was aborted. The others are aborted then.
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(joined) = self.join_next().await {
            match joined {
                Ok(output) => outputs.push(output),
                Err(error) => match error.try_into_panic() {
                    Ok(payload) => panic::resume_unwind(payload),
                    Err(error) => panic!("{error}"),
                },
            }
        }
        outputs
    }

    /// Asks that all tasks be stopped. They stay in the set, until they are joined.
    pub fn abort_all(&mut self) {
        self.inner.abort_all();
    }

    /// Takes all tasks out of the set, which run on by themselves.
    pub fn detach_all(&mut self) {
        self.inner.detach_all();
    }

    /// [`join_next`](Self::join_next) as a poll function. Of several callers the last one is woken.
    ///
    /// It may be pending although a task has ended, if the budget of the task around it is used up; that task is
    /// polled again then.
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        let operation = ready!(poll_proceed(cx));
        let joined = ready!(self.inner.poll_join_next(cx));
        operation.made_progress();
        Poll::Ready(joined.map(|joined| joined.map_err(JoinError::new)))
    }

    /// [`poll_join_next`](Self::poll_join_next) with the id of the task.
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        if self.is_empty() {
            return Poll::Ready(None);
        }
        let operation = ready!(poll_proceed(cx));
        let joined = ready!(self.inner.poll_join_next_with_id(cx));
        operation.made_progress();
        Poll::Ready(joined.map(with_id))
    }
}

fn with_id<T>(
    joined: Result<(anyrt::task::Id, T), anyrt::JoinError>,
) -> Result<(Id, T), JoinError> {
    match joined {
        Ok((id, output)) => Ok((Id::new(id), output)),
        Err(error) => Err(JoinError::new(error)),
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T>,
    F: Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(tasks: I) -> Self {
        let mut set = Self::new();
        set.extend(tasks);
        set
    }
}

impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T>,
    F: Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, tasks: I) {
        for task in tasks {
            self.spawn(task);
        }
    }
}
