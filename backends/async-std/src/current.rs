//! Whether a thread is inside async-std's runtime.

use anyrt_core::Current;
use anyrt_core::backend::CurrentHandle;

use crate::Handle;

thread_local!(static CURRENT: CurrentHandle<Handle> = const { CurrentHandle::new() });

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    const NUMBER: u8 = 2;

    fn enter(&self) -> EnterGuard<'_> {
        CurrentHandle::enter(&CURRENT, self)
    }

    /// Also finds it in tasks, whose threads are async-std's and were never entered.
    fn try_current() -> Option<Self> {
        let in_task = || async_std::task::try_current().map(|_task| Self::new());
        CurrentHandle::find(&CURRENT).or_else(in_task)
    }
}

/// Keeps a thread inside async-std's runtime; made by [`Current::enter`].
pub type EnterGuard<'a> = anyrt_core::backend::EnterGuard<'a, Handle>;
