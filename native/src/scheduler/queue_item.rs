//! What the tests of the queues put into them.

use std::ptr::NonNull;
use std::sync::atomic;

use super::Link;
use crate::sync::{AtomicPtr, Ordering, UnsafeCell};

/// An entry that knows how often it was taken, and whether takers have seen what was written before.
pub(in crate::scheduler) struct Item {
    next: AtomicPtr<Self>,
    pub(in crate::scheduler) index: usize,
    /// Not atomic: who takes the item without being ordered after who pushed it is found out by loom
    /// and by sanitizers.
    payload: UnsafeCell<usize>,
    taken: atomic::AtomicUsize,
}

/// Items that outlive the queues they are in.
pub(in crate::scheduler) struct Items(Vec<Item>);

// SAFETY: the payload is only touched by who pushes or takes the item; that this is one thread at a time
// is what the tests find out.
unsafe impl Sync for Items {}
// SAFETY: as above.
unsafe impl Send for Items {}

// SAFETY: the link is used by nobody else, and the tests keep their items until the end.
unsafe impl Link for Item {
    fn next(this: NonNull<Self>) -> *const AtomicPtr<Self> {
        // SAFETY: the item lives, and no reference to it is made here.
        unsafe { &raw const (*this.as_ptr()).next }
    }
}

impl Items {
    pub(in crate::scheduler) fn new(count: usize) -> Self {
        let item = |index| Item {
            next: AtomicPtr::new(std::ptr::null_mut()),
            index,
            payload: UnsafeCell::new(0),
            taken: atomic::AtomicUsize::new(0),
        };
        Self((0..count).map(item).collect())
    }

    /// The item, written to, as it is pushed.
    pub(in crate::scheduler) fn fill(&self, index: usize) -> NonNull<Item> {
        let item = &self.0[index];
        // SAFETY: the item is in no queue, so that nobody looks at it.
        item.payload.with_mut(|payload| unsafe { *payload = index + 1 });
        NonNull::from(item)
    }

    /// Where the item is.
    pub(in crate::scheduler) fn address(&self, index: usize) -> NonNull<Item> {
        NonNull::from(&self.0[index])
    }

    /// Who takes an item tells so here. Returns its index.
    pub(in crate::scheduler) fn take(&self, item: NonNull<Item>) -> usize {
        // SAFETY: all items live as long as `self`.
        let item = unsafe { item.as_ref() };
        item.payload.with_mut(|payload| {
            // SAFETY: whoever has taken the item is the only one that looks at it.
            let payload = unsafe { &mut *payload };
            assert_eq!(
                std::mem::take(payload),
                item.index + 1,
                "taken before it was written, or twice"
            );
        });
        item.taken.fetch_add(1, Ordering::Relaxed);
        item.index
    }

    /// How many were taken, once each.
    pub(in crate::scheduler) fn count_taken(&self) -> usize {
        let taken = self.0.iter().map(|item| item.taken.load(Ordering::Relaxed));
        taken.inspect(|taken| assert!(*taken <= 1, "taken twice")).sum()
    }
}
