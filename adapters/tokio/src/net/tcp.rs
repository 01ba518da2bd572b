//! Parts of TCP sockets.

pub(super) mod listener;
pub(super) mod socket;
mod split;
pub(super) mod stream;

use std::io;
use std::net::SocketAddr;

use anyrt::Handle;

pub use self::split::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};

/// A socket of the runtime that can have such an address. Without the look-up that anyrt's own functions have.
fn socket_for(runtime: &Handle, address: SocketAddr) -> io::Result<anyrt::net::TcpSocket> {
    if address.is_ipv4() {
        anyrt::net::TcpSocket::new_v4_on(runtime)
    } else {
        anyrt::net::TcpSocket::new_v6_on(runtime)
    }
}
