//! Letting other tasks go first.
//!
//! The budget is tokio's, of which a poll has 127 units, where tokio's has 128. Sockets, timers, channels, locks, utilities and
//! join handles take from it.

pub use real::task::coop::{
    Coop, RestoreOnPending, consume_budget, cooperative, has_budget_remaining, poll_proceed,
};

pub use super::budget::{Unconstrained, unconstrained};
