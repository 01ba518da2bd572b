//! The run queue of a core: a growable ring that its holder fills, and that all may take from.
//!
//! Entries are added at `bottom` by the holder, and taken at `top` by the holder and the thieves alike, by a
//! compare-and-swap. The holder takes the newest one back as well: it moves `bottom` first, and then changes `top`, whose upper
//! half counts that. So `top` is the one word that decides every race:
//!
//! - A thread that takes entries at `top` has read it, then `bottom`, then the slots, and then swaps `top`. From the two values
//!   of that it knows which of these entries others took in between. `top` does not return to an earlier value, but for a thread
//!   that sleeps while exactly 2^32 of the newest are taken, or a multiple of that.
//! - The entry at the end is the holder's if `top` has not passed it when the holder changes that. Whoever read `top`
//!   before knows by the difference that the end has come nearer, and whoever reads it later sees the new `bottom`.
//! - A slot is written over only once `top` has passed it, or has changed since it was the newest. So what a thief has read
//!   from it is right if its swap succeeds, and is not used otherwise.
//!
//! No fence is needed, and the last entry is no special case.
//!
//! Entries are pointers, which the ring never looks through. Entries that are left when it is dropped are not
//! released. The queue for threads that hold no core is in `injector.rs`.

use std::ptr::{self, NonNull};

use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, CachePadded, Ordering};

/// How many entries there is room for at first, and at most. Both are powers of two. The room that a burst has
/// needed is kept, which is an eighth of what the smallest tasks of the burst needed.
#[cfg(not(anyrt_loom))]
const CAPACITIES: (usize, usize) = (256, 1 << 19);
#[cfg(anyrt_loom)]
const CAPACITIES: (usize, usize) = (2, 4);

/// What one more of the newest entries is in `top`.
const NEWEST: u64 = 1 << u32::BITS;

/// A thief takes no more than this.
const MOST_STOLEN: usize = 32;

/// A queue of pointers with one holder and any number of thieves.
pub(crate) struct Ring<T> {
    /// The lower half is the position of the oldest entry. The upper one counts how often that has come round, and how often the
    /// newest was to be taken.
    top: CachePadded<AtomicU64>,
    bottom: CachePadded<Bottom<T>>,
}

/// What only the holder writes.
struct Bottom<T> {
    /// One past the position of the newest entry.
    position: AtomicU32,
    buffer: AtomicPtr<Buffer<T>>,
}

struct Buffer<T> {
    /// The entry at a position is in the slot of that number modulo the length, a power of two.
    slots: Box<[AtomicPtr<T>]>,
    /// The one before it, which thieves may still read. Null, or from `Box::into_raw`.
    smaller: *mut Buffer<T>,
}

impl<T> Ring<T> {
    pub(crate) fn new() -> Self {
        Self::starting_at(0)
    }

    /// A ring whose counters start near some value.
    pub(crate) fn starting_at(index: usize) -> Self {
        let buffer = Buffer::allocate(CAPACITIES.0, ptr::null_mut());
        let bottom =
            Bottom { position: AtomicU32::new(index as u32), buffer: AtomicPtr::new(buffer) };
        let top = AtomicU64::new(index as u64);
        Self { top: CachePadded::new(top), bottom: CachePadded::new(bottom) }
    }

