//! Unix sockets.

use std::ffi::OsString;
use std::future::poll_fn;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyrt_core::net::{UnixDatagram, UnixListener, UnixStream};
use anyrt_core::{Backend, Launch, Spawn};
use futures::channel::mpsc;
use futures::future::{Either, join_all, select};
use futures::{StreamExt, poll};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::reactor::polling::{count_polls, when_pending};
use crate::witness::{Counter, Drive};

/// A path that nobody else uses; what is there is removed in the end.
pub(super) struct SocketPath(PathBuf);

impl SocketPath {
    pub(super) fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let name = format!("anyrt-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            // What is there is of a process that had the same number, and was killed.
            if !path.exists() {
                return Self(path);
            }
        }
    }
}

impl AsRef<Path> for SocketPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for SocketPath {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A path that no socket address has room for.
fn long_path() -> PathBuf {
    std::env::temp_dir().join(OsString::from("x".repeat(200)))
}

pub fn unix_streams_connect_by_path<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let path = SocketPath::new();
    handle.drive(async {
        let listener = UnixListener::bind_on(handle, &path).unwrap();
        assert_eq!(listener.local_addr().unwrap().as_pathname(), Some(path.as_ref()));
        for round in 0..3 {
            let mut accept = Box::pin(async {
                if round == 0 {
                    listener.accept().await
                } else {
                    poll_fn(|cx| listener.poll_accept(cx)).await
                }
            });
            assert!(poll!(accept.as_mut()).is_pending());
            let stream = UnixStream::connect_on(handle, &path).await.unwrap();
            let (accepted, address) = accept.await.unwrap();
            assert!(address.is_unnamed());
            assert_eq!(stream.peer_addr().unwrap().as_pathname(), Some(path.as_ref()));
            assert_eq!(accepted.local_addr().unwrap().as_pathname(), Some(path.as_ref()));
            assert!(stream.local_addr().unwrap().is_unnamed());
            for peer in [stream.peer_cred().unwrap(), accepted.peer_cred().unwrap()] {
                assert_eq!(peer.uid(), rustix::process::geteuid().as_raw());
                assert_eq!(peer.gid(), rustix::process::getegid().as_raw());
                assert!(peer.pid().is_none_or(|pid| pid.unsigned_abs() == std::process::id()));
            }

            let mut text = [0; 4];
            stream.write_all(b"ping").await.unwrap();
            accepted.read_exact(&mut text).await.unwrap();
            assert_eq!(&text, b"ping");
            drop(accepted);
            assert_eq!(stream.read(&mut text).await.unwrap(), 0);
        }

        // Those who connect may have an address too.
        let peer_path = SocketPath::new();
        let peer = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        peer.bind(&SockAddr::unix(&peer_path).unwrap()).unwrap();
        peer.connect(&SockAddr::unix(&path).unwrap()).unwrap();
        let (_, address) = listener.accept().await.unwrap();
        assert_eq!(address.as_pathname(), Some(peer_path.as_ref()));
    });
}

pub fn two_hundred_unix_connections_wait_to_be_accepted<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let path = SocketPath::new();
    handle.drive(async {
        let listener = UnixListener::bind_on(handle, &path).unwrap();
        let mut streams = Vec::new();
        for _ in 0..200 {
            streams.push(UnixStream::connect_on(handle, &path).await.unwrap());
        }
        for _ in 0..200 {
            listener.accept().await.unwrap();
        }
        assert!(poll!(pin!(listener.accept())).is_pending());
    });
}

pub fn every_task_that_accepts_gets_a_unix_connection<L: Launch>(runtime: L) {
    const TASKS: usize = 8;
    let handle = runtime.handle();
    let path = SocketPath::new();
    handle.drive(async {
        let listener = Arc::new(UnixListener::bind_on(handle, &path).unwrap());
        let (is_waiting, mut waiting) = mpsc::unbounded();
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (listener, is_waiting) = (Arc::clone(&listener), is_waiting.clone());
                handle.spawn(async move {
                    let accept = listener.accept();
                    when_pending(accept, || is_waiting.unbounded_send(()).unwrap()).await
                })
            })
            .collect();
        for _ in 0..TASKS {
            waiting.next().await.unwrap();
        }
        let mut streams = Vec::new();
        for _ in 0..TASKS {
            streams.push(UnixStream::connect_on(handle, &path).await.unwrap());
        }
        for result in join_all(tasks).await {
            result.unwrap().unwrap();
        }
    });
}

