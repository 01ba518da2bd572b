//! Tasks, and blocking closures.

#[cfg(feature = "rt")]
pub mod coop;
#[cfg(feature = "rt")]
pub mod join_set;

#[cfg(feature = "rt")]
#[cfg_attr(
    not(feature = "rt-multi-thread"),
    allow(dead_code, unreachable_pub, reason = "it is not public then")
)]
mod block_in_place;
#[cfg(feature = "rt")]
mod budget;
#[cfg(feature = "rt")]
mod error;
#[cfg(feature = "rt")]
mod id;
#[cfg(feature = "rt")]
mod join_handle;
#[cfg(feature = "rt")]
mod local;
#[cfg(feature = "rt")]
mod settled;
#[cfg(feature = "rt")]
mod spawn;
#[cfg(feature = "rt")]
mod turns;

#[cfg(feature = "rt-multi-thread")]
pub use block_in_place::block_in_place;
#[cfg(feature = "rt")]
pub use coop::{Unconstrained, consume_budget, unconstrained};
#[cfg(feature = "rt")]
pub use error::JoinError;
#[cfg(feature = "rt")]
pub use id::{Id, id, try_id};
#[cfg(feature = "rt")]
pub use join_handle::{AbortHandle, JoinHandle};
#[cfg(feature = "rt")]
pub use join_set::JoinSet;
#[cfg(feature = "rt")]
pub use local::{LocalEnterGuard, LocalSet, spawn_local};
#[cfg(feature = "rt")]
pub use real::task::LocalKey;
#[cfg(feature = "rt")]
pub use spawn::{spawn, spawn_blocking, yield_now};

#[cfg(feature = "rt")]
pub(crate) use budget::budgeted;
#[cfg(feature = "rt")]
pub(crate) use id::Around;
#[cfg(feature = "rt")]
pub(crate) use local::{LocalTasks, is_running as is_in_local_set};
#[cfg(feature = "rt")]
pub(crate) use settled::settled;
#[cfg(feature = "rt")]
pub(crate) use turns::note_look;

/// Where there are no tasks, no poll of one comes before another.
#[cfg(not(feature = "rt"))]
pub(crate) fn note_look() {}

/// The future of [`LocalKey::scope`].
#[cfg(feature = "rt")]
pub mod futures {
    pub use real::task::futures::TaskLocalFuture;
}
