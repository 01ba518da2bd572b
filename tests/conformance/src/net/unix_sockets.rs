//! Unix sockets with addresses of the standard library, and before they connect or listen.

use std::io::{self, ErrorKind, Write};
use std::os::unix::net::SocketAddr;
use std::path::Path;
use std::pin::pin;

use anyrt_core::net::{UnixDatagram, UnixListener, UnixSocket, UnixStream};
use anyrt_core::{Interest, Launch};
use futures::{StreamExt, poll};
use socket2::SockRef;

use self::system::{addresses, name};
use super::unix::SocketPath;
use crate::witness::Drive;

#[cfg(target_os = "linux")]
mod system {
    use std::os::linux::net::SocketAddrExt as _;

    use super::*;

    /// An address of each sort that can be chosen: a path, and a name without a file.
    pub(super) fn addresses(path: &SocketPath) -> Vec<SocketAddr> {
        let name = path.as_ref().as_os_str().as_encoded_bytes();
        let of_path = SocketAddr::from_pathname(path).unwrap();
        vec![of_path, SocketAddr::from_abstract_name(name).unwrap()]
    }

    pub(super) fn name(address: &SocketAddr) -> (Option<&Path>, Option<&[u8]>) {
        (address.as_pathname(), address.as_abstract_name())
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::*;

    /// An address of each sort that can be chosen: a path.
    pub(super) fn addresses(path: &SocketPath) -> Vec<SocketAddr> {
        vec![SocketAddr::from_pathname(path).unwrap()]
    }

    pub(super) fn name(address: &SocketAddr) -> Option<&Path> {
        address.as_pathname()
    }
}

pub fn unix_sockets_take_addresses_of_the_standard_library<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let path = SocketPath::new();
        for address in addresses(&path) {
            let listener = UnixListener::bind_addr_on(handle, &address).unwrap();
            assert_eq!(name(&listener.local_addr().unwrap()), name(&address));
            let stream = UnixStream::connect_addr_on(handle, &address).await.unwrap();
            assert_eq!(name(&stream.peer_addr().unwrap()), name(&address));
            let (accepted, peer) = listener.accept().await.unwrap();
            assert!(peer.is_unnamed());
            stream.write_all(b"a").await.unwrap();
            assert_eq!(accepted.read(&mut [0; 2]).await.unwrap(), 1);
            let error = UnixListener::bind_addr_on(handle, &address).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            assert!(listener.take_error().unwrap().is_none());
        }

        let path = SocketPath::new();
        for address in addresses(&path) {
            let receiver = UnixDatagram::bind_addr_on(handle, &address).unwrap();
            assert_eq!(name(&receiver.local_addr().unwrap()), name(&address));
            let sender = UnixDatagram::unbound_on(handle).unwrap();
            assert_eq!(sender.send_to_addr(b"a", &address).await.unwrap(), 1);
            assert_eq!(sender.try_send_to_addr(b"bc", &address).unwrap(), 2);
            sender.connect_addr(&address).unwrap();
            assert_eq!(name(&sender.peer_addr().unwrap()), name(&address));
            assert_eq!(sender.send(b"def").await.unwrap(), 3);
            for length in 1..=3 {
                assert_eq!(receiver.recv(&mut [0; 8]).await.unwrap(), length);
            }
            assert!(sender.take_error().unwrap().is_none());
            // Those who receive read the end, and those who send cannot.
            receiver.shutdown(std::net::Shutdown::Read).unwrap();
            assert_eq!(sender.send(b"a").await.unwrap_err().kind(), ErrorKind::BrokenPipe);
        }

        let path = SocketPath::new();
        let receiver = UnixDatagram::bind_on(handle, &path).unwrap();
        let sender = UnixDatagram::unbound_on(handle).unwrap();
        assert_eq!(sender.try_send_to(b"ab", &path).unwrap(), 2);
        assert_eq!(receiver.recv(&mut [0; 8]).await.unwrap(), 2);
    });
}

