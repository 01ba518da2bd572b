//! The home of tasks that no runtime takes.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use super::state::State;
use super::{Home, TaskRef, Wakeup};

/// Nobody runs its tasks, and each has memory of its own.
pub(super) struct Nowhere;

// SAFETY: an entry is released at once. It has no memory of its own that could go before a block does.
unsafe impl Home for Nowhere {
    const IS_ASYNC: bool = false;

    fn schedule(&self, task: TaskRef, _: Wakeup) {
        task.cancel();
    }

    fn allocate(&self, layout: Layout) -> Option<NonNull<u8>> {
        // SAFETY: a task has a header, so that its size is not zero.
        let block = unsafe { alloc(layout) };
        let Some(block) = NonNull::new(block) else { handle_alloc_error(layout) };
        // SAFETY: a task begins with its state, and the memory is ours.
        unsafe { block.cast().write(State::free()) };
        Some(block)
    }

    unsafe fn deallocate(_: *const Self, block: NonNull<u8>, layout: Layout) {
        // SAFETY: it was allocated with this layout, and nobody refers to it.
        unsafe { dealloc(block.as_ptr(), layout) };
    }
}
