//! Tasks that are too large for a slab: each has memory of its own, and they are in a list.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use crate::task::State;

/// The list. Its links stand in front of the blocks.
#[derive(Default)]
pub(super) struct Large {
    first: Option<NonNull<Links>>,
}

/// What stands in front of a block.
struct Links {
    previous: Option<NonNull<Links>>,
    next: Option<NonNull<Links>>,
}

// SAFETY: the list holds nothing that belongs to a thread.
unsafe impl Send for Large {}

/// The layout with the links, and where the block begins.
fn extend(layout: Layout) -> (Layout, usize) {
    Layout::new::<Links>().extend(layout).expect("a task fits into the address space")
}

/// The links of a block. They end where the block begins, whatever its alignment.
fn links(block: NonNull<u8>) -> NonNull<Links> {
    // SAFETY: blocks of this module have their links in front of them.
    unsafe { block.cast::<Links>().sub(1) }
}

impl Large {
    /// Memory for a task, in the state "reserved".
    pub(super) fn allocate(layout: Layout) -> NonNull<u8> {
        let (whole, offset) = extend(layout);
        // SAFETY: the size is not zero.
        let memory = unsafe { alloc(whole) };
        let Some(memory) = NonNull::new(memory) else { handle_alloc_error(whole) };
        // SAFETY: the offset lies within the allocation.
        let block = unsafe { memory.add(offset) };
        let state = State::free();
        state.reserve();
        // SAFETY: a task begins with its state, and the memory is ours.
        unsafe { block.cast::<State>().write(state) };
        block
    }

    /// # Safety
    /// The block was allocated with this layout, is in no list, and nobody refers to it.
    pub(super) unsafe fn deallocate(block: NonNull<u8>, layout: Layout) {
        let (whole, offset) = extend(layout);
        // SAFETY: the allocation begins that much before the block.
        let memory = unsafe { block.sub(offset) };
        // SAFETY: it was allocated with this layout.
        unsafe { dealloc(memory.as_ptr(), whole) };
    }

    /// # Safety
    /// The block is one of `allocate`, and in no list.
    pub(super) unsafe fn insert(&mut self, block: NonNull<u8>) {
        let place = links(block);
        // SAFETY: the links are the block's, and nobody else's yet.
        unsafe { place.write(Links { previous: None, next: self.first }) };
        if let Some(next) = self.first {
            // SAFETY: what is in the list is there.
            unsafe { (*next.as_ptr()).previous = Some(place) };
        }
        self.first = Some(place);
    }

    /// # Safety
    /// The block is in this list.
    pub(super) unsafe fn remove(&mut self, block: NonNull<u8>) {
        // SAFETY: what is in the list is there.
        let Links { previous, next } = unsafe { links(block).read() };
        match previous {
            // SAFETY: as above.
            Some(previous) => unsafe { (*previous.as_ptr()).next = next },
            None => self.first = next,
        }
        if let Some(next) = next {
            // SAFETY: as above.
            unsafe { (*next.as_ptr()).previous = previous };
        }
    }

    pub(super) fn for_each(&self, mut look: impl FnMut(NonNull<u8>)) {
        let mut place = self.first;
        while let Some(links) = place {
            // SAFETY: the block begins where its links end.
            look(unsafe { links.add(1) }.cast());
            // SAFETY: what is in the list is there.
            place = unsafe { (*links.as_ptr()).next };
        }
    }
}
