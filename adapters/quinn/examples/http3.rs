//! HTTP/3 on any runtime: a server that answers with what it is sent, in capitals, and a client that asks it several things at once.
//!
//! `cargo run -p anyrt-quinn --example http3`; with `ANYRT_BACKEND=smol` before it on smol, and so on.
#![forbid(unsafe_code)]

use std::error::Error;
use std::future::poll_fn;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

use anyrt_quinn::Runtime;
use bytes::{Buf, Bytes, BytesMut};
use futures_util::future::try_join_all;
use h3::client::SendRequest;
use h3::server::RequestResolver;
use h3_quinn::{Connection, OpenStreams};
use http::{Request, Response};
use quinn::crypto::rustls::{QuicClientConfig, QuicServerConfig};
use quinn::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use quinn::rustls::{self, RootCertStore};
use quinn::{ClientConfig, Endpoint, EndpointConfig, ServerConfig};

/// `H3_NO_ERROR`, by which either end says that it is done.
const NO_ERROR: u32 = 0x100;

/// Of errors that a task hands over.
type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[anyrt::main]
async fn main() -> Result<()> {
    let (server_config, client_config) = configs()?;

    let server = endpoint(Some(server_config))?;
    let address = server.local_addr()?;
    let accepting = anyrt::spawn(accept(server.clone()));

    let mut client = endpoint(None)?;
    client.set_default_client_config(client_config);
    ask(&client, address).await?;

    // Both ends are told first. A server that goes on with requests waits for their tasks before.
    client.wait_idle().await;
    server.close(NO_ERROR.into(), b"");
    server.wait_idle().await;
    accepting.await?;
    Ok(())
}

/// `Endpoint::client` and `Endpoint::server` look for tokio. This one has the runtime that `main` runs on.
fn endpoint(server: Option<ServerConfig>) -> Result<Endpoint> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let runtime = Arc::new(Runtime::current());
    Ok(Endpoint::new(EndpointConfig::default(), server, socket, runtime)?)
}

/// A task for each connection, until the endpoint is closed.
async fn accept(server: Endpoint) {
    while let Some(incoming) = server.accept().await {
        anyrt::spawn(async move {
            if let Err(error) = serve(incoming).await {
                eprintln!("a connection has failed: {error}");
            }
        });
    }
}

/// A task for each request, until the client has no more of them.
async fn serve(incoming: quinn::Incoming) -> Result<()> {
    let connection = Connection::new(incoming.await?);
    let mut connection = h3::server::Connection::<_, Bytes>::new(connection).await?;
    loop {
        let request = match connection.accept().await {
            Ok(Some(request)) => request,
            Ok(None) => return Ok(()),
            Err(error) if error.is_h3_no_error() => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        anyrt::spawn(async move {
            if let Err(error) = answer(request).await {
                eprintln!("a request has failed: {error}");
            }
        });
    }
}

async fn answer(request: RequestResolver<Connection, Bytes>) -> Result<()> {
    let (_request, mut stream) = request.resolve_request().await?;
    // All of it before the answer: this client reads no answer before it has sent its request.
    let mut body = BytesMut::new();
    while let Some(mut part) = stream.recv_data().await? {
        body.extend_from_slice(&part.copy_to_bytes(part.remaining()));
    }
    body.make_ascii_uppercase();
    stream.send_response(Response::new(())).await?;
    stream.send_data(body.freeze()).await?;
    Ok(stream.finish().await?)
}

/// Several requests over one connection, at once.
async fn ask(client: &Endpoint, address: SocketAddr) -> Result<()> {
    let connection = client.connect(address, "localhost")?.await?;
    let (mut driver, requests) = h3::client::new(Connection::new(connection.clone())).await?;
    // It moves the frames, and ends once nobody can send requests any more.
    let driver = anyrt::spawn(async move { poll_fn(|cx| driver.poll_close(cx)).await });

    let words = ["any", "async", "runtime"];
    let answers = words.map(|word| request(requests.clone(), word));
    println!("{}", try_join_all(answers).await?.join(" "));

    drop(requests);
    let end = driver.await?;
    if !end.is_h3_no_error() {
        return Err(end.into());
    }
    connection.close(NO_ERROR.into(), b"");
    Ok(())
}

async fn request(
    mut requests: SendRequest<OpenStreams, Bytes>,
    word: &'static str,
) -> Result<String> {
    let head = Request::post("https://localhost/").body(())?;
    let mut stream = requests.send_request(head).await?;
    stream.send_data(Bytes::from(word)).await?;
    stream.finish().await?;
    let status = stream.recv_response().await?.status();
    if !status.is_success() {
        return Err(format!("the server says {status}").into());
    }
    let mut body = BytesMut::new();
    while let Some(mut part) = stream.recv_data().await? {
        body.extend_from_slice(&part.copy_to_bytes(part.remaining()));
    }
    Ok(String::from_utf8(body.into())?)
}

/// With a certificate that was made just now, and that the client trusts. Who serves others has one that their clients know.
fn configs() -> Result<(ServerConfig, ClientConfig)> {
    const PROTOCOL: &[u8] = b"h3";

    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()])?;
    let certificate: CertificateDer<'static> = certified.cert.into();
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone())?;

    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())?;
    server.alpn_protocols = vec![PROTOCOL.to_owned()];
    let mut client = rustls::ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![PROTOCOL.to_owned()];
    Ok((
        ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(server)?)),
        ClientConfig::new(Arc::new(QuicClientConfig::try_from(client)?)),
    ))
}
