//! Where sockets and the addresses of names come from.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyrt_core::net::{
    Net, Resolve, Socket, SocketKind, TcpListener, TcpSocket, TcpStream, UdpSocket, UnixDatagram,
    UnixListener, UnixSocket, UnixStream, lookup_host,
};
use anyrt_core::task::Meta;
use anyrt_core::time::Instant;
use anyrt_core::{Backend, Launch, Reactor, Source, SpawnBlocking, Timer};

use super::unix::SocketPath;
use crate::witness::Drive;

/// Notes what it is asked for, and knows one name.
#[derive(Clone, Debug)]
pub(super) struct Noting<R> {
    runtime: R,
    asked: Arc<Mutex<Vec<String>>>,
    /// Those of the name.
    addresses: Vec<SocketAddr>,
}

impl<R: Backend> Noting<R> {
    /// The name is `here`, and has these addresses.
    pub(super) fn new(runtime: &R, addresses: &[SocketAddr]) -> Self {
        let (runtime, addresses) = (runtime.clone(), addresses.to_vec());
        Self { runtime, asked: Arc::default(), addresses }
    }

    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }

    #[track_caller]
    pub(super) fn was_asked_for(&self, what: &[&str]) {
        assert_eq!(std::mem::take(&mut *self.asked.lock().unwrap()), what);
    }
}

impl<R: Backend> SpawnBlocking for Noting<R> {
    type BlockingHandle<T: Send + 'static> = R::BlockingHandle<T>;

    fn spawn_closure<F, T>(&self, meta: Meta<'_>, closure: F) -> R::BlockingHandle<T>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.runtime.spawn_closure(meta, closure)
    }
}

impl<R: Backend> Reactor for Noting<R> {
    type Registration<T: Source> = R::Registration<T>;

    fn register_nonblocking<T: Source>(&self, source: T) -> io::Result<R::Registration<T>> {
        self.runtime.register_nonblocking(source)
    }
}

impl<R: Backend> Timer for Noting<R> {
    type Sleep = R::Sleep;

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    fn sleep_until(&self, deadline: Instant) -> R::Sleep {
        self.runtime.sleep_until(deadline)
    }
}

impl<R: Backend> Resolve for Noting<R> {
    async fn resolve(&self, host: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        self.note(format!("{host}:{port}"));
        if host == "here" { Ok(self.addresses.clone()) } else { Ok(Vec::new()) }
    }
}

impl<R: Backend> Net for Noting<R> {
    fn open(&self, kind: SocketKind) -> io::Result<Socket> {
        self.note(format!("{kind:?}"));
        self.runtime.open(kind)
    }

    fn open_pair(&self, kind: SocketKind) -> io::Result<(Socket, Socket)> {
        self.note(format!("two {kind:?}"));
        self.runtime.open_pair(kind)
    }
}

pub fn a_backend_is_asked_for_every_socket_and_name<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (listener, address) = super::connect::listener();
    let noting = Noting::new(handle, &[address]);
    let (stream, datagram) = (SocketPath::new(), SocketPath::new());
    handle.drive(async {
        TcpStream::connect_on(&noting, "here:7").await.unwrap();
        noting.was_asked_for(&["here:7", "TcpV4"]);
        assert_eq!(listener.accept().unwrap().0.local_addr().unwrap(), address);
        let bound = TcpListener::bind_on(&noting, "127.0.0.1:0").await.unwrap();
        noting.was_asked_for(&["TcpV4"]);
        let socket = UdpSocket::bind_on(&noting, "127.0.0.1:0").await.unwrap();
        socket.send_to(b"x", "here:8").await.unwrap();
        socket.send_to(b"x", address).await.unwrap();
        socket.connect("here:9").await.unwrap();
        noting.was_asked_for(&["UdpV4", "here:8", "here:9"]);
        let socket = TcpSocket::new_v4_on(&noting).unwrap();
        socket.connect(bound.local_addr().unwrap()).await.unwrap();
        noting.was_asked_for(&["TcpV4"]);

        let listener = UnixListener::bind_on(&noting, &stream).unwrap();
        UnixStream::connect_on(&noting, &stream).await.unwrap();
        listener.accept().await.unwrap();
        UnixStream::pair_on(&noting).unwrap();
        noting.was_asked_for(&["UnixStream", "UnixStream", "two UnixStream"]);
        UnixDatagram::bind_on(&noting, &datagram).unwrap();
        UnixDatagram::unbound_on(&noting).unwrap();
        UnixDatagram::pair_on(&noting).unwrap();
        noting.was_asked_for(&["UnixDatagram", "UnixDatagram", "two UnixDatagram"]);
        UnixSocket::new_stream_on(&noting).unwrap();
        UnixSocket::new_datagram_on(&noting).unwrap();
        noting.was_asked_for(&["UnixStream", "UnixDatagram"]);

        // To know no address is an error, whoever it is that knows none.
        let error = lookup_host(&noting, "elsewhere:1").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        noting.was_asked_for(&["elsewhere:1"]);
        // Addresses in figures are not asked for.
        lookup_host(&noting, "[::1]:1").await.unwrap();
        noting.was_asked_for(&[]);
    });
}