pub fn unix_addresses_that_cannot_be_bound_are_errors<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let path = SocketPath::new();
    let listener = UnixListener::bind_on(handle, &path).unwrap();
    let bind = |path: &Path| UnixListener::bind_on(handle, path).unwrap_err().kind();
    let bind_datagram = |path: &Path| UnixDatagram::bind_on(handle, path).err().unwrap().kind();
    let missing = path.as_ref().join("below");
    let stale = |bind: &dyn Fn(&Path) -> io::ErrorKind| {
        assert_eq!(bind(path.as_ref()), io::ErrorKind::AddrInUse);
        assert_eq!(bind(&long_path()), io::ErrorKind::InvalidInput);
        assert_eq!(bind(&missing), io::ErrorKind::NotADirectory);
    };
    stale(&bind);
    stale(&bind_datagram);
    // The path outlives the listener.
    drop(listener);
    stale(&bind);
}

pub fn unix_addresses_without_a_listener_are_errors<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let path = SocketPath::new();
    handle.drive(async {
        let connect = async |path: &Path| match UnixStream::connect_on(handle, path).await {
            Ok(_) => None,
            Err(error) => Some(error.kind()),
        };
        assert_eq!(connect(path.as_ref()).await, Some(io::ErrorKind::NotFound));
        assert_eq!(connect(&long_path()).await, Some(io::ErrorKind::InvalidInput));
        let listener = UnixListener::bind_on(handle, &path).unwrap();
        assert_eq!(connect(path.as_ref()).await, None);
        drop(listener);
        assert_eq!(connect(path.as_ref()).await, Some(io::ErrorKind::ConnectionRefused));

        let datagrams = UnixDatagram::unbound_on(handle).unwrap();
        let missing = SocketPath::new();
        let error = datagrams.send_to(b"x", &missing).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        let error = datagrams.connect(&missing).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    });
}

pub fn unix_datagrams_are_sent_by_path<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (path, other_path) = (SocketPath::new(), SocketPath::new());
    handle.drive(async {
        let one = UnixDatagram::bind_on(handle, &path).unwrap();
        let other = UnixDatagram::bind_on(handle, &other_path).unwrap();
        assert_eq!(one.local_addr().unwrap().as_pathname(), Some(path.as_ref()));
        let mut buffer = [0; 8];
        for _ in 0..10 {
            let mut receive = Box::pin(other.recv_from(&mut buffer));
            assert!(poll!(receive.as_mut()).is_pending());
            assert_eq!(one.send_to(b"abc", &other_path).await.unwrap(), 3);
            let (n, address) = receive.await.unwrap();
            assert_eq!(n, 3);
            assert_eq!(address.as_pathname(), Some(path.as_ref()));
            assert_eq!(&buffer[..3], b"abc");
        }

        let unbound = UnixDatagram::unbound_on(handle).unwrap();
        unbound.connect(&other_path).unwrap();
        assert_eq!(unbound.peer_addr().unwrap().as_pathname(), Some(other_path.as_ref()));
        assert_eq!(unbound.send(b"de").await.unwrap(), 2);
        let (n, address) = other.recv_from(&mut buffer).await.unwrap();
        assert_eq!(n, 2);
        assert!(address.is_unnamed());
    });
}

