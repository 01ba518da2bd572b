//! Which task it is.

use std::fmt;

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
/// If it is of none. The future of a `block_on` is none.
#[track_caller]
pub fn id() -> Id {
    try_id().expect("Can't get a task id when not inside a task")
}

/// The task, or the blocking closure, that this code is of.
#[track_caller]
pub fn try_id() -> Option<Id> {
    anyrt::task::try_id().map(Id::new)
}
