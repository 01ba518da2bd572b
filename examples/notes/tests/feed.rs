//! The feed, and clients that are slow, silent, too many or of another site.

mod support;

use std::time::Duration;

use anyrt::net::TcpStream;
use axum::http::Method;
use futures_util::StreamExt;
use serde_json::json;
use support::{Folder, Running};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};

const HOUR: Duration = Duration::from_secs(3600);

#[anyrt::test(all, tokio_context = true)]
async fn each_change_is_told_in_its_order() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    let (mut one, mut other) = (server.follow().await, server.follow().await);
    let id = server.save("buy #milk").await;
    let created = one.change().await;
    assert_eq!((&created["change"], &created["note"]["words"]), (&json!("created"), &json!(null)));
    let changed = one.change().await;
    let expected = (&json!("changed"), &json!(2), &json!(["milk"]));
    let note = &changed["note"];
    assert_eq!((&changed["change"], &note["words"], &note["tags"]), expected);
    assert_eq!(server.json(Method::DELETE, &format!("/notes/{id}"), "").await.0, 204);
    let deleted = json!({ "change": "deleted", "id": id });
    assert_eq!(one.change().await, deleted);
    assert_eq!(
        [other.change().await, other.change().await, other.change().await],
        [created, changed, deleted]
    );
    drop((one, other));
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn a_slow_client_is_told_how_much_it_has_missed() {
    const NOTES: u64 = 300;

    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.feed.most_changes = 4;
    settings.feed.send_limit = HOUR;
    let server = Running::start(settings).await;
    let mut slow = server.follow().await;
    // More than the buffers of the system take.
    let text = large();
    for _ in 0..NOTES {
        server.save(&text).await;
    }
    server.wait_for_metric("notes_jobs_total{end=\"done\"}", NOTES).await;
    let id = server.save("the last").await;

    let (mut told, mut missed) = (0, 0);
    loop {
        let change = slow.change().await;
        match change["changes"].as_u64() {
            Some(changes) => missed += changes,
            None => told += 1,
        }
        if change["change"] == "changed" && change["note"]["id"] == id {
            break;
        }
    }
    assert_eq!(told + missed, 2 * (NOTES + 1));
    assert!(missed > 0 && server.metric("notes_missed_total").await == missed);
    drop(slow);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn a_client_that_does_not_read_is_cut_off() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.feed.send_limit = Duration::from_millis(1);
    let server = Running::start(settings).await;
    let _silent = server.follow().await;
    let text = large();
    while server.metric("notes_followers").await == 1 {
        server.save(&text).await;
    }
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn a_client_that_answers_no_ping_is_cut_off() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.feed.ping_every = Duration::from_millis(1);
    settings.feed.silence_limit = Duration::from_millis(1);
    settings.feed.send_limit = Duration::from_millis(1);
    let server = Running::start(settings).await;
    // It answers when it reads, and it never does.
    let _silent = server.follow().await;
    server.wait_for_metric("notes_followers", 0).await;
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn a_client_is_asked_whether_it_is_there() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.feed.ping_every = Duration::from_millis(1);
    let server = Running::start(settings).await;
    let mut client = server.follow().await;
    for _ in 0..3 {
        let ping = client.socket.next().await.expect("it is open").unwrap();
        assert!(matches!(ping, Message::Ping(_)), "{ping:?}");
    }
    assert_eq!(server.metric("notes_followers").await, 1);
    drop(client);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn a_client_that_closes_is_answered() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    let mut client = server.follow().await;
    client.socket.close(None).await.unwrap();
    let answer = client.socket.next().await.expect("an answer").unwrap();
    assert!(answer.is_close(), "{answer:?}");
    server.wait_for_metric("notes_followers", 0).await;
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn there_is_a_limit_of_clients() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.feed.most_clients = 1;
    let server = Running::start(settings).await;
    let first = server.follow().await;
    assert_eq!(refused(&server, None).await, 503);
    drop(first);
    server.wait_for_metric("notes_followers", 0).await;
    drop(server.follow().await);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn pages_of_other_sites_can_not_follow() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    for origin in ["https://example.org", "null"] {
        assert_eq!(refused(&server, Some(origin)).await, 403);
    }
    let own = format!("http://{}", server.address);
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut request = format!("ws://{}/feed", server.address).into_client_request().unwrap();
    request.headers_mut().insert("origin", own.parse().unwrap());
    drop(client_async(request, stream).await.unwrap());
    server.stop().await;
}

/// The longest text, of letters that take six times as much on the feed.
fn large() -> String {
    "\u{1}".repeat(10_000)
}

/// The status that a client is refused with, which says that it is a page of `origin`.
async fn refused(server: &Running, origin: Option<&str>) -> u16 {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let mut request = format!("ws://{}/feed", server.address).into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match client_async(request, stream).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    }
}

#[anyrt::test(all, tokio_context = true)]
async fn at_the_end_clients_get_what_is_left_and_a_close_frame() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    let mut client = server.follow().await;
    for n in 0..20 {
        server.save(&format!("note {n}")).await;
    }
    let ending = anyrt::spawn(server.stop());
    // Each was accepted, so its job was done, and all of it was told.
    let mut changed = 0;
    for _ in 0..40 {
        changed += usize::from(client.change().await["change"] == "changed");
    }
    assert_eq!((changed, client.close_code().await), (20, 1001));
    ending.await.unwrap();
}
