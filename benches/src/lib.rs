//! Measures runtimes: workloads that are written once, the runtimes that they run on, and what the figures say.
//!
//! The programs are in `src/bin`: `side_by_side` compares runtimes, `scaling` numbers of workers. Linux only.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod dialogue;
pub mod epoll;
pub mod load;
pub mod measure;
pub mod peer;
pub mod race;
pub mod row;
pub mod runtime;
pub mod statistics;
pub mod system;
pub mod workload;
pub mod workloads;
