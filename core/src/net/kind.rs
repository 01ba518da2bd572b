//! What a socket is, and where it is: for sockets that are not of the system as well.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, SockAddr, Type};

use super::unix_address;

/// The kinds of sockets that this module has.
///
/// ```
/// use anyrt_core::net::SocketKind;
///
/// let address = "[::1]:80".parse().unwrap();
/// assert_eq!(SocketKind::tcp(&address), SocketKind::TcpV6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SocketKind {
    /// TCP on IPv4.
    TcpV4,
    /// TCP on IPv6.
    TcpV6,
    /// UDP on IPv4.
    UdpV4,
    /// UDP on IPv6.
    UdpV6,
    /// A byte stream between processes of one machine.
    UnixStream,
    /// Datagrams between processes of one machine.
    UnixDatagram,
}

impl SocketKind {
    /// TCP, of the version of `address`.
    pub fn tcp(address: &SocketAddr) -> Self {
        if address.is_ipv4() { Self::TcpV4 } else { Self::TcpV6 }
    }

    /// UDP, of the version of `address`.
    ///
    /// ```
    /// use anyrt_core::net::SocketKind;
    ///
    /// let address = "127.0.0.1:53".parse().unwrap();
    /// assert_eq!(SocketKind::udp(&address), SocketKind::UdpV4);
    /// ```
    pub fn udp(address: &SocketAddr) -> Self {
        if address.is_ipv4() { Self::UdpV4 } else { Self::UdpV6 }
    }

    /// Whether it has datagrams, and not a stream of bytes.
    ///
    /// ```
    /// use anyrt_core::net::SocketKind;
    ///
    /// assert!(SocketKind::UnixDatagram.is_datagram() && !SocketKind::TcpV6.is_datagram());
    /// ```
    pub fn is_datagram(self) -> bool {
        matches!(self, Self::UdpV4 | Self::UdpV6 | Self::UnixDatagram)
    }

    /// What the system calls it.
    pub(super) fn to_system(self) -> (Domain, Type, Option<Protocol>) {
        match self {
            Self::TcpV4 => (Domain::IPV4, Type::STREAM, Some(Protocol::TCP)),
            Self::TcpV6 => (Domain::IPV6, Type::STREAM, Some(Protocol::TCP)),
            Self::UdpV4 => (Domain::IPV4, Type::DGRAM, Some(Protocol::UDP)),
            Self::UdpV6 => (Domain::IPV6, Type::DGRAM, Some(Protocol::UDP)),
            Self::UnixStream => (unix_address::domain(), Type::STREAM, None),
            Self::UnixDatagram => (unix_address::domain(), Type::DGRAM, None),
        }
    }
}

/// The address of a socket of any [kind](SocketKind).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Address {
    /// An IP address and a port.
    Internet(SocketAddr),
    /// A path, a name without a file, or none. Of this there is no value on systems without Unix sockets.
    Unix(unix_address::SocketAddr),
}

impl Address {
    /// The IP address and port.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use anyrt_core::net::Address;
    ///
    /// let address: SocketAddr = "127.0.0.1:80".parse().unwrap();
    /// assert_eq!(Address::from(address).to_internet()?, address);
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// `InvalidData` if it is no address of the internet.
    pub fn to_internet(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Internet(address) => Ok(*address),
            Self::Unix(_) => Err(is_none_of("the internet")),
        }
    }

    /// The address on this machine.
    ///
    /// # Errors
    /// `InvalidData` if it is no address of a Unix socket.
    #[cfg(unix)]
    pub fn to_unix(&self) -> io::Result<unix_address::SocketAddr> {
        match self {
            Self::Unix(address) => Ok(address.clone()),
            Self::Internet(_) => Err(is_none_of("a Unix socket")),
        }
    }

    /// As the system takes it.
    pub(super) fn to_system(&self) -> io::Result<SockAddr> {
        match self {
            Self::Internet(address) => Ok((*address).into()),
            Self::Unix(address) => unix_address::to_system(address),
        }
    }

    /// As the system gave it.
    pub(super) fn from_system(address: &SockAddr) -> io::Result<Self> {
        match address.as_socket() {
            Some(address) => Ok(Self::Internet(address)),
            None => unix_address::from_system(address).map(Self::Unix),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Internet(address)
    }
}

impl From<unix_address::SocketAddr> for Address {
    fn from(address: unix_address::SocketAddr) -> Self {
        Self::Unix(address)
    }
}

pub(super) fn is_none_of(what: &str) -> io::Error {
    let message = format!("the socket's address is not an address of {what}");
    io::Error::new(io::ErrorKind::InvalidData, message)
}
