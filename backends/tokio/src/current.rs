//! The tokio runtime that a thread is inside, whoever entered it.

use std::cell::Cell;

use anyrt_core::Current;
use anyrt_core::backend::{CurrentHandle, InnermostMark, mark_innermost, notice_others};
use anyrt_core::task::number_of;

use crate::{Handle, ending};

thread_local! {
    // True on the threads of runtimes that we started and within our `block_on`. Then there is a
    // tokio context for certain, and its free functions need no handle: asking tokio for one
    // costs two reference counts, which is 1 % of a spawn.
    pub(crate) static INSIDE: Cell<bool> = const { Cell::new(false) };
}

impl Current for Handle {
    type Guard<'a> = EnterGuard<'a>;

    const NUMBER: u8 = 1;

    /// # Panics
    /// tokio's guards panic when they are dropped in another than the reverse order.
    fn enter(&self) -> EnterGuard<'_> {
        let is_ending = !ending::has_context();
        EnterGuard {
            _guard: self.enter_tokio().map(|guard| (guard, mark_innermost::<Self>())),
            _ending: is_ending.then(|| CurrentHandle::enter(&ending::INSIDE, self)),
        }
    }

    fn notice_others() {
        notice_others::<Self>(|| {
            let tokio = tokio::runtime::Handle::try_current();
            tokio.map_or(0, |tokio| number_of(&tokio.id()))
        });
    }

    #[inline]
    fn try_current() -> Option<Self> {
        let found = tokio::runtime::Handle::try_current();
        found.ok().map(Self::from).or_else(|| CurrentHandle::find(&ending::INSIDE))
    }

    #[inline]
    fn try_here() -> Option<Self> {
        if INSIDE.get() {
            return Some(Self { named: None });
        }
        Self::try_current()
    }
}

/// Keeps a thread inside a tokio runtime; made by [`Current::enter`].
#[derive(Debug)]
#[must_use = "the runtime is left when the guard is dropped"]
pub struct EnterGuard<'a> {
    _guard: Option<(tokio::runtime::EnterGuard<'a>, InnermostMark)>,
    _ending: Option<anyrt_core::backend::EnterGuard<'a, Handle>>,
}
