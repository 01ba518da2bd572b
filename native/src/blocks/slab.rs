//! Slabs: 64 KiB each, cut into blocks of one size.
//!
//! A slab is aligned to its size, so that the slab of a block is found from the block's address. The
//! free blocks of a slab are in a list of its own, so that a slab without tasks can be given back.

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use super::UNIT;
use crate::task::State;

const SIZE: usize = 64 * 1024;

/// What of a slab is not blocks.
const HEADER: usize = 2 * UNIT;

/// How many slabs without any task are kept for the next ones, of each size.
const SPARE: usize = 2;

/// What a slab begins with.
struct Slab {
    free: Option<NonNull<u8>>,
    /// Blocks in the list of free ones, and those that were never used.
    free_count: usize,
    /// The offset of the first block that was never used.
    fresh: usize,
    /// Where the slab stands in `Slabs::all`.
    index: usize,
    /// Where it stands in `Slabs::partial`, if it does.
    partial_index: Option<usize>,
}

/// What a free block holds behind its state.
#[repr(C)]
struct Free {
    state: State,
    next: Option<NonNull<u8>>,
}

/// The state of a block, which is there whether it has a task or not.
pub(super) fn state<'a>(block: NonNull<u8>) -> &'a State {
    // SAFETY: blocks begin with a state, which is zero, "free", in memory that was never used. The
    // callers use the result while they know that the block's slab is there.
    unsafe { block.cast::<State>().as_ref() }
}

/// The link of a free block.
pub(super) fn next(block: NonNull<u8>) -> *mut Option<NonNull<u8>> {
    // SAFETY: every block is large enough; no reference is made.
    unsafe { &raw mut (*block.cast::<Free>().as_ptr()).next }
}

/// As many free blocks of one size as are taken and given back at once, linked to each other; or what
/// [`split_first`](Self::split_first) has left of these, which no cache gets.
pub(super) struct Chain(NonNull<u8>);

// SAFETY: the blocks are free, and belong to whoever has the chain.
unsafe impl Send for Chain {}

impl Chain {
    /// Links blocks that nobody uses, as many as a chain has.
    pub(super) fn new(blocks: impl Iterator<Item = NonNull<u8>>) -> Self {
        let link = |first: Option<NonNull<u8>>, block| {
            state(block).set_free();
            // SAFETY: nobody uses the block, so its link is ours.
            unsafe { next(block).write(first) };
            Some(block)
        };
        Self(blocks.fold(None, link).expect("a chain has blocks"))
    }

    /// # Safety
    /// From this block on there are as many in the list as a chain has, all free, and of nobody else.
    pub(super) unsafe fn from_first(first: NonNull<u8>) -> Self {
        Self(first)
    }

    /// The first block of the list.
    pub(super) fn into_first(self) -> NonNull<u8> {
        self.0
    }

    /// The first block, and the others.
    pub(super) fn split_first(self) -> (NonNull<u8>, Option<Self>) {
        // SAFETY: the block is free and the chain's, so its link is.
        let others = unsafe { *next(self.0) };
        (self.0, others.map(Self))
    }
}

/// All slabs with blocks of one size.
pub(super) struct Slabs {
    block: usize,
    all: Vec<NonNull<Slab>>,
    /// Those with free blocks.
    partial: Vec<NonNull<Slab>>,
    /// Those with nothing but free blocks.
    empty: usize,
    /// Whether slabs stay, and stay where they are in `all`.
    keeps_all: bool,
}

// SAFETY: the slabs are reached from here alone, and hold nothing that belongs to a thread.
unsafe impl Send for Slabs {}

impl Slabs {
    pub(super) fn new(block: usize) -> Self {
        Self { block, all: Vec::new(), partial: Vec::new(), empty: 0, keeps_all: false }
    }

    fn capacity(&self) -> usize {
        (SIZE - HEADER) / self.block
    }

    /// From now on no slab is given back, so that all can be looked at one after the other.
    pub(super) fn keep_all(&mut self) {
        self.keeps_all = true;
    }

    /// The number of slabs.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// A block that nobody uses.
    pub(super) fn take(&mut self) -> NonNull<u8> {
        let place = self.partial.last().copied().unwrap_or_else(|| self.add());
        let (size, capacity) = (self.block, self.capacity());
        let slab = header(place);
        let block = match slab.free {
            Some(block) => {
                // SAFETY: the block is free and in the slab's list, so its link is the slab's.
                slab.free = unsafe { *next(block) };
                block
            }
            None => {
                let offset = slab.fresh;
                slab.fresh += size;
                // SAFETY: there are free blocks, none in the list, so one more lies in the slab.
                unsafe { place.cast::<u8>().add(offset) }
            }
        };
        if slab.free_count == capacity {
            self.empty -= 1;
        }
        slab.free_count -= 1;
        if slab.free_count == 0 {
            slab.partial_index = None;
            self.partial.pop();
        }
        block
    }

