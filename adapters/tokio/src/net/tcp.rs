//! Parts of TCP sockets.

pub(super) mod listener;
pub(super) mod socket;
mod split;
pub(super) mod stream;

pub use self::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
