//! An allocator that costs the same each time, and counts.
//!
//! What glibc's costs depends on what was allocated before, by as much as an operation may cost. Blocks of a size that were
//! freed lie in a list of the thread instead, and are never given back.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) struct FreeLists;

const CLASSES: usize = 64;

/// The sizes are multiples of this, which is also the alignment.
const CLASS: usize = 128;

thread_local! {
    static FREE: [Cell<*mut u8>; CLASSES] = const { [const { Cell::new(null_mut()) }; CLASSES] };
}

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// How often all threads have allocated until now, and how much they asked for.
pub(crate) fn allocated() -> (u64, u64) {
    (ALLOCATIONS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed))
}

/// The list for such a block; `None` if the system keeps it.
fn class(layout: Layout) -> Option<usize> {
    let class = layout.size().div_ceil(CLASS);
    (class < CLASSES && layout.align() <= CLASS).then_some(class)
}

#[allow(unsafe_code, reason = "an allocator is unsafe to implement")]
// SAFETY: a block is at least as large and as aligned as asked for, because its size is that of its class, and it is in one
// list at most, from `dealloc` to the next `alloc`.
unsafe impl GlobalAlloc for FreeLists {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size() as u64, Ordering::Relaxed);
        let Some(class) = class(layout) else {
            // SAFETY: the caller's promise about `layout`.
            return unsafe { System.alloc(layout) };
        };
        FREE.with(|free| {
            let head = &free[class];
            let block = head.get();
            if block.is_null() {
                let size = class.max(1) * CLASS;
                // SAFETY: the alignment is a power of two, and the size is a multiple of it that does not overflow.
                let layout = unsafe { Layout::from_size_align_unchecked(size, CLASS) };
                // SAFETY: the size is not zero.
                return unsafe { System.alloc(layout) };
            }
            // SAFETY: a free block begins with the address of the next one.
            head.set(unsafe { block.cast::<*mut u8>().read() });
            block
        })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let Some(class) = class(layout) else {
            // SAFETY: it came from there, with this layout.
            return unsafe { System.dealloc(block, layout) };
        };
        FREE.with(|free| {
            // SAFETY: the block is free now, large and aligned enough for an address.
            unsafe { block.cast::<*mut u8>().write(free[class].get()) };
            free[class].set(block);
        });
    }
}
