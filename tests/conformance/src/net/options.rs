//! Options of TCP sockets.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyrt_core::Launch;
use anyrt_core::net::{TcpListener, TcpSocket, TcpStream};
use socket2::{Domain, SockRef, Socket, Type};

use super::{ClosedPort, LOCAL, connection};
use crate::witness::Drive;

/// What the system makes of a wish for a buffer of this size.
fn granted(bytes: usize) -> (usize, usize) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(bytes).unwrap();
    socket.set_send_buffer_size(bytes).unwrap();
    (socket.recv_buffer_size().unwrap(), socket.send_buffer_size().unwrap())
}

const BUFFER: usize = 20_000;

pub fn options_are_set_before_listening<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for backlog in [1, 16, u32::MAX] {
            let socket = TcpSocket::new_v4_on(handle).unwrap();
            assert!(!SockRef::from(&socket).reuse_address().unwrap());
            socket.set_reuse_address(true).unwrap();
            assert!(SockRef::from(&socket).reuse_address().unwrap());
            socket.set_recv_buffer_size(BUFFER).unwrap();
            socket.set_send_buffer_size(BUFFER).unwrap();
            socket.bind(LOCAL.into()).unwrap();
            let address = socket.local_addr().unwrap();
            assert_ne!(address.port(), 0);

            let listener = socket.listen(backlog).unwrap();
            assert_eq!(listener.local_addr().unwrap(), address);
            let options = SockRef::from(&listener);
            assert_eq!(
                (options.recv_buffer_size().unwrap(), options.send_buffer_size().unwrap()),
                granted(BUFFER)
            );
            let peer = std::net::TcpStream::connect(address).unwrap();
            let (_, peer_address) = listener.accept().await.unwrap();
            assert_eq!(peer_address, peer.local_addr().unwrap());
        }
    });
}

pub fn options_are_set_before_connecting<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        let socket = TcpSocket::new_v4_on(handle).unwrap();
        socket.set_nodelay(true).unwrap();
        socket.set_recv_buffer_size(BUFFER).unwrap();
        socket.set_send_buffer_size(BUFFER).unwrap();
        socket.set_keepalive(Some(Duration::from_secs(60))).unwrap();
        socket.set_linger(Some(Duration::ZERO)).unwrap();
        socket.bind(LOCAL.into()).unwrap();
        let address = socket.local_addr().unwrap();

        let stream = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        assert_eq!(stream.local_addr().unwrap(), address);
        assert!(stream.nodelay().unwrap());
        assert!(stream.keepalive().unwrap());
        assert_eq!(stream.linger().unwrap(), Some(Duration::ZERO));
        assert_eq!(
            (stream.recv_buffer_size().unwrap(), stream.send_buffer_size().unwrap()),
            granted(BUFFER)
        );

        let (accepted, peer) = listener.accept().await.unwrap();
        assert_eq!(peer, address);
        drop(stream); // which sends a reset, because it lingers for no time
        let error = accepted.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);

        let closed = ClosedPort::new();
        let socket = TcpSocket::new_v4_on(handle).unwrap();
        let error = socket.connect(closed.address).await.err().unwrap();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    });
}

pub fn sockets_that_reuse_a_port_share_it<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let listen = |address: SocketAddr, reuse| {
            let socket = TcpSocket::new_v4_on(handle)?;
            socket.set_reuse_port(reuse)?;
            socket.bind(address)?;
            socket.listen(16)
        };
        let first = listen(LOCAL.into(), true).unwrap();
        let address = first.local_addr().unwrap();
        let second = listen(address, true).unwrap();
        assert_eq!(second.local_addr().unwrap(), address);
        let error = listen(address, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    });
}

pub fn streams_have_options<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, _peer) = connection(handle);
        for value in [true, false] {
            stream.set_nodelay(value).unwrap();
            assert_eq!(stream.nodelay().unwrap(), value);
            assert_eq!(SockRef::from(&stream).tcp_nodelay().unwrap(), value);

            stream.set_keepalive(value.then_some(Duration::from_secs(30))).unwrap();
            assert_eq!(stream.keepalive().unwrap(), value);

            let linger = value.then_some(Duration::from_secs(3));
            stream.set_linger(linger).unwrap();
            assert_eq!(stream.linger().unwrap(), linger);

            let ttl = if value { 33 } else { 44 };
            stream.set_ttl(ttl).unwrap();
            assert_eq!(stream.ttl().unwrap(), ttl);
        }
        stream.set_zero_linger().unwrap();
        assert_eq!(SockRef::from(&stream).linger().unwrap(), Some(Duration::ZERO));
        assert!(stream.recv_buffer_size().unwrap() > 0);
        assert!(stream.send_buffer_size().unwrap() > 0);
        assert!(stream.take_error().unwrap().is_none());

        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        listener.set_ttl(55).unwrap();
        assert_eq!(listener.ttl().unwrap(), 55);
        let address = listener.local_addr().unwrap();
        let stream = TcpStream::connect_on(handle, address).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), address);
    });
}

pub fn times_are_rounded_up_or_refused<L: Launch>(runtime: L) {
    const SECOND: Duration = Duration::from_secs(1);

    #[track_caller]
    fn assert_refused(result: io::Result<()>, word: &str) {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(word), "`{error}` does not say `{word}`");
    }

    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        let socket = TcpSocket::new_v4_on(handle).unwrap();
        socket.set_linger(Some(SECOND / 2)).unwrap();
        assert_eq!(SockRef::from(&socket).linger().unwrap(), Some(SECOND));
        assert_refused(socket.set_linger(Some(Duration::MAX)), "linger time");
        socket.set_keepalive(Some(SECOND / 1000)).unwrap();
        assert_eq!(SockRef::from(&socket).tcp_keepalive_time().unwrap(), SECOND);
        assert_refused(socket.set_keepalive(Some(Duration::ZERO)), "`None`");
        assert_refused(socket.set_keepalive(Some(Duration::MAX)), "keep-alive time");
        // A size that is too large for the system's number does not become a small one.
        let sizes = granted(i32::MAX as usize);
        socket.set_recv_buffer_size(usize::MAX).unwrap();
        socket.set_send_buffer_size(usize::MAX).unwrap();
        let options = SockRef::from(&socket);
        let granted = (options.recv_buffer_size().unwrap(), options.send_buffer_size().unwrap());
        assert_eq!(granted, sizes);

        let stream = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        stream.set_linger(Some(3 * SECOND / 2)).unwrap();
        assert_eq!(stream.linger().unwrap(), Some(2 * SECOND));
        assert_refused(stream.set_linger(Some(Duration::MAX)), "linger time");
        assert_eq!(stream.linger().unwrap(), Some(2 * SECOND));
        stream.set_keepalive(Some(3 * SECOND / 2)).unwrap();
        assert_eq!(SockRef::from(&stream).tcp_keepalive_time().unwrap(), 2 * SECOND);
        assert_refused(stream.set_keepalive(Some(Duration::MAX)), "keep-alive time");
        for hops in [0, 256, u32::MAX] {
            assert_refused(stream.set_ttl(hops), "time-to-live");
            assert_refused(listener.set_ttl(hops), "time-to-live");
        }

        // A part of a second is not no time, which would send a reset.
        let (accepted, _) = listener.accept().await.unwrap();
        stream.write_all(b"last").await.unwrap();
        stream.set_linger(Some(SECOND / 2)).unwrap();
        drop(stream);
        let mut bytes = Vec::new();
        accepted.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"last");
    });
}
