//! What the applications in tests/ talk to: servers in processes of their own or on threads, and what several of the tests serve by.

pub mod certificate;
pub mod dnsmasq;
pub mod http;
pub mod left;
pub mod load;
pub mod peer;
pub mod postgres;
pub mod proxy;
pub mod redis;
pub mod server;
pub mod web;

use std::env;
use std::io::{self, Write};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

/// Says what is not tested on this machine, where the harness lets it through.
///
/// # Panics
/// `ANYRT_PEERS` is set, as it is in CI: all of them are there.
pub fn left_out(what: &str) {
    assert!(env::var_os("ANYRT_PEERS").is_none(), "ANYRT_PEERS: {what}");
    let _ = writeln!(io::stderr(), "left out: {what}");
}

/// Waits until a server answers; false if it has ended.
///
/// # Panics
/// It does neither.
fn answers(child: &mut Child, mut is_ready: impl FnMut() -> bool) -> bool {
    const PATIENCE: Duration = Duration::from_secs(60);

    let start = Instant::now();
    while !is_ready() {
        if child.try_wait().expect("it is ours").is_some() {
            return false;
        }
        assert!(start.elapsed() < PATIENCE, "a server starts, and does not answer");
        thread::sleep(Duration::from_millis(10));
    }
    true
}
