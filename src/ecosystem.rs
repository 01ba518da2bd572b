//! Which crate works how, on which runtime.
//!
#![doc = include_str!("ECOSYSTEM.md")]
