//! An application of axum behind a proxy, in a process of its own; it says where it listens, and ends with its standard input.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyrt::Handle;
use anyrt::io::AsyncReadExt;
use anyrt::net::TcpListener;
use anyrt::time::{self, Duration};
use anyrt_hyper::serve::{Server, TowerToHyperService};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::Message;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use futures_util::{StreamExt, stream};

/// One of the endless bodies that are sent now.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(all: &Arc<AtomicUsize>) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        Self(all.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn application() -> Router {
    let all = Arc::new(AtomicUsize::new(0));
    let open = all.clone();
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/echo", post(async |body: Body| body))
        .route(
            "/headers",
            get(async |headers: HeaderMap| {
                let own = [("connection", "x-own"), ("x-own", "1"), ("x-kept", "1")];
                (own, format!("{headers:?}"))
            }),
        )
        .route(
            "/endless",
            get(async move || {
                let open = Open::new(&open);
                let parts = stream::unfold(open, async |open| {
                    time::sleep(Duration::from_millis(1)).await;
                    Some((Ok::<_, io::Error>(Bytes::from_static(&[b'.'; 1024])), open))
                });
                Body::from_stream(parts)
            }),
        )
        // How many of them there are.
        .route("/open", get(async move || all.load(Ordering::Relaxed).to_string()))
        .route(
            "/socket",
            get(async |upgrade: WebSocketUpgrade| {
                upgrade.on_upgrade(async |mut socket| {
                    while let Some(Ok(message)) = socket.next().await {
                        // It is answered where the next one is waited for.
                        if let Message::Close(_) = message {
                            continue;
                        }
                        if socket.send(message).await.is_err() {
                            break;
                        }
                    }
                })
            }),
        )
}

// axum gives what a WebSocket does to `tokio::spawn`.
#[anyrt::main(tokio_context = true)]
async fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let input_ends = async {
        let _ = anyrt::io::stdin().read_to_end(&mut Vec::new()).await;
    };
    Server::new(Handle::current(), listener)
        .with_graceful_shutdown(input_ends, Duration::ZERO)
        .serve(TowerToHyperService::new(application()))
        .await?;
    Ok(())
}
