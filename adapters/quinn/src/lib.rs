//! QUIC on any runtime: [quinn]'s `Runtime` on the tasks, timers and sockets of anyrt.
//!
//! [`Runtime`] is what quinn asks for in [`Endpoint::new`](quinn::Endpoint::new); everything else is quinn's API as it
//! is. It is generic over the backend, and [`Handle`](anyrt_facade::Handle) by default, which is whatever runtime the
//! application chose.
//!
//! `Endpoint::client` and `Endpoint::server` look for tokio by themselves, and so are not for this: `Endpoint::new` takes
//! their place. README.md has an example.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]

mod reactor;
mod runtime;
mod time;

pub use runtime::Runtime;
