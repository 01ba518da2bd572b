//! The free blocks that a core keeps for itself.

use std::cell::Cell;
use std::ptr::NonNull;

use super::CLASSES;
use super::slab::{next, state};

/// Free blocks of each size, in lists that go through the blocks. For the thread that has the core.
#[derive(Debug)]
pub(crate) struct Cache {
    heads: [Cell<Option<NonNull<u8>>>; CLASSES],
    lengths: [Cell<usize>; CLASSES],
}

impl Cache {
    pub(crate) fn new() -> Self {
        Self {
            heads: [const { Cell::new(None) }; CLASSES],
            lengths: [const { Cell::new(0) }; CLASSES],
        }
    }

    pub(super) fn len(&self, class: usize) -> usize {
        self.lengths[class].get()
    }

    #[inline]
    pub(super) fn pop(&self, class: usize) -> Option<NonNull<u8>> {
        let block = self.heads[class].get()?;
        // SAFETY: the block is free and in our list, so its link is ours.
        self.heads[class].set(unsafe { *next(block) });
        self.lengths[class].set(self.lengths[class].get() - 1);
        Some(block)
    }

    /// # Safety
    /// The block is one of this class, and nobody refers to it.
    #[inline]
    pub(super) unsafe fn push(&self, class: usize, block: NonNull<u8>) {
        state(block).set_free();
        // SAFETY: nobody refers to the block, so its link is ours.
        unsafe { next(block).write(self.heads[class].get()) };
        self.heads[class].set(Some(block));
        self.lengths[class].set(self.lengths[class].get() + 1);
    }
}
