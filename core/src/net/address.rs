//! What can be connected or bound to, and how names become addresses.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use super::network::Resolve;

/// What stands for one or more socket addresses: an address, a pair of IP address and port, a slice
/// of addresses, or text like `localhost:80`.
///
/// Names are resolved by the system, at most four at once on the threads for blocking closures and
/// further ones on threads for that alone (N3): names for which no server answers keep no closure and, up
/// to 1024 of them at once, no other name waiting. Addresses written in figures are not looked up, and
/// cost nothing. The trait is sealed.
pub trait ToSocketAddrs: sealed::Target + Send + Sync {}

/// The addresses that `target` stands for, in the order in which the system prefers them.
///
/// ```
/// use anyrt_core::net::{Resolve, lookup_host};
///
/// async fn print<R: Resolve>(runtime: &R) -> std::io::Result<()> {
///     for address in lookup_host(runtime, "localhost:80").await? {
///         println!("{address}");
///     }
///     Ok(())
/// }
/// ```
///
/// Dropping the future gives up: what waits to begin never does. The system itself can't be stopped, so
/// a look-up that has begun keeps its thread until it is over.
///
/// So it is cancel safe.
///
/// # Errors
/// `InvalidInput` if the text has no port or a wrong one; whatever the system says when a name
/// can't be resolved, and `NotFound` if it resolves to nothing; so there is always one.
pub async fn lookup_host<R: Resolve>(
    runtime: &R,
    target: impl ToSocketAddrs,
) -> io::Result<Vec<SocketAddr>> {
    resolve(runtime, target).await.map(Iterator::collect)
}

/// Like [`lookup_host`], without an allocation for a single address.
pub(super) async fn resolve<R: Resolve>(
    runtime: &R,
    target: impl ToSocketAddrs,
) -> io::Result<Addresses> {
    let (addresses, are_of_a_name) = match target.target()? {
        Target::Address(address) => return Ok(Addresses::One(Some(address))),
        Target::Addresses(addresses) => (addresses, false),
        Target::Name { host, port } => (runtime.resolve(host, port).await?, true),
    };
    match addresses[..] {
        [] => Err(no_address()),
        [address] => Ok(Addresses::One(Some(address))),
        _ => Ok(Addresses::Many { addresses: addresses.into_iter(), are_of_a_name }),
    }
}

fn no_address() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "there is no address to use")
}

/// The first of the addresses, without an allocation and with a small future where it needs no look-up.
pub(super) async fn resolve_first<R: Resolve>(
    runtime: &R,
    target: impl ToSocketAddrs,
) -> io::Result<SocketAddr> {
    let addresses = match target.target()? {
        Target::Address(address) => return Ok(address),
        Target::Addresses(addresses) => addresses,
        Target::Name { host, port } => Box::pin(runtime.resolve(host, port)).await?,
    };
    addresses.first().copied().ok_or_else(no_address)
}

/// Attempts something with the addresses one after the other, until it succeeds; fails with the
/// error of the last one.
///
/// A macro, because a future that takes an async closure is not known to be `Send` where the runtime
/// is generic.
macro_rules! first_to_succeed {
    ($addresses:expr, |$address:ident| $attempt:expr) => {
        'found: {
            let mut last_error = None;
            for $address in $addresses {
                match $attempt {
                    Ok(success) => break 'found Ok(success),
                    Err(error) => last_error = Some(error),
                }
            }
            Err(last_error.expect("a look-up yields one address or an error"))
        }
    };
}

pub(super) use first_to_succeed;

/// At least one address.
pub(super) enum Addresses {
    One(Option<SocketAddr>),
    Many {
        addresses: std::vec::IntoIter<SocketAddr>,
        /// Otherwise the caller has chosen them, and their order.
        are_of_a_name: bool,
    },
}

impl Addresses {
    /// Whether nobody has chosen one of several.
    pub(super) fn are_of_a_name(&self) -> bool {
        matches!(self, Self::Many { are_of_a_name: true, .. })
    }
}

