//! Any async runtime, one line.
//!
//! Write against this crate, and let a line of Cargo.toml say what runs it:
//!
//! ```toml
//! anyrt = { version = "0.1", features = ["tokio"] }
//! ```
//!
//! ```
//! use anyrt::net::{TcpListener, TcpStream};
//!
//! #[anyrt::main]
//! async fn main() -> std::io::Result<()> {
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     let server = anyrt::spawn(async move {
//!         let (stream, _) = listener.accept().await?;
//!         stream.write_all(b"hello").await
//!     });
//!     let mut greeting = Vec::new();
//!     TcpStream::connect(address).await?.read_to_end(&mut greeting).await?;
//!     assert_eq!(greeting, b"hello");
//!     server.await?
//! }
//! ```
//!
//! - [`spawn`], [`spawn_blocking`], [`block_on`] and the rest of [`task`]
//! - [`observe`]: who looks on, for consoles, traces and dumps of the tasks
//! - [`time`]: sleeping, limits, intervals, the clocks
//! - [`random`]: random numbers
//! - [`net`]: TCP, UDP and Unix sockets, name resolution
//! - [`reactor`]: any file descriptor
//! - `sync`: channels, locks, cancellation, with the feature of that name
//! - `process`: child processes, with the feature of that name
//! - `signal`: Ctrl-C and the signals of Unix, with the feature of that name
//! - `io`: reading and writing, and `fs`: files and directories, each with the [feature](#features) of its name
//! - [`Runtime`] and [`Builder`], for a runtime of one's own; [`Handle`], for one that runs
//!
//! What all backends guarantee is written down in [`anyrt-core`](https://docs.rs/anyrt-core), together with the traits that a
//! generic library bounds its runtime by and a further backend implements. All of it is here, too, as
//! [`generic`]. What this crate promises beyond that is the table [below](#promises).
//!
//! # Which runtime runs a call
//!
//! 1. The one of the [`Handle`] that it is made on; for the free functions,
//! 2. the runtime that the thread is inside: a task, a blocking closure, `block_on`, a guard of
//!    [`Handle::enter`]. A tokio runtime that someone else entered counts too; otherwise
//! 3. the one that the application pinned: with `#[anyrt::main(backend = "..")]`,
//!    [`Builder::backend`] or [`set_default`]; otherwise
//! 4. the one that the environment variable `ANYRT_BACKEND` names; otherwise
//! 5. the first that is compiled in, in the order of the [table](#features).
//!
//! Steps 3 to 5 name the default runtime of the process, which starts when it is first needed: no
//! call fails because it was made outside a runtime. [`selection`] tells which backend it would be,
//! and by which step.
//!
//! Features add up over a whole build, so an application that is left to step 5 is moved to another
//! runtime when any crate in its build enables another feature. Applications pin what they mean.
//!
//! # In a library
//!
//! Depend on anyrt with `default-features = false` and enable no backend: that is the
//! application's choice. Everything compiles without one. A program in which no crate enabled a
//! backend panics at its first call, and says which line is missing.
//!
//! # Features
//!
//! Every set of features compiles, and none changes what another one means. To ask for another
//! backend than the default one is enough: it goes before that one.
//!
//! | feature | what it adds |
//! |---|---|
//! | `tokio` | the backend on tokio |
//! | `async-std` | the backend on async-std, which is discontinued (RUSTSEC-2025-0052) |
//! | `smol` | the backend on smol |
//! | `native` (default) | the native backend: a work-stealing runtime of anyrt's own |
//! | `dyn` | `Handle::custom`: any other backend, through virtual calls; `Handle::with_network`: another network |
//! | `virtual` | sockets that are not the system's, such as those of a simulator or of a TCP stack within the process |
//! | `bytes` | `Stream::read_buf`, `UdpSocket::recv_buf` and their kin, into the buffers of the crate `bytes` |
//! | `sync` | channels, locks, `select!` and their kin, which are tokio's without its runtime |
//! | `io` | `io`: the traits for reading and writing, with tokio's methods, `copy_bidirectional`, `duplex`, the standard streams; with it comes `bytes` |
//! | `fs` | `fs`: files and directories; with it comes `io` |
//! | `process` | `process`: child processes, on Unix; includes `signal` |
//! | `signal` | `signal`: Ctrl-C and the signals of Unix, where that is the system |
//! | `tokio-io` | tokio's `AsyncRead` and `AsyncWrite` for streams and their halves, on every backend; for files and what is in `io`, too |
//! | `tokio-context` | [`Builder::tokio_context`]: tokio around another runtime, for libraries that insist on it |
//!
//! # Promises
//!
//! What this crate builds on the contract is the same on every backend. Each promise has an id, which names the tests
//! that hold it.
//!
#![doc = include_str!("GUARANTEES.md")]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod ecosystem;
pub mod porting;
#[cfg(feature = "sync")]
#[cfg_attr(docsrs, doc(cfg(feature = "sync")))]
pub mod sync;
pub mod task;
#[cfg(feature = "sync")]
mod task_tracker;

#[doc(inline)]
pub use anyrt_facade::*;

#[cfg(feature = "sync")]
#[doc(no_inline)]
pub use tokio_crate::{join, pin, select, try_join};

/// Compiles the examples of README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
