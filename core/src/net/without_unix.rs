//! Stands in for the addresses of Unix sockets where the system has none, on a type that has no values.

use std::io;

use socket2::{Domain, SockAddr};

/// The address of a Unix socket, of which this system has none.
#[derive(Clone, Debug)]
pub enum SocketAddr {}

/// One that the system refuses to make sockets of.
pub(super) fn domain() -> Domain {
    Domain::from(-1)
}

pub(super) fn to_system(address: &SocketAddr) -> io::Result<SockAddr> {
    match *address {}
}

pub(super) fn from_system(_address: &SockAddr) -> io::Result<SocketAddr> {
    Err(super::kind::is_none_of("the internet"))
}
