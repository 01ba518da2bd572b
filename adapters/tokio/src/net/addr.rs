//! What can be connected or bound to.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// What stands for one or more socket addresses: an address, a pair of IP address and port, a slice of
/// addresses, or, with the feature `net`, a name and a port like `localhost:80`.
///
/// Names are resolved by the runtime. The trait is sealed.
pub trait ToSocketAddrs: sealed::Target {}

#[derive(Debug)]
#[cfg_attr(not(feature = "net"), allow(dead_code, reason = "nobody asks without sockets"))]
pub enum Target {
    Address(SocketAddr),
    Addresses(Vec<SocketAddr>),
    #[cfg(feature = "net")]
    Name {
        host: String,
        port: u16,
    },
}

pub(crate) mod sealed {
    #[doc(hidden)]
    pub trait Target {
        #[doc(hidden)]
        fn target(&self) -> std::io::Result<super::Target>;
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {}
impl<T: sealed::Target + ?Sized> sealed::Target for &T {
    fn target(&self) -> io::Result<Target> {
        (**self).target()
    }
}

macro_rules! one_address {
    ($($type:ty),+ $(,)?) => {$(
        impl ToSocketAddrs for $type {}
        impl sealed::Target for $type {
            fn target(&self) -> io::Result<Target> {
                Ok(Target::Address((*self).into()))
            }
        }
    )+};
}

one_address!(
    SocketAddr,
    SocketAddrV4,
    SocketAddrV6,
    (IpAddr, u16),
    (Ipv4Addr, u16),
    (Ipv6Addr, u16),
);

impl ToSocketAddrs for &[SocketAddr] {}
impl sealed::Target for &[SocketAddr] {
    fn target(&self) -> io::Result<Target> {
        Ok(Target::Addresses(self.to_vec()))
    }
}

#[cfg(feature = "net")]
mod names {
    use super::*;

    impl ToSocketAddrs for str {}
    impl sealed::Target for str {
        fn target(&self) -> io::Result<Target> {
            if let Ok(address) = self.parse::<SocketAddr>() {
                return Ok(Target::Address(address));
            }
            // With the words of the standard library, which tokio asks.
            let invalid = |what| io::Error::new(io::ErrorKind::InvalidInput, what);
            let (host, port) =
                self.rsplit_once(':').ok_or_else(|| invalid("invalid socket address"))?;
            let port = port.parse().map_err(|_| invalid("invalid port value"))?;
            (host, port).target()
        }
    }

    impl ToSocketAddrs for String {}
    impl sealed::Target for String {
        fn target(&self) -> io::Result<Target> {
            self.as_str().target()
        }
    }

    impl ToSocketAddrs for (&str, u16) {}
    impl sealed::Target for (&str, u16) {
        fn target(&self) -> io::Result<Target> {
            let (host, port) = *self;
            Ok(match host.parse::<IpAddr>() {
                Ok(ip) => Target::Address((ip, port).into()),
                Err(_) => Target::Name { host: host.to_owned(), port },
            })
        }
    }

    impl ToSocketAddrs for (String, u16) {}
    impl sealed::Target for (String, u16) {
        fn target(&self) -> io::Result<Target> {
            (self.0.as_str(), self.1).target()
        }
    }
}
