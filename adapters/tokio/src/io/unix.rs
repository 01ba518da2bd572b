//! Readiness of any descriptor.

mod async_fd;
mod by_number;
mod edges;

#[doc(hidden)]
#[allow(deprecated)]
pub use self::async_fd::AsyncFdTryNewError;
pub use self::async_fd::{
    AsyncFd, AsyncFdReadyGuard, AsyncFdReadyMutGuard, AsyncFdRegisterError, TryIoError,
};

pub(crate) use self::edges::Edges;
