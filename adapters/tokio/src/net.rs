//! TCP, UDP and Unix sockets.
//!
//! They are those of anyrt, with tokio's methods and traits.

#[cfg(all(unix, feature = "net"))]
mod accepted;
mod addr;
#[cfg(all(unix, feature = "net"))]
mod blocking_mode;
#[cfg(all(unix, feature = "net"))]
mod datagram_methods;
#[cfg(all(unix, feature = "net"))]
mod debug;
#[cfg(all(unix, feature = "net"))]
mod halves;
#[cfg(all(unix, feature = "net"))]
mod ip_options;
#[cfg(all(unix, feature = "net"))]
mod lookup_host;
#[cfg(all(unix, feature = "net"))]
mod readiness;
#[cfg(all(unix, feature = "net"))]
mod stream;
#[cfg(all(unix, feature = "net"))]
mod stream_methods;
#[cfg(all(unix, feature = "net"))]
mod udp;
#[cfg(all(unix, feature = "net"))]
mod uninit;

#[cfg(all(unix, feature = "net"))]
pub mod tcp;
#[cfg(all(unix, feature = "net"))]
pub mod unix;

pub use self::addr::ToSocketAddrs;
#[cfg(all(unix, feature = "net"))]
pub use self::lookup_host::lookup_host;
#[cfg(all(unix, feature = "net"))]
pub use self::tcp::listener::TcpListener;
#[cfg(all(unix, feature = "net"))]
pub use self::tcp::socket::TcpSocket;
#[cfg(all(unix, feature = "net"))]
pub use self::tcp::stream::TcpStream;
#[cfg(all(unix, feature = "net"))]
pub use self::udp::UdpSocket;
#[cfg(all(unix, feature = "net"))]
pub use self::unix::{
    datagram_socket::UnixDatagram, listener::UnixListener, socket::UnixSocket, stream::UnixStream,
};
