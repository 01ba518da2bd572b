//! The application of `hello` by a loop around what hyper-util has for servers.

use axum::{Router, routing::get};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;

#[tokio::main(worker_threads = 2)]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let application: Router =
        Router::new().route("/", get(async || "Hello, world!")).with_state(());
    let application = TowerToHyperService::new(application);
    let http = Builder::new(TokioExecutor::new());
    loop {
        let (stream, _) = listener.accept().await?;
        let (http, application) = (http.clone(), application.clone());
        drop(tokio::spawn(async move {
            // Of one that has failed nobody hears.
            let _ = http.serve_connection_with_upgrades(TokioIo::new(stream), application).await;
        }));
    }
}
