//! A process that starts peers, and kills them.

use std::env;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::peer::KINDS;
use crate::server::Servers;

/// The process, as the servers see it.
pub struct Load(Child);

impl Load {
    pub fn start(servers: &Servers) -> Self {
        let certificate = servers.certificate.to_str().expect("its path is a text");
        let child = program()
            .args(["load", &servers.plain.to_string(), &servers.tls.to_string(), certificate])
            .stdin(Stdio::piped())
            .spawn();
        Self(child.expect("the program is there"))
    }

    /// All of its peers are gone then.
    ///
    /// # Errors
    /// It has failed.
    pub fn stop(mut self) -> Result<(), String> {
        drop(self.0.stdin.take());
        match self.0.wait().expect("it is ours") {
            status if status.success() => Ok(()),
            status => Err(format!("the load ends with {status}")),
        }
    }
}

fn program() -> Command {
    Command::new(env::current_exe().expect("it has a path"))
}

/// Starts peers of each kind, kills each after a while and starts another one, until the standard input ends.
///
/// # Errors
/// None.
pub fn run(arguments: &[&str; 3]) -> Result<(), String> {
    let is_over = Arc::new(AtomicBool::new(false));
    let input_ends = is_over.clone();
    thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        input_ends.store(true, Ordering::Relaxed);
    });
    let mut ages = Ages(0x9e37_79b9_7f4a_7c15);
    let mut peers: Vec<_> = KINDS.map(|kind| Peer::start(kind, arguments, &mut ages)).into();
    while !is_over.load(Ordering::Relaxed) {
        for peer in &mut peers {
            if peer.is_over() {
                *peer = Peer::start(peer.kind, arguments, &mut ages);
            }
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Killed when dropped.
struct Peer {
    kind: &'static str,
    child: Child,
    end: Instant,
}

impl Peer {
    fn start(kind: &'static str, arguments: &[&str; 3], ages: &mut Ages) -> Self {
        let child = program().args(["peer", kind]).args(arguments).stdin(Stdio::null()).spawn();
        let end = Instant::now() + ages.next();
        Self { kind, child: child.expect("the program is there"), end }
    }

    fn is_over(&mut self) -> bool {
        Instant::now() > self.end || self.child.try_wait().is_ok_and(|status| status.is_some())
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How old peers become: from 200 ms to 3 s.
struct Ages(u64);

impl Ages {
    fn next(&mut self) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(200 + self.0 % 2800)
    }
}
