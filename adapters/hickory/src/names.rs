//! The other direction: the names of a runtime, resolved by hickory.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;

use anyrt_facade::net::Network;
use anyrt_facade::{Current, Handle, SpawnBlocking};
use hickory_resolver::Resolver;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::rr::Name;

use crate::Runtime;

/// A network whose names a resolver of hickory's resolves, and whose sockets are the system's.
///
/// For `Handle::with_network`, with the feature `dyn` of `anyrt`. Look-ups need no thread, so that any number of them can
/// be on their way. A name that ends with a dot is what it says; to others the resolver may add the domains that its
/// configuration lists. An address with a scope, such as `fe80::1%eth0`, is no name: the system reads it, on a thread, and asks
/// nobody.
///
/// To drop a look-up gives up: it is cancel safe.
///
/// # Errors
/// Those of a look-up are `NotFound` if there is no such name or no address of it, `TimedOut` if no server answers,
/// `InvalidInput` if it can't be a name, and `Other` for all else, for instance a server that fails or refuses connections:
/// `ConnectionRefused` would be taken for an answer of the target's. [`NetError`] is inside each.
///
/// ```
/// use anyrt::net::TcpStream;
/// use anyrt_hickory::{Names, Runtime};
/// use hickory_resolver::Resolver;
/// use hickory_resolver::config::{GOOGLE, ResolverConfig};
///
/// # fn not_called() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = anyrt::Builder::new().build()?;
/// let for_names = Runtime::new(runtime.handle().clone());
/// let config = ResolverConfig::udp_and_tcp(&GOOGLE);
/// let resolver = Resolver::builder_with_config(config, for_names.clone()).build()?;
/// let handle = runtime.handle().with_network(Names::new(for_names, resolver));
/// handle.block_on(async { TcpStream::connect("example.org:80").await })?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Names<R: Current = Handle> {
    runtime: Runtime<R>,
    resolver: Resolver<Runtime<R>>,
}

impl<R: Current> Names<R> {
    /// The names that `resolver` knows, which runs on `runtime`: not on a handle that has these names as its network.
    pub fn new(runtime: Runtime<R>, resolver: Resolver<Runtime<R>>) -> Self {
        Self { runtime, resolver }
    }
}

impl<R: Current> Network for Names<R> {
    async fn resolve<S: SpawnBlocking>(
        &self,
        runtime: &S,
        host: String,
        port: u16,
    ) -> io::Result<Vec<SocketAddr>> {
        if is_address(&host) {
            return System.resolve(runtime, host, port).await;
        }
        // Not by the rules for names in domains that can be registered alone: others have underscores, for instance.
        let name = Name::from_str_relaxed(host)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, NetError::from(error)))?;
        let mut look_up = pin!(self.resolver.lookup_ip(name));
        // Inside the runtime, for its timers, wherever the caller polls.
        let found = poll_fn(|cx| {
            let _inside = self.runtime.handle().enter();
            look_up.as_mut().poll(cx)
        });
        let found = found.await.map_err(to_io)?;
        Ok(found.iter().map(|address| SocketAddr::new(address, port)).collect())
    }
}

/// Reads what is no name.
#[derive(Debug)]
struct System;

impl Network for System {}

/// Whether this is in figures, perhaps with a scope, such as `fe80::1%eth0`, whose name the system knows.
fn is_address(host: &str) -> bool {
    let (address, _scope) = host.split_once('%').unwrap_or((host, ""));
    address.parse::<IpAddr>().is_ok()
}

/// The kind of an error of a name server's socket is not told: callers would take it for the target's.
fn to_io(error: NetError) -> io::Error {
    let kind = match &error {
        NetError::Dns(DnsError::NoRecordsFound(_)) => io::ErrorKind::NotFound,
        NetError::Timeout => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_server_refuses_is_not_refused_by_the_target() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let error = to_io(refused.into());
        assert_eq!(error.kind(), io::ErrorKind::Other);
        let cause = error.get_ref().unwrap().downcast_ref();
        assert!(matches!(cause, Some(NetError::Io(_))), "{error:?}");
    }
}
