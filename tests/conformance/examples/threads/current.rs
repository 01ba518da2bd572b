//! The runtime that a thread is inside.

use anyrt_core::Current;
use anyrt_core::backend::{CurrentHandle, EnterGuard};

use super::Handle;

thread_local!(static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() });

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a, Self>;

    fn enter(&self) -> EnterGuard<'_, Self> {
        CurrentHandle::enter(&CURRENT, self)
    }

    fn try_current() -> Option<Self> {
        CurrentHandle::find(&CURRENT)
    }
}