pub fn unix_sockets_are_bound_before_they_connect<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (server, client) = (SocketPath::new(), SocketPath::new());
        let listening = UnixSocket::new_stream_on(handle).unwrap();
        listening.bind(&server).unwrap();
        assert_eq!(listening.local_addr().unwrap().as_pathname(), Some(server.as_ref()));
        let listener = listening.listen(4).unwrap();

        let connecting = UnixSocket::new_stream_on(handle).unwrap();
        SockRef::from(&connecting).set_send_buffer_size(20_000).unwrap();
        let granted = SockRef::from(&connecting).send_buffer_size().unwrap();
        connecting.bind(&client).unwrap();
        assert!(connecting.take_error().unwrap().is_none());
        let stream = connecting.connect(&server).await.unwrap();
        assert_eq!(SockRef::from(&stream).send_buffer_size().unwrap(), granted);
        let (accepted, peer) = listener.accept().await.unwrap();
        assert_eq!(peer.as_pathname(), Some(client.as_ref()));
        accepted.write_all(b"abc").await.unwrap();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 3);

        let path = SocketPath::new();
        for address in addresses(&path) {
            let socket = UnixSocket::new_stream_on(handle).unwrap();
            socket.bind_addr(&address).unwrap();
            let listener = socket.listen(4).unwrap();
            let socket = UnixSocket::new_stream_on(handle).unwrap();
            let _stream = socket.connect_addr(&address).await.unwrap();
            listener.accept().await.unwrap();
        }

        let path = SocketPath::new();
        let socket = UnixSocket::new_datagram_on(handle).unwrap();
        socket.bind(&path).unwrap();
        let receiver = socket.datagram().unwrap();
        let sender = UnixSocket::new_datagram_on(handle).unwrap().datagram().unwrap();
        let mut buffer = [0; 8];
        let mut receive = pin!(receiver.recv(&mut buffer));
        assert!(poll!(receive.as_mut()).is_pending());
        sender.send_to(b"ab", &path).await.unwrap();
        assert_eq!(receive.await.unwrap(), 2);
    });
}

pub fn unix_sockets_of_the_wrong_kind_are_refused<L: Launch>(runtime: L) {
    #[track_caller]
    fn assert_refused<T>(result: io::Result<T>, word: &str) {
        let error = result.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(word), "`{error}` does not say `{word}`");
    }

    let handle = runtime.handle();
    handle.drive(async {
        let path = SocketPath::new();
        let datagram = || UnixSocket::new_datagram_on(handle).unwrap();
        assert_refused(datagram().connect(&path).await, "`datagram`");
        assert_refused(datagram().listen(1), "`new_stream`");
        let stream = UnixSocket::new_stream_on(handle).unwrap();
        assert_refused(stream.datagram(), "`new_datagram`");
        assert_refused(datagram().bind("x".repeat(200)), "path");
    });
}

pub fn incoming_yields_every_unix_connection<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let path = SocketPath::new();
        let listener = UnixListener::bind_on(handle, &path).unwrap();
        let mut incoming = listener.incoming();
        for n in 0..10 {
            assert!(poll!(pin!(incoming.accept())).is_pending());
            let mut peer = std::os::unix::net::UnixStream::connect(&path).unwrap();
            let (stream, _) = incoming.accept().await.unwrap();
            peer.write_all(&[n]).unwrap();
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            assert_eq!(byte, [n]);

            let mut next = incoming.next();
            assert!(poll!(&mut next).is_pending());
            let _peer = std::os::unix::net::UnixStream::connect(&path).unwrap();
            next.await.unwrap().unwrap();
        }
    });
}

pub fn operations_of_ones_own_wait_for_unix_connections<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let path = SocketPath::new();
        let listener = UnixListener::bind_on(handle, &path).unwrap();
        let accept = |listener: &std::os::unix::net::UnixListener| listener.accept();
        for _ in 0..3 {
            let error = listener.try_io(Interest::Readable, accept).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            let mut accepting = pin!(listener.io(Interest::Readable, accept));
            assert!(poll!(accepting.as_mut()).is_pending());
            let _peer = std::os::unix::net::UnixStream::connect(&path).unwrap();
            accepting.await.unwrap();
        }
    });
}
