//! hyper on every runtime of [anyrt](https://docs.rs/anyrt).
//!
//! hyper runs on whatever implements its traits. Here they are, generic over the runtime, and what an application
//! needs beside them:
//!
//! | | |
//! |---|---|
//! | [`Io`], [`FuturesIo`] | hyper's `Read` and `Write` for streams, and the traits of `futures` for hyper's |
//! | [`Executor`] | hyper's and hyper-util's, for HTTP/2 and the pool of the client |
//! | [`Timer`] | hyper's timers, which are moved without an allocation |
//! | [`Connector`](connect::Connector) | connects the client of hyper-util |
//! | [`Server`](serve::Server) | accepts connections and serves them: for hyper services, tower services and axum |
//!
//! A handle names the runtime, and goes first wherever one is needed: [`anyrt::Handle`](anyrt_facade::Handle) is the default, and any
//! `R:` [`Backend`](anyrt_facade::Backend) will do.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it adds |
//! |---|---|
//! | `client` | `connect`, for the client of hyper-util |
//! | `server` | `serve` |
//! | `tls` | both with TLS, by rustls and its provider `ring` |
//!
//! `tls` stands on tokio-rustls and hyper-rustls, which the authors of rustls keep. They need tokio's traits, and no runtime of it.
//!
//! # What needs more
//!
//! What calls tokio by itself runs on tokio, and elsewhere with [tokio around the runtime]: the WebSockets of axum do, which spawn a task
//! of tokio's. Other upgrades don't.
//!
//! [tokio around the runtime]: https://docs.rs/anyrt/latest/anyrt/struct.Builder.html#method.tokio_context
#![cfg_attr(docsrs, feature(doc_cfg))]
#![deny(unsafe_code)]

mod io;
mod spawn;
mod time;

#[cfg(feature = "client")]
#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
pub mod connect;
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod serve;

pub use io::{FuturesIo, Io};
pub use spawn::Executor;
pub use time::{Sleep, Timer};

#[cfg(feature = "tls")]
#[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
#[doc(no_inline)]
pub use {hyper_rustls, tokio_rustls, tokio_rustls::rustls};

/// Compiles the example of README.md.
#[cfg(all(doctest, feature = "client", feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
