//! An application of axum on each backend, with curl and a client of WebSockets at the other end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use anyrt::net::{TcpListener, TcpStream};
use anyrt::process::Command;
use anyrt::select;
use anyrt::sync::{Notify, oneshot};
use anyrt::time::{self, Duration};
use anyrt::{Handle, JoinHandle};
use anyrt_hyper::serve::Server;
use anyrt_test_applications::left_out;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::Message;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{SinkExt, StreamExt, stream};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio_tungstenite::{client_async, tungstenite};

/// What the application and its test tell each other of requests for `/slow`.
#[derive(Clone, Default)]
struct Slow {
    has_arrived: Arc<Notify>,
    may_answer: Arc<Notify>,
}

fn application(slow: Slow) -> Router {
    Router::new()
        .route(
            "/sum",
            post(async |Json(numbers): Json<Vec<i64>>| {
                Json(json!({ "sum": numbers.iter().sum::<i64>() }))
            }),
        )
        .route(
            "/feed",
            get(async || {
                // A timer of the chosen runtime's behind each.
                let events = stream::iter(0..5).then(async |n| {
                    time::sleep(Duration::from_millis(1)).await;
                    Ok::<_, axum::Error>(Event::default().data(n.to_string()))
                });
                Sse::new(events)
            }),
        )
        .route(
            "/slow",
            get(async move || {
                slow.has_arrived.notify_one();
                slow.may_answer.notified().await;
                "slow"
            }),
        )
        .route(
            "/echo",
            get(async |upgrade: WebSocketUpgrade| {
                upgrade.on_upgrade(async |mut socket| {
                    while let Some(Ok(message)) = socket.next().await {
                        let Message::Text(text) = message else { continue };
                        if socket.send(Message::Text(text)).await.is_err() {
                            break;
                        }
                    }
                })
            }),
        )
}

fn certified() -> ServerConfig {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap()
}

struct Running {
    address: SocketAddr,
    slow: Slow,
    stop: oneshot::Sender<()>,
    server: JoinHandle<io::Result<usize>>,
}

impl Running {
    async fn start(tls: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = Server::new(Handle::current(), listener)
            .with_graceful_shutdown(async { drop(stopped.await) }, Duration::from_secs(60));
        let slow = Slow::default();
        let service = TowerToHyperService::new(application(slow.clone()));
        let server = match tls {
            Some(tls) => anyrt::spawn(server.tls(tls).serve(service)),
            None => anyrt::spawn(server.serve(service)),
        };
        Self { address, slow, stop, server }
    }

    /// Has it end, and nothing be cut off.
    async fn stop(self) {
        drop(self.stop);
        assert_eq!(self.server.await.unwrap().unwrap(), 0);
    }
}

/// What curl prints; `None`, said aloud, where there is none.
async fn curl(arguments: &[&str]) -> Option<String> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--fail"])
        .args(arguments)
        .output()
        .await;
    match output {
        Ok(output) => {
            assert!(output.status.success(), "{arguments:?}: {output:?}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            left_out("curl is not installed");
            None
        }
        Err(error) => panic!("curl can't be started: {error}"),
    }
}

#[anyrt::test(all)]
async fn json_and_events_of_the_server() {
    let running = Running::start(None).await;
    let url = |path: &str| format!("http://{}/{path}", running.address);
    if let Some(text) = curl(&["--json", "[1, 2, 3]", &url("sum")]).await {
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!({ "sum": 6 }));
    }
    if let Some(text) = curl(&["--no-buffer", &url("feed")]).await {
        let events: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(events, ["0", "1", "2", "3", "4"]);
    }
    running.stop().await;
}

#[anyrt::test(all)]
async fn tls_with_both_versions_of_http() {
    let running = Running::start(Some(certified())).await;
    let url = format!("https://localhost:{}/sum", running.address.port());
    for (version, number) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let told = ["--write-out", "\n%{http_version}", "--json", "[4]"];
        if let Some(text) = curl(&[&[version, "--insecure", &url], &told[..]].concat()).await {
            assert_eq!(text, format!("{{\"sum\":4}}\n{number}"));
        }
    }
    running.stop().await;
}

#[anyrt::test(all)]
async fn a_request_that_has_come_is_answered_when_the_server_ends() {
    let running = Running::start(None).await;
    let url = format!("http://{}/slow", running.address);
    let slow = running.slow.clone();
    let mut request = anyrt::spawn(async move { curl(&[&url]).await });
    select! {
        () = slow.has_arrived.notified() => {}
        // There is no curl.
        answer = &mut request => return assert_eq!(answer.unwrap(), None),
    }
    drop(running.stop);
    // Nobody can connect any more: it has begun to end.
    let connects = async || TcpStream::connect(running.address).await.is_ok();
    while connects().await {
        time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!request.is_finished() && !running.server.is_finished());
    slow.may_answer.notify_one();
    assert_eq!(request.await.unwrap().as_deref(), Some("slow"));
    assert_eq!(running.server.await.unwrap().unwrap(), 0);
}

// axum gives what a WebSocket does to `tokio::spawn`.
#[anyrt::test(all, tokio_context = true)]
async fn web_sockets() {
    let running = Running::start(None).await;
    let stream = TcpStream::connect(running.address).await.unwrap();
    let (mut socket, _) =
        client_async(format!("ws://{}/echo", running.address), stream).await.unwrap();
    for n in 0..100 {
        socket.send(tungstenite::Message::text(n.to_string())).await.unwrap();
        assert_eq!(
            socket.next().await.unwrap().unwrap().into_text().unwrap().as_str(),
            n.to_string()
        );
    }
    socket.close(None).await.unwrap();
    assert!(socket.next().await.is_none_or(|end| end.is_ok_and(|end| end.is_close())));
    running.stop().await;
}
