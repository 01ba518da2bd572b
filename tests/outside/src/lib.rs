//! Backends as someone else writes them, with what is published and nothing more.
#![forbid(unsafe_code)]

pub mod nothing;

#[path = "../../conformance/examples/threads/lib.rs"]
pub mod threads;
