//! What a task is called, and where it was spawned.

use std::future::Future;
use std::panic::Location;

use super::is_large;
use crate::blocking::start_closure;
use crate::spawn::start_task;
use crate::{Spawn, SpawnBlocking};

/// What is known of a task or blocking closure when it is spawned.
///
/// Every backend is given it with the future, and so is an [observer](crate::observe).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Meta<'a> {
    /// The name that a [`Builder`] has given it.
    pub name: Option<&'a str>,
    /// A task or a closure.
    pub kind: Kind,
    /// Where in the program it was spawned.
    pub location: &'static Location<'static>,
}

/// What is spawned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A future, which is polled as a task of its own.
    Task,
    /// A blocking closure.
    Closure,
    /// A future that is polled on the thread that spawned it, with others of a set.
    LocalTask,
}

impl<'a> Meta<'a> {
    /// Without a name; the location is that of the caller.
    ///
    /// For facades, whose functions that spawn are `#[track_caller]`.
    ///
    /// ```
    /// use anyrt_core::task::{Kind, Meta};
    ///
    /// let meta = Meta::new(Kind::Task);
    /// assert_eq!(meta.location.line(), line!() - 1);
    /// ```
    #[inline]
    #[track_caller]
    pub const fn new(kind: Kind) -> Self {
        Self { name: None, kind, location: Location::caller() }
    }

    /// The same with this name.
    ///
    /// ```
    /// use anyrt_core::task::{Kind, Meta};
    ///
    /// assert_eq!(Meta::new(Kind::Closure).named(Some("manifest")).name, Some("manifest"));
    /// ```
    #[inline]
    pub const fn named(self, name: Option<&'a str>) -> Self {
        Self { name, ..self }
    }
}

/// Spawns tasks and closures that have a name, for whoever [observes](crate::observe) them.
///
/// A name costs nothing where nobody does.
///
/// ```
/// use anyrt_core::{Backend, JoinError, task::Builder};
///
/// async fn double<R: Backend>(runtime: &R, n: u32) -> Result<u32, JoinError> {
///     Builder::new().name("double").spawn_on(runtime, async move { n * 2 }).await
/// }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a builder does nothing until it spawns"]
pub struct Builder<'a> {
    name: Option<&'a str>,
}

impl<'a> Builder<'a> {
    /// No name yet.
    pub const fn new() -> Self {
        Self { name: None }
    }

    /// What the tasks and closures are called. Several may have one name.
    pub const fn name(self, name: &'a str) -> Self {
        Self { name: Some(name) }
    }

    /// Starts `future` as a task; see [`Spawn::spawn`].
    ///
    /// ```
    /// use anyrt_core::{JoinError, Spawn, task::Builder};
    ///
    /// async fn double<R: Spawn>(runtime: &R, n: u32) -> Result<u32, JoinError> {
    ///     Builder::new().name("double").spawn_on(runtime, async move { n * 2 }).await
    /// }
    /// ```
    #[inline]
    #[track_caller]
    pub fn spawn_on<R, F>(self, runtime: &R, future: F) -> R::JoinHandle<F::Output>
    where
        R: Spawn,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let meta = Meta::new(Kind::Task).named(self.name);
        if const { is_large::<F>() } {
            start_task(runtime, meta, Box::pin(future))
        } else {
            start_task(runtime, meta, future)
        }
    }

    /// Runs `closure` where blocking is welcome; see [`SpawnBlocking::spawn_blocking`].
    ///
    /// ```
    /// use std::{fs, io};
    /// use anyrt_core::{SpawnBlocking, task::Builder};
    ///
    /// async fn read<R: SpawnBlocking>(runtime: &R, path: String) -> io::Result<Vec<u8>> {
    ///     Builder::new().name("read").spawn_blocking_on(runtime, || fs::read(path)).await?
    /// }
    /// ```
    #[inline]
    #[track_caller]
    pub fn spawn_blocking_on<R, F, T>(self, runtime: &R, closure: F) -> R::BlockingHandle<T>
    where
        R: SpawnBlocking,
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        start_closure(runtime, Meta::new(Kind::Closure).named(self.name), closure)
    }
}
