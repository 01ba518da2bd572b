//! When the system refuses: descriptors and threads run out, peers vanish. Each is an error where it
//! can be handled, and over when its cause is.
//!
//! Limits and signals belong to the process, so each situation has a process of its own.
#![cfg(all(target_os = "linux", feature = "some-backend"))]

use std::fs;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, IoSlice, Write};
use std::net::{Shutdown, SocketAddr};
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use anyrt::net::{TcpListener, TcpStream, UdpSocket, UnixStream};
use anyrt::{Builder, Runtime};
use anyrt_tests::backend;
use anyrt_tests::child::{child, count};
use futures::executor;
use futures::future::FutureExt;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn current_thread() -> Runtime {
    backend::start(Builder::new().current_thread())
}

/// How many threads there are but for those that belong to the process and may come and go.
fn threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.map(|task| fs::read_to_string(task.unwrap().path().join("comm")));
    // One that has ended meanwhile has no name any more.
    names
        .filter_map(Result::ok)
        .filter(|name| !name.starts_with("async-") && !name.starts_with("blocking-"))
        .count()
}

/// Waits until there are so many, because a thread that was joined is still listed for a moment.
fn threads_but_for(expected: usize) -> usize {
    let start = Instant::now();
    while threads() != expected && start.elapsed() < Duration::from_secs(10) {
        thread::yield_now();
    }
    threads()
}

fn descriptors() -> usize {
    count("fd")
}

/// Sets a limit, and the former one when it is dropped.
struct Limit {
    resource: Resource,
    before: Rlimit,
}

impl Limit {
    fn set(resource: Resource, number: usize) -> Self {
        let before = getrlimit(resource);
        setrlimit(resource, Rlimit { current: Some(number as u64), ..before }).unwrap();
        Self { resource, before }
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        setrlimit(self.resource, self.before).unwrap();
    }
}

/// Counts how often the future is polled.
async fn counted<F: Future>(polls: &mut usize, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        *polls += 1;
        future.as_mut().poll(cx)
    })
    .await
}

mod no_descriptors_are_left {
    use super::*;

