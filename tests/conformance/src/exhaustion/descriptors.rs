//! N4: accepting while there are no descriptors.

use std::fs::File;
use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyrt_core::Launch;
use anyrt_core::net::{TcpListener, UnixListener};
use rustix::io::Errno;
use rustix::process::Resource;

use super::{Limit, descriptors};
use crate::reactor::polling::count_polls;
use crate::witness::{Counter, Drive};

/// Opens files until the system refuses one.
fn take_all() -> (Limit, Vec<File>) {
    let limit = Limit::set(Resource::Nofile, descriptors() + 8);
    let mut files = Vec::new();
    loop {
        match File::open("/dev/null") {
            Ok(file) => files.push(file),
            Err(error) => {
                assert_too_many(&error);
                return (limit, files);
            }
        }
    }
}

#[track_caller]
fn assert_too_many(error: &io::Error) {
    assert_eq!(error.raw_os_error(), Some(Errno::MFILE.raw_os_error()), "{error}");
}

async fn listen<H: anyrt_core::Backend>(handle: &H) -> (TcpListener<H>, SocketAddr) {
    let listener = TcpListener::bind_on(handle, (Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

pub fn accept_returns_the_error_and_accepts_when_there_are_descriptors_again<L: Launch>(
    runtime: L,
) {
    const ERRORS: usize = 4;

    runtime.handle().drive(async {
        let (listener, address) = listen(runtime.handle()).await;
        let clients = [0; 2].map(|_| std::net::TcpStream::connect(address).unwrap());
        let (_limit, mut files) = take_all();

        let polls = Counter::new();
        for _ in 0..ERRORS {
            assert_too_many(&count_polls(listener.accept(), &polls).await.unwrap_err());
        }
        assert!(polls.count() <= 3 * ERRORS, "{} polls for {ERRORS} errors", polls.count());

        for client in clients {
            drop(files.pop());
            let (_stream, peer) = listener.accept().await.unwrap();
            assert_eq!(peer, client.local_addr().unwrap());
            files.extend(File::open("/dev/null"));
        }
    });
}

pub fn a_unix_listener_accepts_when_there_are_descriptors_again<L: Launch>(runtime: L) {
    const ERRORS: usize = 4;

    runtime.handle().drive(async {
        let path = std::env::temp_dir().join(format!("anyrt-full-{}", std::process::id()));
        let listener = UnixListener::bind_on(runtime.handle(), &path).unwrap();
        let mut client = std::os::unix::net::UnixStream::connect(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let (_limit, files) = take_all();

        let polls = Counter::new();
        for _ in 0..ERRORS {
            assert_too_many(&count_polls(listener.accept(), &polls).await.unwrap_err());
        }
        assert!(polls.count() <= 3 * ERRORS, "{} polls for {ERRORS} errors", polls.count());

        drop(files);
        let (stream, _) = listener.accept().await.unwrap();
        client.write_all(b"x").unwrap();
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 1);
    });
}

pub fn incoming_does_not_spin_while_there_are_no_descriptors<L: Launch>(runtime: L) {
    const ERRORS: u32 = 4;

    runtime.handle().drive(async {
        let (listener, address) = listen(runtime.handle()).await;
        let _client = std::net::TcpStream::connect(address).unwrap();
        let (_limit, files) = take_all();

        let mut incoming = listener.incoming();
        let polls = Counter::new();
        let start = Instant::now();
        for _ in 0..ERRORS {
            assert_too_many(&count_polls(incoming.accept(), &polls).await.unwrap_err());
        }
        // The first comes at once; 20 a second are documented.
        assert!(start.elapsed() >= Duration::from_millis(50) * (ERRORS - 1));
        let count = polls.count();
        assert!(count <= 3 * ERRORS as usize, "{count} polls for {ERRORS} errors");

        drop(files);
        incoming.accept().await.unwrap();
    });
}
