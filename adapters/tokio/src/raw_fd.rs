//! Sockets that are made from a number.
#![expect(unsafe_code, reason = "a number says nothing of who closes the descriptor")]

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use crate::net::{TcpSocket, UnixSocket};

macro_rules! impl_from_raw_fd {
    ($socket:ident) => {
        impl FromRawFd for $socket {
            unsafe fn from_raw_fd(fd: RawFd) -> Self {
                // SAFETY: what is asked of the caller is the same.
                let owned = unsafe { OwnedFd::from_raw_fd(fd) };
                $socket::from_owned(owned)
            }
        }
    };
}

impl_from_raw_fd!(TcpSocket);
impl_from_raw_fd!(UnixSocket);
