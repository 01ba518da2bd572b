//! What the programs in tests/ ask about the process that they run in. It names nothing of tokio's.

use std::{env, fs, io, io::Write};

/// The names that tokio has had for its threads, as far as Linux keeps a name.
const NAMES: [&str; 2] = ["tokio-rt-worker", "tokio-runtime-w"];

/// Which runtime stands in tokio's place, if any does.
pub fn backend() -> Option<String> {
    env::var("ANYRT_BACKEND").ok()
}

/// Looks for threads named by tokio, from a program whose runtime has several threads.
///
/// With tokio there are some, which shows that they would be found. There is none where `ANYRT_BACKEND` says which
/// runtime stands in tokio's place.
///
/// # Panics
///
/// If the process belies that.
pub fn check_threads() {
    let names = match fs::read_dir("/proc/self/task") {
        // A thread that ends while they are listed has no name any more.
        Ok(threads) => {
            let names =
                threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")));
            names.filter_map(io::Result::ok).collect::<Vec<_>>()
        }
        Err(error) => return left_out(&format!("the names of threads: {error}")),
    };
    let is_there = names.iter().any(|name| NAMES.contains(&name.trim_end()));
    match backend() {
        Some(backend) => assert!(!is_there, "a thread of tokio's on {backend}: {names:?}"),
        None => assert!(is_there, "no thread of tokio's: {names:?}"),
    }
}

/// Says that a server to talk to is not there.
///
/// # Panics
/// `ANYRT_PEERS` is set, as it is in CI: all of them are there.
pub fn no_peer(what: &str) {
    assert!(std::env::var_os("ANYRT_PEERS").is_none(), "ANYRT_PEERS: {what}");
    left_out(what);
}

/// Says what is not tested on this machine, where the harness lets it through.
pub fn left_out(what: &str) {
    let _ = writeln!(io::stderr(), "left out: {what}");
}
