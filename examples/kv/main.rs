//! A server that speaks the protocol of Redis, for `redis-cli`, `redis-benchmark` and clients of any language.
//!
//! ```sh
//! cargo run --release --features sync,signal --example kv -- 127.0.0.1:6379
//! ```
//!
//! It keeps texts, lists, sets and hashes, some of which expire, and passes messages on. Ctrl-C and SIGTERM end it.
#![forbid(unsafe_code)]

mod channels;
mod commands;
mod protocol;
mod server;
mod store;

use std::{env, io};

use anyrt::net::TcpListener;
use anyrt::signal::unix::{SignalKind, signal};
use anyrt::sync::CancellationToken;
use anyrt::time::{Duration, timeout};

/// Further clients wait until one of these has gone.
const MOST_CONNECTIONS: usize = 10_000;

/// So long the connections have to end, once the server shall.
const GRACE: Duration = Duration::from_secs(5);

#[anyrt::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or_else(|| "127.0.0.1:6379".to_owned());
    let (mut interrupt, mut terminate) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let server = anyrt::spawn(server::serve(listener, MOST_CONNECTIONS, stop.clone()));
    anyrt::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    stop.cancel();
    match timeout(GRACE, server).await {
        Ok(ended) => ended?,
        Err(_) => eprintln!("kv: some connections have not ended"),
    }
    println!("ended");
    Ok(())
}
