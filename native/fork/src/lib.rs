//! Whether the process has been forked, for the price of a load.
//!
//! A fork copies one thread of a process. What a runtime is made of, its other threads among it, stays
//! with the parent, and a child that waits for them waits for ever. So whoever owns such threads remembers
//! what [`watch`] said, and compares it with [`forks`] before it relies on them.
//!
//! ```
//! let forks = anyrt_fork::watch();
//! assert_eq!(anyrt_fork::forks(), forks); // in a child it is another one
//! ```
#![cfg_attr(doctest, doc = include_str!("../README.md"))]

#[cfg(all(unix, not(miri)))]
mod unix;
#[cfg(all(unix, not(miri)))]
pub use unix::{EnterGuard, ask_before, call_in_child, enter, forks, is_left_behind, watch};

#[cfg(not(all(unix, not(miri))))]
mod elsewhere;
#[cfg(not(all(unix, not(miri))))]
pub use elsewhere::{EnterGuard, ask_before, call_in_child, enter, forks, is_left_behind, watch};
