//! Blocking closures are tasks too, which the threads of a pool poll: once, for they are always ready.
//!
//! `closures.rs` is the contract, `pool.rs` the threads, which know nothing of tasks. `in_place.rs` does
//! without them.

mod idle;
mod jobs;
mod pool;

#[cfg(not(anyrt_loom))]
mod closures;
#[cfg(not(anyrt_loom))]
mod in_place;

#[cfg(not(anyrt_loom))]
pub(crate) use closures::{Closures, Pool, runs_closure};
#[cfg(not(anyrt_loom))]
pub use in_place::block_in_place;
#[cfg(not(anyrt_loom))]
pub(crate) use pool::PoolOptions;
