//! Stands in for sockets where the system has none.

use std::io;
use std::net::SocketAddr;

use crate::SpawnBlocking;

/// The kinds of sockets, of which this system has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SocketKind {}

/// A socket, of which this system has none.
#[derive(Debug)]
pub enum Socket {}

impl Socket {
    /// A socket of the system, of which there is no kind to ask for.
    ///
    /// # Errors
    /// None.
    pub fn system(kind: SocketKind) -> io::Result<Self> {
        match kind {}
    }

    /// Two sockets of the system, of which there is no kind to ask for.
    ///
    /// # Errors
    /// None.
    pub fn system_pair(kind: SocketKind) -> io::Result<(Self, Self)> {
        match kind {}
    }
}

/// Nobody is asked: what has no sockets has no use for addresses. Cancel safe.
///
/// # Errors
/// Always.
pub async fn look_up<R: SpawnBlocking>(
    _runtime: &R,
    _host: String,
    _port: u16,
) -> io::Result<Vec<SocketAddr>> {
    Err(io::ErrorKind::Unsupported.into())
}

pub(super) async fn look_up_elsewhere(_host: String, _port: u16) -> io::Result<Vec<SocketAddr>> {
    Err(io::ErrorKind::Unsupported.into())
}
