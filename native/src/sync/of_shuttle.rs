//! What shuttle has in the place of the standard library's, and how it runs a model: in schedules that are drawn by lot.
//!
//! So models may have more threads, which do more, than loom could come to the end of. What shuttle does not show, and loom does:
//!
//! - It takes every atomic operation for a sequentially consistent one, and every access for seen by all at once. That an
//!   `Ordering` is too weak, or a fence is missing, only loom finds out.
//! - It does not follow which access happens before which. Its cells notice two accesses at once, and not one that was never told of
//!   the other.
//! - `compare_exchange_weak` fails only where the value has changed, and who waits on a `Condvar` is woken by nothing but a call.
//! - It has not seen all schedules. A model that passes may fail with another seed.

use std::{env, sync};

pub(crate) use shuttle::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, fence,
};
pub(crate) use shuttle::sync::{Arc, Condvar, Mutex, MutexGuard};
pub(crate) use shuttle::thread;

use super::Ordering;

/// How often a model is run by each of the two ways to draw a schedule, where `ANYRT_SHUTTLE_RUNS` does not say it.
const RUNS: usize = 1000;

/// How often the ranks of threads change in a run of the second way, and one more.
const DEPTH: usize = 3;

/// Runs a model in schedules that are drawn by lot: any thread may be next at each step, or threads have ranks, of which some
/// change in between. The first finds what is probable, and the second what few changes at the right place bring about.
///
/// A failure is printed with the seed, which `SHUTTLE_RANDOM_SEED` repeats, or the schedule.
pub(crate) fn model(run: impl Fn() + Send + Sync + 'static) {
    let runs = env::var("ANYRT_SHUTTLE_RUNS").map_or(RUNS, |runs| runs.parse().expect("a number"));
    let run = sync::Arc::new(run);
    let again = sync::Arc::clone(&run);
    shuttle::check_random(move || run(), runs);
    shuttle::check_pct(move || again(), runs, DEPTH);
}

/// `std::cell::UnsafeCell`, with what models use of loom's. Two accesses at once are a fault, for which others have their turn
/// within each.
#[derive(Debug)]
pub(crate) struct UnsafeCell<T> {
    value: std::cell::UnsafeCell<T>,
    is_accessed: AtomicBool,
}

// SAFETY: shuttle's threads take turns on one thread, and two accesses at once end the model.
unsafe impl<T> Sync for UnsafeCell<T> {}

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { value: std::cell::UnsafeCell::new(value), is_accessed: AtomicBool::new(false) }
    }

    #[track_caller]
    pub(crate) fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
        let is_accessed = self.is_accessed.swap(true, Ordering::Relaxed);
        assert!(!is_accessed, "two accesses to a cell at once");
        let result = access(self.value.get());
        self.is_accessed.store(false, Ordering::Relaxed);
        result
    }
}
