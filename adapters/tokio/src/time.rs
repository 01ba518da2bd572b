//! Sleeps, time limits, intervals, and the clock of the runtime.
//!
//! All of it belongs to the runtime that it was made in, and is made nowhere else: outside of one it panics. Only
//! [`Instant`] needs none.
//!
//! How exact a timer is depends on the runtime. None ends early, and native's and smol's are finer than the
//! millisecond of tokio's.

mod instant;
mod interval;
#[cfg(feature = "test-util")]
mod pause;
mod sleep;
mod timeout;

pub mod error;

#[doc(no_inline)]
pub use std::time::Duration;

pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
#[cfg(feature = "test-util")]
pub use pause::{advance, pause, resume};
pub use sleep::{Sleep, sleep, sleep_until};
pub use timeout::{Timeout, timeout, timeout_at};
