//! The smol runtime that a thread is inside.

use anyrt_core::Current;
use anyrt_core::backend::CurrentHandle;

use crate::Handle;

thread_local!(static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() });

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    const NUMBER: u8 = 3;

    fn enter(&self) -> EnterGuard<'_> {
        CurrentHandle::enter(&CURRENT, self)
    }

    fn try_current() -> Option<Self> {
        CurrentHandle::find(&CURRENT)
    }
}

/// Keeps a thread inside a smol runtime; made by [`Current::enter`].
pub type EnterGuard<'a> = anyrt_core::backend::EnterGuard<'a, Handle>;
