//! Connecting, and how names become addresses.

use std::future::Future;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::pin::pin;

use anyrt_core::net::{
    self, Resolve, TcpListener, TcpStream, ToSocketAddrs, UdpSocket, lookup_host,
};
use anyrt_core::task::Meta;
use anyrt_core::{Launch, Spawn, SpawnBlocking};
use futures::stream::FuturesUnordered;
use futures::{StreamExt, poll};

use super::{ClosedPort, LOCAL};
use crate::reactor::polling::on_a_foreign_executor;
use crate::witness::{Counter, Drive, Gate, gate};

/// A listener and its address.
pub(super) fn listener() -> (std::net::TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind(LOCAL).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Connects, and returns the address of the peer or the kind of the error.
async fn connect<L: Launch>(
    runtime: &L,
    target: impl ToSocketAddrs,
) -> Result<SocketAddr, io::ErrorKind> {
    match TcpStream::connect_on(runtime.handle(), target).await {
        Ok(stream) => Ok(stream.peer_addr().unwrap()),
        Err(error) => Err(error.kind()),
    }
}

pub fn a_closed_port_refuses_the_connection<L: Launch>(runtime: L) {
    let closed = ClosedPort::new();
    runtime.handle().drive(async {
        for _ in 0..20 {
            let refused = connect(&runtime, closed.address).await;
            assert_eq!(refused, Err(io::ErrorKind::ConnectionRefused));
        }
    });
}

pub fn connecting_works_on_a_foreign_executor<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let (listener, address) = listener();
    let closed = ClosedPort::new();
    let peer = on_a_foreign_executor(&runtime, async move {
        let error = TcpStream::connect_on(&handle, closed.address).await.err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
        let name = format!("localhost:{}", address.port());
        let stream = TcpStream::connect_on(&handle, name).await.unwrap();
        stream.local_addr().unwrap()
    });
    assert_eq!(listener.accept().unwrap().1, peer);
}

pub fn a_connect_that_is_dropped_closes_its_socket<L: Launch>(runtime: L) {
    let (listener, address) = listener();
    runtime.handle().drive(async {
        for _ in 0..20 {
            let _ = poll!(pin!(TcpStream::connect_on(runtime.handle(), address)));
            let (mut peer, _) = listener.accept().unwrap();
            assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        }
    });
}

pub fn connecting_tries_every_address<L: Launch>(runtime: L) {
    let (_listener, open) = listener();
    let closed = ClosedPort::new();
    runtime.handle().drive(async {
        assert_eq!(connect(&runtime, [closed.address, open]).await, Ok(open));
        assert_eq!(connect(&runtime, vec![closed.address, closed.address, open]).await, Ok(open));
        let targets: &[SocketAddr] = &[open, closed.address];
        assert_eq!(connect(&runtime, targets).await, Ok(open));
    });
}

pub fn connecting_returns_the_last_error<L: Launch>(runtime: L) {
    let closed = ClosedPort::new();
    // Nobody can connect to everybody; how the system says so differs.
    let everybody = SocketAddr::from((Ipv4Addr::BROADCAST, 9));
    runtime.handle().drive(async {
        let refused = Err(io::ErrorKind::ConnectionRefused);
        let impossible = connect(&runtime, everybody).await;
        assert!(impossible.is_err());
        assert_eq!(connect(&runtime, [closed.address, everybody]).await, impossible);
        assert_eq!(connect(&runtime, [everybody, closed.address]).await, refused);
        assert_eq!(connect(&runtime, [closed.address, closed.address]).await, refused);
        let nothing = connect(&runtime, Vec::new()).await;
        assert_eq!(nothing, Err(io::ErrorKind::NotFound));
    });
}

pub fn names_are_resolved<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (_listener, open) = listener();
    handle.drive(async {
        let port = open.port();
        assert_eq!(connect(&runtime, ("localhost", port)).await, Ok(open));
        assert_eq!(connect(&runtime, ("localhost".to_owned(), port)).await, Ok(open));
        assert_eq!(connect(&runtime, &*format!("localhost:{port}")).await, Ok(open));
        assert_eq!(connect(&runtime, &format!("localhost:{port}")).await, Ok(open));

        for address in lookup_host(handle, "localhost:80").await.unwrap() {
            assert!(address.ip().is_loopback());
            assert_eq!(address.port(), 80);
        }
        let listener = TcpListener::bind_on(handle, "localhost:0").await.unwrap();
        assert!(listener.local_addr().unwrap().ip().is_loopback());
        let socket = UdpSocket::bind_on(handle, "localhost:0").await.unwrap();
        socket.connect(socket.local_addr().unwrap()).await.unwrap();
        assert_eq!(socket.peer_addr().unwrap(), socket.local_addr().unwrap());
    });
}

/// Counts the blocking closures that it passes on.
#[derive(Clone, Debug)]
struct Counting<R> {
    runtime: R,
    closures: Counter,
}

