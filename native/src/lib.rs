//! A work-stealing async runtime: executor, timers, reactor, and threads for blocking closures.
//!
//! It is the native backend of anyrt, and implements its contract directly: see
//! [`anyrt_core`](anyrt_core#guarantees) for what it guarantees. It can be used on its own as well:
//!
//! ```
//! use std::time::Duration;
//!
//! use anyrt_native::net::{TcpListener, TcpStream};
//! use anyrt_native::{BlockOn, Launch, Runtime, Spawn, Timer};
//!
//! let runtime = Runtime::new()?;
//! let handle = runtime.handle();
//! let greeting = handle.block_on(async {
//!     let listener = TcpListener::bind("127.0.0.1:0").await?;
//!     let address = listener.local_addr()?;
//!     let server = handle.spawn(async move {
//!         let (stream, _) = listener.accept().await?;
//!         stream.write_all(b"hello").await
//!     });
//!     let mut greeting = Vec::new();
//!     TcpStream::connect(address).await?.read_to_end(&mut greeting).await?;
//!     handle.sleep(Duration::from_millis(1)).await;
//!     server.await??;
//!     Ok::<_, std::io::Error>(greeting)
//! })?;
//! assert_eq!(greeting, b"hello");
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # What to expect of it
//!
//! - Tasks are polled by the workers alone, of which there are as many as the [`Builder`] says. A thread in
//!   `block_on` polls its own future, and on a current-thread runtime the tasks as well.
//! - A task that is awaited by another is run next, and so is the other when the first has ended.
//! - What a worker wakes it runs itself, if it comes to it soon; otherwise another worker takes it, within
//!   10 ms also where the first is stuck in one long poll (S11).
//! - Timers have a resolution below a millisecond. On a current-thread runtime the clock can be paused, for tests:
//!   see [`PauseClock`].
//! - Miri runs it, so that a program on it can be checked for undefined behaviour; it does not know
//!   all calls that [`net`] makes.
//! - Linux is tested. Elsewhere readiness comes from the crate `polling`.
//!
//! READMEs beside the code say how it works, and why that is correct.
#![cfg_attr(doctest, doc = include_str!("../README.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(anyrt_loom, allow(unreachable_pub, unused, reason = "loom runs the protocols alone"))]

// In this order: each module uses those before it alone.
mod sync;

mod sys;

mod task;

#[cfg(not(anyrt_loom))]
mod blocks;

mod time;

mod reactor;

mod scheduler;

#[cfg(not(anyrt_loom))]
mod shared;

#[cfg(not(anyrt_loom))]
mod api;

#[cfg(not(anyrt_loom))]
pub use api::*;

#[cfg(all(test, anyrt_noted))]
mod lines_tests;
