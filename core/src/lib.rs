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
//! | [`net::Net`], [`net::Resolve`] | make sockets, turn names into addresses; two empty implementations take the system's |
//! | [`Tasks`] | `Spawn` and `Timer`: what every backend has |
//! | [`Backend`] | all of the above |
//! | [`Current`] | finds the runtime that a thread is inside |
//! | [`BlockOn`] | enters a runtime from outside |
//! | [`Launch`], [`Shutdown`] | owns a runtime: starts and ends it |
//! | [`PauseClock`] | stops the clock, for tests: what only some can do |
//!
//! Everything else is written here on top of them, once, and is therefore the same on every
//! backend: [`net`], [`AsyncFd`], [`time::Interval`], [`time::timeout`], [`yield_now`].
//!
//! ```
//! use anyrt_core::time::Duration;
//! use anyrt_core::{Backend, JoinError};
//!
//! /// Runs on whatever backend it is given.
//! async fn later<R: Backend>(runtime: &R, n: u32) -> Result<u32, JoinError> {
//!     runtime.sleep(Duration::from_millis(1)).await;
//!     runtime.spawn(async move { n + 1 }).await
//! }
//! ```
//!
//! # What a backend need not have
//!
//! [`Tasks`] is what every backend has. What only some can do is a trait of its own, which the others do not
//! implement: no method says "unsupported", and none does nothing. [`Shutdown`] and [`PauseClock`] are such traits, and so is
//! each capability that comes later. A generic library names what it needs, and compiles for the backends
//! that have it:
//!
//! ```
//! use anyrt_core::{SpawnBlocking, Tasks, time::{Duration, Elapsed, timeout}};
//!
//! /// For every backend, one in a browser too.
//! async fn within_a_second<R: Tasks, T>(runtime: &R, future: impl Future<Output = T>) -> Result<T, Elapsed> {
//!     timeout(runtime, Duration::from_secs(1), future).await
//! }
//!
//! /// For those that can run closures which block.
//! async fn length<R: Tasks + SpawnBlocking>(runtime: &R, path: String) -> std::io::Result<u64> {
//!     Ok(runtime.spawn_blocking(move || std::fs::metadata(path)).await??.len())
//! }
//! ```
//!
//! The crate `anyrt` has one type of handle for all backends, which can't say in types what the chosen one
//! lacks: there the call returns an [`io::Error`](std::io::Error) of the kind `Unsupported`, or an `Option`.
//! Options of a runtime are a matter of [`Config::check`].
//!
//! Enums that a backend has to serve in full, [`Interest`] and [`Attempt`], are exhaustive and stay as they are;
//! those that a program chooses from can grow.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `dyn` | `erased`: any backend behind one type, through virtual calls |
//! | `virtual` | `net::VirtualSocket`: sockets that are not the system's, on every backend |
//! | `bytes` | reads into the buffers of the crate `bytes` |
//! | `tokio-io` | tokio's `AsyncRead` and `AsyncWrite` for streams and their halves, on every backend |
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

mod sync;

mod join_error;
mod spawn;
pub mod task;

pub mod backend;
mod block_on;
mod blocking;
mod config;
pub mod coop;
mod current;
mod ending;
mod metrics;
pub mod observe;
pub mod random;
mod runtime;
mod thread_hooks;
mod wait_group;
mod workers;

pub mod time;

#[cfg(unix)]
mod async_fd;
#[cfg(unix)]
mod lone_errors;
mod reactor;
mod source;
mod waiter;

#[cfg(any(unix, windows, target_os = "wasi"))]
pub mod net;
#[cfg(not(any(unix, windows, target_os = "wasi")))]
#[path = "net/absent.rs"]
pub mod net;

#[cfg(feature = "dyn")]
pub mod erased;

pub mod guide;

pub use block_on::BlockOn;
pub use blocking::{BlockInPlace, SpawnBlocking};
pub use config::{Config, ConfigOption, Flavor};
pub use current::{Current, NoRuntime};
pub use join_error::JoinError;
pub use metrics::Metrics;
pub use reactor::{Attempt, Interest, Reactor, Registration};
pub use runtime::{Launch, Shutdown, is_runtime_gone};
pub use source::Source;
pub use spawn::{
    AbortHandle, AbortOnDrop, ConsumeBudget, JoinHandle, Spawn, Unconstrained, YieldNow, yield_now,
};
pub use thread_hooks::{ThreadHook, ThreadHooks, ThreadName};
pub use time::{PauseClock, Sleep, Timer};
pub use waiter::{Waiter, Watched};

/// For the facade, which needs no dependency of its own for them.
#[cfg(feature = "bytes")]
#[doc(hidden)]
pub mod buffer_traits {
    pub use bytes::{Buf, BufMut};
}

#[cfg(unix)]
pub use async_fd::{AsyncFd, AsyncFdReadyGuard, TryIoError};

/// The table of [guarantees](crate#guarantees) as Markdown, for programs that report on it.
pub const GUARANTEES: &str = include_str!("../GUARANTEES.md");

/// What a library needs that only starts tasks and waits: spawning and timers.
///
/// Implemented for everything that implements the two. A backend without threads, descriptors or sockets, such as
/// one in a browser, has no more than this, and serves every library that asks for no more. See
/// [what a backend need not have](crate#what-a-backend-need-not-have).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`",
    note = "the handle of a tokio runtime is turned into one: `anyrt::Handle::from(tokio_handle)`"
)]
pub trait Tasks: Spawn + Timer {}

// The error is about `Tasks`, once, and not about each of the two.
#[diagnostic::do_not_recommend]
impl<R: Spawn + Timer> Tasks for R {}

/// All that a program needs of a runtime that is running: tasks, blocking closures, timers and I/O.
///
/// Implemented for everything that implements [`Tasks`], [`SpawnBlocking`], [`Reactor`] and
/// [`Net`](net::Net). A library that is generic over runtimes
/// takes a `R: Backend`, or an `R:` [`Tasks`] if that is enough, and hides it from its users by a default:
/// `struct Pool<R = anyrt::Handle>`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`",
    note = "the handle of a tokio runtime is turned into one: `anyrt::Handle::from(tokio_handle)`"
)]
pub trait Backend: Tasks + SpawnBlocking + Reactor + net::Net {}

// The error is about `Backend`, once, and not about each of its parts.
#[diagnostic::do_not_recommend]
impl<R: Tasks + SpawnBlocking + Reactor + net::Net> Backend for R {}
