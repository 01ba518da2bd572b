//! The free blocks that a core keeps for itself.

use std::cell::Cell;
use std::ptr::NonNull;

use super::slab::{Chain, next, state};
use super::{BATCH, CLASSES};

/// Free blocks of each size, in lists that go through the blocks. For the thread that has the core.
#[derive(Default)]
pub(crate) struct Cache {
    /// The blocks in use come and go here: a list of at most [`BATCH`].
    heads: [Cell<Option<NonNull<u8>>>; CLASSES],
    lengths: [Cell<usize>; CLASSES],
    /// One more chain, so that who is at the end of a list does not take and give back one by turns.
    spares: [Cell<Option<Chain>>; CLASSES],
}

impl Cache {
    #[inline]
    pub(super) fn pop(&self, class: usize) -> Option<NonNull<u8>> {
        let block = self.heads[class].get().or_else(|| self.take_spare(class))?;
        // SAFETY: the block is free and in our list, so its link is ours.
        self.heads[class].set(unsafe { *next(block) });
        self.lengths[class].set(self.lengths[class].get() - 1);
        Some(block)
    }

    /// Adds a block. What it returns is too much, and to be given back.
    ///
    /// # Safety
    /// The block is one of this class, and nobody refers to it.
    #[inline]
    pub(super) unsafe fn push(&self, class: usize, block: NonNull<u8>) -> Option<Chain> {
        let length = self.lengths[class].get();
        let too_much = if length == BATCH { self.make_room(class) } else { None };
        state(block).set_free();
        // SAFETY: nobody refers to the block, so its link is ours.
        unsafe { next(block).write(self.heads[class].get()) };
        self.heads[class].set(Some(block));
        self.lengths[class].set(self.lengths[class].get() + 1);
        too_much
    }

    /// Fills the list of this class, which is empty.
    pub(super) fn fill(&self, class: usize, chain: Chain) {
        self.heads[class].set(Some(chain.into_first()));
        self.lengths[class].set(BATCH);
    }

    #[cold]
    fn take_spare(&self, class: usize) -> Option<NonNull<u8>> {
        self.fill(class, self.spares[class].take()?);
        self.heads[class].get()
    }

    /// Puts the full list of this class aside, in the place of another chain.
    #[cold]
    fn make_room(&self, class: usize) -> Option<Chain> {
        self.lengths[class].set(0);
        let first = self.heads[class].take()?;
        // SAFETY: the list has as many blocks as a chain has, and is ours.
        self.spares[class].replace(Some(unsafe { Chain::from_first(first) }))
    }
}
