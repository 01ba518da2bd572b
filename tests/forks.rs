//! A forked child that drops what it has copies of: the parent's own works on.
//!
//! What a child may do is little; dropping is what it can't avoid, when it returns from the function that
//! forked. Each situation has a process of its own, which has no threads but for the runtime's.
#![cfg(all(target_os = "linux", feature = "some-backend"))]

use std::future::{Future, poll_fn};
use std::io::{ErrorKind, Write};
use std::net::{self, Ipv4Addr};
use std::sync::Arc;

use anyrt::Runtime;
use anyrt::net::{TcpListener, UdpSocket, UnixStream};
use anyrt_tests::backend;
use anyrt_tests::child::child;
use futures::{AsyncReadExt, executor};

/// Has a forked child do something, and waits for its end.
fn in_a_fork(body: impl FnOnce()) {
    // SAFETY: the child has this thread alone, and ends without running anything but `body`, which takes
    // no lock that another thread may hold: the runtime's threads wait for events.
    let process = unsafe { libc::fork() };
    if process == 0 {
        body();
        // SAFETY: it has no preconditions.
        unsafe { libc::_exit(0) };
    }
    assert!(process > 0, "the system refuses a child");
    let mut status = 0;
    // SAFETY: the pointer is valid for writes.
    assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
    assert_eq!(status, 0, "the child ended otherwise than it should");
}

/// Has a task wait, calls `then` when it does, and returns what comes of the task.
fn when_it_waits<T: Send + 'static>(
    runtime: &Runtime,
    task: impl Future<Output = T> + Send + 'static,
    then: impl FnOnce(),
) -> T {
    let task = backend::spawn_and_poll(runtime, task);
    then();
    executor::block_on(task).unwrap()
}

#[test]
fn a_stream_that_a_child_drops_is_still_watched() {
    child(|| {
        let runtime = backend::two_workers();
        for is_polled in [false, true] {
            let (ours, mut peer) = std::os::unix::net::UnixStream::pair().unwrap();
            let mut stream = Some(UnixStream::from_std_on(runtime.handle(), ours).unwrap());
            in_a_fork(|| drop(stream.take()));
            let mut stream = stream.unwrap();
            let read = async move {
                let mut byte = [0];
                if is_polled {
                    AsyncReadExt::read(&mut stream, &mut byte).await
                } else {
                    UnixStream::read(&stream, &mut byte).await
                }
            };
            let length = when_it_waits(&runtime, read, || peer.write_all(b"x").unwrap());
            assert_eq!(length.unwrap(), 1);
        }
    })
    .succeeds();
}

#[test]
fn a_listener_that_a_child_drops_still_accepts() {
    child(|| {
        let runtime = backend::two_workers();
        let listen = TcpListener::bind_on(runtime.handle(), (Ipv4Addr::LOCALHOST, 0));
        let listener = runtime.block_on(listen).unwrap();
        let address = listener.local_addr().unwrap();
        let mut listener = Some(listener);
        in_a_fork(|| drop(listener.take()));
        let listener = listener.unwrap();
        let accept = async move { listener.accept().await.map(drop) };
        let connect = || drop(net::TcpStream::connect(address).unwrap());
        when_it_waits(&runtime, accept, connect).unwrap();
    })
    .succeeds();
}

#[test]
fn an_error_of_a_socket_that_a_child_drops_still_comes() {
    child(|| {
        let runtime = backend::two_workers();
        let deaf = net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        // It listens to itself only, so that datagrams of others find nobody at its port.
        deaf.connect(deaf.local_addr().unwrap()).unwrap();
        let ours = net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        ours.connect(deaf.local_addr().unwrap()).unwrap();
        let socket = UdpSocket::from_std_on(runtime.handle(), ours.try_clone().unwrap()).unwrap();
        let mut socket = Some(Arc::new(socket));
        // Twice: the first time the poll function begins its watch for errors.
        for _ in 0..2 {
            let waiting = Arc::clone(socket.as_ref().unwrap());
            let receive = async move {
                poll_fn(|cx| waiting.poll_recv_from(cx, &mut [0])).await.unwrap_err().kind()
            };
            let send = || assert_eq!(ours.send(b"x").unwrap(), 1);
            let kind = when_it_waits(&runtime, receive, send);
            assert_eq!(kind, ErrorKind::ConnectionRefused);
            in_a_fork(|| drop(socket.take()));
        }
    })
    .succeeds();
}

#[test]
#[cfg(feature = "tokio-context")]
fn the_tokio_around_a_runtime_that_a_child_drops_goes_on() {
    use tokio::time::{Duration, sleep};

    child(|| {
        let start =
            || anyrt::Builder::new().backend(backend::name()).tokio_context(true).build().unwrap();
        let mut runtime = Some(start());
        in_a_fork(|| drop(runtime.take()));
        let runtime = runtime.unwrap();
        let sleeps = async || sleep(Duration::from_millis(1)).await;
        runtime.block_on(sleeps());
        runtime.block_on(runtime.spawn(sleeps())).unwrap();
        if backend::is_self_contained() {
            in_a_fork(|| start().block_on(sleeps()));
            // Also on a thread that is inside for good.
            let forks = runtime.spawn_blocking(move || in_a_fork(|| start().block_on(sleeps())));
            runtime.block_on(forks).unwrap();
        }
    })
    .succeeds();
}
