//! Tasks: a block of memory each, in which the future and then its outcome live.
//!
//! `task/README.md` has the states and the proof; `state.rs` is the word that holds them, `cell.rs` the
//! block, `join.rs` what a program holds of a task. Where tasks are queued is not known here: a
//! task is handed to its [`Home`].

mod state;

mod cell;
mod failure;
mod home_here;
mod id;
mod join;
mod nowhere;
mod waker;

#[cfg(all(test, anyrt_loom))]
mod loom_models;

pub(crate) use cell::{Header, Home, TaskRef, Wakeup};
pub(crate) use failure::Failure;
pub(crate) use home_here::run_home;
pub(crate) use id::current;
pub(crate) use state::{Presence, State};

pub use join::{AbortHandle, JoinHandle};
