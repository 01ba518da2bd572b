//! Pages for people and for Prometheus: the notes, the tasks, the metrics.

use std::fmt::Write as _;
use std::sync::Arc;

use anyrt::Handle;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::response::Html;
use axum::routing::get;

use crate::app::Shared;

pub(crate) fn router() -> Router<Arc<Shared>> {
    let style = ([(header::CONTENT_TYPE, "text/css")], include_str!("pages/style.css"));
    Router::new()
        .route("/", get(Html(include_str!("pages/notes.html"))))
        .route("/style.css", get(style))
        .route("/tasks", get(tasks))
        .route("/tasks.json", get(tasks_as_json))
        .route("/metrics", get(metrics))
}

/// Each task with its name, its state and what it waits for.
async fn tasks(State(shared): State<Arc<Shared>>) -> Html<String> {
    let dump = shared.tasks.dump();
    let runtime = anyrt::selection().map_or_else(
        |error| error.to_string(),
        |selection| format!("{} ({})", selection.backend(), selection.reason()),
    );
    let page = include_str!("pages/tasks.html")
        .replace("{count}", &dump.tasks.len().to_string())
        .replace("{runtime}", &runtime)
        // The last one, for it has texts of the program's.
        .replace("{table}", &dump.to_html());
    Html(page)
}

async fn tasks_as_json(
    State(shared): State<Arc<Shared>>,
) -> ([(HeaderName, &'static str); 1], String) {
    ([(header::CONTENT_TYPE, "application/json")], shared.tasks.dump().to_json())
}

/// What the tasks have done, what the runtime tells of itself, and what the application counts.
async fn metrics(State(shared): State<Arc<Shared>>) -> String {
    let snapshot = shared.tasks.metrics().with_runtime(Handle::current().metrics());
    let mut page = snapshot.to_string();
    let (done, failed) = shared.jobs.counts();
    let followers = shared.feed.followers() as u64;
    for (name, kind, help, values) in [
        (
            "notes_jobs_total",
            "counter",
            "Background jobs by how they ended.",
            &[("{end=\"done\"}", done), ("{end=\"failed\"}", failed)][..],
        ),
        ("notes_followers", "gauge", "Clients of the feed.", &[("", followers)]),
        (
            "notes_missed_total",
            "counter",
            "Changes that clients of the feed were too slow for.",
            &[("", shared.feed.missed())],
        ),
    ] {
        // Writing into a text does not fail.
        let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(page, "{name}{labels} {value}");
        }
    }
    page
}
