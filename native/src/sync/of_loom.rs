//! What loom has in the place of the standard library's, and how it runs a model: in every schedule, within a bound.

pub(crate) use loom::cell::UnsafeCell;
pub(crate) use loom::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, fence,
};
pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
pub(crate) use loom::thread;

/// Runs a model in every schedule that interrupts threads at most so often as `LOOM_MAX_PREEMPTIONS` says, or three times.
pub(crate) fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound.get_or_insert(3);
    builder.check(run);
}
