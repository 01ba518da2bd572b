//! Background jobs: that fail, that are left at the end, that come with the time.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;
use std::time::Duration;

use anyrt::time;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::{Extension, Router};
use notes::jobs::{Digest, digest};
use notes::{App, Error};
use serde_json::json;
use support::{Folder, Running, tasks};
use tower::ServiceExt;

const HOUR: Duration = Duration::from_secs(3600);

fn picky(text: &str) -> Digest {
    assert!(!text.contains("poison"), "this job is to fail");
    digest(text)
}

#[anyrt::test(all, tokio_context = true)]
async fn a_job_that_panics_ends_alone_and_is_done_at_the_next_start() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.digest = picky;
    let server = Running::start(settings).await;
    let (first, last) = (server.save("#poison").await, server.save("#milk").await);
    server.wait_for_metric("notes_jobs_total{end=\"done\"}", 1).await;
    assert_eq!(server.metric("notes_jobs_total{end=\"failed\"}").await, 1);
    let words = async |server: &Running, id| {
        server.json(Method::GET, &format!("/notes/{id}"), "").await.1["words"].clone()
    };
    assert_eq!((words(&server, first).await, words(&server, last).await), (json!(null), json!(1)));
    server.stop().await;

    let server = Running::start(folder.settings()).await;
    server.wait_for_metric("notes_jobs_total{end=\"done\"}", 1).await;
    assert_eq!(words(&server, first).await, json!(1));
    server.stop().await;
}

/// Slower than notes are saved.
fn slow(text: &str) -> Digest {
    thread::sleep(Duration::from_millis(5));
    digest(text)
}

#[anyrt::test(all, tokio_context = true)]
async fn jobs_that_were_accepted_are_done_at_the_end() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.digest = slow;
    let server = Running::start(settings).await;
    for n in 0..50 {
        server.save(&format!("note {n}")).await;
    }
    server.stop().await;
    assert_eq!(folder.count("SELECT count(*) FROM notes WHERE words = 2"), 50);
}

#[anyrt::test(all, tokio_context = true)]
async fn an_expired_note_is_deleted_and_its_deletion_told() {
    let folder = Folder::new();
    let now = Arc::new(AtomicI64::new(1000));
    let mut settings = folder.settings();
    let clock = Arc::clone(&now);
    settings.clock = Arc::new(move || clock.load(Ordering::Relaxed));
    settings.expiry_period = Duration::from_millis(1);
    let server = Running::start(settings).await;
    let kept = server.save("for ever").await;
    server.wait_for_metric("notes_jobs_total{end=\"done\"}", 1).await;
    let mut follower = server.follow().await;
    let mut ids = Vec::new();
    // More than are deleted at once.
    for n in 0..150 {
        ids.push(server.save_for(&format!("note {n}"), Some(60)).await);
        assert_eq!(follower.change().await["change"], "created");
        assert_eq!(follower.change().await["change"], "changed");
    }
    now.store(1060, Ordering::Relaxed);
    for id in ids {
        assert_eq!(follower.change().await, json!({ "change": "deleted", "id": id }));
    }
    let (_, list) = server.json(Method::GET, "/notes", "").await;
    assert_eq!((list.as_array().unwrap().len(), &list[0]["id"]), (1, &json!(kept)));
    drop(follower);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn an_expired_note_is_not_shown_before_it_is_deleted() {
    let folder = Folder::new();
    let now = Arc::new(AtomicI64::new(1000));
    let mut settings = folder.settings();
    let clock = Arc::clone(&now);
    settings.clock = Arc::new(move || clock.load(Ordering::Relaxed));
    settings.expiry_period = HOUR;
    let server = Running::start(settings).await;
    let id = server.save_for("for a minute", Some(60)).await;
    let path = format!("/notes/{id}");
    now.store(1059, Ordering::Relaxed);
    assert_eq!(server.json(Method::GET, &path, "").await.0, 200);
    now.store(1060, Ordering::Relaxed);
    assert_eq!(server.json(Method::GET, &path, "").await.0, 404);
    assert_eq!(server.json(Method::GET, "/notes", "").await, (200, json!([])));
    server.stop().await;
    assert_eq!(folder.count("SELECT count(*) FROM notes"), 1);
}

/// A clock that the test has for itself: a minute takes no time.
#[cfg(feature = "native")]
#[anyrt::test(backend = "native", start_paused = true)]
async fn notes_expire_by_a_period_on_the_clock_of_the_runtime() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    let start = time::now();
    settings.clock = Arc::new(move || (time::now() - start).as_secs().cast_signed());
    settings.expiry_period = Duration::from_secs(10);
    let app = App::open(settings, tasks()).await.unwrap();
    let note = r#"{"text": "for a minute", "expires_in": 60}"#;
    assert_eq!(status(&app.router(), Method::POST, "/notes", note).await, StatusCode::CREATED);
    time::sleep(Duration::from_secs(59)).await;
    assert_eq!(status(&app.router(), Method::GET, "/notes/1", "").await, StatusCode::OK);
    assert_eq!(folder.count("SELECT count(*) FROM notes"), 1);
    // It has expired, and was looked for since then.
    time::sleep(Duration::from_secs(12)).await;
    assert_eq!(folder.count("SELECT count(*) FROM notes"), 0);
    app.end().await.unwrap();
}

async fn status(router: &Router, method: Method, path: &str, body: &'static str) -> StatusCode {
    let peer: std::net::SocketAddr = ([127, 0, 0, 1], 1).into();
    let request = Request::builder().method(method).uri(path);
    let request = request.header(header::CONTENT_TYPE, "application/json");
    let request = request.body(Body::from(body)).unwrap();
    router.clone().layer(Extension(peer)).oneshot(request).await.unwrap().status()
}

#[anyrt::test(all)]
async fn a_database_of_a_later_version_is_refused() {
    let folder = Folder::new();
    let connection = rusqlite::Connection::open(folder.database()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    let refused = App::open(folder.settings(), tasks()).await.err();
    assert!(matches!(refused, Some(Error::Newer { version: 99, .. })), "{refused:?}");
    assert_eq!(folder.count("SELECT count(*) FROM sqlite_schema"), 0);
}
