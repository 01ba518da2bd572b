//! Tasks of a set that have a name.

use std::fmt;
use std::future::Future;

use super::JoinSet;
use crate::task::{self, LocalSet};
use crate::{AbortHandle, Handle};

/// Spawns tasks of a [`JoinSet`] that have a name; made by [`JoinSet::build_task`].
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder<'a, T> {
    set: &'a mut JoinSet<T>,
    builder: task::Builder<'a>,
}

impl<'a, T: 'static> Builder<'a, T> {
    pub(super) fn new(set: &'a mut JoinSet<T>) -> Self {
        Self { set, builder: task::Builder::new() }
    }

    /// What the task is called.
    pub fn name(self, name: &'a str) -> Self {
        Self { builder: self.builder.name(name), ..self }
    }

    /// See [`JoinSet::spawn`].
    #[track_caller]
    pub fn spawn<F>(self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.set.insert(self.builder.spawn(task))
    }

    /// See [`JoinSet::spawn_on`].
    #[track_caller]
    pub fn spawn_on<F>(self, task: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.set.insert(self.builder.spawn_on(handle, task))
    }

    /// See [`JoinSet::spawn_local`].
    #[track_caller]
    pub fn spawn_local<F>(self, task: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.set.insert(self.builder.spawn_local(task))
    }

    /// See [`JoinSet::spawn_local_on`].
    #[track_caller]
    pub fn spawn_local_on<F>(self, task: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.set.insert(self.builder.spawn_local_on(local_set, task))
    }

    /// See [`JoinSet::spawn_blocking`].
    #[track_caller]
    pub fn spawn_blocking<F>(self, closure: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.set.insert(self.builder.spawn_blocking(closure))
    }

    /// See [`JoinSet::spawn_blocking_on`].
    #[track_caller]
    pub fn spawn_blocking_on<F>(self, closure: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.set.insert(self.builder.spawn_blocking_on(handle, closure))
    }
}

impl<T> fmt::Debug for Builder<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("set", &self.set).field("task", &self.builder).finish()
    }
}
