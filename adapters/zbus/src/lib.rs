//! D-Bus on any runtime: [zbus]'s `Runtime` on the tasks, timers, sockets and threads of anyrt.
//!
//! [`Runtime`] is what [`Builder::runtime`](zbus::connection::Builder::runtime) takes; everything else is zbus's API as
//! it is. README.md has an example.
//!
//! For Unix; elsewhere this crate is empty.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg(unix)]

mod net;
mod process;
mod reactor;
mod runtime;
mod spawn;

pub use reactor::Watch;
pub use runtime::Runtime;
pub use spawn::Task;
