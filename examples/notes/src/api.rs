//! The API: notes as JSON, and the feed.
//!
//! | request | what it does |
//! |---|---|
//! | `POST /notes` `{"text": "..", "expires_in": 60}` | saves a note, which is deleted after so many seconds if they are given |
//! | `GET /notes?tag=milk&before=9&limit=50` | lists notes, the newest first; those older than the one of an id, to read on |
//! | `GET /notes/1`, `DELETE /notes/1` | one note |
//! | `GET /feed` | a WebSocket that tells each [change](crate::feed::Change) |

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyrt::Handle;
use anyrt::task::Builder;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Deserialize;

use crate::app::Shared;
use crate::error::ApiError;
use crate::notes::{Filter, Note};

/// In bytes.
pub const LONGEST_TEXT: usize = 10_000;

/// With room for the escapes of JSON.
const LONGEST_BODY: usize = 8 * LONGEST_TEXT;

/// Notes of one list.
const MOST_LISTED: u32 = 100;

/// A year, in seconds.
const LATEST_EXPIRY: u64 = 366 * 24 * 60 * 60;

/// The client has nothing to say on the feed.
const LONGEST_MESSAGE: usize = 1024;

pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new()
        .route("/notes", get(list).post(create))
        .route("/notes/{id}", get(read).delete(delete))
        .route("/feed", get(follow))
        .fallback(async || ApiError::new(StatusCode::NOT_FOUND, "there is no such page"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this page has no such method")
        })
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    text: String,
    /// In seconds.
    expires_in: Option<u64>,
}

async fn create(
    State(shared): State<Arc<Shared>>,
    body: Result<Json<New>, JsonRejection>,
) -> Result<Response, ApiError> {
    let Json(New { text, expires_in }) = body?;
    let refuse = |why: String| Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, why));
    if text.trim().is_empty() {
        return refuse("a note has a text".to_owned());
    }
    if text.len() > LONGEST_TEXT {
        return refuse(format!("a note has at most {LONGEST_TEXT} bytes"));
    }
    if expires_in.is_some_and(|seconds| !(1..=LATEST_EXPIRY).contains(&seconds)) {
        return refuse(format!("a note expires in 1 to {LATEST_EXPIRY} seconds"));
    }
    let created = shared.notes.create(text, expires_in.map(Duration::from_secs)).await?;
    let note = created.ok_or_else(ApiError::ending)?;
    let location = format!("/notes/{}", note.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(note)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    tag: Option<String>,
    before: Option<i64>,
    limit: Option<u32>,
}

async fn list(
    State(shared): State<Arc<Shared>>,
    query: Result<Query<ListQuery>, QueryRejection>,
) -> Result<Json<Vec<Note>>, ApiError> {
    let Query(ListQuery { tag, before, limit }) = query?;
    let limit = limit.unwrap_or(MOST_LISTED);
    if !(1..=MOST_LISTED).contains(&limit) {
        let why = format!("a list has 1 to {MOST_LISTED} notes");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, why));
    }
    let tag = tag.map(|tag| tag.to_lowercase());
    Ok(Json(shared.notes.list(Filter { tag, before, limit }).await?))
}

async fn read(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<Json<Note>, ApiError> {
    let Path(id) = id?;
    shared.notes.get(id).await?.map(Json).ok_or_else(ApiError::not_found)
}

async fn delete(
    State(shared): State<Arc<Shared>>,
    id: Result<Path<i64>, PathRejection>,
) -> Result<StatusCode, ApiError> {
    let Path(id) = id?;
    let was_there = shared.notes.delete(id).await?;
    if was_there { Ok(StatusCode::NO_CONTENT) } else { Err(ApiError::not_found()) }
}

async fn follow(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let upgrade = upgrade?.max_message_size(LONGEST_MESSAGE).max_frame_size(LONGEST_MESSAGE);
    if !is_same_origin(&headers) {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "the feed is for pages of this server"));
    }
    let Some(follower) = shared.feed.follow() else {
        return Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "too many follow the feed"));
    };
    // axum calls the closure in a task of tokio's. What the closure spawns is on the runtime of everything else, where it is
    // seen by its name.
    let runtime = Handle::current();
    Ok(upgrade.on_upgrade(async move |socket| {
        let name = format!("feed {peer}");
        Builder::new().name(&name).spawn_on(&runtime, follower.run(socket));
    }))
}

/// Browsers let pages of any site open a WebSocket, and say which one it is.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = value(header::ORIGIN) else { return true };
    let origin_host = origin.split_once("://").map(|(_scheme, host)| host);
    origin_host.is_some() && origin_host == value(header::HOST)
}
