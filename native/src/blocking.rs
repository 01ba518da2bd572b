//! The threads of blocking closures, which know nothing of tasks.
//!
//! `pool.rs` is what starts and ends them, `jobs.rs` what its lock protects, `idle.rs` how one of them is called.

mod idle;
mod jobs;
mod pool;

#[cfg(not(anyrt_loom))]
pub(crate) use pool::{Job, Pool};
