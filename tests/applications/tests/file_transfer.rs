//! A file by HTTP/3, from a server on each backend to a client in a process of its own.

use std::env;
use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;

use anyrt::Handle;
use anyrt::fs::{self, File};
use anyrt::io::AsyncWriteExt;
use anyrt_hyper::rustls::pki_types::CertificateDer;
use anyrt_quinn::Runtime;
use anyrt_test_applications::certificate::{Certified, trusting};
use anyrt_test_applications::peer::Peer;
use axum::body::Bytes;
use axum::http::{Request, Response, StatusCode};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::{ClientConfig, ConnectionError, Endpoint, EndpointConfig, ServerConfig};
use ring::digest::{Context, SHA256, digest};
use tempfile::tempdir;

const SIZE: usize = 64 << 20;
const PART: usize = 64 << 10;

/// Where the client finds the server, and the file of the certificate that it trusts.
const SERVER: &str = "ANYRT_TEST_SERVER";
const CERTIFICATE: &str = "ANYRT_TEST_CERTIFICATE";

fn open(server: Option<ServerConfig>) -> Endpoint {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let runtime = Arc::new(Runtime::new(Handle::current()));
    Endpoint::new(EndpointConfig::default(), server, socket, runtime).unwrap()
}

/// Other bytes at each place, so that none can be taken for another.
fn content() -> Vec<u8> {
    let (mut content, mut state) = (vec![0; SIZE], 1_u64);
    for place in content.chunks_exact_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        place.copy_from_slice(&state.to_le_bytes());
    }
    content
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Answers one request by the file at `path`.
async fn serve(endpoint: Endpoint, path: PathBuf, checksum: String) {
    let quic = endpoint.accept().await.unwrap().await.unwrap();
    let connection = h3_quinn::Connection::new(quic.clone());
    let mut connection = h3::server::Connection::new(connection).await.unwrap();
    let resolver = connection.accept().await.unwrap().unwrap();
    let sending = anyrt::spawn(async move {
        let (_, mut stream) = resolver.resolve_request().await.unwrap();
        let head = Response::builder().header("checksum", checksum).body(()).unwrap();
        stream.send_response(head).await.unwrap();
        let mut file = File::open(path).await.unwrap();
        let mut part = vec![0; PART];
        loop {
            let n = file.read(&mut part).await.unwrap();
            if n == 0 {
                break;
            }
            stream.send_data(Bytes::copy_from_slice(&part[..n])).await.unwrap();
        }
        stream.finish().await.unwrap();
    });
    sending.await.unwrap();
    // The client closes the connection when it has all of it.
    drop(connection.accept().await);
    let end = quic.closed().await;
    assert!(matches!(end, ConnectionError::ApplicationClosed(_)), "{end}");
    endpoint.wait_idle().await;
}

#[anyrt::test(all)]
async fn a_file_of_64_mib_arrives_whole() {
    let folder = tempdir().unwrap();
    let (certified, path) = (Certified::new(), folder.path().join("sent"));
    let content = content();
    let checksum = hex(digest(&SHA256, &content).as_ref());
    fs::write(&path, content).await.unwrap();
    let certificate = folder.path().join("certificate");
    fs::write(&certificate, certified.certificate()).await.unwrap();

    let mut tls = certified.server_config();
    tls.alpn_protocols = vec![b"h3".to_vec()];
    let crypto = QuicServerConfig::try_from(tls).unwrap();
    let endpoint = open(Some(ServerConfig::with_crypto(Arc::new(crypto))));
    let address = endpoint.local_addr().unwrap().to_string();
    let server = anyrt::spawn(serve(endpoint, path, checksum));
    let backend = Handle::current().backend();
    let client = anyrt::spawn_blocking(move || {
        let certificate = certificate.to_str().unwrap();
        let variables =
            [(SERVER, &*address), (CERTIFICATE, certificate), ("ANYRT_BACKEND", backend)];
        Peer::run("client", &variables);
    });
    client.await.unwrap();
    server.await.unwrap();
}

/// Gets the file, and checks that it is the one that was sent.
#[test]
#[ignore = "`a_file_of_64_mib_arrives_whole` runs it, in a process of its own"]
fn client() {
    let address: SocketAddr = env::var(SERVER).unwrap().parse().unwrap();
    let certificate = std::fs::read(env::var_os(CERTIFICATE).unwrap()).unwrap();
    anyrt::block_on(async {
        let mut tls = trusting(CertificateDer::from(certificate));
        tls.alpn_protocols = vec![b"h3".to_vec()];
        let crypto = QuicClientConfig::try_from(tls).unwrap();
        let config = ClientConfig::new(Arc::new(crypto));
        let endpoint = open(None);
        let connection = endpoint.connect_with(config, address, "localhost").unwrap().await;
        let connection = connection.unwrap();
        receive(&connection).await.unwrap();
        connection.close(0x100_u32.into(), b"");
        endpoint.wait_idle().await;
    });
}

async fn receive(connection: &quinn::Connection) -> io::Result<()> {
    let connection = h3_quinn::Connection::new(connection.clone());
    let (mut driver, mut requests) = h3::client::new(connection).await.unwrap();
    drop(anyrt::spawn(async move { poll_fn(|cx| driver.poll_close(cx)).await }));
    let request = Request::get("https://localhost/file").body(()).unwrap();
    let mut stream = requests.send_request(request).await.unwrap();
    stream.finish().await.unwrap();
    let head = stream.recv_response().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);

    let folder = tempdir()?;
    let path = folder.path().join("received");
    let mut file = File::create(&path).await?;
    while let Some(mut part) = stream.recv_data().await.unwrap() {
        file.write_all_buf(&mut part).await?;
    }
    file.flush().await?;
    let (mut file, mut part) = (File::open(&path).await?, vec![0; PART]);
    let (mut checksum, mut size) = (Context::new(&SHA256), 0);
    loop {
        let n = file.read(&mut part).await?;
        if n == 0 {
            break;
        }
        checksum.update(&part[..n]);
        size += n;
    }
    assert_eq!(size, SIZE);
    assert_eq!(head.headers()["checksum"], hex(checksum.finish().as_ref()));
    Ok(())
}
