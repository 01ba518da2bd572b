//! Atomics, locks and variables of threads: those of the standard library, or loom's in its models.
//!
//! Every module whose protocol has models imports them from here, so that the code which loom explores is the code
//! that runs. Which model checks which claim is said beside the claim; `bash .ci/loom` runs them.

#[cfg(not(all(test, anyrt_loom)))]
mod of_std {
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize};
    pub(crate) use std::sync::{Mutex, MutexGuard, OnceLock};
    pub(crate) use std::thread::LocalKey;
    pub(crate) use std::thread_local;
}

#[cfg(all(test, anyrt_loom))]
mod of_loom;

/// What several models need.
#[cfg(all(test, anyrt_loom))]
pub(crate) mod models;

#[cfg(not(all(test, anyrt_loom)))]
pub(crate) use of_std::*;

#[cfg(all(test, anyrt_loom))]
pub(crate) use of_loom::*;

pub(crate) use std::sync::atomic::Ordering;
