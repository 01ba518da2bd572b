//! TCP, UDP and Unix sockets.
//!
//! They are those of anyrt, with tokio's methods and traits.

mod addr;
#[cfg(feature = "net")]
mod blocking_mode;
#[cfg(feature = "net")]
mod datagram_methods;
#[cfg(feature = "net")]
mod debug;
#[cfg(feature = "net")]
mod halves;
#[cfg(feature = "net")]
mod ip_options;
#[cfg(feature = "net")]
mod lookup_host;
#[cfg(feature = "net")]
mod readiness;
#[cfg(feature = "net")]
mod stream;
#[cfg(feature = "net")]
mod stream_methods;
#[cfg(feature = "net")]
mod udp;
#[cfg(feature = "net")]
mod uninit;

#[cfg(feature = "net")]
pub mod tcp;
#[cfg(all(unix, feature = "net"))]
pub mod unix;

pub use self::addr::ToSocketAddrs;
#[cfg(feature = "net")]
pub use self::lookup_host::lookup_host;
#[cfg(feature = "net")]
pub use self::tcp::listener::TcpListener;
#[cfg(feature = "net")]
pub use self::tcp::socket::TcpSocket;
#[cfg(feature = "net")]
pub use self::tcp::stream::TcpStream;
#[cfg(feature = "net")]
pub use self::udp::UdpSocket;
#[cfg(all(unix, feature = "net"))]
pub use self::unix::{
    datagram_socket::UnixDatagram, listener::UnixListener, socket::UnixSocket, stream::UnixStream,
};
