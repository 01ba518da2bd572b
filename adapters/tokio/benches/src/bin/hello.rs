//! An application of axum that greets, at the address that it prints.

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

#[tokio::main(worker_threads = 2)]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let application = Router::new().route("/", get(async || "Hello, world!"));
    axum::serve(listener, application).await
}
