//! Async benchmarks of criterion on any runtime.
//!
//! [`Executor`] goes to `Bencher::to_async`. README.md has an example.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod block_on;

pub use block_on::Executor;
