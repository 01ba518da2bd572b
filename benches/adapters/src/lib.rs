//! What the adapters for crates of others do, beside what these bring along for tokio.
//!
//! A [`Row`] is one of them; each contestant in it does the same by another runtime. See `bin/times.rs` and
//! `bin/allocations.rs` for what is made of it.
#![forbid(unsafe_code)]

mod contestant;
pub mod rows;

pub use contestant::{Contestant, Row};