pub fn unix_datagrams_are_sent_in_pairs<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (one, other) = UnixDatagram::pair_on(handle).unwrap();
        let mut buffer = [0; 8];
        for _ in 0..10 {
            one.writable().await.unwrap();
            assert_eq!(one.send(b"abc").await.unwrap(), 3);
            other.readable().await.unwrap();
            assert_eq!(other.recv(&mut buffer).await.unwrap(), 3);
            assert!(poll!(pin!(other.readable())).is_pending());
        }
        // A full queue makes the sender wait.
        let mut sent = 0;
        let mut send = loop {
            let mut send = Box::pin(one.send(&[7; 1000]));
            match poll!(send.as_mut()) {
                Poll::Ready(result) => sent += result.unwrap(),
                Poll::Pending => break send,
            }
        };
        let mut received = 0;
        let mut buffer = [0; 2000];
        while received < sent {
            received += other.recv(&mut buffer).await.unwrap();
        }
        assert_eq!(received, sent);
        assert_eq!(send.as_mut().await.unwrap(), 1000);
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 1000);
    });
}

pub fn sending_to_a_full_queue_by_path_sleeps_until_there_is_room<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let path = SocketPath::new();
    handle.drive(async {
        let receiver = UnixDatagram::bind_on(handle, &path).unwrap();
        let sender = UnixDatagram::unbound_on(handle).unwrap();
        let send = |n: u32| {
            let (sender, path) = (&sender, &path);
            async move { sender.send_to(&n.to_ne_bytes(), path).await }
        };
        sleeps_until_there_is_room(handle, &receiver, send).await;
    });
}

pub fn sending_to_a_full_queue_of_the_peer_sleeps_until_there_is_room<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let path = SocketPath::new();
    handle.drive(async {
        let receiver = UnixDatagram::bind_on(handle, &path).unwrap();
        let sender = UnixDatagram::unbound_on(handle).unwrap();
        sender.connect(&path).unwrap();
        let send = |n: u32| {
            let sender = &sender;
            async move { sender.send(&n.to_ne_bytes()).await }
        };
        sleeps_until_there_is_room(handle, &receiver, send).await;
    });
}

/// Sends until there is no room, counts how often the sender is polled meanwhile, and receives all.
async fn sleeps_until_there_is_room<H: Backend, F: Future<Output = io::Result<usize>>>(
    handle: &H,
    receiver: &UnixDatagram<H>,
    send: impl Fn(u32) -> F,
) {
    const WAIT: Duration = Duration::from_millis(200);

    // The runtime may not know of any room before it was asked.
    assert_eq!(send(0).await.unwrap(), 4);
    let mut sent = 1;
    let mut waiting = loop {
        let mut send = Box::pin(send(sent));
        match poll!(send.as_mut()) {
            Poll::Ready(result) => assert_eq!(result.unwrap(), 4),
            Poll::Pending => break send,
        }
        sent += 1;
    };
    let (polls, start) = (Counter::new(), Instant::now());
    {
        let sleep = pin!(handle.sleep(WAIT));
        let first = select(count_polls(waiting.as_mut(), &polls), sleep).await;
        assert!(matches!(first, Either::Right(_)), "there is no room");
    }
    // At most one for each pause of at least a millisecond, and some more for other wakes.
    let most = 20 + start.elapsed().as_millis() as usize;
    assert!(polls.count() <= most, "{} polls, not {most}", polls.count());

    let mut number = [0; 8];
    for expected in 0..=sent {
        if expected == 1 {
            assert_eq!(waiting.as_mut().await.unwrap(), 4);
        }
        assert_eq!(receiver.recv(&mut number).await.unwrap(), 4);
        assert_eq!(number[..4], expected.to_ne_bytes());
    }
}

pub fn a_unix_datagram_is_cut_off_at_the_end_of_the_buffer<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (one, other) = UnixDatagram::pair_on(handle).unwrap();
        one.send(b"abcdef").await.unwrap();
        one.send(b"gh").await.unwrap();
        let mut buffer = [0; 3];
        assert_eq!(other.recv(&mut buffer).await.unwrap(), 3);
        assert_eq!(&buffer, b"abc");
        assert_eq!(other.recv_from(&mut buffer).await.unwrap().0, 2);
        assert_eq!(&buffer, b"ghc");
        assert!(poll!(pin!(other.recv(&mut buffer))).is_pending());
    });
}
