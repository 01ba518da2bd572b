//! Where the sockets of any backend come from, and a network of one's own in that place.

use std::fmt::Debug;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{AnySource, DynBackend, DynGuard, DynRegistration, DynResolve, Handle};
use crate::Metrics;
use crate::net::{Net, Network, Resolve, Socket, SocketKind};
use crate::task::Meta;
use crate::time::{Instant, SystemTime};

impl Net for Handle {
    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        self.backend.open(kind)
    }

    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        self.backend.open_pair(kind)
    }
}

impl Resolve for Handle {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.backend.resolve(host, port).await
    }
}

impl Handle {
    /// The same runtime, with sockets and addresses from `network`.
    ///
    /// What is spawned with the handle, and what runs in its `block_on`, finds that network too.
    ///
    /// ```
    /// use anyrt_core::{Backend, BlockOn, Current, erased::Handle, net::Network};
    ///
    /// /// Gives nobody a socket.
    /// #[derive(Debug)]
    /// struct Nowhere;
    ///
    /// impl Network for Nowhere {
    ///     fn open(&self, _: anyrt_core::net::SocketKind) -> std::io::Result<anyrt_core::net::Socket> {
    ///         Err(std::io::ErrorKind::NetworkUnreachable.into())
    ///     }
    /// }
    ///
    /// fn offline<R: Backend + BlockOn + Current>(runtime: R) -> Handle {
    ///     Handle::new("offline", runtime).with_network(Nowhere)
    /// }
    /// ```
    pub fn with_network<N: Network>(&self, network: N) -> Self {
        let backend = WithNetwork { runtime: self.clone(), network };
        Self { name: self.name, backend: Arc::new(backend) }
    }
}

/// A runtime, and the network that takes the place of its own.
#[derive(Debug)]
struct WithNetwork<N> {
    runtime: Handle,
    network: N,
}

impl<N: Network> super::sealed::Sealed for WithNetwork<N> {}

impl<N: Network> DynBackend for WithNetwork<N> {
    fn spawn(&self, meta: Meta<'_>, task: Pin<Box<dyn Future<Output = ()> + Send>>) {
        self.runtime.backend.spawn(meta, task);
    }

    fn poll_unconstrained(
        &self,
        future: Pin<&mut dyn Future<Output = ()>>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        self.runtime.backend.poll_unconstrained(future, cx)
    }

    fn poll_proceed(
        &self,
        cx: &mut Context<'_>,
        operation: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
    ) -> Poll<()> {
        self.runtime.backend.poll_proceed(cx, operation)
    }

    fn random_u64(&self) -> u64 {
        self.runtime.backend.random_u64()
    }

    fn metrics(&self) -> Metrics {
        self.runtime.backend.metrics()
    }

    fn spawn_blocking(&self, meta: Meta<'_>, closure: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        self.runtime.backend.spawn_blocking(meta, closure)
    }

    fn now(&self) -> Instant {
        self.runtime.backend.now()
    }

    fn system_now(&self) -> SystemTime {
        self.runtime.backend.system_now()
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn crate::Sleep>> {
        self.runtime.backend.sleep_until(deadline)
    }

    fn register_nonblocking(&self, source: AnySource) -> io::Result<Box<dyn DynRegistration>> {
        self.runtime.backend.register_nonblocking(source)
    }

    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        self.network.open(kind)
    }

    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        self.network.open_pair(kind)
    }

    fn resolve(&self, host: String, port: u16) -> DynResolve<'_> {
        Box::pin(self.network.resolve(&self.runtime, host, port))
    }

    #[track_caller]
    fn block_on(&self, future: Pin<&mut dyn Future<Output = ()>>) {
        self.runtime.backend.block_on(future);
    }

    fn enter(&self) -> Box<dyn DynGuard + '_> {
        self.runtime.backend.enter()
    }
}
