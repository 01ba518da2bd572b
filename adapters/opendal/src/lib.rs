//! Storage by opendal on any runtime.
//!
//! [`Executor`] runs what opendal does concurrently, such as the parts of a large read. README.md has an example.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod spawn;

pub use spawn::Executor;
