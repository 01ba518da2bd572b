//! What is sent arrives, whole and in order, on one stream and on many.

use std::net::UdpSocket;
use std::sync::Arc;

use anyrt::adapters;
use anyrt::{BlockOn, Config, Launch};
use anyrt_quinn::Runtime;
use futures_util::future::try_join_all;
use quinn::{Connection, Endpoint, RecvStream, TransportConfig, VarInt};

use crate::endpoints::Pair;

/// In bytes.
const TRANSFER: usize = if cfg!(debug_assertions) { 4 << 20 } else { 64 << 20 };

/// What is sent at this place: a number of its own for each four bytes.
fn part(from: usize, length: usize) -> Vec<u8> {
    let words = (from / 4..).map(|word| (word as u32).wrapping_mul(0x9e37_79b9).to_le_bytes());
    words.flatten().take(length).collect()
}

async fn check(stream: &mut RecvStream, length: usize) {
    let mut seen = 0;
    while let Some(chunk) = stream.read_chunk(usize::MAX, true).await.unwrap() {
        assert_eq!(chunk.offset, seen as u64);
        let skipped = seen % 4;
        assert_eq!(chunk.bytes, part(seen, skipped + chunk.bytes.len())[skipped..]);
        seen += chunk.bytes.len();
    }
    assert_eq!(seen, length);
}

async fn send(connection: &Connection, length: usize) {
    const AT_ONCE: usize = 1 << 16;

    let mut stream = connection.open_uni().await.unwrap();
    for from in (0..length).step_by(AT_ONCE) {
        stream.write_all(&part(from, AT_ONCE.min(length - from))).await.unwrap();
    }
    stream.finish().unwrap();
    // `None`: all of it was acknowledged.
    assert_eq!(stream.stopped().await.unwrap(), None);
}

#[anyrt::test(all)]
async fn a_large_transfer_arrives_whole_and_goes_in_batches() {
    let pair = Pair::here();
    let (client, server) = pair.connect().await;
    let receiving = anyrt::spawn(async move {
        check(&mut server.accept_uni().await.unwrap(), TRANSFER).await;
        server
    });
    send(&client, TRANSFER).await;
    drop(receiving.await.unwrap());

    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let system = quinn::udp::UdpSocketState::new((&socket).into()).unwrap();
    if system.max_gso_segments() > 1 {
        let sent = client.stats().udp_tx;
        assert!(2 * sent.ios < sent.datagrams, "not in batches: {sent:?}");
    }
}

#[anyrt::test(all)]
async fn many_streams_go_on_beside_each_other() {
    const STREAMS: usize = 200;

    let mut transport = TransportConfig::default();
    transport.max_concurrent_bidi_streams(VarInt::from_u32(STREAMS as u32));
    let pair = Pair::with_transport(transport);
    let (client, server) = pair.connect().await;
    let server = anyrt::spawn(async move {
        while let Ok((mut to, mut from)) = server.accept_bi().await {
            anyrt::spawn(async move {
                while let Some(chunk) = from.read_chunk(usize::MAX, true).await.unwrap() {
                    to.write_chunk(chunk.bytes).await.unwrap();
                }
                to.finish().unwrap();
            });
        }
    });
    let asks = (1..=STREAMS).map(|number| {
        let client = client.clone();
        anyrt::spawn(async move {
            let (mut to, mut from) = client.open_bi().await.unwrap();
            let question = part(4 * number, 10 * number);
            to.write_all(&question).await.unwrap();
            to.finish().unwrap();
            assert_eq!(from.read_to_end(usize::MAX).await.unwrap(), question);
        })
    });
    try_join_all(asks).await.unwrap();
    client.close(VarInt::from_u32(0), b"");
    server.await.unwrap();
}

#[anyrt::test(all)]
async fn unreliable_datagrams_arrive() {
    let pair = Pair::here();
    let (client, server) = pair.connect().await;
    // Any of them may be lost, as any datagram may.
    let sending = anyrt::spawn(async move {
        loop {
            client.send_datagram("ping".into()).unwrap();
            anyrt::time::sleep(anyrt::time::Duration::from_millis(1)).await;
        }
    });
    assert_eq!(server.read_datagram().await.unwrap(), "ping");
    sending.abort();
}

#[anyrt::test(all)]
async fn a_client_may_change_its_address() {
    let pair = Pair::here();
    let (client, server) = pair.connect().await;
    let before = server.remote_address();
    pair.client.rebind(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
    let receiving = async { check(&mut server.accept_uni().await.unwrap(), 100_000).await };
    futures_util::join!(send(&client, 100_000), receiving);
    assert_ne!(server.remote_address(), before);
    assert_eq!(server.remote_address(), pair.client.local_addr().unwrap());
}

/// The handle of a backend, without the facade, whose runtime the thread is not inside.
fn without_the_facade<L: Launch>()
where
    L::Handle: BlockOn,
{
    let runtime = L::start(&Config::default()).unwrap();
    let quic: Arc<dyn quinn::Runtime> = Arc::new(Runtime::new(runtime.handle().clone()));
    let pair = Pair::on(&quic, &quic, TransportConfig::default());
    let exchange = async {
        let (client, server) = pair.connect().await;
        let receiving = async { check(&mut server.accept_uni().await.unwrap(), 100_000).await };
        futures_util::join!(send(&client, 100_000), receiving);
    };
    runtime.handle().block_on(exchange);
    Endpoint::close(&pair.server, VarInt::from_u32(0), b"");
}

#[test]
fn each_backend_will_do_without_the_facade() {
    without_the_facade::<adapters::native::Runtime>();
    without_the_facade::<adapters::tokio::Runtime>();
    without_the_facade::<adapters::smol::Runtime>();
    without_the_facade::<adapters::async_std::Runtime>();
}