    /// How many entries there are, or were a moment ago.
    ///
    /// An entry that was pushed before a SeqCst fence is counted after another one, unless it was taken.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        // Ordering: the load of `top` is to be the later one. Otherwise it could be so old that
        // the distance makes no sense; so it can only be too near to `bottom`, but for the newest that were taken in between.
        let bottom = self.bottom.position.load(Ordering::Acquire);
        length(self.top.load(Ordering::Relaxed), bottom)
    }

    /// Whether [`len`](Self::len) is zero.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes when the holder or a thief takes an entry, or has tried to, and only then.
    #[inline]
    pub(crate) fn top(&self) -> u64 {
        self.top.load(Ordering::Relaxed)
    }

    /// Adds an entry behind all others, and returns how many there are then.
    ///
    /// # Errors
    /// Gives the entry back if the ring is full and can't grow.
    ///
    /// # Safety
    /// The calling thread holds the ring: no other thread calls a function that says so meanwhile, and the
    /// calls of earlier holders happen before.
    #[inline]
    pub(crate) unsafe fn push(&self, item: NonNull<T>) -> Result<usize, NonNull<T>> {
        let bottom = self.bottom.position.load(Ordering::Relaxed);
        // Ordering: pairs with the release in `claim`. The thief has read its slots before they are
        // written over here.
        let top = self.top.load(Ordering::Acquire);
        let length = length(top, bottom);
        let mut buffer = self.buffer();
        if length == buffer.slots.len() {
            buffer = self.grow(buffer, top, bottom).ok_or(item)?;
        }
        buffer.slot(bottom).store(item.as_ptr(), Ordering::Relaxed);
        // Ordering: pairs with the acquire in `steal_into`. A thief that sees the position sees the slot,
        // the buffer that it is in, and what the entry points to.
        self.bottom.position.store(bottom.wrapping_add(1), Ordering::Release);
        Ok(length + 1)
    }

    /// Takes the oldest entry.
    ///
    /// # Safety
    /// The calling thread holds the ring; see [`push`](Self::push).
    #[inline]
    pub(crate) unsafe fn pop(&self) -> Option<NonNull<T>> {
        let (position, _) = self.take_oldest(|length| length.min(1))?;
        NonNull::new(self.buffer().slot(position).load(Ordering::Relaxed))
    }

    /// The position of the next entry.
    #[inline]
    pub(crate) fn bottom(&self) -> u32 {
        self.bottom.position.load(Ordering::Relaxed)
    }

    /// Takes the newest entry, if that is none from before `floor`, a position as [`bottom`](Self::bottom) returned it.
    ///
    /// # Safety
    /// The calling thread holds the ring; see [`push`](Self::push).
    #[inline]
    pub(crate) unsafe fn pop_newest(&self, floor: u32) -> Option<NonNull<T>> {
        let bottom = self.bottom();
        // Relaxed: most often right, and looked at again below.
        if bottom == floor || length(self.top.load(Ordering::Relaxed), bottom) == 0 {
            return None;
        }
        let newest = bottom.wrapping_sub(1);
        // Ordering: as in `push`, for a thief that sees this position and not the one before.
        self.bottom.position.store(newest, Ordering::Release);
        // Ordering: the release pairs with the acquire of `top` in `steal_into`, which shows the new bottom to those who read this.
        // The acquire is that of `push`.
        let top = self.top.fetch_add(NEWEST, Ordering::AcqRel);
        if length(top, bottom) == 0 {
            // A thief was there first. Ordering: as above.
            self.bottom.position.store(bottom, Ordering::Release);
            return None;
        }
        NonNull::new(self.buffer().slot(newest).load(Ordering::Relaxed))
    }

    /// Takes the older half of the entries, rounded up, in order.
    ///
    /// # Safety
    /// The calling thread holds the ring; see [`push`](Self::push).
    #[cold]
    pub(crate) unsafe fn pop_half(&self) -> Vec<NonNull<T>> {
        let taken = self.take_oldest(|length| length.div_ceil(2));
        let (first, count) = taken.unwrap_or_default();
        let buffer = self.buffer();
        let positions = (0..count as u32).map(|offset| first.wrapping_add(offset));
        let slots = positions.map(|position| buffer.slot(position).load(Ordering::Relaxed));
        slots.filter_map(NonNull::new).collect()
    }

    /// Takes up to half of the entries, the oldest ones. Returns the first, and pushes the others into
    /// `into`, as far as there is room.
    ///
    /// # Safety
    /// The calling thread holds `into`; see [`push`](Self::push).
    pub(crate) unsafe fn steal_into(&self, into: &Self) -> Option<NonNull<T>> {
        let most = MOST_STOLEN.min(CAPACITIES.1 - into.len() + 1);
        let mut loot = [ptr::null_mut(); MOST_STOLEN];
        let (missed, count) = loop {
            // Ordering: pairs with the release in `pop_newest`. A value that is too old makes the swap fail.
            let top = self.top.load(Ordering::Acquire);
            // Ordering: pairs with the release in `push`.
            let bottom = self.bottom.position.load(Ordering::Acquire);
            let length = length(top, bottom);
            let count = length.div_ceil(2).min(most);
            if count == 0 {
                return None;
            }
            let buffer = self.buffer();
            for (offset, item) in (0..).zip(&mut loot[..count]) {
                let position = (top as u32).wrapping_add(offset);
                *item = buffer.slot(position).load(Ordering::Relaxed);
            }
            if let Some(missed) = self.claim(top, count, length - count) {
                break (missed, count);
            }
        };
        for item in loot[missed + 1..count].iter().filter_map(|item| NonNull::new(*item)) {
            // SAFETY: the caller holds the ring.
            let pushed = unsafe { into.push(item) };
            debug_assert!(pushed.is_ok(), "nobody but its holder makes a ring fuller");
        }
        NonNull::new(loot[missed])
    }

    /// For a thief that has read `count` entries from `top` on, with `spare` more behind them: takes them, except for those that
    /// others took meanwhile. Returns how many that were, or `None` if it is to read again.
    ///
    /// The holder may have taken some of the newest, but not so many that it came to these and wrote over them.
    #[inline]
    fn claim(&self, top: u64, count: usize, spare: usize) -> Option<usize> {
        let taken = |current: u64| current.wrapping_sub(top) as u32 as usize;
        let newest = |current: u64| (current.wrapping_sub(top) >> u32::BITS) as usize;
        let end = |current| {
            let is_there = taken(current) < count && newest(current) <= spare;
            is_there.then(|| current.wrapping_add((count - taken(current)) as u64))
        };
        // Ordering: the release pairs with the acquire in `push`.
        self.top.fetch_update(Ordering::Release, Ordering::Relaxed, end).ok().map(taken)
    }

    /// For the holder: takes as many of the oldest entries as `how_many` says for the length. Returns the
    /// position of the first one and their number, if there are any.
    ///
    /// Their slots may be read afterwards, since only the holder writes to slots.
    #[inline]
    fn take_oldest(&self, how_many: impl Fn(usize) -> usize) -> Option<(u32, usize)> {
        let bottom = self.bottom.position.load(Ordering::Relaxed);
        let count = |top| how_many(length(top, bottom));
        let after = |top: u64| match count(top) {
            0 => None,
            count => Some(top.wrapping_add(count as u64)),
        };
        // Relaxed: thieves have nothing to tell to the holder but how far they are, and what others
        // released by this word earlier stays released.
        let top = self.top.fetch_update(Ordering::Relaxed, Ordering::Relaxed, after).ok()?;
        Some((top as u32, count(top)))
    }

    #[inline]
    fn buffer(&self) -> &Buffer<T> {
        // Ordering: pairs with the release in `grow`.
        let buffer = self.bottom.buffer.load(Ordering::Acquire);
        // SAFETY: it comes from `Box::into_raw`, is only looked at, and lives as long as the ring.
        unsafe { &*buffer }
    }

    /// For the holder: a buffer twice as large with the same entries, if that is not too large.
    #[cold]
    fn grow(&self, buffer: &Buffer<T>, top: u64, bottom: u32) -> Option<&Buffer<T>> {
        if buffer.slots.len() == CAPACITIES.1 {
            return None;
        }
        let smaller = self.bottom.buffer.load(Ordering::Relaxed);
        let larger = Buffer::allocate(buffer.slots.len() * 2, smaller);
        // SAFETY: it was just made by `Box::into_raw`, and nobody else knows it.
        let slots = unsafe { &*larger };
        for offset in 0..length(top, bottom) as u32 {
            let position = (top as u32).wrapping_add(offset);
            let item = buffer.slot(position).load(Ordering::Relaxed);
            slots.slot(position).store(item, Ordering::Relaxed);
        }
        // Ordering: pairs with the acquire in `buffer`: a thread that sees the buffer sees the copies in it.
        self.bottom.buffer.store(larger, Ordering::Release);
        Some(slots)
    }
}

