//! The part of a sleep that wheels know: a node in a list, with the waker to be woken.
//!
//! It lies in the sleep's own memory. Its links and its waker are protected by the lock of the wheel
//! that it was given to; `is_waiting` says whether it is in there.

use std::marker::PhantomPinned;
use std::ptr::NonNull;
use std::task::Waker;

use super::clock::Moment;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, Ordering, UnsafeCell};

/// What a wheel links together.
#[derive(Debug)]
pub(super) struct Node {
    /// In a wheel, with a waker. Otherwise no wheel knows of it.
    is_waiting: AtomicBool,
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
#[derive(Debug)]
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
            is_waiting: AtomicBool::new(false),
            wheel: AtomicU32::new(0),
            deadline: AtomicU64::new(0),
            links: UnsafeCell::new(Links { previous: None, next: None, slot: 0, waker: None }),
            _pinned: PhantomPinned,
        }
    }

    /// Whether it waits in a wheel. That ends at any time, unless the lock is held; all else its owner does.
    #[inline]
    pub(super) fn is_waiting(&self) -> bool {
        // Ordering: Acquire pairs with the Release of `let_go`: the owner of a node that has fired may free
        // it, after the last access by the wheel.
        self.is_waiting.load(Ordering::Acquire)
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
        self.is_waiting.store(true, Ordering::Relaxed);
        self.set_deadline(deadline);
        // A runtime has fewer threads than that.
        self.wheel.store(wheel as u32, Ordering::Relaxed);
        // SAFETY: the caller promises the same. The waker of a node in no list was taken out.
        unsafe { self.links(|links| links.waker = Some(waker)) };
    }

    /// Lets go of a node that was taken out of its list, because its time has come, the runtime ends or its owner takes
    /// it back. The owner may free it from here on.
    ///
    /// # Safety
    /// As for [`links`](Self::links); the node is in no list any more.
    pub(super) unsafe fn let_go(&self) -> Option<Waker> {
        // SAFETY: the caller promises the same.
        let waker = unsafe { self.links(|links| links.waker.take()) };
        // Ordering: Release pairs with the Acquire of `is_waiting`. This is the last access.
        self.is_waiting.store(false, Ordering::Release);
        waker
    }
}
