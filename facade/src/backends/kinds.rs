//! What the last words of a line in the list of backends stand for.
//!
//! [`Owned`] or [`OfProcess`] says whose the runtimes of a backend are, [`InPlace`] or [`Elsewhere`] where closures may
//! block. The list is in `backends.rs`.

use std::future::Future;
use std::io;

use anyrt_core::backend::call_outside_of_polls;
use anyrt_core::task::Meta;
use anyrt_core::time::Duration;
use anyrt_core::{BlockInPlace, Config, Launch, Shutdown, Spawn, SpawnBlocking};

use super::Surroundings;

/// Runtimes that belong to whoever started them, who can end them.
pub(super) struct Owned;

impl Owned {
    pub(super) const CAN_BE_ENDED: bool = true;

    pub(super) fn surround(backend: &str, config: Config, by: Surroundings) -> io::Result<Config> {
        by.of_threads(backend, config)
    }

    pub(super) fn end(runtime: impl Shutdown, timeout: Duration) {
        runtime.shutdown_timeout(timeout);
    }

    #[inline]
    pub(super) fn spawn_task<H: Spawn, F>(
        handle: &H,
        meta: Meta<'_>,
        future: F,
    ) -> H::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        handle.spawn_task(meta, future)
    }

    pub(super) fn spawn_closure<H: SpawnBlocking, F, T>(
        handle: &H,
        meta: Meta<'_>,
        closure: F,
    ) -> H::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        handle.spawn_closure(meta, closure)
    }
}

/// The one runtime of the process, which ends with it, and whose threads have no hooks.
pub(super) struct OfProcess;

impl OfProcess {
    pub(super) const CAN_BE_ENDED: bool = false;

    pub(super) fn surround(_: &str, config: Config, by: Surroundings) -> io::Result<Config> {
        by.of_process().map(|()| config)
    }

    pub(super) fn end(_: impl Launch, _: Duration) {}

    #[inline]
    pub(super) fn spawn_task<H: Spawn, F>(
        handle: &H,
        meta: Meta<'_>,
        future: F,
    ) -> H::JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        handle.spawn_task(meta, Surroundings::task(future))
    }

    pub(super) fn spawn_closure<H: SpawnBlocking, F, T>(
        handle: &H,
        meta: Meta<'_>,
        closure: F,
    ) -> H::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        handle.spawn_closure(meta, Surroundings::closure(closure))
    }
}

/// Closures may block on the thread of a task, which others take the place of.
pub(super) struct InPlace;

impl InPlace {
    pub(super) fn call<H: BlockInPlace, T>(_: &H, closure: impl FnOnce() -> T) -> io::Result<T> {
        H::block_in_place(closure)
    }
}

/// Closures block on threads of their own alone.
pub(super) struct Elsewhere;

impl Elsewhere {
    pub(super) fn call<H: Spawn, T>(_: &H, closure: impl FnOnce() -> T) -> io::Result<T> {
        call_outside_of_polls(closure)
    }
}
