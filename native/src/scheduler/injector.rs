//! The queue for entries that come from threads which hold no core.
//!
//! Whoever pushes adds to a stack, by one compare-and-swap for any number of entries. Whoever takes does
//! so under a lock, from a list: what has come in meanwhile is taken off the stack as a whole, and
//! turned round, behind the rest of the list. The links are in the entries, so that nothing is
//! allocated. The other queues are in `ring.rs`.

use std::ptr::{self, NonNull};

use crossbeam_utils::CachePadded;

use super::ring::Ring;
use crate::sync::{AtomicPtr, AtomicUsize, Mutex, Ordering, lock};

/// So many entries are taken at once at most.
const LARGEST_BATCH: usize = 64;

/// Something that can be an entry of an [`Injector`].
///
/// # Safety
/// `next` returns where a link is, which lives as long as the entry, and which nobody uses but the queue
/// or chain that the entry is in. And who hands a pointer to this type to a queue or chain holds what
/// it points to, as an entry of no other, and keeps it alive until it is taken out again.
pub(crate) unsafe trait Link: Sized {
    /// Where the link of an entry is. Only to be called by who holds the entry.
    fn next(this: NonNull<Self>) -> *const AtomicPtr<Self>;
}

/// # Safety
/// The caller holds the entry, and goes on holding it while it uses the link.
#[inline]
unsafe fn link<'a, T: Link>(item: NonNull<T>) -> &'a AtomicPtr<T> {
    // SAFETY: `Link` promises the link of an entry that the caller says it holds.
    unsafe { &*T::next(item) }
}

/// Entries that are linked with each other, to be pushed at once. There is at least one.
pub(crate) struct Chain<T> {
    /// Where the links lead from,
    newest: NonNull<T>,
    /// and where they end. What its own link says means nothing.
    oldest: NonNull<T>,
    length: usize,
}

impl<T: Link> Chain<T> {
    /// A chain of one entry.
    #[inline]
    pub(crate) fn new(item: NonNull<T>) -> Self {
        Self { newest: item, oldest: item, length: 1 }
    }

    /// Adds an entry behind the others.
    #[inline]
    pub(crate) fn push(&mut self, item: NonNull<T>) {
        // SAFETY: the caller holds the entry, as `Link` demands.
        unsafe { link(item) }.store(self.newest.as_ptr(), Ordering::Relaxed);
        self.newest = item;
        self.length += 1;
    }

    /// How many entries there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The entries, the newest first.
    pub(crate) fn into_items(self) -> impl Iterator<Item = NonNull<T>> {
        let (mut next, mut left) = (self.newest.as_ptr(), self.length);
        std::iter::from_fn(move || {
            left = left.checked_sub(1)?;
            let item = NonNull::new(next)?;
            // SAFETY: the chain holds the entry until it is returned.
            next = unsafe { link(item) }.load(Ordering::Relaxed);
            Some(item)
        })
    }
}

/// A queue that everybody may push to and take from.
///
/// What is left when it is dropped is not released.
pub(crate) struct Injector<T> {
    inbox: CachePadded<Inbox<T>>,
    queue: CachePadded<Mutex<Queue<T>>>,
}

struct Inbox<T> {
    /// The stack: null, or the newest entry, or [`closed`].
    newest: AtomicPtr<T>,
    /// How many entries are in the list; never zero while there are any, or while some are on their
    /// way there. Written under the lock.
    queued: AtomicUsize,
}

