//! TLS at both ends.

mod common;

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyrt::Handle;
use anyrt::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream};
use anyrt_hyper::connect::Connector;
use anyrt_hyper::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use anyrt_hyper::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use anyrt_hyper::serve::{Accepted, Handshake, Listener, Server};
use anyrt_hyper::{Executor, FuturesIo, Io, Timer, tokio_rustls};
use common::*;
use futures_util::StreamExt;
use futures_util::stream::{self, Stream};
use http_body_util::{Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioIo;

fn configurations() -> (ServerConfig, ClientConfig) {
    let certified = rcgen::generate_simple_self_signed([String::from("localhost")]).unwrap();
    let certificate: CertificateDer<'static> = certified.cert.der().clone();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let server = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    (server, client)
}

/// Serves with TLS, with `protocols` for ALPN, and says which version client and server agree on.
async fn version_with(protocols: &[&str]) -> Version {
    let (mut config, client) = configurations();
    config.alpn_protocols = protocols.iter().map(|name| Vec::from(*name)).collect();
    version_of(|server| server.tls(config), client).await
}

async fn version_of<H: Handshake<Accepted<<Listening as Listener>::Io>>>(
    configure: impl FnOnce(Server<Listening>) -> Server<Listening, Handle, H>,
    client: ClientConfig,
) -> Version {
    // More than a record, both ways.
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    let sent = body.clone();
    let large = service_fn(move |_: Request<Incoming>| {
        let body = body.clone();
        async { Ok::<_, hyper::Error>(Response::new(Full::new(body))) }
    });
    let server = Running::start(NEVER, configure, large).await;
    let runtime = Handle::current();
    let client = Client::builder(Executor::new(runtime.clone()))
        .pool_timer(Timer::new(runtime.clone()))
        .build::<_, Empty<Bytes>>(Connector::new(runtime).https(client));
    let url = format!("https://localhost:{}/", server.address.port());
    let mut version = Version::HTTP_09;
    for _ in 0..3 {
        let response = client.get(url.parse().unwrap()).await.unwrap();
        version = response.version();
        assert!(text(response).await.as_bytes() == sent);
    }
    assert_eq!(server.end().await, 0);
    version
}

#[anyrt::test(all)]
async fn a_server_of_one_version_offers_that_alone() {
    let (config, client) = configurations();
    let only_1 = |server: Server<_>| server.http(|http| http.http1_only()).tls(config);
    assert_eq!(version_of(only_1, client).await, Version::HTTP_11);
}

#[anyrt::test(all)]
async fn http_2_is_what_both_agree_on() {
    assert_eq!(version_with(&[]).await, Version::HTTP_2);
}

#[anyrt::test(all)]
async fn a_server_may_offer_less() {
    assert_eq!(version_with(&["http/1.1"]).await, Version::HTTP_11);
}

/// Accepts one connection, in memory, and no other one.
struct Once(Mutex<Option<DuplexStream>>);

impl Listener for Once {
    type Io = FuturesIo<DuplexStream>;
    type Address = ();

    fn incoming(&self) -> impl Stream<Item = io::Result<(Self::Io, ())>> + Send + Unpin {
        let accepted = self.0.lock().unwrap().take();
        stream::iter(accepted.map(|stream| Ok((FuturesIo::new(stream), ()))))
            .chain(stream::pending())
    }
}

#[anyrt::test(all)]
async fn a_peer_that_takes_a_large_response_slowly_is_not_idle() {
    const LIMIT: Duration = Duration::from_secs(1);
    const SIZE: usize = 200_000;

    let (server_config, mut client_config) = configurations();
    client_config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // All of the response is in the buffers of TLS at once, and goes into this bit by bit.
    let (ours, theirs) = anyrt::io::duplex(1024);
    let large = service_fn(async |_: Request<Incoming>| {
        Ok::<_, hyper::Error>(Response::new(Full::<Bytes>::from(vec![b'x'; SIZE])))
    });
    let server = Server::new(Handle::current(), Once(Mutex::new(Some(theirs))))
        .idle_timeout(LIMIT)
        .tls(server_config);
    let server = anyrt::spawn(server.serve(large));
    let connector = tokio_rustls::TlsConnector::from(Arc::new(client_config));
    let slow = Slow { stream: ours, read: 0, pause: None };
    let name = ServerName::try_from("localhost").unwrap();
    let stream = connector.connect(name, TokioIo::new(FuturesIo::new(slow))).await.unwrap();
    let mut stream = Io::new(TokioIo::new(stream));
    let start = anyrt::time::now();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    stream.flush().await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    assert!(response.len() > SIZE);
    assert!(anyrt::time::now() - start > 2 * LIMIT);
    server.abort();
}

/// A stream that is read with a pause after each few bytes.
struct Slow {
    stream: DuplexStream,
    read: usize,
    pause: Option<Pin<Box<anyrt::time::Sleep>>>,
}

impl AsyncRead for Slow {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        let n = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.read += n;
        if self.read >= 4096 {
            self.read = 0;
            self.pause = Some(Box::pin(anyrt::time::sleep(Duration::from_millis(60))));
        }
        Poll::Ready(Ok(n))
    }
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

#[anyrt::test(all)]
async fn what_is_not_trusted_is_not_spoken_to_and_plain_requests_go_on() {
    let (server, _) = configurations();
    let (_, client) = configurations();
    let secure = Running::start(NEVER, |it| it.tls(server), hello()).await;
    let plain = Running::start(NEVER, |it| it, hello()).await;
    let runtime = Handle::current();
    let client = Client::builder(Executor::new(runtime.clone()))
        .build::<_, Empty<Bytes>>(Connector::new(runtime).https(client));
    let url = format!("https://localhost:{}/", secure.address.port());
    assert!(client.get(url.parse().unwrap()).await.unwrap_err().is_connect());
    let url = format!("http://localhost:{}/", plain.address.port());
    assert_eq!(text(client.get(url.parse().unwrap()).await.unwrap()).await, "hello");
    assert_eq!(secure.end().await + plain.end().await, 0);
}
