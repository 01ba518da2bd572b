//! Listening and accepting.

use std::collections::HashSet;
use std::future::poll_fn;
use std::io::{self, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;

use anyrt_core::net::{TcpListener, TcpStream};
use anyrt_core::{Interest, Launch, Spawn, yield_now};
use futures::channel::mpsc;
use futures::future::join_all;
use futures::{FutureExt, StreamExt, poll};
use socket2::{Domain, SockRef, Socket, Type};

use super::LOCAL;
use crate::reactor::polling::when_pending;
use crate::witness::Drive;

pub fn binding_allows_to_reuse_the_address<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let listener = handle.drive(TcpListener::bind_on(handle, LOCAL)).unwrap();
    assert!(SockRef::from(&listener).reuse_address().unwrap());
}

pub fn a_port_can_be_bound_again_after_a_connection<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let bind_again = || async {
        let listener = TcpListener::bind_on(handle, LOCAL).await?;
        let address = listener.local_addr()?;
        let mut peer = std::net::TcpStream::connect(address)?;
        let (stream, _) = listener.accept().await?;
        // Who closes first keeps the port busy for a minute.
        drop(stream);
        assert_eq!(peer.read(&mut [0])?, 0);
        drop((peer, listener));
        let listener = TcpListener::bind_on(handle, address).await?;
        assert_eq!(listener.local_addr()?, address);
        io::Result::Ok(())
    };
    handle.drive(async {
        // Another process may snatch the port, but hardly every time.
        let mut result = bind_again().await;
        for _ in 0..5 {
            if result.is_ok() {
                break;
            }
            result = bind_again().await;
        }
        result.unwrap();
    });
}

pub fn two_hundred_connections_wait_to_be_accepted<L: Launch>(runtime: L) {
    const CONNECTIONS: usize = 200;
    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        let address = listener.local_addr().unwrap();
        let peers: Vec<_> =
            (0..CONNECTIONS).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
        let mut addresses: HashSet<_> =
            peers.iter().map(|peer| peer.local_addr().unwrap()).collect();
        for _ in 0..CONNECTIONS {
            let (_, peer) = listener.accept().await.unwrap();
            assert!(addresses.remove(&peer), "{peer} is accepted once");
        }
        assert!(poll!(pin!(listener.accept())).is_pending());
    });
}

pub fn an_address_in_use_is_an_error<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        let address = listener.local_addr().unwrap();
        let error = TcpListener::bind_on(handle, address).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    });
}

pub fn ipv6_listeners_are_what_the_system_makes_them<L: Launch>(runtime: L) {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return; // a machine without IPv6
    }
    let handle = runtime.handle();
    let fresh = Socket::new(Domain::IPV6, Type::STREAM, None).unwrap();
    let only_v6 = fresh.only_v6().unwrap();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, "[::]:0").await.unwrap();
        assert_eq!(SockRef::from(&listener).only_v6().unwrap(), only_v6);
        if !only_v6 {
            let port = listener.local_addr().unwrap().port();
            let peer = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            let (_, address) = listener.accept().await.unwrap();
            assert_eq!(address.port(), peer.local_addr().unwrap().port());
        }
    });
}

pub fn binding_tries_every_address<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let taken = [LOCAL, LOCAL].map(|local| std::net::TcpListener::bind(local).unwrap());
    let taken_addresses = taken.each_ref().map(|listener| listener.local_addr().unwrap());
    handle.drive(async {
        let targets = [taken_addresses[0], SocketAddr::from(LOCAL)];
        let listener = TcpListener::bind_on(handle, targets).await.unwrap();
        assert!(!taken_addresses.contains(&listener.local_addr().unwrap()));

        let error = TcpListener::bind_on(handle, taken_addresses).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    });
}

