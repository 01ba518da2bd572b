//! The peers: each kind is a process, which goes on until it is killed.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use anyrt::Handle;
use anyrt::task::JoinSet;
use anyrt_hyper::Executor;
use anyrt_hyper::connect::Connector;
use anyrt_test_applications::certificate::trusting;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::Client;
use rustix::net::sockopt::set_socket_linger;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What [`run`] takes.
pub const KINDS: [&str; 5] = ["asks", "resets", "reads slowly", "stalls", "floods"];

/// What is sent of a request, or of a handshake of TLS, by one who does not go on.
const BEGINNINGS: [&[u8]; 5] = [
    b"",
    b"GET /hello HT",
    b"POST /hello HTTP/1.1\r\nhost: here\r\ncontent-length: 1000\r\n\r\nonly this",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03",
];
const LARGE: &[u8] = b"GET /large HTTP/1.1\r\nhost: here\r\n\r\n";

/// # Errors
/// It can't be that kind of peer.
pub fn run(kind: &str, plain: &str, tls: &str, certificate: &str) -> Result<(), String> {
    let told = |error: &dyn std::error::Error| error.to_string();
    let plain: SocketAddr = plain.parse().map_err(|error| told(&error))?;
    let tls: SocketAddr = tls.parse().map_err(|error| told(&error))?;
    let most = getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit { current: most, maximum: most };
    setrlimit(Resource::Nofile, limit).map_err(|error| told(&error))?;
    match kind {
        "asks" => asks(plain, tls, fs::read(certificate).map_err(|error| told(&error))?),
        "resets" => beside_each_other(8, |n| resets(if n % 2 == 0 { plain } else { tls }, n)),
        "reads slowly" => beside_each_other(8, |_| reads_slowly(plain)),
        "stalls" => beside_each_other(16, |n| stalls(if n % 2 == 0 { plain } else { tls }, n)),
        "floods" => floods(plain),
        _ => return Err(format!("there is no kind of peer that {kind}")),
    }
    Ok(())
}

/// Behaves: asks by both versions of HTTP, in clear and over TLS, as fast as it is answered.
fn asks(plain: SocketAddr, tls: SocketAddr, certificate: Vec<u8>) {
    anyrt::block_on(async {
        let runtime = Handle::current();
        let connector = Connector::new(runtime.clone()).https(trusting(certificate.into()));
        let client = Client::builder(Executor::new(runtime)).build(connector);
        let mut tasks = JoinSet::new();
        for n in 0..16 {
            let client = client.clone();
            let path = if n % 4 == 0 { "large" } else { "hello" };
            let url = match n % 2 {
                0 => format!("http://{plain}/{path}"),
                _ => format!("https://localhost:{}/{path}", tls.port()),
            };
            tasks.spawn(async move {
                loop {
                    let request = Request::post(&url).body(Full::new(Bytes::from_static(b"ask")));
                    // Others take the descriptors of the server.
                    if let Ok(answer) = client.request(request.expect("the URL is one")).await {
                        let _ = answer.into_body().collect().await;
                    }
                }
            });
        }
        tasks.join_all().await;
    });
}

/// Calls it over and over again, on so many threads.
fn beside_each_other(threads: usize, peer: impl Fn(usize) -> Option<()> + Sync) {
    thread::scope(|scope| {
        for n in 0..threads {
            let peer = &peer;
            scope.spawn(move || {
                loop {
                    // It fails where the server has no descriptors, or has cut it off.
                    let _ = peer(n);
                }
            });
        }
    });
}

/// Goes away in the midst of a request, of a handshake or of an answer, by a reset.
fn resets(server: SocketAddr, n: usize) -> Option<()> {
    let mut stream = TcpStream::connect(server).ok()?;
    set_socket_linger(&stream, Some(Duration::ZERO)).ok()?;
    match BEGINNINGS.get(n) {
        Some(beginning) => stream.write_all(beginning).ok()?,
        None => {
            stream.write_all(LARGE).ok()?;
            stream.read_exact(&mut [0; 1000]).ok()?;
        }
    }
    thread::sleep(Duration::from_millis(5));
    Some(())
}

/// Reads 100 KiB of an answer slowly, and then no more until it is cut off.
fn reads_slowly(server: SocketAddr) -> Option<()> {
    let mut stream = TcpStream::connect(server).ok()?;
    stream.write_all(LARGE).ok()?;
    let mut room = [0; 1024];
    for _ in 0..100 {
        stream.read_exact(&mut room).ok()?;
        thread::sleep(Duration::from_millis(5));
    }
    // What the system has received already is read when the server is gone.
    thread::sleep(Duration::from_millis(2500));
    stream.read_to_end(&mut Vec::new()).ok()?;
    Some(())
}

/// Says the beginning of something, and waits until it is cut off.
fn stalls(server: SocketAddr, n: usize) -> Option<()> {
    let mut stream = TcpStream::connect(server).ok()?;
    stream.write_all(BEGINNINGS[n / 2 % BEGINNINGS.len()]).ok()?;
    stream.read_to_end(&mut Vec::new()).ok()?;
    Some(())
}

/// Opens more connections than the server has descriptors, and asks over each.
fn floods(server: SocketAddr) {
    let mut streams = Vec::new();
    for _ in 0..400 {
        if let Ok(mut stream) = TcpStream::connect(server) {
            let _ = stream.write_all(b"GET /hello HTTP/1.1\r\nhost: here\r\n\r\n");
            streams.push(stream);
        }
    }
    thread::sleep(Duration::from_millis(300));
}
