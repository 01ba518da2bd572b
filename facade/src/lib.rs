//! The facade of [anyrt](https://docs.rs/anyrt), which re-exports all of this.
//!
//! Depend on `anyrt`: its documentation, features and versions are what counts. This package is apart from it so that a
//! package which stands in the place of tokio can be built upon it: nothing here needs tokio, unless the backend of that
//! name is asked for, while `anyrt` has tokio's channels and locks.
//!
//! # Features
//!
//! They are those of `anyrt`, which says what each of them adds.
//!
//! | feature | in `anyrt` |
//! |---|---|
//! | `tokio` | the same |
//! | `async-std` | the same |
//! | `smol` | the same |
//! | `native` | the same, and on by default there |
//! | `dyn` | the same |
//! | `virtual` | the same |
//! | `bytes` | the same |
//! | `io` | the same |
//! | `fs` | the same |
//! | `process` | the same |
//! | `signal` | the same |
//! | `tokio-io` | the same; needs the crate tokio, as `tokio` does |
//! | `tokio-context` | the same; needs the crate tokio as well |
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod backends;
mod absent;

mod builder;
mod coop;
#[cfg(feature = "dyn")]
mod custom;
mod default_runtime;
mod fork;
mod handle;
mod join_handle;
mod join_set;
mod local;
mod nothing_around;
mod own_tasks;
mod running;
mod runtime;
mod scope;
mod selection;
mod task_local;
#[cfg(feature = "tokio-context")]
mod tokio_context;

#[doc(inline)]
pub use anyrt_core::observe;

#[cfg(all(feature = "fs", any(unix, windows, target_os = "wasi")))]
#[cfg_attr(docsrs, doc(cfg(feature = "fs")))]
pub mod fs;
pub mod generic;
#[cfg(feature = "io")]
#[cfg_attr(docsrs, doc(cfg(feature = "io")))]
pub mod io;
#[cfg(any(unix, windows, target_os = "wasi"))]
pub mod net;
#[cfg(all(unix, feature = "process"))]
#[cfg_attr(docsrs, doc(cfg(all(unix, feature = "process"))))]
pub mod process;
pub mod random;
pub mod reactor;
#[cfg(all(unix, feature = "signal"))]
#[cfg_attr(docsrs, doc(cfg(all(unix, feature = "signal"))))]
pub mod signal;
pub mod task;
pub mod time;
#[cfg(all(feature = "tokio-io", any(feature = "io", feature = "process")))]
mod tokio_io;

#[doc(hidden)]
pub mod __private;

pub use anyrt_core::{
    Attempt, Backend, BlockInPlace, BlockOn, Config, ConfigOption, Current, Flavor, Interest,
    JoinError, Launch, Metrics, NoRuntime, PauseClock, Reactor, Registration, Shutdown, Source,
    Spawn, SpawnBlocking, Tasks, ThreadHook, ThreadHooks, ThreadName, Timer, is_runtime_gone,
};
pub use anyrt_macros::{main, test};

pub use backends::adapters;
pub use builder::Builder;
pub use default_runtime::{DefaultRuntime, SetDefaultError, set_default};
pub use handle::{EnterGuard, Handle};
pub use join_handle::{AbortHandle, AbortOnDrop, JoinHandle};
pub use runtime::Runtime;
pub use selection::{Reason, Selection, SelectionError, selection};
pub use task::{block_on, spawn, spawn_blocking};

/// Compiles the example of README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
