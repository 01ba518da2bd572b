//! TCP, UDP and Unix sockets: those of [`anyrt_core::net`], on this runtime.
//!
//! Their methods stand there. Constructors without a handle want a thread that is inside a runtime.

use std::io;
use std::net::SocketAddr;

use anyrt_core::Current;
use anyrt_core::net::{Net, Resolve};

pub use anyrt_core::net::ToSocketAddrs;

use crate::shared::{Handle, Shared};

/// The addresses that `target` stands for, in the order in which the system prefers them.
///
/// # Errors
/// See [`anyrt_core::net::lookup_host`]; and the thread is inside no runtime.
pub async fn lookup_host(target: impl ToSocketAddrs) -> io::Result<Vec<SocketAddr>> {
    let runtime = Handle::here()?.clone();
    anyrt_core::net::lookup_host(&runtime, target).await
}

/// A TCP connection.
pub type TcpStream = anyrt_core::net::TcpStream<Handle>;

/// A socket that accepts TCP connections.
pub type TcpListener = anyrt_core::net::TcpListener<Handle>;

/// A TCP socket before it connects or listens, so that options can be set first.
pub type TcpSocket = anyrt_core::net::TcpSocket<Handle>;

/// A UDP socket.
pub type UdpSocket = anyrt_core::net::UdpSocket<Handle>;

/// A connection between processes of one machine.
#[cfg(unix)]
pub type UnixStream = anyrt_core::net::UnixStream<Handle>;

/// A socket that accepts connections from processes of the same machine.
#[cfg(unix)]
pub type UnixListener = anyrt_core::net::UnixListener<Handle>;

/// A socket for datagrams between processes of one machine.
#[cfg(unix)]
pub type UnixDatagram = anyrt_core::net::UnixDatagram<Handle>;

impl Resolve for Handle {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        // On whichever threads it is done, as a closure: others wait for it.
        let _held = self.with(Shared::hold_clock);
        anyrt_core::net::look_up(self, host, port).await
    }
}

impl Net for Handle {}
