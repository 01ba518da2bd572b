//! On systems where no process can be forked, and under Miri, which can't ask the system for a handler.

use std::marker::PhantomData;

/// A number that is another one after a fork, in the child: always the same.
#[inline]
pub fn forks() -> u32 {
    1
}

/// Says what [`forks`] does.
pub fn watch() -> u32 {
    forks()
}

/// There will be none.
pub fn ask_before(_is_inside: fn() -> bool) {}

/// There will be none.
pub fn call_in_child(_hook: fn()) {}

/// Whether this thread is inside runtimes that were left in a parent: never.
#[inline]
pub fn is_left_behind() -> bool {
    false
}

/// To be called when a thread enters a runtime of this process.
pub fn enter() -> EnterGuard {
    EnterGuard { _of_this_thread: PhantomData }
}

/// Keeps it noted that the thread is inside a runtime of this process; made by [`enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard {
    _of_this_thread: PhantomData<*const ()>,
}
