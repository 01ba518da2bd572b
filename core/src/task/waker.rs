//! Wakers of users, for runtimes that can't bear a panic where they wake.

use std::ptr;
use std::sync::{Arc, OnceLock};
use std::task::{Context, RawWakerVTable, Wake, Waker};

use super::contain;

/// Makes wakers that let no panic of the user's waker out (S5).
///
/// For a runtime that wakes in its driver, or under a lock. To be kept beside what waits: for a waker
/// that was seen last time, no memory is taken again.
///
/// ```
/// use std::sync::Arc;
/// use std::task::{Wake, Waker};
/// use anyrt_core::task::ContainedWaker;
///
/// struct Panics;
///
/// impl Wake for Panics {
///     fn wake(self: Arc<Self>) {
///         panic!("in a waker");
///     }
/// }
///
/// let mut contained = ContainedWaker::default();
/// contained.for_waker(&Waker::from(Arc::new(Panics))).wake();
/// ```
#[derive(Debug, Default)]
pub struct ContainedWaker {
    last: Option<Arc<Contained>>,
}

impl ContainedWaker {
    /// One that wakes `waker`.
    pub fn for_waker(&mut self, waker: &Waker) -> Waker {
        let last = self.last.take().filter(|last| last.is_for(waker));
        let last = last.unwrap_or_else(|| Arc::new(Contained(Some(waker.clone()))));
        self.last = Some(Arc::clone(&last));
        last.into()
    }

    /// Polls with such a waker, or with that of `cx` if it is one of the runtime's own.
    #[inline]
    pub fn poll<T, const KINDS: usize>(
        &mut self,
        own: &OwnWakers<KINDS>,
        cx: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> T,
    ) -> T {
        if own.made(cx.waker()) {
            return poll(cx);
        }
        poll(&mut Context::from_waker(&self.for_waker(cx.waker())))
    }
}

/// The kinds of wakers that a runtime makes itself, which do not panic. They are known by their vtables.
#[derive(Debug)]
pub struct OwnWakers<const KINDS: usize> {
    vtables: [OnceLock<&'static RawWakerVTable>; KINDS],
}

impl<const KINDS: usize> OwnWakers<KINDS> {
    /// None is known yet.
    pub const fn new() -> Self {
        Self { vtables: [const { OnceLock::new() }; KINDS] }
    }

    /// To be called with a waker of this kind, as often as one is met.
    #[inline]
    pub fn learn(&self, kind: usize, waker: &Waker) {
        if let Some(vtable) = self.vtables.get(kind).filter(|vtable| vtable.get().is_none()) {
            let _ = vtable.set(waker.vtable());
        }
    }

    /// Whether this is a waker of a kind that is known.
    #[inline]
    pub fn made(&self, waker: &Waker) -> bool {
        let is_of = |vtable: &&'static RawWakerVTable| ptr::eq(*vtable, waker.vtable());
        self.vtables.iter().filter_map(OnceLock::get).any(is_of)
    }
}

impl<const KINDS: usize> Default for OwnWakers<KINDS> {
    fn default() -> Self {
        Self::new()
    }
}

/// The waker of a user; `None` only while it is being dropped.
#[derive(Debug)]
struct Contained(Option<Waker>);

impl Contained {
    fn is_for(&self, waker: &Waker) -> bool {
        self.0.as_ref().is_some_and(|own| own.will_wake(waker))
    }
}

impl Wake for Contained {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(waker) = &self.0 {
            contain(|| waker.wake_by_ref());
        }
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        contain(|| drop(self.0.take()));
    }
}
