//! The queue for all: entries that come from threads which hold no core, and from rings that are full.
//!
//! A thread that pushes an entry adds it to a stack, by one compare-and-swap. A thread that takes does so
//! under a lock, from a list: what has come in meanwhile is taken off the stack as a whole, and turned round,
//! behind the rest of the list. The links are in the entries, so that nothing is allocated.
//!
//! Many entries at once come as they lie in a ring, and are kept like that: their tasks were not touched for
//! long, and to link them would bring each into the cache, and again to take it. The other queues are in
//! `ring.rs`.

use std::collections::VecDeque;
use std::ptr::{self, NonNull};

use super::ring::Ring;
use crate::sync::{AtomicPtr, AtomicUsize, CachePadded, Mutex, Ordering, lock};

/// So many entries of the list are taken at once at most,
const LARGEST_BATCH: usize = 64;

/// and so many of those that came at once.
const LARGEST_CUT: usize = 512;

/// Room for so many entries that come at once is kept.
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
    queue: CachePadded<Mutex<Queue<T>>>,
}

struct Inbox<T> {
    /// The stack: null, or the newest entry, or [`closed`].
    newest: AtomicPtr<T>,
    /// How many entries the queue has; never zero while there are any, or while some are on their way
    /// there. Written under the lock.
    queued: AtomicUsize,
}

/// The entries that are not on the stack.
struct Queue<T> {
    /// The list, from the oldest entry on.
    oldest: *mut T,
    /// The last one of the list, if it is not empty.
    newest: *mut T,
    /// The length of the list.
    length: usize,
    /// The entries that came at once, the oldest ones first.
    many: VecDeque<NonNull<T>>,
}

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
        let (oldest, newest) = (ptr::null_mut(), ptr::null_mut());
        let queue = Queue { oldest, newest, length: 0, many: VecDeque::new() };
        Self { inbox: CachePadded::new(inbox), queue: CachePadded::new(Mutex::new(queue)) }
    }

    /// Whether there is nothing to be taken, for which no lock is needed.
    ///
    /// An entry that was pushed before a SeqCst fence is seen after another one, unless it was taken.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // Ordering: pairs with the release in `collect`. A thread that sees that the stack was taken sees
        // the count that was raised before.
        let newest = self.inbox.newest.load(Ordering::Acquire);
        let is_stack_empty = newest.is_null() || newest == closed();
        is_stack_empty && self.inbox.queued.load(Ordering::Relaxed) == 0
    }

    /// How many entries there are. Takes the lock, and touches every entry that is new.
    pub(crate) fn len(&self) -> usize {
        let mut queue = lock(&self.queue);
        self.collect(&mut queue);
        queue.len()
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
        // Ordering: the release pairs with the acquire in `collect`: the links, and what the entries point to.
        let pushed = self.inbox.newest.fetch_update(Ordering::Release, Ordering::Relaxed, on_top);
        pushed.map(drop).map_err(|_| item)
    }

    /// Adds many entries, without touching what they point to.
    ///
    /// # Errors
    /// Gives them back if the queue is closed.
    pub(crate) fn push_many(&self, items: Vec<NonNull<T>>) -> Result<(), Vec<NonNull<T>>> {
        let mut queue = lock(&self.queue);
        // It is closed under the lock.
        if self.inbox.newest.load(Ordering::Relaxed) == closed() {
            return Err(items);
        }
        queue.many.extend(items);
        self.count(&mut queue);
        Ok(())
    }

    /// Takes the oldest entry.
    pub(crate) fn pop(&self) -> Option<NonNull<T>> {
        if self.is_empty() {
            return None;
        }
        let mut queue = lock(&self.queue);
        self.collect(&mut queue);
        let item = queue.pop_listed().or_else(|| queue.many.pop_front());
        self.count(&mut queue);
        item
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
        let mut queue = lock(&self.queue);
        self.collect(&mut queue);
        let part = |length: usize, most| (length / share.max(1) + 1).min(most).min(length);
        let listed = part(queue.length, LARGEST_BATCH);
        let count = listed + part(queue.many.len(), LARGEST_CUT);
        let mut first = None;
        for taken in 0..count {
            let is_listed = taken < listed;
            let item = if is_listed { queue.pop_listed() } else { queue.many.pop_front() };
            let (Some(_), Some(item)) = (first, item) else {
                first = item;
                continue;
            };
            // SAFETY: the caller holds the ring.
            if let Err(item) = unsafe { into.push(item) } {
                queue.put_back(item, is_listed);
                break;
            }
        }
        self.count(&mut queue);
        first
    }

    /// Tells how many entries there are, before the lock is released.
    fn count(&self, queue: &mut Queue<T>) {
        if queue.many.is_empty() {
            queue.many.shrink_to(KEPT_ROOM);
        }
        // Relaxed: see `collect`.
        self.inbox.queued.store(queue.len(), Ordering::Relaxed);
    }

    /// From now on nothing can be pushed. Everything that was can be taken once this returns.
    pub(crate) fn close(&self) {
        let mut queue = lock(&self.queue);
        self.collect_and_leave(&mut queue, closed());
    }

    /// Moves the entries of the stack to the list.
    #[inline]
    fn collect(&self, queue: &mut Queue<T>) {
        let newest = self.inbox.newest.load(Ordering::Relaxed);
        // It is closed under the lock only, so that the swap does not undo that.
        if !newest.is_null() && newest != closed() {
            self.collect_and_leave(queue, ptr::null_mut());
        }
    }

    fn collect_and_leave(&self, queue: &mut Queue<T>, rest: *mut T) {
        // Before the stack is seen to be empty, so that the entries are missing at no time.
        self.inbox.queued.store(queue.len() + 1, Ordering::Relaxed);
        // Ordering: acquires what was released with the entries in `push`; the release pairs with the
        // acquire in `is_empty`.
        let newest = self.inbox.newest.swap(rest, Ordering::AcqRel);
        if newest != closed() {
            queue.append_reversed(newest);
        }
        // Relaxed: too large a count makes somebody take the lock, and a smaller one means that
        // entries were taken.
        self.inbox.queued.store(queue.len(), Ordering::Relaxed);
    }
}