impl<R: SpawnBlocking> Resolve for Counting<R> {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        net::look_up(self, host, port).await
    }
}

impl<R: SpawnBlocking> SpawnBlocking for Counting<R> {
    type BlockingHandle<T: Send + 'static> = R::BlockingHandle<T>;

    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> R::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.closures.add();
        self.runtime.spawn_closure(meta, closure)
    }
}

pub fn names_are_resolved_by_a_few_blocking_closures<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let counting = Counting { runtime: handle.clone(), closures: Counter::new() };
    handle.drive(async {
        let addresses = lookup_host(&counting, ("localhost", 1)).await.unwrap();
        assert!(!addresses.is_empty());
        // None if other cases have just taken all that names may have.
        let count = counting.closures.count();
        assert!(count <= 1);

        // Figures are not looked up at all.
        async fn figures(result: impl Future<Output = io::Result<Vec<SocketAddr>>>) -> String {
            let addresses = result.await.unwrap();
            assert_eq!(addresses.len(), 1);
            addresses[0].to_string()
        }
        let (v4, v6) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
        assert_eq!(figures(lookup_host(&counting, "127.0.0.1:1")).await, "127.0.0.1:1");
        assert_eq!(figures(lookup_host(&counting, ("127.0.0.1", 1))).await, "127.0.0.1:1");
        assert_eq!(figures(lookup_host(&counting, (v4, 1))).await, "127.0.0.1:1");
        assert_eq!(figures(lookup_host(&counting, (IpAddr::from(v4), 1))).await, "127.0.0.1:1");
        assert_eq!(figures(lookup_host(&counting, SocketAddrV4::new(v4, 1))).await, "127.0.0.1:1");
        assert_eq!(figures(lookup_host(&counting, "[::1]:1")).await, "[::1]:1");
        assert_eq!(figures(lookup_host(&counting, ("::1", 1))).await, "[::1]:1");
        assert_eq!(figures(lookup_host(&counting, (v6, 1))).await, "[::1]:1");
        assert_eq!(
            figures(lookup_host(&counting, SocketAddrV6::new(v6, 1, 0, 0))).await,
            "[::1]:1"
        );
        assert_eq!(counting.closures.count(), count);
    });
}

/// Has its closures wait at a gate.
#[derive(Clone, Debug)]
struct Gated<R> {
    runtime: R,
    gate: Gate,
}

impl<R: SpawnBlocking> Resolve for Gated<R> {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        net::look_up(self, host, port).await
    }
}

impl<R: SpawnBlocking> SpawnBlocking for Gated<R> {
    type BlockingHandle<T: Send + 'static> = R::BlockingHandle<T>;

    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> R::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        let gate = self.gate.clone();
        self.runtime.spawn_closure(meta, move || {
            gate.wait();
            closure()
        })
    }
}

/// A name that hangs is one whose closure does.
pub fn names_that_hang_keep_no_closure_and_no_other_name_waiting<L: Launch>(runtime: L) {
    const NAMES: usize = 40;
    const MOST_BY_CLOSURES: usize = 4;

    let handle = runtime.handle();
    let (keeper, gate) = gate();
    let gated = Gated { runtime: handle.clone(), gate };
    handle.drive(async {
        let mut names: FuturesUnordered<_> =
            (0..NAMES).map(|_| lookup_host(&gated, ("localhost", 1))).collect();
        for _ in 0..NAMES - MOST_BY_CLOSURES {
            assert!(!names.next().await.unwrap().unwrap().is_empty());
        }
        handle.spawn_blocking(|| ()).await.unwrap();
        keeper.open();
        while let Some(addresses) = names.next().await {
            assert!(!addresses.unwrap().is_empty());
        }
    });
}

pub fn unknown_names_are_an_error<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let nobody = "no.such.host.invalid:1";
    handle.drive(async {
        assert!(lookup_host(handle, nobody).await.is_err());
        assert!(TcpStream::connect_on(handle, nobody).await.is_err());
        assert!(TcpListener::bind_on(handle, nobody).await.is_err());
        assert!(UdpSocket::bind_on(handle, nobody).await.is_err());
    });
    // In a task too, and the runtime works on.
    let runtime = handle.clone();
    let looked_up = handle.spawn(async move { lookup_host(&runtime, nobody).await.is_err() });
    assert!(handle.drive(looked_up).unwrap());
}

pub fn wrong_addresses_are_invalid_input<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for text in ["", "localhost", "127.0.0.1", ":80", "localhost:http", "localhost:65536"] {
            let invalid = Err(io::ErrorKind::InvalidInput);
            assert_eq!(connect(&runtime, text).await, invalid, "{text}");
            let error = TcpListener::bind_on(handle, text).await.unwrap_err();
            assert_eq!(Err(error.kind()), invalid, "{text}");
            let error = lookup_host(handle, text.to_owned()).await.unwrap_err();
            assert_eq!(Err(error.kind()), invalid, "{text}");
        }
    });
}
