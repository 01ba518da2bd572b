//! The contract of anyrt on async-std, for applications that still use it.
//!
//! async-std is discontinued: <https://rustsec.org/advisories/RUSTSEC-2025-0052>. Its executor belongs
//! to the process. So there is nothing to configure and nothing to end: the number of its threads
//! comes from `ASYNC_STD_THREAD_COUNT`, dropping a [`Runtime`] has no effect, and there is no
//! current-thread flavor.
//!
//! ```
//! use anyrt_core::{BlockOn, Spawn};
//!
//! let handle = anyrt_async_std::Handle::new();
//! let answer = handle.block_on(async { handle.spawn(async { 42 }).await })?;
//! assert_eq!(answer, 42);
//! # Ok::<(), anyrt_core::JoinError>(())
//! ```
//!
//! # Where async-std differs
//!
//! - A task and its handle share one allocation beside async-std's own (S3).
//! - B4, B5: the limit of threads for blocking closures and their keep-alive are the defaults.
//! - K5: there is no shutdown.
//! - R6: timers and sockets belong to the process, and go on as long as it does.
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
