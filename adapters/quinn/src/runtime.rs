//! What quinn is given.

use std::io;
use std::pin::Pin;
use std::sync::Arc;

use anyrt_facade::task::Builder;
use anyrt_facade::time::Instant;
use anyrt_facade::{Backend, Handle};
use quinn::{AsyncTimer, AsyncUdpSocket};

use crate::reactor::Socket;
use crate::time::Deadline;

/// A runtime for quinn's endpoints: what [`Endpoint::new`](quinn::Endpoint::new) takes, in an `Arc`.
///
/// Datagrams travel as they do on quinn's own runtimes: several in one call of the system (GSO, GRO), with
/// their ECN bits.
///
/// When the runtime ends, so do the endpoints on it: `accept` returns `None`, `connect` and each use of a connection
/// an error. Peers are not told, and miss them after their idle timeout; [`Endpoint::close`](quinn::Endpoint::close) and
/// [`wait_idle`](quinn::Endpoint::wait_idle) beforehand tell them.
///
/// ```
/// use std::net::{Ipv6Addr, UdpSocket};
/// use std::sync::Arc;
/// use anyrt_quinn::Runtime;
/// use quinn::{Endpoint, EndpointConfig};
///
/// # anyrt::Builder::new().build()?.block_on(async {
/// let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))?;
/// let runtime = Arc::new(Runtime::current());
/// let client = Endpoint::new(EndpointConfig::default(), None, socket, runtime)?;
/// # client.close(0_u8.into(), b"");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Runtime<R: Backend = Handle> {
    runtime: R,
}

impl<R: Backend> Runtime<R> {
    /// The runtime of this handle, whichever thread quinn is called on.
    pub fn new(runtime: R) -> Self {
        Self { runtime }
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

impl<R: Backend> quinn::Runtime for Runtime<R> {
    fn new_timer(&self, deadline: Instant) -> Pin<Box<dyn AsyncTimer>> {
        Box::pin(Deadline::new(self.runtime.sleep_until(deadline)))
    }

    #[track_caller]
    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        // It goes on without its handle (S2).
        drop(Builder::new().name("quinn").spawn_on(&self.runtime, future));
    }

    fn wrap_udp_socket(&self, socket: std::net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        Ok(Arc::new(Socket::new(&self.runtime, socket)?))
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }
}
