//! The tokio runtime that a thread is inside, whoever entered it.

use std::cell::Cell;

use anyrt_core::Current;

use crate::Handle;
use crate::handle::Context;

thread_local! {
    // True on the threads of runtimes that we started and within our `block_on`. Then there is a
    // tokio context for certain, and its free functions need no handle: asking tokio for one
    // costs two reference counts, which is 2 % of a spawn.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// For the threads of a runtime of ours, when they start and stop.
pub(crate) fn set_inside(inside: bool) {
    INSIDE.set(inside);
}

/// Notes that the thread is inside a runtime until it is dropped.
pub(crate) struct InsideGuard {
    before: bool,
}

impl InsideGuard {
    pub(crate) fn new() -> Self {
        Self { before: INSIDE.replace(true) }
    }
}

impl Drop for InsideGuard {
    fn drop(&mut self) {
        INSIDE.set(self.before);
    }
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    /// # Panics
    /// tokio's guards panic when they are dropped in another than the reverse order.
    fn enter(&self) -> EnterGuard<'_> {
        EnterGuard {
            _guard: match &self.context {
                Context::Entered => None,
                Context::Runtime { tokio, .. } => Some(tokio.enter()),
            },
        }
    }

    fn try_current() -> Option<Self> {
        tokio::runtime::Handle::try_current().ok().map(Self::from)
    }

    #[inline]
    fn try_here() -> Option<Self> {
        if INSIDE.get() {
            return Some(Self { context: Context::Entered });
        }
        Self::try_current()
    }
}

/// Keeps a thread inside a tokio runtime; made by [`Current::enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    _guard: Option<tokio::runtime::EnterGuard<'a>>,
}
