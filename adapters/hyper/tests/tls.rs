//! TLS at both ends.

mod common;

use std::sync::Arc;

use anyrt::Handle;
use anyrt_hyper::connect::Connector;
use anyrt_hyper::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use anyrt_hyper::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::ring};
use anyrt_hyper::{Executor, Timer};
use common::*;
use http_body_util::{Empty, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, Version};
use hyper_util::client::legacy::Client;

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
    let (mut server, client) = configurations();
    server.alpn_protocols = protocols.iter().map(|name| Vec::from(*name)).collect();
    // More than a record, both ways.
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    let sent = body.clone();
    let large = service_fn(move |_: Request<Incoming>| {
        let body = body.clone();
        async { Ok::<_, hyper::Error>(Response::new(Full::new(body))) }
    });
    let server = Running::start(NEVER, |it| it.tls(server), large).await;
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
async fn http_2_is_what_both_agree_on() {
    assert_eq!(version_with(&[]).await, Version::HTTP_2);
}

#[anyrt::test(all)]
async fn a_server_may_offer_less() {
    assert_eq!(version_with(&["http/1.1"]).await, Version::HTTP_11);
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
