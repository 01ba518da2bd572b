//! What sockets need that only unsafe code can do: the spare room of a buffer is filled without being zeroed
//! first, and a Unix socket says who its peer is.
//!
//! Everything here is safe to call.
//!
//! ```
//! use anyrt_socket::Spare;
//!
//! let mut buffer = Vec::with_capacity(16);
//! let n = buffer.fill(|room| Ok(&mut room.zeroed()[..2])).unwrap();
//! assert_eq!((n, &buffer[..]), (2, &[0, 0][..]));
//! ```
//!
//! | feature | what it adds |
//! |---|---|
//! | `bytes` | the buffers of the crate `bytes` |
//! | `tokio-io` | those of tokio's reading trait |
#![cfg_attr(doctest, doc = include_str!("../README.md"))]

mod spare;
pub use spare::{Room, Spare};

#[cfg(feature = "bytes")]
mod buf_mut;
#[cfg(feature = "bytes")]
pub use buf_mut::Buf;

#[cfg(feature = "tokio-io")]
mod read_buf;

#[cfg(unix)]
mod peer;
#[cfg(unix)]
pub use peer::{UCred, peer_cred};