    /// Opens files until the system refuses one.
    fn take_all() -> (Limit, Vec<fs::File>) {
        let limit = Limit::set(Resource::Nofile, descriptors() + 8);
        let mut files = Vec::new();
        loop {
            match fs::File::open("/dev/null") {
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
        assert!(is_too_many(error), "{error}");
    }

    /// The reactor of async-io says it in words only.
    fn is_too_many(error: &io::Error) -> bool {
        match error.raw_os_error() {
            Some(number) => number == libc::EMFILE,
            None => error.to_string().contains("Too many open files"),
        }
    }

    async fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    #[test]
    fn accept_returns_the_error_and_accepts_when_there_are_some_again() {
        child(|| {
            current_thread().block_on(async {
                let (listener, address) = listen().await;
                let clients = [0; 2].map(|_| std::net::TcpStream::connect(address).unwrap());
                let (_limit, mut files) = take_all();
                for _ in 0..3 {
                    assert_too_many(&listener.accept().await.unwrap_err());
                }
                for client in clients {
                    drop(files.pop());
                    let (_stream, peer) = listener.accept().await.unwrap();
                    assert_eq!(peer, client.local_addr().unwrap());
                    files.extend(fs::File::open("/dev/null"));
                }
            });
        })
        .succeeds();
    }

    #[test]
    fn incoming_does_not_spin() {
        child(|| {
            current_thread().block_on(async {
                const ERRORS: u32 = 4;
                let (listener, address) = listen().await;
                let _client = std::net::TcpStream::connect(address).unwrap();
                let (_limit, files) = take_all();

                let mut incoming = listener.incoming();
                let mut polls = 0;
                let start = Instant::now();
                for _ in 0..ERRORS {
                    assert_too_many(&counted(&mut polls, incoming.accept()).await.unwrap_err());
                }
                // The first comes at once; 20 a second are documented.
                assert!(start.elapsed() >= Duration::from_millis(50) * (ERRORS - 1));
                assert!(polls <= 3 * ERRORS as usize, "{polls} polls for {ERRORS} errors");

                drop(files);
                incoming.accept().await.unwrap();
            });
        })
        .succeeds();
    }

    #[test]
    fn connections_go_on_while_none_can_be_accepted() {
        child(|| {
            current_thread().block_on(async {
                let (listener, address) = listen().await;
                let client = TcpStream::connect(address).await.unwrap();
                let mut incoming = listener.incoming();
                let (server, _) = incoming.accept().await.unwrap();
                let _waiting = std::net::TcpStream::connect(address).unwrap();
                let (_limit, files) = take_all();

                let accept = async {
                    for _ in 0..3 {
                        assert_too_many(&incoming.accept().await.unwrap_err());
                    }
                };
                let echo = async {
                    for _ in 0..1000 {
                        client.write_all(b"x").await.unwrap();
                        server.read_exact(&mut [0]).await.unwrap();
                        server.write_all(b"x").await.unwrap();
                        client.read_exact(&mut [0]).await.unwrap();
                    }
                };
                futures::join!(accept, echo);
                drop(files);
                incoming.accept().await.unwrap();
            });
        })
        .succeeds();
    }

    #[test]
    fn sockets_are_refused_and_leave_nothing_behind() {
        child(|| {
            current_thread().block_on(async {
                let (_listener, address) = listen().await;
                let before = descriptors();
                for free in 0..2 {
                    let (_limit, mut files) = take_all();
                    files.truncate(files.len() - free);
                    let mut made = Vec::new();
                    assert_too_many(&loop {
                        match TcpStream::connect(address).await {
                            Ok(stream) => made.push(stream),
                            Err(error) => break error,
                        }
                    });
                    assert_eq!(made.len(), free);
                    assert_too_many(&TcpListener::bind("127.0.0.1:0").await.unwrap_err());
                    assert_too_many(&UdpSocket::bind("127.0.0.1:0").await.unwrap_err());
                    assert_too_many(&UnixStream::pair().unwrap_err());
                }
                assert_eq!(descriptors(), before);
                TcpStream::connect(address).await.unwrap();
            });
        })
        .succeeds();
    }

    #[test]
    fn a_runtime_is_refused_and_leaves_nothing_behind() {
        child(|| {
            let threads = threads();
            let before = descriptors();
            let mut refused = 0;
            for free in 0..8 {
                let (limit, mut files) = take_all();
                files.truncate(files.len() - free);
                let built = Builder::new().build();
                drop((limit, files));
                if let Err(error) = built {
                    assert_too_many(&error);
                    assert_eq!((descriptors(), threads_but_for(threads)), (before, threads));
                    refused += 1;
                }
            }
            assert!((1..8).contains(&refused), "refused {refused} times");
            let runtime = Builder::new().build().unwrap();
            runtime.block_on(async { anyrt::time::sleep(Duration::from_millis(1)).await });
            assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
        })
        .succeeds();
    }

    #[test]
    fn the_default_runtime_starts_at_a_later_call() {
        child(|| {
            let (limit, files) = take_all();
            let bind = TcpListener::bind("127.0.0.1:0");
            assert_too_many(&executor::block_on(bind).unwrap_err());
            let payload = catch_unwind(|| drop(anyrt::spawn(async {}))).unwrap_err();
            let message = payload.downcast_ref::<String>().unwrap();
            assert!(message.contains("Too many open files"), "{message}");
            drop((limit, files));
            assert_eq!(anyrt::block_on(anyrt::spawn(async { 7 })).unwrap(), 7);
            // On a thread that does not drive the reactor.
            executor::block_on(anyrt::time::sleep(Duration::from_millis(1)));
        })
        .succeeds();
    }
}

mod no_thread_can_be_started {
    use super::*;

    /// Runs `body` in a child whose user may be refused threads, which root never is.
    #[track_caller]
    fn child_of_a_user(body: impl FnOnce()) {
        use std::os::unix::fs::MetadataExt;

        let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
        let child = child(body);
        if is_root {
            child.with_user_of_its_own().succeeds();
        } else {
            eprintln!("not root, so this can't be tried: nobody else's threads must count");
        }
    }

    /// Lets this user start `more` threads, and no others.
    fn allow(more: usize) -> Limit {
        Limit::set(Resource::Nproc, count("task") + more)
    }

    #[test]
    fn a_blocking_closure_is_an_error_of_its_join() {
        child_of_a_user(|| {
            let runtime = current_thread();
            let limit = allow(0);
            for _ in 0..3 {
                let task = runtime.handle().spawn_blocking(|| 7);
                assert!(runtime.block_on(task).unwrap_err().is_refused());
            }
            let task = runtime.block_on(async { anyrt::spawn_blocking(|| 7).await });
            assert!(task.unwrap_err().is_refused());
            runtime.block_on(TcpListener::bind_on(runtime.handle(), "localhost:0")).unwrap_err();
            // Everything else goes on.
            assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
            runtime.block_on(async { anyrt::time::sleep(Duration::from_millis(1)).await });

            drop(limit);
            let task = runtime.handle().spawn_blocking(|| 7);
            assert_eq!(runtime.block_on(task).unwrap(), 7);
        });
    }

    #[test]
    fn blocking_closures_wait_for_the_threads_there_are() {
        child_of_a_user(|| {
            let runtime = current_thread();
            let (release, released) = channel::<()>();
            let first = runtime.handle().spawn_blocking(move || released.recv().unwrap_err());
            let _limit = allow(0);
            let tasks: Vec<_> =
                (0..20).map(|n| runtime.handle().spawn_blocking(move || n)).collect();
            drop(release);
            runtime.block_on(async {
                first.await.unwrap();
                for (n, task) in tasks.into_iter().enumerate() {
                    assert_eq!(task.await.unwrap(), n);
                }
            });
        });
    }

    #[test]
    fn a_runtime_is_refused_its_first_worker() {
        child_of_a_user(|| refuse_workers(0));
    }

    #[test]
    fn a_runtime_is_refused_one_of_its_workers_and_ends_the_others() {
        child_of_a_user(|| refuse_workers(2));
    }

    fn refuse_workers(allowed: usize) {
        // What belongs to the process is there before; threads for it are refused below.
        Builder::new().build().unwrap();
        let (threads, before) = (threads_but_for(2), descriptors());
        let limit = allow(allowed);
        let error = Builder::new().worker_threads(4).build().unwrap_err();
        let kind =
            if backend::has_owners() { ErrorKind::WouldBlock } else { ErrorKind::Unsupported };
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(threads_but_for(threads), threads);
        assert_eq!(descriptors(), before);

        drop(limit);
        let runtime = backend::start(Builder::new().worker_threads(4));
        assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
    }

    #[test]
    fn what_belongs_to_the_process_is_refused_its_threads_and_gets_them_later() {
        // One thread is that of the reactor; with more of them, a worker is what is refused.
        for allowed in 0..3 {
            child_of_a_user(|| {
                let limit = allow(allowed);
                for _ in 0..2 {
                    let error = Builder::new().worker_threads(4).build();
                    let error = if backend::has_owners() { error } else { Builder::new().build() };
                    if let Err(error) = error {
                        let message = error.to_string();
                        assert!(message.contains("Resource temporarily unavailable"), "{message}");
                    }
                }
                drop(limit);
                let runtime = Builder::new().build().unwrap();
                assert_eq!(runtime.block_on(runtime.spawn(async { 7 })).unwrap(), 7);
                executor::block_on(runtime.spawn(async {
                    anyrt::time::sleep(Duration::from_millis(1)).await;
                }))
                .unwrap();
            });
        }
    }

    #[test]
    fn the_default_runtime_starts_at_a_later_call() {
        child_of_a_user(|| {
            let limit = allow(0);
            let payload = catch_unwind(|| drop(anyrt::spawn(async {}))).unwrap_err();
            let message = payload.downcast_ref::<String>().unwrap();
            assert!(message.contains("Resource temporarily unavailable"), "{message}");
            drop(limit);
            assert_eq!(anyrt::block_on(anyrt::spawn(async { 7 })).unwrap(), 7);
            executor::block_on(anyrt::time::sleep(Duration::from_millis(1)));
        });
    }
}

mod the_peer_is_gone {
    use super::*;

    /// What a program has that did not start in Rust, or that wants to end with its pipe.
    fn let_sigpipe_kill() {
        // SAFETY: SIGPIPE is a signal, and its default action runs no code of ours.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    }

    /// Two ends of a connection.
    async fn tcp() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (client, listener.accept().await.unwrap().0)
    }

    #[test]
    fn a_plain_write_would_kill_the_process() {
        let (status, output) = child(|| {
            let_sigpipe_kill();
            let (stream, peer) = std::os::unix::net::UnixStream::pair().unwrap();
            drop(peer);
            // As a file, so that the standard library does not see to it.
            let _ = fs::File::from(OwnedFd::from(stream)).write(b"x");
        })
        .run();
        assert_eq!(status.signal(), Some(libc::SIGPIPE), "{output}");
    }

    #[test]
    fn writing_to_a_tcp_stream_is_an_error() {
        child(|| {
            let_sigpipe_kill();
            current_thread().block_on(async {
                let (stream, peer) = tcp().await;
                drop(peer);
                // The first write is what makes the peer's system say that it is gone.
                let error = loop {
                    if let Err(error) = stream.write(b"x").await {
                        break error;
                    }
                };
                let kinds = [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset];
                assert!(kinds.contains(&error.kind()), "{error}");

                // From then on, and after a shutdown, each write would raise the signal.
                let (shut_down, _peer) = tcp().await;
                shut_down.shutdown(Shutdown::Write).unwrap();
                for stream in [stream, shut_down] {
                    assert_broken(stream.write(b"x").await);
                    assert_broken(stream.write_all(b"x").await);
                    assert_broken(stream.write_vectored(&[IoSlice::new(b"x")]).await);
                    assert_broken(futures::AsyncWriteExt::write(&mut &stream, b"x").await);
                    assert_broken(stream.split().1.write(b"x").await);
                    assert_broken(stream.into_split().1.write_all(b"x").await);
                }
            });
        })
        .succeeds();
    }

    #[test]
    fn writing_to_a_unix_stream_is_an_error() {
        child(|| {
            let_sigpipe_kill();
            current_thread().block_on(async {
                let (stream, peer) = UnixStream::pair().unwrap();
                drop(peer);
                assert_broken(stream.write(b"x").await);
                assert_broken(stream.write_all(b"x").await);
                assert_broken(stream.write_vectored(&[IoSlice::new(b"x")]).await);
                assert_broken(futures::AsyncWriteExt::write(&mut &stream, b"x").await);
                assert_broken(stream.into_split().1.write_all(b"x").await);
            });
        })
        .succeeds();
    }

    #[track_caller]
    fn assert_broken<T: std::fmt::Debug>(result: io::Result<T>) {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}

mod nothing_is_lost {
    use super::*;

    #[test]
    fn descriptors_of_sockets_that_come_and_go() {
        child(|| {
            let runtime = backend::start(Builder::new().worker_threads(2));
            let around = || {
                runtime.block_on(async {
                    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                    let address = listener.local_addr().unwrap();
                    // Given up before, while and after they succeed.
                    drop(listener.accept());
                    assert!(listener.accept().now_or_never().is_none());
                    drop(TcpStream::connect(address).now_or_never());
                    let client = TcpStream::connect(address).await.unwrap();
                    let (server, _) = listener.accept().await.unwrap();
                    let mut buffer = [0];
                    drop(server.read(&mut buffer).now_or_never());
                    drop(client.peek(&mut buffer).now_or_never());
                    let reading = anyrt::spawn(async move { server.read(&mut [0]).await });
                    reading.abort();
                    let (reader, writer) = client.into_split();
                    drop(reader);
                    drop(writer);
                    drop(UnixStream::pair().unwrap());
                    drop(reading.await);
                });
            };
            around();
            let before = descriptors();
            (0..1000).for_each(|_| around());
            assert_eq!(descriptors(), before);
        })
        .succeeds();
    }

    #[test]
    fn descriptors_and_threads_of_runtimes_that_come_and_go() {
        child(|| {
            let around = || {
                for builder in [Builder::new().worker_threads(2), Builder::new().current_thread()] {
                    let runtime = backend::start(builder);
                    let endless = [
                        runtime.spawn(std::future::pending::<()>()),
                        runtime.spawn(async { anyrt::time::sleep(Duration::MAX).await }),
                    ];
                    // The runtime's end does it, if it has one.
                    if !backend::has_owners() {
                        endless.iter().for_each(anyrt::JoinHandle::abort);
                    }
                    let closure = runtime.handle().spawn_blocking(|| {});
                    runtime.block_on(async {
                        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                        assert!(listener.accept().now_or_never().is_none());
                        closure.await.unwrap();
                    });
                }
            };
            around();
            let threads = threads_but_for(2);
            let before = descriptors();
            (0..200).for_each(|_| around());
            assert_eq!((descriptors(), threads_but_for(threads)), (before, threads));
        })
        .succeeds();
    }
}
