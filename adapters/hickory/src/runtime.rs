//! What hickory is given.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;

use anyrt_facade::generic::net::UdpSocket;
use anyrt_facade::time::Duration;
use anyrt_facade::{Current, Handle};
use hickory_resolver::net::runtime::RuntimeProvider;

use crate::{Clock, Connection, Socket, Tasks};

/// A runtime for hickory's resolvers, and for its clients.
///
/// Clones are one: they share their tasks in the background, which end with the last of them, that of the resolver
/// included.
///
/// ```
/// use anyrt_hickory::Runtime;
/// use hickory_resolver::Resolver;
/// use hickory_resolver::config::{GOOGLE, ResolverConfig};
///
/// # anyrt::Builder::new().build()?.block_on(async {
/// let config = ResolverConfig::udp_and_tcp(&GOOGLE);
/// let resolver = Resolver::builder_with_config(config, Runtime::current()).build()?;
/// # async fn not_called(resolver: Resolver<Runtime>) -> Result<(), hickory_resolver::net::NetError> {
/// for address in resolver.lookup_ip("example.org.").await?.iter() {
///     println!("{address}");
/// }
/// # Ok(())
/// # }
/// # Ok::<(), hickory_resolver::net::NetError>(())
/// # }).unwrap();
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Runtime<R: Current = Handle> {
    runtime: R,
    tasks: Tasks<R>,
}

impl<R: Current> Runtime<R> {
    /// The runtime of this handle, but for the timers: see [`Clock`].
    pub fn new(runtime: R) -> Self {
        Self { tasks: Tasks::new(runtime.clone()), runtime }
    }

    pub(crate) fn handle(&self) -> &R {
        &self.runtime
    }
}

impl Runtime {
    /// The runtime that a call made here and now belongs to: see [`Handle::current`].
    ///
    /// # Panics
    /// As there.
    #[track_caller]
    pub fn current() -> Self {
        Self::new(Handle::current())
    }
}

impl<R: Current> RuntimeProvider for Runtime<R> {
    type Handle = Tasks<R>;
    type Timer = Clock<R>;
    type Udp = Socket<R>;
    type Tcp = Connection<R>;

    fn create_handle(&self) -> Tasks<R> {
        self.tasks.clone()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        from: Option<SocketAddr>,
        limit: Option<Duration>,
    ) -> Pin<Box<dyn Future<Output = io::Result<Connection<R>>> + Send>> {
        Box::pin(Connection::open(self.runtime.clone(), server, from, limit))
    }

    fn bind_udp(
        &self,
        address: SocketAddr,
        _server: SocketAddr,
    ) -> Pin<Box<dyn Future<Output = io::Result<Socket<R>>> + Send>> {
        let runtime = self.runtime.clone();
        Box::pin(async move { UdpSocket::bind_on(&runtime, address).await.map(Socket) })
    }
}
