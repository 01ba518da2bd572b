//! Peers that die, endpoints that are dropped, runtimes that end.

use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyrt::{Builder, Handle, time};
use anyrt_quinn::Runtime;
use quinn::{ConnectError, ConnectionError, IdleTimeout, ReadError, TransportConfig, VarInt};

use crate::endpoints::{Line, Pair};

/// Connections end after so long a silence.
fn idle_after(silence: Duration) -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport.max_idle_timeout(Some(IdleTimeout::try_from(silence).unwrap()));
    transport
}

#[anyrt::test(all)]
async fn a_peer_that_dies_is_missed_in_time() {
    const SILENCE: Duration = Duration::from_secs(1);

    let pair = Pair::with_transport(idle_after(SILENCE));
    let line = Line::to(pair.address()).await;
    // Not since the cut, for the last datagram may have come some time before it.
    let start = Instant::now();
    let (client, server) = pair.connect_through(line.address).await;
    let (mut to, _) = client.open_bi().await.unwrap();
    to.write_all(b"half of a").await.unwrap();
    let (_, mut from) = server.accept_bi().await.unwrap();
    from.read_exact(&mut [0; 9]).await.unwrap();

    drop(line);
    let lost = ReadError::ConnectionLost(ConnectionError::TimedOut);
    assert_eq!(from.read(&mut [0; 9]).await, Err(lost));
    assert_eq!(client.closed().await, ConnectionError::TimedOut);
    assert!(start.elapsed() >= SILENCE, "after {:?}", start.elapsed());
}

#[anyrt::test(all)]
async fn nobody_at_the_address_is_a_time_out() {
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let pair = Pair::with_transport(idle_after(Duration::from_millis(100)));
    let connecting = pair.client.connect(nobody.local_addr().unwrap(), "localhost").unwrap();
    assert_eq!(connecting.await.unwrap_err(), ConnectionError::TimedOut);
}

/// ICMP tells a connected socket of it, as an error of the next attempt to receive.
#[anyrt::test(all)]
async fn a_port_that_is_closed_ends_no_endpoint() {
    const SILENCE: Duration = Duration::from_millis(100);

    let pair = Pair::with_transport(idle_after(SILENCE));
    // Its own only peer: the port is closed to others, and nobody else gets it.
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    closed.connect(address).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(address).unwrap();
    pair.client.rebind(socket).unwrap();
    let connecting = pair.client.connect(address, "localhost").unwrap();
    assert_eq!(connecting.await.unwrap_err(), ConnectionError::TimedOut);
    assert_eq!(pair.client.connect(address, "localhost").map(drop), Ok(()));
}

/// quinn's clock is that of the runtime: a silence of an hour takes no time where the clock is paused.
#[anyrt::test(backend = "native", start_paused = true)]
async fn a_paused_clock_is_the_one_of_connections() {
    const SILENCE: Duration = Duration::from_secs(3600);

    let pair = Pair::with_transport(idle_after(SILENCE));
    let line = Line::to(pair.address()).await;
    let (client, server) = pair.connect_through(line.address).await;
    drop(line);
    let cut = time::now();
    assert_eq!(client.closed().await, ConnectionError::TimedOut);
    assert_eq!(server.closed().await, ConnectionError::TimedOut);
    assert!(time::now() - cut >= SILENCE - Duration::from_secs(1));
}

#[anyrt::test(all)]
async fn an_endpoint_that_is_dropped_leaves_no_socket() {
    let pair = Pair::here();
    let addresses = [pair.address(), pair.client.local_addr().unwrap()];
    let (client, server) = pair.connect().await;
    drop(pair);
    // A connection goes on without its endpoint's handle.
    let mut to = client.open_uni().await.unwrap();
    to.write_all(b"still here").await.unwrap();
    to.finish().unwrap();
    let mut from = server.accept_uni().await.unwrap();
    assert_eq!(from.read_to_end(99).await.unwrap(), b"still here");

    drop((to, from));
    drop(client);
    let closed = server.closed().await;
    assert!(matches!(closed, ConnectionError::ApplicationClosed(_)), "{closed}");
    drop(server);
    // Both drivers are tasks, which end in their own time; a port in use can't be had.
    for address in addresses {
        while UdpSocket::bind(address).is_err() {
            time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[anyrt::test(all)]
async fn to_close_an_endpoint_ends_its_accept_and_tells_the_peer() {
    let pair = Pair::here();
    let (client, _server) = pair.connect().await;
    pair.server.close(VarInt::from_u32(7), b"enough");
    assert!(pair.server.accept().await.is_none());
    let ConnectionError::ApplicationClosed(close) = client.closed().await else {
        panic!("another")
    };
    assert_eq!((close.error_code, &*close.reason), (VarInt::from_u32(7), &b"enough"[..]));
    pair.server.wait_idle().await;
}

#[test]
fn a_runtime_that_ends_takes_its_endpoints_along() {
    for backend in anyrt::selection().unwrap().compiled() {
        let build = || Builder::new().backend(*backend).build().unwrap();
        let (stays, ends) = (build(), build());
        if stays.handle() == ends.handle() {
            // There is one for the process, which nobody ends.
            assert_eq!(*backend, "async-std");
            continue;
        }
        let on =
            |handle: &Handle| -> Arc<dyn quinn::Runtime> { Arc::new(Runtime::new(handle.clone())) };
        let transport = idle_after(Duration::from_millis(300));
        let pair = Pair::on(&on(ends.handle()), &on(stays.handle()), transport);
        let (client, server) = stays.block_on(pair.connect());
        drop(ends);
        stays.block_on(async {
            assert!(pair.server.accept().await.is_none(), "on {backend}");
            assert!(server.accept_uni().await.is_err(), "on {backend}");
            assert!(server.open_uni().await.is_err(), "on {backend}");
            let stopping = pair.server.connect(pair.address(), "localhost").map(drop);
            assert_eq!(stopping, Err(ConnectError::EndpointStopping), "on {backend}");
            // Nobody has told the peer.
            assert_eq!(client.closed().await, ConnectionError::TimedOut, "on {backend}");
        });
    }
}
