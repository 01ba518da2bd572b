//! An allocator that counts, for tests of what is allocated.
//!
//! ```
//! use anyrt_test_counting::{Counting, of_this_thread};
//!
//! #[global_allocator]
//! static ALLOCATOR: Counting = Counting;
//!
//! let before = of_this_thread();
//! drop(Box::new(7));
//! assert_eq!(of_this_thread() - before, 1);
//! ```
#![deny(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// The system's allocator, which counts how often it is asked for memory.
#[derive(Debug)]
pub struct Counting;

thread_local!(static OF_THIS_THREAD: Cell<u64> = const { Cell::new(0) });
static OF_ALL_THREADS: AtomicU64 = AtomicU64::new(0);

/// How often this thread has allocated until now.
pub fn of_this_thread() -> u64 {
    OF_THIS_THREAD.get()
}

/// How often all threads have allocated until now.
pub fn of_all_threads() -> u64 {
    OF_ALL_THREADS.load(Ordering::Relaxed)
}

/// The least that so many rounds allocate, by one of the counts above, of several times: now and then the lists of a runtime grow.
pub async fn least<T>(count: fn() -> u64, rounds: u64, mut round: impl AsyncFnMut() -> T) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..10 {
        let before = count();
        for _ in 0..rounds {
            drop(round().await);
        }
        least = least.min(count() - before);
    }
    least
}

/// The same for one round, rounded: where a few in all are not of the rounds.
pub async fn least_of_each<T>(
    count: fn() -> u64,
    rounds: u64,
    round: impl AsyncFnMut() -> T,
) -> u64 {
    (least(count, rounds, round).await + rounds / 2) / rounds
}

#[allow(unsafe_code, reason = "an allocator is unsafe to implement")]
// SAFETY: it passes everything on to the system's allocator, and counts without allocating.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        OF_THIS_THREAD.set(OF_THIS_THREAD.get() + 1);
        OF_ALL_THREADS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise about `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise: `block` came from here with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}
