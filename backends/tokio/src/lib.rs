//! The contract of anyrt on tokio.
//!
//! On a runtime that it starts itself ([`Runtime`]), and on one that the application runs already:
//! [`Handle`] is made from a [`tokio::runtime::Handle`], and finds the runtime around it by
//! itself. What a handle makes (tasks, sleeps, sockets) belongs to its runtime and may be polled
//! anywhere.
//!
//! ```
//! use anyrt_core::{JoinError, Spawn};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), JoinError> {
//!     let handle = anyrt_tokio::Handle::from(tokio::runtime::Handle::current());
//!     let answer = handle.spawn(async { 42 }).await?;
//!     assert_eq!(answer, 42);
//!     Ok(())
//! }
//! ```
//!
//! A runtime of the application's own must have its I/O and time drivers enabled, as
//! `#[tokio::main]` and `enable_all` do it: without, sockets are an error, and tokio panics when a
//! timer is made. `block_on` does not drive a current-thread runtime of the application's own;
//! whoever owns it has to.
//!
//! # Where tokio differs
//!
//! - S11: a task that was just woken by a task which then runs for long waits for it; other workers
//!   can't take it over.
//! - B6: when the system refuses the first thread for blocking closures, the join resolves to an
//!   error as promised, but tokio keeps the closure, and runs it if it gets a thread later.
//! - tokio waits for ever when the system refuses it a worker thread after the first. So as many
//!   threads are tried before a runtime starts, and a refusal is an error; one that comes just after
//!   still hangs.
//! - K9: in the destructor of a thread-local variable, once tokio's own are gone, and when the process
//!   exits, a timer takes a thread that makes it, a `block_on` on a current-thread runtime one that
//!   drives it, and sockets are an error.
//! - K4: on a current-thread runtime nothing makes progress unless some thread is in `block_on`.
//! - R8: tokio wakes its own poll functions for readiness only. So a socket without connection (UDP, for
//!   instance) takes a second descriptor when a poll function has to wait to read from it for the first
//!   time. An error that comes alone at a connected stream, where the program has asked for such
//!   (`IP_RECVERR`, the error queue), wakes the async methods only.
//! - Some of the contract (K2, B6, sleeps in R6) takes catching a panic of tokio's. Under
//!   `panic = "abort"` such a panic ends the process.
//! - S5: a sleep that is polled with a waker of another executor takes memory once, for a panic of that
//!   waker in tokio's driver would end the process.
//! - R6: a sleep that is polled after its runtime has gone is ready at once, because nothing would
//!   wake it at its deadline; tokio's panic about it goes no further than the panic hook.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod coop;
mod ending;
mod handle;

mod block_on;
mod blocking;
mod current;
mod reactor;
mod runtime;
mod spawn;
mod time;

pub use current::EnterGuard;
pub use handle::Handle;
pub use reactor::Registration;
pub use runtime::Runtime;
pub use spawn::{AbortHandle, JoinHandle};
pub use time::Sleep;

/// The tokio that this crate stands on.
#[doc(no_inline)]
pub use tokio;
