//! The tokio runtime that a thread is inside, whoever entered it.

use std::cell::Cell;

use anyrt_core::Current;

use crate::Handle;
use crate::handle::Context;

thread_local! {
    // True on the threads of runtimes that we started and within our `block_on`. Then there is a
    // tokio context for certain, and its free functions need no handle: asking tokio for one
    // costs two reference counts, which is 1 % of a spawn.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Says whether the thread is inside a runtime for certain, and returns what was said before.
pub(crate) fn set_inside(inside: bool) -> bool {
    INSIDE.replace(inside)
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    /// # Panics
    /// tokio's guards panic when they are dropped in another than the reverse order.
    fn enter(&self) -> EnterGuard<'_> {
        let _guard = match &self.context {
            Context::Entered => None,
            Context::Runtime(tokio) => Some(tokio.enter()),
        };
        EnterGuard { _guard }
    }

    #[inline]
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
