//! UDP.

use std::collections::HashSet;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use anyrt_core::net::UdpSocket;
use anyrt_core::{Launch, Spawn, yield_now};
use futures::channel::mpsc;
use futures::future::join_all;
use futures::{FutureExt, StreamExt, poll};

use super::LOCAL;
use crate::reactor::polling::when_pending;
use crate::witness::Drive;

/// A socket of ours, one of a peer, and their addresses.
async fn pair<L: Launch>(
    runtime: &L,
) -> (UdpSocket<L::Handle>, SocketAddr, std::net::UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind_on(runtime.handle(), LOCAL).await.unwrap();
    let address = socket.local_addr().unwrap();
    let peer = std::net::UdpSocket::bind(LOCAL).unwrap();
    let peer_address = peer.local_addr().unwrap();
    (socket, address, peer, peer_address)
}

pub fn a_datagram_is_cut_off_at_the_end_of_the_buffer<L: Launch>(runtime: L) {
    runtime.handle().drive(async {
        let (socket, address, peer, peer_address) = pair(&runtime).await;
        let mut buffer = [0; 3];
        peer.send_to(b"abcdef", address).unwrap();
        peer.send_to(b"gh", address).unwrap();
        assert_eq!(socket.recv_from(&mut buffer).await.unwrap(), (3, peer_address));
        assert_eq!(&buffer, b"abc");
        assert_eq!(socket.recv_from(&mut buffer).await.unwrap(), (2, peer_address));
        assert_eq!(&buffer, b"ghc");
        assert!(poll!(pin!(socket.recv_from(&mut buffer))).is_pending());

        peer.send_to(b"ijklm", address).unwrap();
        peer.send_to(b"n", address).unwrap();
        assert_eq!(socket.recv(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer, b"ijk");
        assert_eq!(socket.recv(&mut buffer).await.unwrap(), 1);

        // The largest one arrives whole.
        let datagram = super::pattern(65_507);
        socket.send_to(&datagram, address).await.unwrap();
        let mut buffer = vec![0; 65_536];
        assert_eq!(socket.recv_from(&mut buffer).await.unwrap(), (65_507, address));
        assert!(buffer[..65_507] == datagram);
        assert!(socket.send_to(&[0; 65_536], address).await.is_err());
    });
}

pub fn empty_datagrams_arrive<L: Launch>(runtime: L) {
    runtime.handle().drive(async {
        let (socket, address, peer, peer_address) = pair(&runtime).await;
        let mut buffer = [0; 8];
        for _ in 0..3 {
            let mut receive = Box::pin(socket.recv_from(&mut buffer));
            assert!(poll!(receive.as_mut()).is_pending());
            peer.send_to(&[], address).unwrap();
            assert_eq!(receive.await.unwrap(), (0, peer_address));
        }
        assert_eq!(socket.send_to(&[], peer_address).await.unwrap(), 0);
        assert_eq!(peer.recv_from(&mut buffer).unwrap(), (0, address));

        // An empty buffer takes a whole datagram along.
        peer.send_to(b"gone", address).unwrap();
        peer.send_to(b"next", address).unwrap();
        assert_eq!(socket.recv(&mut []).await.unwrap(), 0);
        assert_eq!(socket.recv(&mut buffer).await.unwrap(), 4);
        assert_eq!(&buffer[..4], b"next");
    });
}

pub fn peeking_leaves_the_datagram_in_place<L: Launch>(runtime: L) {
    runtime.handle().drive(async {
        let (socket, address, peer, peer_address) = pair(&runtime).await;
        let mut buffer = [0; 8];
        let mut peek = Box::pin(socket.peek_from(&mut buffer));
        assert!(poll!(peek.as_mut()).is_pending());
        peer.send_to(b"abcdef", address).unwrap();
        assert_eq!(peek.await.unwrap(), (6, peer_address));
        assert_eq!(socket.peek(&mut buffer[..2]).await.unwrap(), 2);
        assert_eq!(socket.peek(&mut buffer).await.unwrap(), 6);
        assert_eq!(&buffer[..6], b"abcdef");
        assert_eq!(socket.recv(&mut buffer).await.unwrap(), 6);
        assert!(poll!(pin!(socket.peek(&mut buffer))).is_pending());
    });
}

pub fn a_refused_datagram_is_one_error<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let socket = UdpSocket::bind_on(handle, LOCAL).await.unwrap();
        // Listens to itself only, so that datagrams of others find nobody at its port.
        let deaf = std::net::UdpSocket::bind(LOCAL).unwrap();
        let address = deaf.local_addr().unwrap();
        deaf.connect(address).unwrap();

        socket.connect(address).await.unwrap();
        for round in 0..6 {
            let mut buffer = [0];
            let mut receive = Box::pin(socket.recv(&mut buffer));
            if round % 2 == 0 {
                assert!(poll!(receive.as_mut()).is_pending());
            }
            assert_eq!(socket.send(b"anybody?").await.unwrap(), 8);
            let error = receive.await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
            assert!(poll!(pin!(socket.recv(&mut buffer))).is_pending());
        }

        let peer = std::net::UdpSocket::bind(LOCAL).unwrap();
        socket.connect(peer.local_addr().unwrap()).await.unwrap();
        socket.send(b"ab").await.unwrap();
        assert_eq!(peer.recv(&mut [0; 8]).unwrap(), 2);
        peer.send_to(b"abc", socket.local_addr().unwrap()).unwrap();
        assert_eq!(socket.recv(&mut [0; 8]).await.unwrap(), 3);
    });
}

