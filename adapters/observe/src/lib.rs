//! What the tasks of a program do: a dump of them, polls that take too long, metrics. On every runtime of
//! [anyrt](https://docs.rs/anyrt), without a change to the program's tasks.
//!
//! ```
//! use std::time::Duration;
//! use anyrt_observe::Tasks;
//!
//! # fn main() -> std::io::Result<()> {
//! // Before anything is spawned.
//! let tasks = Tasks::install();
//! let _watch = tasks.watch_stalls(Duration::from_millis(100), |stall| eprintln!("{stall}"))?;
//!
//! let runtime = anyrt::Runtime::new()?;
//! runtime.block_on(async {
//!     anyrt::task::Builder::new().name("sleeper").spawn(anyrt::time::sleep(Duration::from_secs(60)));
//! });
//! println!("{}", tasks.dump()); // who waits, and for what
//! println!("{}", tasks.metrics()); // for Prometheus
//! # Ok(())
//! # }
//! ```
//!
//! It stands on what the contract tells an [observer](anyrt_core::observe), which says what is not seen: tasks from
//! before, the futures of `block_on`, and tasks that do not come by anyrt.
//!
//! # What it costs
//!
//! Nothing in a program that does not install it. Otherwise a poll takes about 20 ns more on native, 40 on tokio, where 25 are the goal (two reads of the processor's
//! clock are most of that), a task 350 to 480 bytes in three blocks or four. An echo server at 64 connections takes 2 to 5 % more
//! of the processor's time, its clients in the same process among that. Threads share nothing when they poll; the lock that is
//! taken for a spawn and for an end is one of several for each processor. `cargo run --release -p anyrt-observe --example cost` measures
//! the poll and the echo on each runtime.
//!
//! # Features
//!
//! | feature | what it adds |
//! |---|---|
//! | `json` | [`Dump::to_json`] |
//! | `signal` | [`Tasks::dump_on`]: a dump whenever a signal comes. On Unix |
//! | `stack` | [`Tasks::watch_stalls_with_stacks`]: polls that take too long with the stack of their thread. On Linux |
//!
//! # What is not there
//!
//! Whether a task that waits has been woken: the contract does not tell. The stack of a thread elsewhere than on Linux.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![deny(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod clock;
mod histogram;
mod registry;
mod task;
mod thread;
mod waits;

mod dump;
mod metrics;
#[cfg(all(unix, feature = "signal"))]
mod signal;
mod stack;
mod stall;
mod tasks;

pub use dump::{Dump, State, Task};
pub use histogram::Histogram;
pub use metrics::Snapshot;
#[cfg(all(unix, feature = "signal"))]
pub use signal::DumpOnSignal;
pub use stack::{Frame, Stack};
pub use stall::{Stall, StallWatch};
pub use tasks::Tasks;
pub use waits::Waiting;
