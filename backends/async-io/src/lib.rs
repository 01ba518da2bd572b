//! What smol and async-std have in common: the timers and the readiness of `async-io`.
//!
//! Not a backend: it has no tasks. The crates `anyrt-smol` and `anyrt-async-std` put an executor
//! in front of it, and a backend on another executor may do the same.
//!
//! An executor that is run by the threads in `block_on` alone gets a [`Clock`] that can be paused.
//!
//! The reactor belongs to the process, not to a runtime: sockets and sleeps go on working when the runtime that made
//! them is gone, unless they are of its [`Sources`], or by its clock.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod reactor;
mod time;

pub use reactor::{Registration, Sources, start};
pub use time::{Alarm, Clock, Look, Sleep, pausable_clock};
