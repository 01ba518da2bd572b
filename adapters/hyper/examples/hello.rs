//! An application of axum on the server of this crate, at the address that it prints, on the backend that `ANYRT_BACKEND`
//! names. The `hello` of adapters/tokio/benches is the same by `axum::serve`; `compare`, beside it, loads both:
//!
//! ```sh
//! # The parts into which a program is else cut decide by chance what is inlined.
//! export CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
//! cargo build --release -p anyrt-hyper --features server --example hello --example hello_loop
//! cargo build --release --manifest-path adapters/tokio/benches/Cargo.toml
//! own=adapters/tokio/benches/target/release
//! ANYRT_BACKEND=tokio $own/compare $own target/release/examples --only hello
//! ```

use anyrt::net::TcpListener;
use anyrt_hyper::serve::{Server, TowerToHyperService};
use axum::{Router, routing::get};

#[anyrt::main(worker_threads = 2)]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("{}", listener.local_addr()?);
    // axum makes handlers anew for each request until a router has its state, though that be none; `axum::serve` gives it that.
    let application: Router =
        Router::new().route("/", get(async || "Hello, world!")).with_state(());
    let server = Server::new(anyrt::Handle::current(), listener);
    server.serve(TowerToHyperService::new(application)).await.map(drop)
}
