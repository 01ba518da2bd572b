//! The connectors.

mod common;

use std::io::ErrorKind;

use anyrt::Handle;
use anyrt::net::{TcpListener, UnixListener};
use anyrt::sync::oneshot;
use anyrt_hyper::connect::{Connector, UnixConnector};
use anyrt_hyper::serve::Server;
use anyrt_hyper::{Executor, Timer};
use common::*;
use http_body_util::Empty;
use hyper::Uri;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::Connection;
use tower_service::Service;

#[anyrt::test(all)]
async fn a_unix_socket_is_served_and_asked() {
    let backend = Handle::current().backend();
    let path = std::env::temp_dir().join(format!("anyrt-hyper-{}-{backend}", std::process::id()));
    let listener = UnixListener::bind(&path).unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Server::new(Handle::current(), listener)
        .with_graceful_shutdown(async { drop(stopped.await) }, NEVER);
    let server = anyrt::spawn(server.serve(hello()));
    let runtime = Handle::current();
    let client = Client::builder(Executor::new(runtime.clone()))
        .pool_timer(Timer::new(runtime.clone()))
        .build::<_, Empty<Bytes>>(UnixConnector::new(runtime, &path));
    let response = client.get(Uri::from_static("http://whoever/")).await.unwrap();
    assert_eq!(text(response).await, "hello");
    stop.send(()).unwrap();
    assert_eq!(server.await.unwrap().unwrap(), 0);
    std::fs::remove_file(path).unwrap();
}

#[anyrt::test(all)]
async fn names_and_addresses_of_both_families_are_connected_to() {
    for (bound, host) in
        [("127.0.0.1:0", "localhost"), ("127.0.0.1:0", "127.0.0.1"), ("[::1]:0", "[::1]")]
    {
        let Ok(listener) = TcpListener::bind(bound).await else {
            eprintln!("this machine has no {bound}");
            continue;
        };
        let port = listener.local_addr().unwrap().port();
        let uri = format!("http://{host}:{port}/").parse().unwrap();
        let stream = Connector::new(Handle::current()).call(uri).await.unwrap();
        assert!(stream.get_ref().nodelay().unwrap());
        assert!(!stream.connected().is_negotiated_h2());
        listener.accept().await.unwrap();
    }
}

#[anyrt::test(all)]
async fn what_can_not_be_connected_to_is_refused_with_a_reason() {
    let mut connector = Connector::new(Handle::current());
    let mut refusal = async |uri: &'static str| {
        let error = connector.call(Uri::from_static(uri)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        error.to_string()
    };
    assert!(refusal("https://localhost/").await.contains("TLS"));
    assert!(refusal("localhost").await.contains("http"));
    let mut any_scheme = connector.clone().enforce_http(false);
    let error = any_scheme.call(Uri::from_static("/path")).await.unwrap_err();
    assert!(error.kind() == ErrorKind::InvalidInput && error.to_string().contains("no host"));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri: Uri = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let error = connector.call(uri).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}
