//! Sleeps, on timing wheels of which each core has one.
//!
//! A sleep carries its own node, so that waiting takes no memory. `time/README.md` has the states and
//! the proofs. From the outside in: `alarm.rs` is the future, `timers.rs` the wheels of a runtime,
//! `wheel.rs` one of them, `node.rs` and `list.rs` what is in it. `clock.rs` is the clock, `holds.rs` what keeps it
//! from jumping while it is paused.

mod alarm;
mod clock;
mod due;
mod holds;
mod list;
mod node;
mod timers;
mod wheel;

#[cfg(all(test, anyrt_loom))]
mod holds_loom;
#[cfg(all(test, anyrt_loom))]
mod loom_models;
#[cfg(all(test, anyrt_loom, anyrt_shuttle))]
mod shuttle_models;
#[cfg(all(test, not(anyrt_loom)))]
mod tests;

pub(crate) use alarm::{Alarm, Home};
pub(crate) use holds::Holds;
pub(crate) use timers::Timers;
