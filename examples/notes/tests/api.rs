//! Requests and their answers.

mod support;

use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use support::{Folder, Running};

#[anyrt::test(all, tokio_context = true)]
async fn a_note_is_saved_read_and_deleted() {
    let folder = Folder::new();
    let mut settings = folder.settings();
    settings.clock = std::sync::Arc::new(|| 1000);
    let server = Running::start(settings).await;

    let body = r#"{"text": "buy milk", "expires_in": 60}"#;
    let request = server.request(Method::POST, "/notes", body);
    let (status, headers, text) = server.send(request).await;
    assert!(status == StatusCode::CREATED && headers[header::LOCATION] == "/notes/1");
    let note: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&note["id"], &note["text"]), (&json!(1), &json!("buy milk")));
    assert_eq!((&note["created"], &note["expires"]), (&json!(1000), &json!(1060)));

    let (status, read) = server.json(Method::GET, "/notes/1", "").await;
    assert_eq!((status, &read["text"]), (200, &json!("buy milk")));
    let (status, list) = server.json(Method::GET, "/notes", "").await;
    assert_eq!((status, list.as_array().unwrap().len()), (200, 1));

    let nothing = (404, json!({ "error": "there is no such note" }));
    assert_eq!(server.json(Method::DELETE, "/notes/1", "").await, (204, Value::Null));
    assert_eq!(server.json(Method::DELETE, "/notes/1", "").await, nothing);
    assert_eq!(server.json(Method::GET, "/notes/1", "").await, nothing);
    // Its id is not given anew.
    assert_eq!(server.save("another").await, 2);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn lists_are_filtered_and_read_on() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    for n in 1..=5 {
        server.save(&format!("note {n} #{}", if n % 2 == 0 { "Even" } else { "odd" })).await;
    }
    server.wait_for_metric("notes_jobs_total{end=\"done\"}", 5).await;
    let ids = async |path: &str| {
        let (status, list) = server.json(Method::GET, path, "").await;
        assert_eq!(status, 200, "{list}");
        let ids = list.as_array().unwrap().iter().map(|note| note["id"].as_i64().unwrap());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(ids("/notes").await, [5, 4, 3, 2, 1]);
    assert_eq!(ids("/notes?limit=2").await, [5, 4]);
    assert_eq!(ids("/notes?limit=2&before=4").await, [3, 2]);
    assert_eq!(ids("/notes?tag=EVEN").await, [4, 2]);
    assert_eq!(ids("/notes?tag=odd&before=3").await, [1]);
    assert_eq!(ids("/notes?tag=none").await, [0_i64; 0]);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn bad_requests_are_told_what_is_wrong() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    let text = |length: usize| json!({ "text": "x".repeat(length) }).to_string();
    let (longest, too_long, too_large) = (text(10_000), text(10_001), text(100_000));
    for (method, path, body, status, word) in [
        (Method::POST, "/notes", "{", 400, "JSON"),
        (Method::POST, "/notes", "{}", 422, "text"),
        (Method::POST, "/notes", r#"{"text": " "}"#, 422, "has a text"),
        (Method::POST, "/notes", r#"{"text": "a", "expires_in": 0}"#, 422, "expires in"),
        (Method::POST, "/notes", r#"{"text": "a", "expires_in": 1e99}"#, 422, "expires_in"),
        (Method::POST, "/notes", r#"{"text": "a", "else": 0}"#, 422, "else"),
        (Method::POST, "/notes", &too_long, 422, "10000 bytes"),
        (Method::POST, "/notes", &too_large, 413, "length"),
        (Method::GET, "/notes?limit=0", "", 400, "1 to 100"),
        (Method::GET, "/notes?limit=101", "", 400, "1 to 100"),
        (Method::GET, "/notes?before=x", "", 400, "before"),
        (Method::GET, "/notes?else=x", "", 400, "else"),
        (Method::GET, "/notes/x", "", 400, "x"),
        (Method::GET, "/notes/99999999999999999999", "", 400, "99999999999999999999"),
        (Method::GET, "/else", "", 404, "page"),
        (Method::PUT, "/notes", "", 405, "method"),
        (Method::GET, "/feed", "", 400, "onnection"),
    ] {
        let (found, answer) = server.json(method, path, body).await;
        let message = answer["error"].as_str().unwrap_or_default();
        assert!(found == status && message.contains(word), "{path} {body:.50}: {found} {answer}");
    }
    let mut plain = server.request(Method::POST, "/notes", &longest);
    plain.headers_mut().insert(header::CONTENT_TYPE, "text/plain".parse().unwrap());
    assert_eq!(server.send(plain).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(server.json(Method::GET, "/notes", "").await, (200, json!([])));
    assert_eq!(server.json(Method::POST, "/notes", &longest).await.0, 201);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn pages_for_people_and_for_prometheus() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    let follower = server.follow().await;
    let name = format!("feed {}", follower.address);
    for (path, kind, word) in [
        ("/", "text/html", "<h1>Notes</h1>"),
        ("/style.css", "text/css", "color-scheme"),
        ("/tasks", "text/html", &format!("<td class=\"name\">{name}</td>")),
        ("/tasks", "text/html", &format!(" on {} (", anyrt::selection().unwrap().backend())),
        ("/tasks.json", "application/json", &name),
        ("/tasks.json", "application/json", r#""what":"\"change\"""#),
        ("/metrics", "text/plain", "anyrt_tasks_spawned_total{kind=\"task\"}"),
        ("/metrics", "text/plain", "# TYPE notes_jobs_total counter\n"),
    ] {
        // The task of the feed is spawned once the server has the socket.
        server.wait_for_metric("notes_followers", 1).await;
        while !server.text(path).await.1.contains(word) {
            assert!(path.starts_with("/tasks"), "{word} is not at {path}");
        }
        let (headers, _) = server.text(path).await;
        assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with(kind), "{path}");
    }
    drop(follower);
    server.stop().await;
}

#[anyrt::test(all, tokio_context = true)]
async fn notes_outlive_the_server() {
    let folder = Folder::new();
    let server = Running::start(folder.settings()).await;
    let id = server.save("it was #there before").await;
    server.stop().await;

    let server = Running::start(folder.settings()).await;
    let (status, note) = server.json(Method::GET, &format!("/notes/{id}"), "").await;
    assert_eq!((status, &note["tags"], &note["words"]), (200, &json!(["there"]), &json!(4)));
    server.stop().await;
}