pub fn connected_sockets_hear_their_peer_only<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (socket, address, peer, peer_address) = pair(&runtime).await;
        let stranger = std::net::UdpSocket::bind(LOCAL).unwrap();
        assert_eq!(socket.peer_addr().unwrap_err().kind(), io::ErrorKind::NotConnected);
        // An address that the system refuses is no obstacle when others follow.
        let v6 = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 9));
        socket.connect([v6, peer_address]).await.unwrap();
        assert_eq!(socket.peer_addr().unwrap(), peer_address);

        stranger.send_to(b"stranger", address).unwrap();
        peer.send_to(b"peer", address).unwrap();
        let mut buffer = [0; 16];
        assert_eq!(socket.recv_from(&mut buffer).await.unwrap(), (4, peer_address));
        assert_eq!(&buffer[..4], b"peer");
        assert_eq!(socket.send(b"hello").await.unwrap(), 5);
        assert_eq!(peer.recv_from(&mut buffer).unwrap(), (5, address));
    });
}

pub fn every_task_that_receives_gets_a_datagram<L: Launch>(runtime: L) {
    const TASKS: u8 = 8;
    let handle = runtime.handle();
    handle.drive(async {
        let (socket, address, peer, _) = pair(&runtime).await;
        let socket = Arc::new(socket);
        let (is_waiting, mut waiting) = mpsc::unbounded();
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (socket, is_waiting) = (Arc::clone(&socket), is_waiting.clone());
                handle.spawn(async move {
                    let mut buffer = [0];
                    let receive = socket.recv_from(&mut buffer);
                    when_pending(receive, || is_waiting.unbounded_send(()).unwrap()).await?;
                    io::Result::Ok(buffer[0])
                })
            })
            .collect();
        for _ in 0..TASKS {
            waiting.next().await.unwrap();
        }
        for n in 0..TASKS {
            peer.send_to(&[n], address).unwrap();
        }
        let mut received = HashSet::new();
        for result in join_all(tasks).await {
            received.insert(result.unwrap().unwrap());
        }
        assert_eq!(received, HashSet::from_iter(0..TASKS));
    });
}

