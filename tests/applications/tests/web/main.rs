//! An application of axum on each backend, with curl, the tools of nghttp2 and a client of WebSockets at the other end.

mod application;
mod nghttp2;

use std::io;

use anyrt::net::TcpStream;
use anyrt::process::Command;
use anyrt::select;
use anyrt_hyper::serve::TowerToHyperService;
use anyrt_test_applications::certificate::Certified;
use anyrt_test_applications::left_out;
use anyrt_test_applications::web::{PATIENCE, Running, is_closed};
use application::{Slow, application};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::{client_async, tungstenite};

async fn start() -> (Running, Slow) {
    let slow = Slow::default();
    let service = TowerToHyperService::new(application(slow.clone()));
    (Running::start(service, PATIENCE).await, slow)
}

async fn start_tls() -> Running {
    let service = TowerToHyperService::new(application(Slow::default()));
    Running::start_tls(service, &Certified::new(), PATIENCE).await
}

/// What a program prints; `None`, said aloud, where it is not installed.
async fn run(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output().await {
        Ok(output) => {
            assert!(output.status.success(), "{program} {arguments:?}: {output:?}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            left_out(&format!("{program} is not installed"));
            None
        }
        Err(error) => panic!("{program} can't be started: {error}"),
    }
}

async fn curl(arguments: &[&str]) -> Option<String> {
    run("curl", &[&["--silent", "--show-error", "--fail"], arguments].concat()).await
}

#[anyrt::test(all)]
async fn json_and_events_of_the_server() {
    let (running, _) = start().await;
    let url = |path: &str| format!("http://{}/{path}", running.address);
    if let Some(text) = curl(&["--json", "[1, 2, 3]", &url("sum")]).await {
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), json!({ "sum": 6 }));
    }
    if let Some(text) = curl(&["--no-buffer", &url("feed")]).await {
        let events: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        assert_eq!(events, ["0", "1", "2", "3", "4"]);
    }
    assert_eq!(running.end().await, 0);
}

#[anyrt::test(all)]
async fn tls_with_both_versions_of_http() {
    let running = start_tls().await;
    let url = format!("https://localhost:{}/sum", running.address.port());
    for (version, number) in [("--http1.1", "1.1"), ("--http2", "2")] {
        let told = ["--write-out", "\n%{http_version}", "--json", "[4]"];
        if let Some(text) = curl(&[&[version, "--insecure", &url], &told[..]].concat()).await {
            assert_eq!(text, format!("{{\"sum\":4}}\n{number}"));
        }
    }
    assert_eq!(running.end().await, 0);
}

#[anyrt::test(all)]
async fn a_request_that_has_come_is_answered_when_the_server_ends() {
    let (running, slow) = start().await;
    let url = format!("http://{}/slow", running.address);
    let mut request = anyrt::spawn(async move { curl(&[&url]).await });
    select! {
        () = slow.has_arrived.notified() => {}
        // There is no curl.
        answer = &mut request => return assert_eq!(answer.unwrap(), None),
    }
    drop(running.stop);
    is_closed(running.address).await;
    assert!(!request.is_finished() && !running.server.is_finished());
    slow.may_answer.notify_one();
    assert_eq!(request.await.unwrap().as_deref(), Some("slow"));
    assert_eq!(running.server.await.unwrap().unwrap(), 0);
}

// axum gives what a WebSocket does to `tokio::spawn`.
#[anyrt::test(all, tokio_context = true)]
async fn web_sockets() {
    let (running, _) = start().await;
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
    assert_eq!(running.end().await, 0);
}
