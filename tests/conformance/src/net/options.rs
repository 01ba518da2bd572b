//! Options of TCP sockets.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use anyrt_core::Launch;
use anyrt_core::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
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
            socket.set_reuseaddr(true).unwrap();
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
            socket.set_reuseport(reuse)?;
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

pub fn sockets_have_getters_for_what_is_set<L: Launch>(runtime: L) {
    macro_rules! check {
        ($socket:ident: $get:ident, $set:ident, $($value:expr),+) => {
            $(
                $socket.$set($value).unwrap();
                assert_eq!($socket.$get().unwrap(), $value, stringify!($set));
            )+
        };
    }

    let handle = runtime.handle();
    handle.drive(async {
        let tcp = TcpSocket::new_v4_on(handle).unwrap();
        check!(tcp: reuseaddr, set_reuseaddr, true, false);
        check!(tcp: reuseport, set_reuseport, true, false);
        check!(tcp: nodelay, set_nodelay, true, false);
        check!(tcp: linger, set_linger, Some(Duration::from_secs(3)), None);
        // TCP keeps the last two bits to itself.
        check!(tcp: tos_v4, set_tos_v4, 0x10, 0xb8, 0);
        for is_on in [true, false] {
            tcp.set_keepalive(is_on.then_some(Duration::from_secs(30))).unwrap();
            assert_eq!(tcp.keepalive().unwrap(), is_on);
        }
        tcp.set_zero_linger().unwrap();
        assert_eq!(tcp.linger().unwrap(), Some(Duration::ZERO));
        tcp.set_recv_buffer_size(BUFFER).unwrap();
        tcp.set_send_buffer_size(BUFFER).unwrap();
        let sizes = (tcp.recv_buffer_size().unwrap(), tcp.send_buffer_size().unwrap());
        assert_eq!(sizes, granted(BUFFER));
        assert!(tcp.only_v6().is_err());

        let socket = UdpSocket::bind_on(handle, LOCAL).await.unwrap();
        check!(socket: multicast_loop_v4, set_multicast_loop_v4, false, true);
        check!(socket: multicast_ttl_v4, set_multicast_ttl_v4, 0, 1, 7, 255);
        check!(socket: tos_v4, set_tos_v4, 0x10, 0xbb, 255, 0);
        socket.set_recv_buffer_size(BUFFER).unwrap();
        socket.set_send_buffer_size(BUFFER).unwrap();
        let sizes = (socket.recv_buffer_size().unwrap(), socket.send_buffer_size().unwrap());
        assert_eq!(sizes, granted(BUFFER));
        assert!(socket.only_v6().is_err());

        system::check_devices(&tcp, &socket);

        // Where there is no IPv6, there is nothing to set.
        let Ok(tcp) = TcpSocket::new_v6_on(handle) else { return };
        check!(tcp: only_v6, set_only_v6, true, false);
        let Ok(socket) = UdpSocket::bind_on(handle, "[::1]:0").await else { return };
        check!(socket: multicast_loop_v6, set_multicast_loop_v6, false, true);
        assert_eq!(socket.only_v6().unwrap(), SockRef::from(&socket).only_v6().unwrap());
        system::check_classes(&tcp, &socket);
    });
}

#[cfg(target_os = "linux")]
mod system {
    use anyrt_core::Reactor;

    use super::*;

    pub(super) fn check_devices<R: Reactor>(tcp: &TcpSocket<R>, udp: &UdpSocket<R>) {
        let devices = || [tcp.device().unwrap(), udp.device().unwrap()];
        assert_eq!(devices(), [None, None]);
        for is_bound in [true, false] {
            let device = is_bound.then_some(&b"lo"[..]);
            tcp.bind_device(device).unwrap();
            udp.bind_device(device).unwrap();
            assert_eq!(devices(), [device.map(Vec::from), device.map(Vec::from)]);
        }
        assert!(udp.bind_device(Some(b"nothing")).is_err());
    }

    pub(super) fn check_classes<R: Reactor>(tcp: &TcpSocket<R>, udp: &UdpSocket<R>) {
        for class in [0x10, 0xb8, 0] {
            tcp.set_tclass_v6(class).unwrap();
            udp.set_tclass_v6(class).unwrap();
            assert_eq!((tcp.tclass_v6().unwrap(), udp.tclass_v6().unwrap()), (class, class));
        }
        // The last one would be the system's default.
        for class in [256, u32::MAX] {
            let error = udp.set_tclass_v6(class).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains("traffic class"), "{error}");
        }
    }
}

/// What not every system has.
#[cfg(not(target_os = "linux"))]
mod system {
    use anyrt_core::Reactor;

    use super::*;

    pub(super) fn check_devices<R: Reactor>(_tcp: &TcpSocket<R>, _udp: &UdpSocket<R>) {}

    pub(super) fn check_classes<R: Reactor>(_tcp: &TcpSocket<R>, _udp: &UdpSocket<R>) {}
}

pub fn octets_that_are_too_large_are_refused<L: Launch>(runtime: L) {
    #[track_caller]
    fn assert_refused(result: io::Result<()>, word: &str) {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
        assert!(error.to_string().contains(word), "`{error}` does not say `{word}`");
    }

    let handle = runtime.handle();
    handle.drive(async {
        let socket = UdpSocket::bind_on(handle, LOCAL).await.unwrap();
        let tcp = TcpSocket::new_v4_on(handle).unwrap();
        socket.set_multicast_ttl_v4(7).unwrap();
        socket.set_tos_v4(0x10).unwrap();
        for value in [256, u32::MAX] {
            // Those would become 0, or the system's default.
            assert_refused(socket.set_multicast_ttl_v4(value), "time-to-live of multicast");
            assert_refused(socket.set_tos_v4(value), "type of service");
            assert_refused(tcp.set_tos_v4(value), "type of service");
            assert_eq!(socket.multicast_ttl_v4().unwrap(), 7);
            assert_eq!(socket.tos_v4().unwrap(), 0x10);
        }
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
