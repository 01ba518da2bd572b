//! The native runtime that a thread is inside.

use std::cell::Cell;

use anyrt_core::Current;
use anyrt_core::backend::{self, CurrentHandle};

use crate::Handle;
use crate::scheduler::context;

thread_local! {
    static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() };
    // How many guards have been made since the thread runs what it runs: while there is none, the
    // runtime that it runs is the one that it is inside, and no reference count is needed to say so.
    static GUARDS: Cell<usize> = const { Cell::new(0) };
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    fn enter(&self) -> EnterGuard<'_> {
        let inside = CurrentHandle::enter(&CURRENT, self);
        GUARDS.set(GUARDS.get() + 1);
        EnterGuard { _inside: inside }
    }

    fn try_current() -> Option<Self> {
        CurrentHandle::find(&CURRENT)
    }

    #[inline]
    fn try_here() -> Option<Self> {
        let is_running = GUARDS.get() == 0 && context(|context| context.is_some());
        if is_running { Some(Self::around()) } else { Self::try_current() }
    }
}

/// Keeps a thread inside a native runtime; made by [`Current::enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    _inside: backend::EnterGuard<'a, Handle>,
}

impl Drop for EnterGuard<'_> {
    fn drop(&mut self) {
        GUARDS.set(GUARDS.get().saturating_sub(1));
    }
}

/// Keeps a thread inside the runtime that it runs.
pub(crate) struct Running<'a> {
    _inside: backend::EnterGuard<'a, Handle>,
    guards_before: usize,
}

/// Puts the thread inside the runtime of a worker's loop or a `block_on`.
pub(crate) fn run(handle: &Handle) -> Running<'_> {
    Running { _inside: CurrentHandle::enter(&CURRENT, handle), guards_before: GUARDS.replace(0) }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        GUARDS.set(self.guards_before);
    }
}
