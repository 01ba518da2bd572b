//! A guide for programs that were written for tokio, smol or async-std.
//!
#![doc = include_str!("PORTING.md")]
