//! Cases of errors that come alone, without anything to read or to write, and of hang-ups.
//!
//! In all of them the task is polled again only when somebody wakes it: whoever polls it for another
//! reason would find the error by trying.
#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::fs::File;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;

use anyrt_core::{AsyncFd, Interest, Launch, Reactor, Source, Spawn};
use futures::channel::oneshot;
use futures::poll;

use crate::reactor::polling::{on_a_foreign_executor, when_pending};
use crate::witness::Drive;

cases! { lone_errors:
    a_refused_datagram_wakes_whoever_waits_to_read [R8];
    a_refused_datagram_wakes_whoever_polls_to_read [R8];
    a_refused_datagram_wakes_whoever_polls_on_a_foreign_executor [R5, R8];
    a_refused_datagram_wakes_the_last_who_polled [R2, R8];
    an_error_is_not_met_twice_and_datagrams_come_after_it [R8];
    a_full_pipe_without_readers_wakes_whoever_writes [R8];
    the_end_of_a_stream_wakes_whoever_reads [R8];
}

type Fd<L, T = UdpSocket> = Arc<AsyncFd<T, <L as Launch>::Handle>>;

/// How a task waits.
#[derive(Clone, Copy)]
enum Form {
    Async,
    Poll,
}

use Form::{Async, Poll};

async fn read<R: Reactor>(fd: Arc<AsyncFd<UdpSocket, R>>, form: Form) -> io::Result<usize> {
    let read = |socket: &UdpSocket| socket.recv(&mut [0; 8]);
    wait(&fd, form, Interest::Readable, read).await
}

async fn wait<T: Source, R: Reactor>(
    fd: &AsyncFd<T, R>,
    form: Form,
    interest: Interest,
    mut operation: impl FnMut(&T) -> io::Result<usize> + Send,
) -> io::Result<usize> {
    match form {
        Async => fd.io(interest, operation).await,
        Poll => poll_fn(|cx| fd.poll_io(cx, interest, &mut operation)).await,
    }
}

/// Has a task wait, and calls `then` when it does.
fn when_it_waits<L: Launch>(
    runtime: &L,
    task: impl Future<Output = io::Result<usize>> + Send + 'static,
    then: impl FnOnce(),
) -> io::Result<usize> {
    let handle = runtime.handle();
    let (tell, told) = oneshot::channel();
    handle.drive(async {
        let task = handle.spawn(when_pending(task, move || tell.send(()).unwrap()));
        told.await.expect("nothing is there at first");
        then();
        task.await.unwrap()
    })
}

/// A socket whose datagrams are refused, as long as its peer lives.
fn refused<L: Launch>(runtime: &L) -> (Fd<L>, UdpSocket) {
    let deaf = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = deaf.local_addr().unwrap();
    // It listens to itself only, so that datagrams of others find nobody at its port.
    deaf.connect(address).unwrap();
    let ours = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    ours.connect(address).unwrap();
    (Arc::new(AsyncFd::new_on(runtime.handle(), ours).unwrap()), deaf)
}

#[track_caller]
fn assert_refused(result: &io::Result<usize>) {
    assert_eq!(result.as_ref().unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

fn send<R: Reactor>(fd: &AsyncFd<UdpSocket, R>) {
    assert_eq!(fd.get_ref().send(b"anybody?").unwrap(), 8);
}

fn a_refused_datagram_wakes<L: Launch>(runtime: &L, form: Form) {
    let (fd, _deaf) = refused(runtime);
    for _ in 0..10 {
        assert_refused(&when_it_waits(runtime, read(Arc::clone(&fd), form), || send(&fd)));
    }
}

pub fn a_refused_datagram_wakes_whoever_waits_to_read<L: Launch>(runtime: L) {
    a_refused_datagram_wakes(&runtime, Async);
}

pub fn a_refused_datagram_wakes_whoever_polls_to_read<L: Launch>(runtime: L) {
    a_refused_datagram_wakes(&runtime, Poll);
}

pub fn a_refused_datagram_wakes_whoever_polls_on_a_foreign_executor<L: Launch>(runtime: L) {
    for form in [Async, Poll] {
        let (fd, _deaf) = refused(&runtime);
        let sender = Arc::clone(&fd);
        let wait = when_pending(read(fd, form), move || send(&sender));
        assert_refused(&on_a_foreign_executor(&runtime, wait));
    }
}

pub fn a_refused_datagram_wakes_the_last_who_polled<L: Launch>(runtime: L) {
    let (fd, _deaf) = refused(&runtime);
    runtime.handle().drive(async {
        assert!(poll!(pin!(read(Arc::clone(&fd), Poll))).is_pending());
    });
    assert_refused(&when_it_waits(&runtime, read(Arc::clone(&fd), Poll), || send(&fd)));
}

pub fn an_error_is_not_met_twice_and_datagrams_come_after_it<L: Launch>(runtime: L) {
    let peer = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    for form in [Async, Poll] {
        let (fd, _deaf) = refused(&runtime);
        for _ in 0..3 {
            assert_refused(&when_it_waits(&runtime, read(Arc::clone(&fd), form), || send(&fd)));
            runtime.handle().drive(async {
                assert!(poll!(pin!(read(Arc::clone(&fd), form))).is_pending());
            });
        }
        fd.get_ref().connect(peer.local_addr().unwrap()).unwrap();
        peer.connect(fd.get_ref().local_addr().unwrap()).unwrap();
        for _ in 0..3 {
            let answer = || assert_eq!(peer.send(b"abc").unwrap(), 3);
            let length = when_it_waits(&runtime, read(Arc::clone(&fd), form), answer);
            assert_eq!(length.unwrap(), 3);
        }
    }
}

pub fn a_full_pipe_without_readers_wakes_whoever_writes<L: Launch>(runtime: L) {
    for form in [Async, Poll] {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let fd = AsyncFd::new_on(runtime.handle(), File::from(writer)).unwrap();
        while fd.get_ref().write(&[0; 4096]).is_ok() {}
        let write = async move {
            wait(&fd, form, Interest::Writable, |mut pipe| pipe.write(&[0; 4096])).await
        };
        let result = when_it_waits(&runtime, write, || drop(reader));
        assert_eq!(result.unwrap_err().kind(), ErrorKind::BrokenPipe);
    }
}

pub fn the_end_of_a_stream_wakes_whoever_reads<L: Launch>(runtime: L) {
    for form in [Async, Poll] {
        let (ours, peer) = UnixStream::pair().unwrap();
        let fd = AsyncFd::new_on(runtime.handle(), ours).unwrap();
        let read = async move {
            wait(&fd, form, Interest::Readable, |mut stream| stream.read(&mut [0])).await
        };
        assert_eq!(when_it_waits(&runtime, read, || drop(peer)).unwrap(), 0);
    }
}