impl Iterator for Addresses {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        match self {
            Self::One(address) => address.take(),
            Self::Many { addresses, .. } => addresses.next(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Address(SocketAddr),
    Addresses(Vec<SocketAddr>),
    Name { host: String, port: u16 },
}

mod sealed {
    pub trait Target {
        fn target(&self) -> std::io::Result<super::Target>;
    }
}

impl Target {
    fn of_host(host: &str, port: u16) -> Self {
        match host.parse::<IpAddr>() {
            Ok(ip) => Self::Address(SocketAddr::new(ip, port)),
            Err(_) => Self::Name { host: host.to_owned(), port },
        }
    }
}

impl<T: ToSocketAddrs + ?Sized> ToSocketAddrs for &T {}
impl<T: sealed::Target + ?Sized> sealed::Target for &T {
    fn target(&self) -> io::Result<Target> {
        (**self).target()
    }
}

macro_rules! addresses {
    ($($type:ty: |$this:ident| $target:expr;)*) => {$(
        impl ToSocketAddrs for $type {}
        impl sealed::Target for $type {
            fn target(&self) -> io::Result<Target> {
                let $this = self;
                Ok($target)
            }
        }
    )*};
}

addresses! {
    SocketAddr: |address| Target::Address(*address);
    SocketAddrV4: |address| Target::Address((*address).into());
    SocketAddrV6: |address| Target::Address((*address).into());
    (IpAddr, u16): |pair| Target::Address((*pair).into());
    (Ipv4Addr, u16): |pair| Target::Address((*pair).into());
    (Ipv6Addr, u16): |pair| Target::Address((*pair).into());
    [SocketAddr]: |addresses| Target::Addresses(addresses.to_vec());
    Vec<SocketAddr>: |addresses| Target::Addresses(addresses.clone());
}

impl<const N: usize> ToSocketAddrs for [SocketAddr; N] {}
impl<const N: usize> sealed::Target for [SocketAddr; N] {
    fn target(&self) -> io::Result<Target> {
        Ok(Target::Addresses(self.to_vec()))
    }
}

impl ToSocketAddrs for (&str, u16) {}
impl sealed::Target for (&str, u16) {
    fn target(&self) -> io::Result<Target> {
        Ok(Target::of_host(self.0, self.1))
    }
}

impl ToSocketAddrs for (String, u16) {}
impl sealed::Target for (String, u16) {
    fn target(&self) -> io::Result<Target> {
        Ok(Target::of_host(&self.0, self.1))
    }
}

impl ToSocketAddrs for str {}
impl sealed::Target for str {
    fn target(&self) -> io::Result<Target> {
        if let Ok(address) = self.parse::<SocketAddr>() {
            return Ok(Target::Address(address));
        }
        let invalid = |what: &str| {
            let message = format!("`{self}` {what}: write `host:port`");
            Err(io::Error::new(io::ErrorKind::InvalidInput, message))
        };
        let Some((host, port)) = self.rsplit_once(':') else {
            return invalid("has no port");
        };
        let Ok(port) = port.parse() else {
            return invalid("has no valid port number");
        };
        if host.is_empty() {
            return invalid("has no host");
        }
        Ok(Target::of_host(host, port))
    }
}

impl ToSocketAddrs for String {}
impl sealed::Target for String {
    fn target(&self) -> io::Result<Target> {
        self.as_str().target()
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    fn target(text: &str) -> Result<Target, String> {
        sealed::Target::target(text).map_err(|error| error.to_string())
    }

    #[test]
    fn figures_need_no_look_up() {
        let address = |text: &str| Ok(Target::Address(text.parse().unwrap()));
        assert_eq!(target("127.0.0.1:80"), address("127.0.0.1:80"));
        assert_eq!(target("[::1]:80"), address("[::1]:80"));
        let pair = sealed::Target::target(&("::1", 80)).unwrap();
        assert_eq!(Ok(pair), address("[::1]:80"));
    }

    #[test]
    fn names_do() {
        let name = Target::Name { host: "localhost".to_owned(), port: 80 };
        assert_eq!(target("localhost:80"), Ok(name));
    }

    #[test]
    fn wrong_text_says_what_is_wrong() {
        for (text, what) in [
            ("", "`` has no port: write `host:port`"),
            ("localhost", "`localhost` has no port: write `host:port`"),
            (":80", "`:80` has no host: write `host:port`"),
            ("localhost:http", "`localhost:http` has no valid port number: write `host:port`"),
            ("localhost:65536", "`localhost:65536` has no valid port number: write `host:port`"),
        ] {
            assert_eq!(target(text), Err(what.to_owned()));
        }
    }
}
