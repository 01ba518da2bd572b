//! The contract of anyrt: what an async runtime must do.
//!
//! Applications and libraries use the crate `anyrt`, which stands on this one. Read on here to
//! write a backend for another runtime, for which there is a [guide], or a library that is generic
//! over backends.
//!
//! A backend is a cheap, cloneable handle that implements one trait for each capability:
//!
//! | trait | what it does |
//! |---|---|
//! | [`Spawn`] | starts tasks; [`JoinHandle`] awaits and aborts one |
//! | [`SpawnBlocking`] | runs closures that block |
//! | [`Timer`] | makes futures that [`Sleep`] |
//! | [`Reactor`] | watches sockets and descriptors; [`Registration`] is one of them |
//! | [`Backend`] | the four above |
//! | [`Current`] | finds the runtime that a thread is inside |
//! | [`BlockOn`] | enters a runtime from outside |
//! | [`Launch`], [`Shutdown`] | owns a runtime: starts and ends it |
//!
//! Everything else is written here on top of them, once, and is therefore the same on every
//! backend: [`net`], [`AsyncFd`], [`time::Interval`], [`time::timeout`], [`yield_now`].
//!
//! ```
//! use std::time::Duration;
//! use anyrt_core::{Backend, JoinError};
//!
//! /// Runs on whatever backend it is given.
//! async fn later<R: Backend>(runtime: &R, n: u32) -> Result<u32, JoinError> {
//!     runtime.sleep(Duration::from_millis(1)).await;
//!     runtime.spawn(async move { n + 1 }).await
//! }
//! ```
//!
//! # Guarantees
//!
//! Each has an id, which the documentation of the traits refers to and which names the tests that
//! prove it on every backend. The list grows and never shrinks. A guarantee marked *capability* is
//! one that a backend declares to have; the others all of them keep.
//!
#![doc = include_str!("../GUARANTEES.md")]
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod join_error;
mod spawn;
pub mod task;

pub mod backend;
mod block_on;
mod blocking;
pub mod coop;
mod current;
mod ending;
mod runtime;

pub mod time;

#[cfg(unix)]
mod async_fd;
#[cfg(unix)]
mod lone_errors;
mod reactor;
mod source;

pub mod net;

#[cfg(feature = "dyn")]
pub mod erased;

pub mod guide;

pub use block_on::BlockOn;
pub use blocking::SpawnBlocking;
pub use current::{Current, NoRuntime};
pub use join_error::JoinError;
pub use reactor::{Attempt, Interest, Reactor, Registration};
pub use runtime::{Config, Flavor, Launch, Shutdown};
pub use source::Source;
pub use spawn::{AbortHandle, AbortOnDrop, JoinHandle, Spawn, Unconstrained, YieldNow, yield_now};
pub use time::{Sleep, Timer};

#[cfg(unix)]
pub use async_fd::AsyncFd;

/// The table of [guarantees](crate#guarantees) as Markdown, for programs that report on it.
pub const GUARANTEES: &str = include_str!("../GUARANTEES.md");

/// All that a program needs of a runtime that is running: tasks, blocking closures, timers and I/O.
///
/// Implemented for everything that implements the four. A library that is generic over runtimes
/// takes a `R: Backend`, and hides it from its users by a default: `struct Pool<R = anyrt::Handle>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`",
    note = "the handle of a tokio runtime is turned into one: `anyrt::Handle::from(tokio_handle)`"
)]
pub trait Backend: Spawn + SpawnBlocking + Timer + Reactor + net::Net {}

// The error is about `Backend`, once, and not about each of the four.
#[diagnostic::do_not_recommend]
impl<R: Spawn + SpawnBlocking + Timer + Reactor + net::Net> Backend for R {}