    /// Takes a block back.
    ///
    /// # Safety
    /// The block is from here, and nobody refers to it.
    pub(super) unsafe fn put(&mut self, block: NonNull<u8>) {
        let capacity = self.capacity();
        state(block).set_free();
        let place = slab_of(block);
        let slab = header(place);
        // SAFETY: nobody refers to the block, so its link is ours.
        unsafe { next(block).write(slab.free) };
        slab.free = Some(block);
        slab.free_count += 1;
        if slab.partial_index.is_none() {
            slab.partial_index = Some(self.partial.len());
            self.partial.push(place);
        }
        if slab.free_count == capacity {
            self.empty += 1;
            if self.empty > SPARE && !self.keeps_all {
                self.remove(place);
            }
        }
    }

    /// Calls `look` for the blocks of a slab that were ever used.
    pub(super) fn for_each(&self, slab: usize, mut look: impl FnMut(NonNull<u8>)) {
        let place = self.all[slab];
        for offset in (HEADER..header(place).fresh).step_by(self.block) {
            // SAFETY: the block lies in the slab.
            look(unsafe { place.cast::<u8>().add(offset) });
        }
    }

    #[cold]
    fn add(&mut self) -> NonNull<Slab> {
        // SAFETY: the size is not zero.
        let memory = unsafe { alloc_zeroed(LAYOUT) };
        let Some(place) = NonNull::new(memory.cast::<Slab>()) else { handle_alloc_error(LAYOUT) };
        let slab = Slab {
            free: None,
            free_count: self.capacity(),
            fresh: HEADER,
            index: self.all.len(),
            partial_index: Some(self.partial.len()),
        };
        // SAFETY: the memory is ours, and large enough.
        unsafe { place.write(slab) };
        self.all.push(place);
        self.partial.push(place);
        self.empty += 1;
        place
    }

    /// Gives the memory of a slab without tasks back.
    #[cold]
    fn remove(&mut self, place: NonNull<Slab>) {
        self.empty -= 1;
        let index = header(place).index;
        self.all.swap_remove(index);
        if let Some(moved) = self.all.get(index) {
            header(*moved).index = index;
        }
        if let Some(index) = header(place).partial_index {
            self.partial.swap_remove(index);
            if let Some(moved) = self.partial.get(index) {
                header(*moved).partial_index = Some(index);
            }
        }
        // SAFETY: it was allocated with this layout, and nothing in it is used any more.
        unsafe { dealloc(place.as_ptr().cast(), LAYOUT) };
    }
}

impl Drop for Slabs {
    fn drop(&mut self) {
        for place in self.all.drain(..) {
            // SAFETY: it was allocated with this layout. Whoever has a block of a runtime keeps the
            // runtime, and the slabs go with that.
            unsafe { dealloc(place.as_ptr().cast(), LAYOUT) };
        }
    }
}

const LAYOUT: Layout = match Layout::from_size_align(SIZE, SIZE) {
    Ok(layout) => layout,
    Err(_) => panic!("the size of a slab is a power of two"),
};

/// The slab that a block lies in.
fn slab_of(block: NonNull<u8>) -> NonNull<Slab> {
    let offset = block.addr().get() % SIZE;
    // SAFETY: slabs are aligned to their size, and blocks don't lie at their beginning, so this stays
    // within the slab.
    unsafe { block.sub(offset) }.cast()
}

/// The header of a slab.
fn header<'a>(place: NonNull<Slab>) -> &'a mut Slab {
    // SAFETY: the caller has the `Slabs` that the slab is in to itself, and uses one header at a time.
    unsafe { &mut *place.as_ptr() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn blocks_are_distinct_and_slabs_go_when_they_are_empty() {
        for size in [64, 192, 1024] {
            let mut slabs = Slabs::new(size);
            let number = 5 * slabs.capacity() + 1;
            let blocks: BTreeSet<_> = (0..number).map(|_| slabs.take()).collect();
            assert_eq!((blocks.len(), slabs.len()), (number, 6));
            let mut before: Option<NonNull<u8>> = None;
            for &block in &blocks {
                assert_eq!(block.addr().get() % UNIT, 0);
                if let Some(before) = before.replace(block) {
                    assert!(block.addr().get() - before.addr().get() >= size);
                }
            }
            for block in blocks {
                // SAFETY: it is from here, and nobody has another reference.
                unsafe { slabs.put(block) };
            }
            assert_eq!(slabs.len(), SPARE);
            assert_eq!((slabs.empty, slabs.partial.len()), (SPARE, SPARE));
        }
    }

    #[test]
    fn slabs_stay_where_they_are_to_be_looked_at() {
        let mut slabs = Slabs::new(1024);
        let blocks: Vec<_> = (0..1000).map(|_| slabs.take()).collect();
        let number = slabs.len();
        slabs.keep_all();
        for block in blocks {
            // SAFETY: it is from here, and nobody has another reference.
            unsafe { slabs.put(block) };
        }
        assert_eq!(slabs.len(), number);
    }

    #[test]
    fn all_blocks_that_were_used_are_found() {
        let mut slabs = Slabs::new(128);
        let blocks: BTreeSet<_> = (0..1000).map(|_| slabs.take()).collect();
        let mut found = BTreeSet::new();
        for slab in 0..slabs.len() {
            slabs.for_each(slab, |block| assert!(found.insert(block)));
        }
        assert_eq!(found, blocks);
    }
}
