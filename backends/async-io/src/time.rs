//! Sleeps on async-io's timers, and what a clock that can be paused has of these.

mod alarm;
mod probe;
mod sleep;

pub use alarm::{Alarm, Clock, pausable_clock};
pub use probe::Look;
pub use sleep::Sleep;
