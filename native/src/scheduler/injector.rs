//! The queue for all: entries that come from threads which hold no core, and from rings that are full.
//!
//! A thread that pushes an entry adds it to a stack, by one compare-and-swap, with a link that is in the entry. A
//! thread that takes does so under a lock, from a queue in the order in which entries came: the stack is taken off as
//! a whole, and turned round behind the rest of the queue.
//!
//! Many entries at once come as they lie in a ring, and go to the queue as they are: their tasks were not touched for
//! long, and to link them would bring each into the cache. The other queues are in `ring.rs`.

use std::collections::VecDeque;
use std::iter;
use std::ptr::{self, NonNull};

use super::ring::Ring;
use crate::sync::{AtomicPtr, AtomicUsize, CachePadded, Mutex, Ordering, lock};

/// So many entries are taken at once at most.
const LARGEST_BATCH: usize = 64;

/// Room for so many entries is kept.
const KEPT_ROOM: usize = 8192;

/// Something that can be an entry of an [`Injector`].
///
/// # Safety
/// `next` returns the place of a link, which lives as long as the entry, and which only the queue uses that the
/// entry is in. A thread that hands a pointer to a queue holds the value behind it, which is an entry of no other
/// queue, and keeps the value alive until it is taken out again.
pub(crate) unsafe trait Link: Sized {
    /// The place of an entry's link. Only the holder of the entry calls this.
    fn next(this: NonNull<Self>) -> *const AtomicPtr<Self>;
}

/// # Safety
/// The caller holds the entry, and goes on holding it while it uses the link.
#[inline]
unsafe fn link<'a, T: Link>(item: NonNull<T>) -> &'a AtomicPtr<T> {
    // SAFETY: `Link` promises the link of an entry that the caller says it holds.
    unsafe { &*T::next(item) }
}

/// A queue that everybody may push to and take from.
///
/// Entries that are left when it is dropped are not released.
pub(crate) struct Injector<T> {
    inbox: CachePadded<Inbox<T>>,
    /// The entries that are not on the stack, the oldest ones first.
    queue: CachePadded<Mutex<Queue<T>>>,
}

struct Inbox<T> {
    /// The stack: null, or the newest entry, or [`closed`].
    newest: AtomicPtr<T>,
    /// How many entries the queue has; never zero while there are any, or while some are on their way
    /// there. Written under the lock.
    queued: AtomicUsize,
}

struct Queue<T>(VecDeque<NonNull<T>>);

// SAFETY: it holds its entries by pointers, like the atomic one of the stack. That they may go to other
// threads is up to those who push them.
unsafe impl<T> Send for Queue<T> {}

/// What the stack is once nothing may be pushed any more. No entry is there.
#[inline]
fn closed<T>() -> *mut T {
    ptr::without_provenance_mut(usize::MAX)
}

impl<T: Link> Injector<T> {
    pub(crate) fn new() -> Self {
        let newest = AtomicPtr::new(ptr::null_mut());
        let inbox = Inbox { newest, queued: AtomicUsize::new(0) };
        let queue = Mutex::new(Queue(VecDeque::new()));
        Self { inbox: CachePadded::new(inbox), queue: CachePadded::new(queue) }
    }

