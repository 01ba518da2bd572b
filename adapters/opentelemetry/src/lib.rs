//! OpenTelemetry's batches on any runtime: the SDK's `Runtime` on the tasks and timers of anyrt.
//!
//! [`Runtime`] goes to the processors for spans and logs, and to the reader for metrics, that the SDK has for a runtime of
//! one's choice. README.md has an example.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod channel;
mod runtime;

pub use channel::{Receiver, Sender};
pub use runtime::Runtime;
