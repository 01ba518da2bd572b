//! A guide for authors of backends: from an empty crate to one that passes the test suite.
//!
#![doc = include_str!("../GUIDE.md")]
