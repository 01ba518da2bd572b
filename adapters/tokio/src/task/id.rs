//! Which task it is.

use std::cell::Cell;
use std::fmt;

thread_local! {
    /// The task whose code is in a `block_on`: the future of that is of the task.
    static AROUND: Cell<Option<anyrt::task::Id>> = const { Cell::new(None) };
}

/// Notes the task of this thread for a `block_on`, until it is dropped.
pub(crate) struct Around {
    before: Option<anyrt::task::Id>,
}

impl Around {
    #[track_caller]
    pub(crate) fn block_on() -> Self {
        let task = anyrt::task::try_id().or_else(|| AROUND.get());
        Self { before: AROUND.replace(task) }
    }
}

impl Drop for Around {
    fn drop(&mut self) {
        AROUND.set(self.before);
    }
}

/// Tells a task from all others.
#[derive(Clone, Copy, Hash, Eq, PartialEq, PartialOrd, Ord)]
pub struct Id {
    inner: anyrt::task::Id,
}

impl Id {
    #[inline]
    pub(crate) fn new(inner: anyrt::task::Id) -> Self {
        Self { inner }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As a tuple struct of a number.
        f.debug_tuple("Id").field(&format_args!("{}", self.inner)).finish()
    }
}

/// The task, or the blocking closure, that this code is of.
///
/// # Panics
///
/// If it is of none. The future of a `block_on` is none of its own.
#[track_caller]
pub fn id() -> Id {
    try_id().expect("Can't get a task id when not inside a task")
}

/// The task, or the blocking closure, that this code is of.
#[track_caller]
pub fn try_id() -> Option<Id> {
    anyrt::task::try_id().or_else(|| AROUND.get()).map(Id::new)
}
