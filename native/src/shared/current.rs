//! The native runtime that a thread is inside.

use std::cell::Cell;

use anyrt_core::Current;
use anyrt_core::backend::{self, CurrentHandle};

use super::{Handle, context};

thread_local! {
    static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() };
    // How many guards have been made since the thread runs what it runs: while there is none, the
    // runtime that it runs is the one that it is inside, and no reference count is needed to say so.
    pub(super) static GUARDS: Cell<usize> = const { Cell::new(0) };
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    const NUMBER: u8 = 4;

    fn enter(&self) -> EnterGuard<'_> {
        let inside = CurrentHandle::enter(&CURRENT, self);
        GUARDS.set(GUARDS.get() + 1);
        EnterGuard { _counted: Counted, _inside: inside }
    }

    fn try_current() -> Option<Self> {
        Self::running().map_or_else(|| CurrentHandle::find(&CURRENT), |around| Some(around.clone()))
    }

    #[inline]
    fn try_here() -> Option<Self> {
        Self::running().or_else(|| CurrentHandle::find(&CURRENT))
    }
}

impl Handle {
    /// Stands for what the thread runs, if no guard has been made since.
    #[inline]
    fn running() -> Option<Self> {
        let is_running = GUARDS.get() == 0 && context(|context| context.is_some());
        is_running.then(|| Self { named: None })
    }
}

/// Keeps a thread inside a native runtime; made by [`Current::enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    // A destructor of the guard itself would keep the handle borrowed until then.
    _counted: Counted,
    _inside: backend::EnterGuard<'a, Handle>,
}

/// One of [`GUARDS`].
#[derive(Debug)]
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        GUARDS.set(GUARDS.get().saturating_sub(1));
    }
}
