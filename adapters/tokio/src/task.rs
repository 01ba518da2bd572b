//! Tasks, and blocking closures.

#[cfg(feature = "rt")]
mod error;
#[cfg(feature = "rt")]
mod id;
#[cfg(feature = "rt")]
mod join_handle;
#[cfg(feature = "rt")]
mod spawn;

#[cfg(feature = "rt")]
pub use error::JoinError;
#[cfg(feature = "rt")]
pub use id::{Id, id, try_id};
#[cfg(feature = "rt")]
pub use join_handle::{AbortHandle, JoinHandle};
#[cfg(feature = "rt")]
pub use real::task::LocalKey;
#[cfg(feature = "rt")]
pub use spawn::{spawn, spawn_blocking, spawn_local, yield_now};

/// The future of [`LocalKey::scope`].
#[cfg(feature = "rt")]
pub mod futures {
    pub use real::task::futures::TaskLocalFuture;
}