    /// Whether there is nothing to be taken, for which no lock is needed.
    ///
    /// An entry that was pushed before a SeqCst fence is seen after another one, unless it was taken.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // Ordering: pairs with the release in `collect_and_leave`. A thread that sees that the stack was taken sees
        // the count that was raised before.
        let newest = self.inbox.newest.load(Ordering::Acquire);
        let is_stack_empty = newest.is_null() || newest == closed();
        is_stack_empty && self.inbox.queued.load(Ordering::Relaxed) == 0
    }

    /// How many entries there are. Takes the lock, and touches every entry that is new.
    pub(crate) fn len(&self) -> usize {
        self.with_queue(|queue| queue.len())
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// Gives it back if the queue is closed.
    #[inline]
    pub(crate) fn push(&self, item: NonNull<T>) -> Result<(), NonNull<T>> {
        // SAFETY: the caller hands the entry over, and we hold it until the swap succeeds.
        let next = unsafe { link(item) };
        let on_top = |newest| {
            (newest != closed()).then(|| {
                next.store(newest, Ordering::Relaxed);
                item.as_ptr()
            })
        };
        // Ordering: the release pairs with the acquire in `collect_and_leave`: the links, and what the entries point to.
        let pushed = self.inbox.newest.fetch_update(Ordering::Release, Ordering::Relaxed, on_top);
        pushed.map(drop).map_err(|_| item)
    }

    /// Adds many entries, without touching what they point to.
    ///
    /// # Errors
    /// Gives them back if the queue is closed.
    pub(crate) fn push_many(&self, items: Vec<NonNull<T>>) -> Result<(), Vec<NonNull<T>>> {
        self.with_queue(|queue| {
            // It is closed under the lock.
            if self.inbox.newest.load(Ordering::Relaxed) == closed() {
                return Err(items);
            }
            queue.extend(items);
            Ok(())
        })
    }

    /// Takes the oldest entry.
    pub(crate) fn pop(&self) -> Option<NonNull<T>> {
        if self.is_empty() {
            return None;
        }
        self.with_queue(VecDeque::pop_front)
    }

    /// Takes one of `share` parts of the entries, but at least one and not too many. Returns the oldest, and
    /// pushes the others into `into`, as far as there is room.
    ///
    /// # Safety
    /// The calling thread holds `into`; see [`Ring::push`].
    pub(crate) unsafe fn pop_batch(&self, share: usize, into: &Ring<T>) -> Option<NonNull<T>> {
        if self.is_empty() {
            return None;
        }
        self.with_queue(|queue| {
            let count = (queue.len() / share.max(1) + 1).min(LARGEST_BATCH);
            let first = queue.pop_front();
            for _ in 1..count {
                let Some(item) = queue.pop_front() else { break };
                // SAFETY: the caller holds the ring.
                if let Err(item) = unsafe { into.push(item) } {
                    queue.push_front(item);
                    break;
                }
            }
            first
        })
    }

    /// From now on nothing can be pushed. Everything that was can be taken once this returns.
    pub(crate) fn close(&self) {
        let mut queue = lock(&self.queue);
        self.collect_and_leave(&mut queue, closed());
    }

    /// Calls `change` with the queue, to which the entries of the stack have been moved.
    #[inline]
    fn with_queue<R>(&self, change: impl FnOnce(&mut VecDeque<NonNull<T>>) -> R) -> R {
        let mut queue = lock(&self.queue);
        let newest = self.inbox.newest.load(Ordering::Relaxed);
        // It is closed under the lock only, so that the swap does not undo that.
        if !newest.is_null() && newest != closed() {
            self.collect_and_leave(&mut queue, ptr::null_mut());
        }
        let result = change(&mut queue.0);
        if queue.0.is_empty() {
            queue.0.shrink_to(KEPT_ROOM);
        }
        // Relaxed: see `collect_and_leave`.
        self.inbox.queued.store(queue.0.len(), Ordering::Relaxed);
        result
    }

    fn collect_and_leave(&self, queue: &mut Queue<T>, rest: *mut T) {
        // Before the stack is seen to be empty, so that the entries are missing at no time.
        self.inbox.queued.store(queue.0.len() + 1, Ordering::Relaxed);
        // Ordering: acquires what was released with the entries in `push`; the release pairs with the
        // acquire in `is_empty`.
        let newest = self.inbox.newest.swap(rest, Ordering::AcqRel);
        if newest != closed() {
            queue.append_reversed(newest);
        }
        // Relaxed: too large a count makes somebody take the lock, and a smaller one means that
        // entries were taken.
        self.inbox.queued.store(queue.0.len(), Ordering::Relaxed);
    }
}

impl<T: Link> Queue<T> {
    /// Adds a stack of entries, which the queue holds from now on. `newest` is null if there are none.
    fn append_reversed(&mut self, newest: *mut T) {
        // SAFETY: the queue holds the entries.
        let older = |item: &NonNull<T>| unsafe { link(*item) }.load(Ordering::Relaxed);
        let stack = || iter::successors(NonNull::new(newest), |item| NonNull::new(older(item)));
        let before = self.0.len();
        self.0.resize(before + stack().count(), NonNull::dangling());
        for (place, item) in self.0.range_mut(before..).rev().zip(stack()) {
            *place = item;
            // Written, and not only read, so that the line comes for the writes of the core that will run the entry:
            // that core would wait for each of them, and nobody waits for this.
            // SAFETY: the queue holds the entries, and has the link of this one already.
            unsafe { link(item) }.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
#[path = "queue_item.rs"]
pub(super) mod item;

#[cfg(all(test, anyrt_loom))]
#[path = "injector_loom.rs"]
mod loom_models;

#[cfg(all(test, not(anyrt_loom)))]
#[path = "injector_tests.rs"]
mod tests;