/// The list, the oldest entry first.
struct Queue<T> {
    oldest: *mut T,
    /// The last one of the list, if it is not empty.
    newest: *mut T,
    length: usize,
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
        let queue = Queue { oldest: ptr::null_mut(), newest: ptr::null_mut(), length: 0 };
        Self { inbox: CachePadded::new(inbox), queue: CachePadded::new(Mutex::new(queue)) }
    }

    /// Whether there is nothing to be taken, for which no lock is needed.
    ///
    /// An entry that was pushed before a SeqCst fence is seen after another one, unless it was taken.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        // Ordering: pairs with the release in `collect`. Whoever sees that the stack was taken sees the
        // count that was raised before.
        let newest = self.inbox.newest.load(Ordering::Acquire);
        let is_stack_empty = newest.is_null() || newest == closed();
        is_stack_empty && self.inbox.queued.load(Ordering::Relaxed) == 0
    }

    /// How many entries there are. Takes the lock, and touches every entry that is new.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let mut queue = lock(&self.queue);
        self.collect(&mut queue);
        queue.length
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// Gives it back if the queue is closed.
    #[inline]
    pub(crate) fn push(&self, item: NonNull<T>) -> Result<(), NonNull<T>> {
        self.push_chain(Chain::new(item)).map_err(|_| item)
    }

    /// Adds all entries of a chain, with no others among them.
    ///
    /// # Errors
    /// Gives it back if the queue is closed.
    #[inline]
    pub(crate) fn push_chain(&self, chain: Chain<T>) -> Result<(), Chain<T>> {
        // SAFETY: the chain holds its entries, and we hold the chain until the swap succeeds.
        let end = unsafe { link(chain.oldest) };
        let mut newest = self.inbox.newest.load(Ordering::Relaxed);
        while newest != closed() {
            end.store(newest, Ordering::Relaxed);
            // Ordering: the release pairs with the acquire in `collect`: the links, and what the
            // entries point to.
            let (success, failure) = (Ordering::Release, Ordering::Relaxed);
            let new = chain.newest.as_ptr();
            match self.inbox.newest.compare_exchange_weak(newest, new, success, failure) {
                Ok(_) => return Ok(()),
                Err(now) => newest = now,
            }
        }
        Err(chain)
    }

    /// Takes the oldest entry.
    pub(crate) fn pop(&self) -> Option<NonNull<T>> {
        if self.is_empty() {
            return None;
        }
        let mut queue = lock(&self.queue);
        self.collect(&mut queue);
        let item = queue.pop();
        // Relaxed: see `collect`.
        self.inbox.queued.store(queue.length, Ordering::Relaxed);
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
        let count = (queue.length / share.max(1) + 1).min(LARGEST_BATCH);
        let first = queue.pop();
        for _ in 1..count {
            let Some(item) = queue.pop() else { break };
            // SAFETY: the caller holds the ring.
            if let Err(item) = unsafe { into.push(item) } {
                queue.put_back(item);
                break;
            }
        }
        // Relaxed: see `collect`.
        self.inbox.queued.store(queue.length, Ordering::Relaxed);
        first
    }

    /// From now on nothing can be pushed. Everything that was can be taken once this returns.
    pub(crate) fn close(&self) {
        let mut queue = lock(&self.queue);
        self.collect_and_leave(&mut queue, closed());
    }

    /// Moves what is on the stack to the list.
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
        self.inbox.queued.store(queue.length + 1, Ordering::Relaxed);
        // Ordering: acquires what was released with the entries in `push_chain`; the release pairs with
        // the acquire in `is_empty`.
        let newest = self.inbox.newest.swap(rest, Ordering::AcqRel);
        if newest != closed() {
            queue.append_reversed(newest);
        }
        // Relaxed: too large a count makes somebody take the lock, and a smaller one means that
        // entries were taken.
        self.inbox.queued.store(queue.length, Ordering::Relaxed);
    }
}

impl<T: Link> Queue<T> {
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

    fn pop(&mut self) -> Option<NonNull<T>> {
        let item = NonNull::new(self.oldest)?;
        // SAFETY: the list holds the entry until it is returned.
        self.oldest = unsafe { link(item) }.load(Ordering::Relaxed);
        if self.oldest.is_null() {
            self.newest = ptr::null_mut();
        }
        self.length -= 1;
        Some(item)
    }

    /// Adds an entry before all others: the one that was taken last.
    fn put_back(&mut self, item: NonNull<T>) {
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
