//! tokio's public API, on whatever runtime anyrt was told to use.
//!
//! A program written for tokio runs on it unmodified, its dependencies with it:
//!
//! ```toml
//! [patch.crates-io]
//! tokio = { git = "https://example.org/anyrt" }
//! ```

#[cfg(feature = "macros")]
pub use macros::{main, test};
#[cfg(feature = "sync")]
#[doc(no_inline)]
pub use real::sync;
#[cfg(feature = "rt")]
pub use real::task_local;
#[cfg(feature = "macros")]
#[doc(no_inline)]
pub use real::{join, pin, select, try_join};

mod context;
#[cfg(feature = "fs")]
pub mod fs;
pub mod io;
pub mod net;
#[cfg(all(unix, feature = "process"))]
pub mod process;
#[cfg(feature = "rt")]
pub mod runtime;
#[cfg(all(unix, feature = "signal"))]
pub mod signal;
pub mod task;
#[cfg(feature = "time")]
pub mod time;
