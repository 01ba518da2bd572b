//! The `Spawn` of the crate futures on any runtime, for code that takes an executor.
//!
//! [`Executor`] spawns tasks of anyrt wherever a `futures::task::Spawn` is asked for. README.md has an example.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod spawn;

pub use spawn::Executor;