pub fn datagrams_have_poll_functions<L: Launch>(runtime: L) {
    runtime.handle().drive(async {
        let (socket, address, peer, peer_address) = pair(&runtime).await;
        let mut buffer = [0; 8];
        for _ in 0..10 {
            let mut receive = Box::pin(poll_fn(|cx| socket.poll_recv_from(cx, &mut buffer)));
            assert!(poll!(receive.as_mut()).is_pending());
            peer.send_to(b"abc", address).unwrap();
            assert_eq!(receive.await.unwrap(), (3, peer_address));

            let send = poll_fn(|cx| socket.poll_send_to(cx, b"de", peer_address));
            assert_eq!(send.await.unwrap(), 2);
            assert_eq!(peer.recv_from(&mut buffer).unwrap(), (2, address));

            {
                let mut readable = pin!(socket.readable());
                assert!(poll!(readable.as_mut()).is_pending());
                peer.send_to(b"abc", address).unwrap();
                readable.await.unwrap();
            }
            socket.readable().await.unwrap();
            socket.recv(&mut buffer).await.unwrap();
            assert!(poll!(pin!(socket.readable())).is_pending());
            socket.writable().await.unwrap();
        }
    });
}

pub fn datagram_sockets_have_options<L: Launch>(runtime: L) {
    runtime.handle().drive(async {
        let (socket, ..) = pair(&runtime).await;
        for value in [true, false] {
            socket.set_broadcast(value).unwrap();
            assert_eq!(socket.broadcast().unwrap(), value);
        }
        socket.set_ttl(33).unwrap();
        assert_eq!(socket.ttl().unwrap(), 33);

        let group = Ipv4Addr::new(224, 0, 0, 251);
        let interface = Ipv4Addr::LOCALHOST;
        socket.join_multicast_v4(group, interface).unwrap();
        let error = socket.join_multicast_v4(group, interface).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        socket.leave_multicast_v4(group, interface).unwrap();
        assert!(socket.leave_multicast_v4(group, interface).is_err());
    });
}

pub fn a_receive_that_is_dropped_loses_no_datagram<L: Launch>(runtime: L) {
    runtime.handle().drive(async {
        let (socket, address, peer, _) = pair(&runtime).await;
        for n in 0..100 {
            let mut buffer = [0];
            let mut receive = Box::pin(socket.recv(&mut buffer));
            assert!(poll!(receive.as_mut()).is_pending());
            peer.send_to(&[n], address).unwrap();
            drop(receive);
            while socket.recv(&mut buffer).now_or_never().is_none() {
                yield_now().await;
            }
            assert_eq!(buffer, [n]);
        }
    });
}

pub fn a_datagram_goes_to_the_first_address<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        // By name: the addresses of both sockets are the first one of it.
        let socket = UdpSocket::bind_on(handle, "localhost:0").await.unwrap();
        let peer = UdpSocket::bind_on(handle, "localhost:0").await.unwrap();
        let (from, port) = (socket.local_addr().unwrap(), peer.local_addr().unwrap().port());
        let mut buffer = [0; 8];
        let name = format!("localhost:{port}");
        assert_eq!(socket.send_to(b"ab", &name).await.unwrap(), 2);
        assert_eq!(socket.send_to(b"abc", ("localhost", port)).await.unwrap(), 3);
        for length in 2..=3 {
            assert_eq!(peer.recv_from(&mut buffer).await.unwrap(), (length, from));
        }

        let (socket, from, first, to_first) = pair(&runtime).await;
        let second = std::net::UdpSocket::bind(LOCAL).unwrap();
        let targets = [to_first, second.local_addr().unwrap()];
        assert_eq!(socket.send_to(b"abc", targets).await.unwrap(), 3);
        second.set_nonblocking(true).unwrap();
        assert_eq!(second.recv(&mut buffer).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        assert_eq!(first.recv_from(&mut buffer).unwrap(), (3, from));

        let error = socket.send_to(b"abc", Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let error = socket.send_to(b"abc", "nobody").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    });
}
