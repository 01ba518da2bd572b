//! The application of `hello` by a loop around what hyper-util has for servers, on the traits of this crate. The `hello_loop` of
//! adapters/tokio/benches is the same on those that hyper-util has for tokio; see `hello` for how the two are compared.

use anyrt::Handle;
use anyrt::net::TcpListener;
use anyrt_hyper::{Executor, Io};
use axum::{Router, routing::get};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;

#[anyrt::main(worker_threads = 2)]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    let application: Router =
        Router::new().route("/", get(async || "Hello, world!")).with_state(());
    let application = TowerToHyperService::new(application);
    let http = Builder::new(Executor::new(Handle::current()));
    loop {
        let (stream, _) = listener.accept().await?;
        let (http, application) = (http.clone(), application.clone());
        drop(anyrt::spawn(async move {
            // Of one that has failed nobody hears.
            let _ = http.serve_connection_with_upgrades(Io::new(stream), application).await;
        }));
    }
}
