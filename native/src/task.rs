//! Tasks: a block of memory each, in which the future and then its outcome live.
//!
//! `task/README.md` has the states and the proof; `state.rs` is the word that holds them, `cell.rs` the
//! block, `join.rs` what a program holds of a task. Where tasks are queued is not known here: a
//! task is handed to its [`Home`].

mod state;

#[cfg(not(anyrt_loom))]
mod cell;
#[cfg(not(anyrt_loom))]
mod failure;
#[cfg(not(anyrt_loom))]
mod home_here;
#[cfg(not(anyrt_loom))]
mod id;
#[cfg(not(anyrt_loom))]
mod join;
#[cfg(not(anyrt_loom))]
mod nowhere;
#[cfg(not(anyrt_loom))]
mod waker;

#[cfg(all(test, anyrt_loom))]
mod loom_models;

#[cfg(not(anyrt_loom))]
pub(crate) use cell::{Header, Home, TaskRef, Wakeup};
#[cfg(not(anyrt_loom))]
pub(crate) use failure::Failure;
#[cfg(not(anyrt_loom))]
pub(crate) use home_here::run_home;
#[cfg(not(anyrt_loom))]
pub(crate) use id::current;
#[cfg(not(anyrt_loom))]
pub(crate) use state::{Presence, State};

#[cfg(not(anyrt_loom))]
pub use join::{AbortHandle, JoinHandle};
