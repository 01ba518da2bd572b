//! The contract of anyrt on smol.
//!
//! Each runtime has an executor of its own, with the number of threads that it is configured with,
//! threads for blocking closures of its own too, and ends when its owner is dropped. The reactor and
//! the timers belong to the process; sockets and sleeps end with their runtime all the same.
//!
//! ```
//! use anyrt_core::{BlockOn, Config, Launch, Spawn};
//!
//! let runtime = anyrt_smol::Runtime::start(&Config::default())?;
//! let handle = runtime.handle();
//! let answer = handle.block_on(async { handle.spawn(async { 42 }).await })?;
//! assert_eq!(answer, 42);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # Where smol differs
//!
//! - A task and its handle share one allocation beside smol's own, because smol's `Task` cancels
//!   when it is dropped, and cancelling it loses the output of a poll that is under way (S2, S3).
//! - T15: with several threads in the `block_on` of a current-thread runtime, tasks that another one has taken over
//!   may not have had their turn when `advance_clock` returns.
//! - Each call of `block_in_place` on a worker starts a thread, which takes its place until the closure returns (B9).
//! - R6: a sleep that is polled after the end of its runtime is over. Of a runtime with workers, one that waits already is not
//!   woken by the end, but at its deadline. Sockets end with the owner of a runtime, also where other threads are in the
//!   `block_on` of a current-thread one still; sleeps when these have left.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod handle;

mod block_on;
mod blocking;
mod current;
mod reactor;
mod runtime;
mod spawn;
mod time;

pub use anyrt_core::task::{AbortHandle, JoinHandle};
pub use current::EnterGuard;
pub use handle::Handle;
pub use reactor::Registration;
pub use runtime::Runtime;
pub use time::Sleep;
