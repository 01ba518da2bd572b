//! The part of a sleep that wheels know: a node in a list, with the waker to be woken.
//!
//! It lies in the sleep's own memory. Its links and its waker are protected by the lock of the wheel
//! that it was given to; `phase` says whether it is in there. `README.md` has the phases.

use std::fmt;
use std::marker::PhantomPinned;
use std::ptr::NonNull;
use std::task::Waker;

use super::clock::Moment;
use crate::sync::{AtomicU32, AtomicU64, Ordering, UnsafeCell};

/// Where a node is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// In no wheel, and no wheel knows of it.
    Idle,
    /// In a wheel, with a waker.
    Waiting,
    /// The wheel let go of it, because its time had come or the runtime ended.
    Fired,
}

const IDLE: u32 = 0;
const WAITING: u32 = 1;
const FIRED: u32 = 2;

/// What a wheel links together.
pub(super) struct Node {
    phase: AtomicU32,
    /// The wheel that it was given to last. Of interest to its owner only.
    wheel: AtomicU32,
    /// When it is to fire: set by the owner, also while the node stands under an earlier moment.
    deadline: AtomicU64,
    links: UnsafeCell<Links>,
    /// Wheels point here. It also tells the compiler that a `&mut` to the sleep is not the only way to
    /// get at this.
    _pinned: PhantomPinned,
}

/// What belongs to whoever has the lock of the wheel.
pub(super) struct Links {
    pub(super) previous: Option<NonNull<Node>>,
    pub(super) next: Option<NonNull<Node>>,
    /// The index of the slot whose list it is in.
    pub(super) slot: usize,
    pub(super) waker: Option<Waker>,
}

// SAFETY: the links, which hold the pointers and the waker, are used by one thread at a time: by whoever
// has the lock of the wheel. Wakers are `Send`.
unsafe impl Send for Node {}
// SAFETY: as above, and the rest is atomic.
unsafe impl Sync for Node {}

impl Node {
    pub(super) fn new() -> Self {
        Self {
            phase: AtomicU32::new(IDLE),
            wheel: AtomicU32::new(0),
            deadline: AtomicU64::new(0),
            links: UnsafeCell::new(Links { previous: None, next: None, slot: 0, waker: None }),
            _pinned: PhantomPinned,
        }
    }

    /// The phase. It goes from waiting to fired at any time, unless the lock is held; all else its owner
    /// does.
    #[inline]
    pub(super) fn phase(&self) -> Phase {
        // Ordering: Acquire pairs with the Release of `fire`: the owner of a node that has fired may free
        // it, after the last access by the wheel.
        match self.phase.load(Ordering::Acquire) {
            IDLE => Phase::Idle,
            WAITING => Phase::Waiting,
            _ => Phase::Fired,
        }
    }

    pub(super) fn wheel(&self) -> usize {
        self.wheel.load(Ordering::Relaxed) as usize
    }

    #[inline]
    pub(super) fn deadline(&self) -> Moment {
        // Relaxed: an old value makes the node fire early, which its owner expects after a change.
        Moment::from_nanos(self.deadline.load(Ordering::Relaxed))
    }

    /// Moves the deadline of a node that may be in a wheel, if that is to later: the wheel finds out
    /// when it comes to the node. Only the owner may do this.
    #[must_use]
    pub(super) fn postpone(&self, deadline: Moment) -> bool {
        let is_later = !self.deadline().is_after(deadline);
        if is_later {
            self.set_deadline(deadline);
        }
        is_later
    }

    /// For a node in no list, or to later. Only the owner may do this.
    pub(super) fn set_deadline(&self, deadline: Moment) {
        self.deadline.store(deadline.nanos(), Ordering::Relaxed);
    }

    /// Calls `access` with the links.
    ///
    /// # Safety
    /// The caller has the lock of the wheel that the node was given to, and does not call this again
    /// for the same node within `access`.
    #[inline]
    pub(super) unsafe fn links<R>(&self, access: impl FnOnce(&mut Links) -> R) -> R {
        self.links.with_mut(|links| {
            // SAFETY: the pointer is that of a cell in `self`; by the lock and the caller's promise
            // nobody else uses what is in it.
            access(unsafe { &mut *links })
        })
    }

    /// Makes the node one that waits, before it is put into a list.
    ///
    /// # Safety
    /// As for [`links`](Self::links); the node is in no list, and the caller is its owner.
    pub(super) unsafe fn prepare(&self, wheel: usize, deadline: Moment, waker: Waker) {
        // Relaxed: others look at these under the lock.
        self.phase.store(WAITING, Ordering::Relaxed);
        self.set_deadline(deadline);
        // A runtime has fewer threads than that.
        self.wheel.store(wheel as u32, Ordering::Relaxed);
        // SAFETY: the caller promises the same. The waker of a node in no list was taken out.
        unsafe { self.links(|links| links.waker = Some(waker)) };
    }

    /// Lets go of a node that was taken out of its list, whose owner may free it from here on.
    ///
    /// # Safety
    /// As for [`links`](Self::links); the node is in no list any more.
    pub(super) unsafe fn fire(&self) -> Option<Waker> {
        // SAFETY: the caller promises the same.
        let waker = unsafe { self.links(|links| links.waker.take()) };
        // Ordering: Release pairs with the Acquire of `phase`. This is the last access.
        self.phase.store(FIRED, Ordering::Release);
        waker
    }

    /// Takes back a node that was taken out of its list.
    ///
    /// # Safety
    /// As for [`links`](Self::links); the node is in no list, and the caller is its owner.
    pub(super) unsafe fn retire(&self) -> Option<Waker> {
        // SAFETY: the caller promises the same.
        let waker = unsafe { self.links(|links| links.waker.take()) };
        // Relaxed: only the owner looks at a node in no wheel.
        self.phase.store(IDLE, Ordering::Relaxed);
        waker
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("phase", &self.phase()).finish_non_exhaustive()
    }
}
