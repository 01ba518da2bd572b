//! Atomics, locks and cells: those of the standard library, or in models those of loom or of shuttle.
//!
//! Every module that takes part in a protocol imports them from here, so that the code which is explored is the code that
//! runs. `--cfg anyrt_loom` compiles the protocols and their models alone; `--cfg anyrt_shuttle` besides has shuttle explore the
//! models, and larger ones.

mod cache_padded;
#[cfg(anyrt_noted)]
pub(crate) mod noted;
pub(crate) use cache_padded::CachePadded;

#[cfg(not(all(test, anyrt_loom)))]
mod of_std {
    #[cfg(not(all(target_os = "linux", not(anyrt_loom))))]
    pub(crate) use std::sync::Condvar;
    pub(crate) use std::sync::atomic::fence;
    pub(crate) use std::sync::{Arc, MutexGuard};

    #[cfg(not(anyrt_noted))]
    pub(crate) use std::sync::Mutex;
    #[cfg(not(anyrt_noted))]
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};

    #[cfg(anyrt_noted)]
    pub(crate) use super::noted::{
        AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Mutex,
    };

    /// `std::cell::UnsafeCell`, with the accessors of loom's.
    #[derive(Debug)]
    #[repr(transparent)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        /// Calls `access` with a pointer that may be written through if nobody else looks meanwhile.
        #[inline(always)]
        pub(crate) fn with_mut<R>(&self, access: impl FnOnce(*mut T) -> R) -> R {
            access(self.0.get())
        }
    }
}

#[cfg(all(test, anyrt_loom, not(anyrt_shuttle)))]
mod of_loom;
#[cfg(all(test, anyrt_loom, anyrt_shuttle))]
mod of_shuttle;

#[cfg(not(all(test, anyrt_loom)))]
pub(crate) use of_std::*;

#[cfg(all(test, anyrt_loom, not(anyrt_shuttle)))]
pub(crate) use of_loom::*;
#[cfg(all(test, anyrt_loom, anyrt_shuttle))]
pub(crate) use of_shuttle::*;

pub(crate) use std::sync::atomic::Ordering;

/// Locks `mutex`. No code of the user runs under our locks, so that a panic never leaves one in a
/// state that would matter.
#[inline]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
