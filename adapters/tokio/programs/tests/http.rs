//! A web service of axum's, asked by reqwest.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    response::IntoResponse,
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use tokio::{
    net::TcpListener,
    sync::{Notify, oneshot},
    task::{JoinHandle, JoinSet},
};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Note {
    title: String,
    lines: Vec<String>,
}

#[derive(Clone, Default)]
struct Notes {
    kept: Arc<Mutex<HashMap<u32, Note>>>,
    slow_began: Arc<Notify>,
    slow_may_end: Arc<Notify>,
}

async fn keep(State(notes): State<Notes>, Json(note): Json<Note>) -> impl IntoResponse {
    let mut kept = notes.kept.lock().unwrap();
    let id = kept.len() as u32;
    kept.insert(id, note);
    (StatusCode::CREATED, Json(id))
}

async fn show(State(notes): State<Notes>, Path(id): Path<u32>) -> Result<Json<Note>, StatusCode> {
    notes.kept.lock().unwrap().get(&id).cloned().map(Json).ok_or(StatusCode::NOT_FOUND)
}

async fn slow(State(notes): State<Notes>) -> &'static str {
    notes.slow_began.notify_one();
    notes.slow_may_end.notified().await;
    "at last"
}

async fn count() -> Body {
    let numbers = stream::iter(0..1000).then(async |number| {
        tokio::task::yield_now().await;
        Ok::<_, std::io::Error>(format!("{number}\n"))
    });
    Body::from_stream(numbers.boxed())
}

struct Service {
    url: String,
    notes: Notes,
    shutdown: oneshot::Sender<()>,
    server: JoinHandle<std::io::Result<()>>,
}

async fn serve() -> Service {
    let notes = Notes::default();
    let router = Router::new()
        .route("/notes", post(keep))
        .route("/notes/{id}", get(show))
        .route("/slow", get(slow))
        .route("/count", get(count))
        .with_state(notes.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (shutdown, asked_to) = oneshot::channel();
    let server = tokio::spawn(async move {
        axum::serve(listener, router)
            .with_graceful_shutdown(async {
                let _ = asked_to.await;
            })
            .await
    });
    Service { url, notes, shutdown, server }
}

impl Service {
    async fn end(self) {
        self.shutdown.send(()).unwrap();
        self.server.await.unwrap().unwrap();
    }
}

/// By a client with a runtime of its own, which may not be asked in async code.
#[test]
fn a_client_that_blocks_gets_its_answers() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime.block_on(serve());
    let client = reqwest::blocking::Client::new();
    let note = Note { title: "a note".to_owned(), lines: Vec::new() };
    let url = format!("{}/notes", service.url);
    let id: u32 = client.post(&url).json(&note).send().unwrap().json().unwrap();
    let answer = client.get(format!("{url}/{id}")).send().unwrap();
    assert_eq!(answer.error_for_status().unwrap().json::<Note>().unwrap(), note);
    let blocks =
        std::panic::AssertUnwindSafe(|| runtime.block_on(async { client.get(&url).send() }));
    // It looks for that in debug builds alone.
    if cfg!(debug_assertions) {
        assert!(std::panic::catch_unwind(blocks).is_err());
    }
    drop(client);
    runtime.block_on(service.end());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn json_goes_there_and_back() {
    let service = serve().await;
    let client = reqwest::Client::new();
    let mut clients = JoinSet::new();
    for number in 0..50 {
        let (client, url) = (client.clone(), service.url.clone());
        clients.spawn(async move {
            let note =
                Note { title: format!("note {number}"), lines: vec!["a line".to_owned(); number] };
            let answer = client.post(format!("{url}/notes")).json(&note).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::CREATED);
            let id: u32 = answer.json().await.unwrap();
            let answer = client.get(format!("{url}/notes/{id}")).send().await.unwrap();
            assert_eq!(answer.error_for_status().unwrap().json::<Note>().await.unwrap(), note);
            id
        });
    }
    let mut ids = clients.join_all().await;
    ids.sort_unstable();
    assert_eq!(ids, (0..50).collect::<Vec<_>>());

    let answer = client.get(format!("{}/notes/50", service.url)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    programs::check_threads();
    // Graceful means that it waits for connections that are idle, in the client's pool, to be closed.
    drop(client);
    service.end().await;
}

#[tokio::test]
async fn bodies_are_streamed() {
    let service = serve().await;
    let answer = reqwest::get(format!("{}/count", service.url)).await.unwrap();
    let text = answer.bytes_stream().map(|part| part.unwrap().to_vec()).concat().await;
    let expected: String = (0..1000).map(|number| format!("{number}\n")).collect();
    assert_eq!(String::from_utf8(text).unwrap(), expected);
    service.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_waits_for_the_request_under_way() {
    let Service { url, notes, shutdown, server } = serve().await;
    let request = tokio::spawn(reqwest::get(format!("{url}/slow")));
    notes.slow_began.notified().await;
    shutdown.send(()).unwrap();
    // It listens no more, and the request is still under way.
    while tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(!server.is_finished() && !request.is_finished());
    notes.slow_may_end.notify_one();
    assert_eq!(request.await.unwrap().unwrap().text().await.unwrap(), "at last");
    server.await.unwrap().unwrap();
    programs::check_threads();
}

#[tokio::test]
async fn a_request_without_an_answer_times_out() {
    let service = serve().await;
    let client = reqwest::Client::builder().timeout(Duration::from_millis(50)).build().unwrap();
    let error = client.get(format!("{}/slow", service.url)).send().await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = reqwest::get(format!("http://{port}/")).await.unwrap_err();
    assert!(error.is_connect(), "{error:?}");
    service.notes.slow_may_end.notify_one();
    drop(client);
    service.end().await;
}
