//! Connections of quinn's over the loopback interface.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use quinn::{ClientConfig, ConnectionError, Endpoint, IdleTimeout, ServerConfig, TransportConfig};
use rustls::{RootCertStore, pki_types::PrivateKeyDer};
use tokio::task::JoinSet;

/// What both sides trust.
fn configs(transport: TransportConfig) -> (ServerConfig, ClientConfig) {
    let made = rcgen::generate_simple_self_signed(["test".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let transport = Arc::new(transport);
    let mut server = ServerConfig::with_single_cert(vec![certificate.clone()], key).unwrap();
    server.transport_config(transport.clone());
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut client = ClientConfig::with_root_certificates(Arc::new(roots)).unwrap();
    client.transport_config(transport);
    (server, client)
}

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

fn endpoints(transport: TransportConfig) -> (Endpoint, Endpoint) {
    let (for_server, for_client) = configs(transport);
    let server = Endpoint::server(for_server, LOOPBACK).unwrap();
    let mut client = Endpoint::client(LOOPBACK).unwrap();
    client.set_default_client_config(for_client);
    (server, client)
}

/// Sends back what comes on each stream, and each datagram, until the other side closes.
async fn echo(server: Endpoint) -> ConnectionError {
    let connection = server.accept().await.unwrap().await.unwrap();
    loop {
        tokio::select! {
            datagram = connection.read_datagram() => match datagram {
                Ok(datagram) => connection.send_datagram(datagram).unwrap(),
                Err(error) => return error,
            },
            streams = connection.accept_bi() => match streams {
                Ok((mut out, mut incoming)) => {
                    tokio::spawn(async move {
                        tokio::io::copy(&mut incoming, &mut out).await.unwrap();
                        out.finish().unwrap();
                    });
                }
                Err(error) => return error,
            },
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_and_datagrams_are_echoed() {
    let (server, client) = endpoints(TransportConfig::default());
    let connecting = client.connect(server.local_addr().unwrap(), "test").unwrap();
    let echoing = tokio::spawn(echo(server.clone()));
    let connection = connecting.await.unwrap();

    let mut streams = JoinSet::new();
    for number in 0..20_u8 {
        let connection = connection.clone();
        streams.spawn(async move {
            let (mut out, mut incoming) = connection.open_bi().await.unwrap();
            let said = vec![number; 100_000];
            let writing = async {
                out.write_all(&said).await.unwrap();
                out.finish().unwrap();
            };
            let ((), heard) = tokio::join!(writing, incoming.read_to_end(said.len()));
            assert_eq!(heard.unwrap(), said);
        });
    }
    streams.join_all().await;

    // A datagram may be lost.
    let answer = async {
        loop {
            connection.send_datagram_wait("hello".into()).await.unwrap();
            let answer =
                tokio::time::timeout(Duration::from_millis(100), connection.read_datagram()).await;
            if let Ok(answer) = answer {
                return answer.unwrap();
            }
        }
    };
    assert_eq!(answer.await, "hello");

    connection.close(7_u32.into(), b"done");
    match echoing.await.unwrap() {
        ConnectionError::ApplicationClosed(close) => {
            assert_eq!((close.error_code, &*close.reason), (7_u32.into(), &b"done"[..]))
        }
        other => panic!("{other}"),
    }
    client.wait_idle().await;
    server.wait_idle().await;
    programs::check_threads();
}

#[tokio::test]
async fn an_idle_connection_times_out() {
    let mut transport = TransportConfig::default();
    transport.max_idle_timeout(Some(IdleTimeout::try_from(Duration::from_secs(1)).unwrap()));
    let (server, client) = endpoints(transport);
    let connecting = client.connect(server.local_addr().unwrap(), "test").unwrap();
    let echoing = tokio::spawn(echo(server));
    let connection = connecting.await.unwrap();
    assert_eq!(connection.closed().await, ConnectionError::TimedOut);
    assert_eq!(echoing.await.unwrap(), ConnectionError::TimedOut);
}

#[tokio::test]
async fn who_is_not_trusted_is_refused() {
    let (server, mut client) = endpoints(TransportConfig::default());
    let (_, other) = configs(TransportConfig::default());
    client.set_default_client_config(other);
    let connecting = client.connect(server.local_addr().unwrap(), "test").unwrap();
    let refused = tokio::spawn(async move { server.accept().await.unwrap().await.is_err() });
    assert!(matches!(connecting.await.unwrap_err(), ConnectionError::TransportError(_)));
    assert!(refused.await.unwrap());
}
