//! Parts of Unix sockets.

mod address;
mod credentials;
pub(super) mod datagram_socket;
pub(super) mod listener;
pub mod pipe;
pub(super) mod socket;
mod split;
pub(super) mod stream;

pub use self::address::SocketAddr;
pub use self::credentials::UCred;
pub use self::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};

/// Empty; tokio has a public module of this name.
#[doc(hidden)]
pub mod datagram {}

/// The number of a user.
#[allow(non_camel_case_types)]
pub type uid_t = u32;

/// The number of a group.
#[allow(non_camel_case_types)]
pub type gid_t = u32;

/// The number of a process.
#[allow(non_camel_case_types)]
pub type pid_t = i32;
