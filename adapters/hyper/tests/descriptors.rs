//! Descriptors: what happens when there are none left, and that none is kept. Each test in a process of its own.
#![cfg(target_os = "linux")]

mod common;

use std::env;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream as StdStream};
use std::process::{Command, abort};

use anyrt::net::TcpStream;
use anyrt::sync::mpsc;
use anyrt::{Builder, Handle};
use anyrt_tests::child::{child, count, wait_until};
use common::*;
use rustix::process::{Resource, Rlimit, setrlimit};

/// The same limit for all, and a small one, so that it is soon reached.
const LIMIT: u64 = 64;

/// Runs `test` on each backend, and checks that it leaves no descriptor and no task.
fn leaves_nothing<F: Future<Output = ()>>(test: impl Fn() -> F) {
    for backend in anyrt::selection().unwrap().compiled() {
        eprintln!("on {backend}:");
        let runtime = Builder::new().backend(*backend).build().unwrap();
        runtime.block_on(async {
            // What is started when it is first needed is there then.
            let first = Running::start(NEVER, |server| server, hello()).await;
            assert_eq!(first.end().await, 0);
            let before = count("fd");
            test().await;
            assert_eq!(count("fd"), before);
            // A task may have told its output and be counted for a moment.
            wait_until(|| Handle::current().metrics().alive_tasks.is_none_or(|tasks| tasks == 0));
        });
    }
}

#[test]
fn a_server_without_descriptors_serves_what_it_has_and_goes_on() {
    child(|| {
        let limit = Rlimit { current: Some(LIMIT), maximum: Some(LIMIT) };
        setrlimit(Resource::Nofile, limit).unwrap();
        leaves_nothing(async || {
            let (sender, mut errors) = mpsc::unbounded_channel();
            let report = move |error| sender.send(error).unwrap();
            let server = Running::start(NEVER, |server| server.on_error(report), hello()).await;
            let present = server.connect().await;
            ask(&present).await;
            let mut taken = Vec::new();
            while let Ok(file) = File::open("/dev/null") {
                taken.push(file);
            }
            // One for our end, and none for the other.
            taken.pop();
            let waiting = server.connect().await;
            waiting.write_all(REQUEST).await.unwrap();
            for _ in 0..3 {
                let error = errors.recv().await.unwrap();
                let error = error.downcast_ref::<std::io::Error>().unwrap();
                assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::MFILE.raw_os_error()));
                ask(&present).await;
            }
            drop(taken);
            read_hello(&waiting).await;
            assert_eq!(server.end().await, 0);
        });
    })
    .succeeds();
}

/// Where the peer that is to be killed finds the server.
const SERVER: &str = "ANYRT_TEST_SERVER";

#[test]
fn a_peer_that_is_killed_with_many_connections_leaves_none() {
    const MANY: usize = 200;

    if let Ok(address) = env::var(SERVER) {
        die_with_connections(address.parse().unwrap(), MANY);
    }
    child(|| {
        leaves_nothing(async || {
            let server = Running::start(NEVER, |server| server, hello()).await;
            let address = server.address.to_string();
            let test = "a_peer_that_is_killed_with_many_connections_leaves_none";
            let mut peer = Command::new(env::current_exe().unwrap());
            peer.args([test, "--exact"]).env(SERVER, address);
            let mut peer = peer.spawn().unwrap();
            let status = anyrt::spawn_blocking(move || peer.wait().unwrap()).await.unwrap();
            assert!(!status.success());
            // All of them came before this one.
            let after: TcpStream = server.connect().await;
            ask(&after).await;
            drop(after);
            assert_eq!(server.end().await, 0);
        });
    })
    .succeeds();
}

fn die_with_connections(server: SocketAddr, many: usize) -> ! {
    let mut streams = Vec::new();
    for number in 0..many {
        let mut stream = StdStream::connect(server).unwrap();
        match number % 3 {
            0 => {}
            1 => stream.write_all(&REQUEST[..10]).unwrap(),
            _ => {
                stream.write_all(REQUEST).unwrap();
                stream.read_exact(&mut [0]).unwrap();
            }
        }
        streams.push(stream);
    }
    abort()
}
