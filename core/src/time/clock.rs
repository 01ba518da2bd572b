//! The types of time, under names of ours.
//!
//! They are the standard library's wherever that has a clock. In a browser its clocks panic, and those of
//! `web-time` stand in for them; this file alone knows.

pub use std::time::Duration;

cfg_if::cfg_if! {
    if #[cfg(all(target_family = "wasm", target_os = "unknown"))] {
        pub use web_time::{Instant, SystemTime};
    } else {
        pub use std::time::{Instant, SystemTime};
    }
}
