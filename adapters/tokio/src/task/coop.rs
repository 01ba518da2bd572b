//! Letting other tasks go first.
//!
//! The budget is tokio's: channels, locks, sockets, timers and join handles all take from it. A poll has 127 units of
//! it, where tokio's has 128.

pub use real::task::coop::{
    Coop, RestoreOnPending, consume_budget, cooperative, has_budget_remaining, poll_proceed,
};

pub use super::budget::{Unconstrained, unconstrained};