pub fn every_task_that_accepts_gets_a_connection<L: Launch>(runtime: L) {
    const TASKS: usize = 8;
    let handle = runtime.handle();
    handle.drive(async {
        let listener = Arc::new(TcpListener::bind_on(handle, LOCAL).await.unwrap());
        let address = listener.local_addr().unwrap();
        let (is_waiting, mut waiting) = mpsc::unbounded();
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (listener, is_waiting) = (Arc::clone(&listener), is_waiting.clone());
                handle.spawn(async move {
                    when_pending(listener.accept(), || is_waiting.unbounded_send(()).unwrap())
                        .await
                        .map(|(_, peer)| peer)
                })
            })
            .collect();
        for _ in 0..TASKS {
            waiting.next().await.unwrap();
        }
        let peers: Vec<_> =
            (0..TASKS).map(|_| std::net::TcpStream::connect(address).unwrap()).collect();
        let mut accepted = HashSet::new();
        for result in join_all(tasks).await {
            accepted.insert(result.unwrap().unwrap());
        }
        assert_eq!(accepted, peers.iter().map(|peer| peer.local_addr().unwrap()).collect());
    });
}

pub fn an_accept_that_is_dropped_loses_no_connection<L: Launch>(runtime: L) {
    const CONNECTIONS: usize = 50;
    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut peers = HashSet::new();
        let mut streams = Vec::new();
        for _ in 0..CONNECTIONS {
            // Dropped while it waits, and while it is about to be ready.
            assert!(listener.accept().now_or_never().is_none());
            let mut accept = Box::pin(listener.accept());
            assert!(poll!(accept.as_mut()).is_pending());
            let peer = std::net::TcpStream::connect(address).unwrap();
            assert!(peers.insert(peer.local_addr().unwrap()));
            drop(accept);
            streams.push(peer);
            let accepted = loop {
                if let Some(accepted) = listener.accept().now_or_never() {
                    break accepted.unwrap();
                }
                yield_now().await;
            };
            assert!(peers.remove(&accepted.1));
        }
    });
}

pub fn incoming_yields_every_connection<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut incoming = listener.incoming();
        let expect = |(stream, from): (TcpStream<L::Handle>, SocketAddr),
                      peer: std::net::TcpStream| {
            assert_eq!(stream.peer_addr().unwrap(), peer.local_addr().unwrap());
            assert_eq!(from, peer.local_addr().unwrap());
            assert_eq!(stream.local_addr().unwrap(), address);
        };
        for _ in 0..10 {
            assert!(poll!(pin!(incoming.accept())).is_pending());
            let peer = std::net::TcpStream::connect(address).unwrap();
            expect(incoming.accept().await.unwrap(), peer);

            let peer = std::net::TcpStream::connect(address).unwrap();
            expect(incoming.next().await.unwrap().unwrap(), peer);
        }
    });
}

pub fn operations_of_ones_own_wait_for_connections<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let listener = TcpListener::bind_on(handle, LOCAL).await.unwrap();
        let address = listener.local_addr().unwrap();
        let accept = |listener: &std::net::TcpListener| listener.accept();
        for _ in 0..3 {
            let error = listener.try_io(Interest::Readable, accept).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            {
                let mut accepting = pin!(listener.io(Interest::Readable, accept));
                assert!(poll!(accepting.as_mut()).is_pending());
                let peer = std::net::TcpStream::connect(address).unwrap();
                assert_eq!(accepting.await.unwrap().1, peer.local_addr().unwrap());
            }
            let mut accepting = poll_fn(|cx| listener.poll_io(cx, Interest::Readable, accept));
            assert!(poll!(&mut accepting).is_pending());
            let peer = std::net::TcpStream::connect(address).unwrap();
            assert_eq!(accepting.await.unwrap().1, peer.local_addr().unwrap());
        }
        let mut ready = pin!(listener.ready(Interest::Readable));
        assert!(poll!(ready.as_mut()).is_pending());
        let _peer = std::net::TcpStream::connect(address).unwrap();
        ready.await.unwrap();
        listener.accept().await.unwrap();
        assert!(listener.take_error().unwrap().is_none());
    });
}
