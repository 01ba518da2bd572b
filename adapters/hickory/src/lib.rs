//! Names by [hickory](hickory_resolver) on any runtime, and anyrt's look-ups by hickory.
//!
//! - [`Runtime`] is what hickory's resolver asks for: tasks, timers and sockets of the backend that was chosen.
//! - [`Names`] goes the other way: with it every name that a program connects or binds to is resolved by hickory, on every
//!   backend, and no thread blocks for it.
//!
//! README.md has an example of both.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod names;
mod net;
mod runtime;
mod spawn;
mod time;

pub use names::Names;
pub use net::{Connection, Socket};
pub use runtime::Runtime;
pub use spawn::Tasks;
pub use time::Clock;
