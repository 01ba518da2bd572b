//! tokio's public API, on whatever runtime anyrt was told to use.
//!
//! A program written for tokio runs on it unmodified, its dependencies with it:
//!
//! ```toml
//! [patch.crates-io]
//! tokio = { git = ".." }
//! ```

#[cfg(all(feature = "macros", feature = "rt-multi-thread"))]
pub use macros::{main, test};
#[cfg(all(feature = "macros", not(feature = "rt")))]
pub use macros::{main_fail as main, test_fail as test};
#[cfg(all(feature = "macros", feature = "rt", not(feature = "rt-multi-thread")))]
pub use macros::{main_rt as main, test_rt as test};
#[doc(no_inline)]
pub use real::pin;
#[cfg(feature = "rt")]
pub use real::task_local;
#[cfg(feature = "macros")]
#[doc(no_inline)]
pub use real::{join, select, try_join};
#[cfg(feature = "rt")]
pub use task::spawn;

mod context;
mod counted;
#[cfg(feature = "fs")]
pub mod fs;
pub mod io;
#[cfg(doc)]
#[doc = include_str!("../ITEMS.md")]
pub mod items {}
pub mod net;
#[cfg(all(unix, feature = "process"))]
pub mod process;
#[cfg(all(unix, feature = "net"))]
mod raw_fd;
#[cfg(feature = "rt")]
pub mod runtime;
#[cfg(all(unix, feature = "signal"))]
pub mod signal;
#[cfg(feature = "sync")]
pub mod sync;
pub mod task;
#[cfg(feature = "time")]
pub mod time;
