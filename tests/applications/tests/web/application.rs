//! The application.

use std::future::ready;
use std::sync::Arc;

use anyrt::sync::Notify;
use anyrt::time::{self, Duration};
use axum::body::{Body, Bytes};
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::Message;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::{StreamExt, stream};
use http_body_util::{BodyExt, Full};
use serde_json::json;

/// What the application and its test tell each other of requests for `/slow`.
#[derive(Clone, Default)]
pub(crate) struct Slow {
    pub(crate) has_arrived: Arc<Notify>,
    pub(crate) may_answer: Arc<Notify>,
}

pub(crate) fn application(slow: Slow) -> Router {
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
            "/trailers",
            get(async || {
                let trailers = HeaderMap::from_iter([(
                    HeaderName::from_static("x-end"),
                    HeaderValue::from_static("of the body"),
                )]);
                let body = Full::<Bytes>::from("before").with_trailers(ready(Some(Ok(trailers))));
                Response::new(Body::new(body))
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