impl<T> Drop for Ring<T> {
    fn drop(&mut self) {
        let mut next = self.bottom.buffer.load(Ordering::Relaxed);
        while !next.is_null() {
            // SAFETY: each buffer comes from `Box::into_raw` and is in this list once, and nobody can
            // read it any more.
            let buffer = unsafe { Box::from_raw(next) };
            next = buffer.smaller;
        }
    }
}

impl<T> Buffer<T> {
    fn allocate(capacity: usize, smaller: *mut Self) -> *mut Self {
        let slots = (0..capacity).map(|_| AtomicPtr::new(ptr::null_mut())).collect();
        Box::into_raw(Box::new(Self { slots, smaller }))
    }

    #[inline]
    fn slot(&self, position: u32) -> &AtomicPtr<T> {
        &self.slots[position as usize & (self.slots.len() - 1)]
    }
}

/// How many entries there are between the position in `top` and `bottom`. None, if `bottom` was read too early
/// to be beyond `top`, or is lowered by a holder who comes too late.
#[inline]
fn length(top: u64, bottom: u32) -> usize {
    let distance = bottom.wrapping_sub(top as u32) as i32;
    distance.max(0) as usize
}

#[cfg(all(test, anyrt_loom))]
#[path = "ring_loom.rs"]
mod loom_models;

#[cfg(all(test, not(anyrt_loom)))]
#[path = "ring_tests.rs"]
mod tests;
