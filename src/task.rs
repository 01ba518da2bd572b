//! Tasks, blocking closures, and entering a runtime.
//!
//! The functions act on the runtime that the
//! [selection rule](crate#which-runtime-runs-a-call) names, and work on every thread.

#[doc(inline)]
pub use anyrt_facade::task::*;

#[cfg(feature = "sync")]
pub use crate::task_tracker::{
    TaskTracker, TaskTrackerToken, TaskTrackerWaitFuture, TrackedFuture,
};