impl<T: Link> Queue<T> {
    fn len(&self) -> usize {
        self.length + self.many.len()
    }

    /// Adds a stack of entries, which the list holds from now on. `newest` is null if there are none.
    fn append_reversed(&mut self, newest: *mut T) {
        let (mut next, mut after) = (newest, ptr::null_mut());
        while let Some(item) = NonNull::new(next) {
            // SAFETY: the list holds the entry.
            let link = unsafe { link(item) };
            next = link.load(Ordering::Relaxed);
            link.store(after, Ordering::Relaxed);
            after = item.as_ptr();
            self.length += 1;
        }
        let oldest = after;
        match NonNull::new(self.newest) {
            // SAFETY: the list holds its last entry.
            Some(last) => unsafe { link(last) }.store(oldest, Ordering::Relaxed),
            None => self.oldest = oldest,
        }
        if !newest.is_null() {
            self.newest = newest;
        }
    }

    /// Takes the oldest entry of the list.
    fn pop_listed(&mut self) -> Option<NonNull<T>> {
        let item = NonNull::new(self.oldest)?;
        // SAFETY: the list holds the entry until it is returned.
        self.oldest = unsafe { link(item) }.load(Ordering::Relaxed);
        if self.oldest.is_null() {
            self.newest = ptr::null_mut();
        }
        self.length -= 1;
        Some(item)
    }

    /// Adds the entry that was taken last before all others, of the list or of those that came at once.
    fn put_back(&mut self, item: NonNull<T>, is_listed: bool) {
        if !is_listed {
            return self.many.push_front(item);
        }
        // SAFETY: the caller has taken the entry, and so holds it.
        unsafe { link(item) }.store(self.oldest, Ordering::Relaxed);
        if self.oldest.is_null() {
            self.newest = item.as_ptr();
        }
        self.oldest = item.as_ptr();
        self.length += 1;
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
