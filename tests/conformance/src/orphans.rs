//! Cases of what outlives its runtime: sockets, descriptors and sleeps.
//!
//! Where the reactor and the timers belong to the process they work on, where they belong to the
//! runtime they end with an error or early. Both will do; a hang or a panic won't.
#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::fs::File;
use std::future::{Future, pending, poll_fn};
use std::io::{self, Read, Write};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use anyrt_core::backend::runtime_gone;
use anyrt_core::net::{TcpListener, TcpStream, UdpSocket, lookup_host};
use anyrt_core::time::{Interval, timeout};
use anyrt_core::{
    AsyncFd, Interest, Launch, Reactor, Registration, Shutdown, Sleep, Timer, is_runtime_gone,
};
use futures::{FutureExt, StreamExt, poll};

use crate::reactor::polling::when_pending;
use crate::witness::{Counter, Drive, Receive, executor::block_on};

cases! { orphans if shutdown:
    threads_that_wait_for_io_are_woken [R6, R11];
    threads_that_sleep_are_woken [R6];
    a_wait_that_began_in_the_runtime_ends [R6, R11];
    io_is_an_error_or_goes_on [R6, R11];
    registering_is_an_error_or_goes_on [R6, R11];
    sleeps_made_too_late_end [R6, T6];
    sleeps_that_were_polled_can_be_reset [R6, T7];
    intervals_end_or_go_on_and_keep_no_thread_busy [R6, T13];
    what_is_left_can_be_dropped [R4, R6, T10];
    sources_come_back_from_a_runtime_that_is_gone [R6];
    what_the_end_wakes_may_drop_sources [R6];
}

const LOCAL: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);
const HOUR: Duration = Duration::from_secs(3600);

/// A stream of the runtime, and its peer.
fn stream<R: Reactor>(runtime: &R) -> (AsyncFd<UnixStream, R>, UnixStream) {
    let (ours, peer) = UnixStream::pair().unwrap();
    (AsyncFd::new_on(runtime, ours).unwrap(), peer)
}

async fn read<R: Reactor>(fd: &AsyncFd<UnixStream, R>) -> io::Result<usize> {
    fd.io(Interest::Readable, |mut stream| stream.read(&mut [0])).await
}

/// Asserts that an operation which could succeed has succeeded, or says that its reactor is gone.
#[track_caller]
fn check(result: io::Result<usize>) {
    match result {
        Ok(n) => assert_eq!(n, 1),
        Err(error) => assert_gone(&error),
    }
}

#[track_caller]
fn assert_gone(error: &io::Error) {
    let gone = runtime_gone();
    assert_eq!((error.kind(), error.to_string()), (gone.kind(), gone.to_string()));
    assert!(is_runtime_gone(error), "nobody can tell {error:?} from an error of the peer");
}

/// Asserts that something could be made, unless the reactor is gone.
#[track_caller]
fn check_made<T>(result: io::Result<T>) {
    if let Err(error) = result {
        assert_gone(&error);
    }
}

pub fn threads_that_wait_for_io_are_woken<L: Launch + Shutdown>(runtime: L) {
    const THREADS: usize = 16;
    let handle = runtime.handle();
    let (is_waiting, waiting) = channel();
    let mut threads = Vec::new();
    let mut peers = Vec::new();
    for n in 0..THREADS {
        let (fd, peer) = stream(handle);
        peers.push(peer);
        let is_waiting = is_waiting.clone();
        threads.push(thread::spawn(move || {
            let wait = async {
                match n % 3 {
                    0 => read(&fd).await,
                    1 => fd.readable().await.map(|_| 1),
                    _ => {
                        let read = |mut stream: &UnixStream| stream.read(&mut [0]);
                        poll_fn(|cx| fd.poll_io(cx, Interest::Readable, read)).await
                    }
                }
            };
            check(block_on(when_pending(wait, || is_waiting.send(()).unwrap())));
        }));
    }
    let listener = handle.drive(TcpListener::bind_on(handle, LOCAL)).unwrap();
    let address = listener.local_addr().unwrap();
    threads.push(thread::spawn(move || {
        let accept = when_pending(listener.accept(), || is_waiting.send(()).unwrap());
        check(block_on(accept).map(|_| 1));
    }));
    for _ in &threads {
        waiting.receive().unwrap();
    }

    drop(runtime);
    for mut peer in peers {
        // Those whose reactor lives on need a reason to wake up; the others may be gone.
        let _ = peer.write_all(b"x");
    }
    let _ = std::net::TcpStream::connect(address);
    for thread in threads {
        thread.join().unwrap();
    }
}

pub fn threads_that_sleep_are_woken<L: Launch + Shutdown>(runtime: L) {
    let (is_waiting, waiting) = channel();
    let threads: Vec<_> = (0..16)
        .map(|n| {
            let handle = runtime.handle().clone();
            let is_waiting = is_waiting.clone();
            thread::spawn(move || {
                let deadline = handle.now() + Duration::from_millis(200 + n);
                let wait = async {
                    if n % 2 == 0 {
                        handle.sleep_until(deadline).await;
                    } else {
                        let limit = deadline - handle.now();
                        timeout(&handle, limit, pending::<()>()).await.unwrap_err();
                    }
                };
                let mut wait = pin!(wait);
                // A machine that is busy may be past the deadline already.
                block_on(async {
                    let ready = poll!(wait.as_mut()).is_ready();
                    is_waiting.send(()).unwrap();
                    if !ready {
                        wait.await;
                    }
                });
            })
        })
        .collect();
    for _ in &threads {
        waiting.receive().unwrap();
    }
    runtime.shutdown_timeout(Duration::from_secs(10));
    for thread in threads {
        thread.join().unwrap();
    }
}

pub fn a_wait_that_began_in_the_runtime_ends<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle();
    let (fd, mut peer) = stream(handle);
    let mut wait = pin!(read(&fd));
    let mut sleep = Box::pin(handle.sleep(Duration::from_millis(200)));
    handle.drive(async {
        assert!(poll!(wait.as_mut()).is_pending());
        let _ = poll!(sleep.as_mut());
    });
    drop(runtime);
    block_on(sleep);
    peer.write_all(b"x").unwrap();
    check(block_on(wait));
}

pub fn io_is_an_error_or_goes_on<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    let (fd, mut peer) = stream(&handle);
    let listener = handle.drive(TcpListener::bind_on(&handle, LOCAL)).unwrap();
    let address = listener.local_addr().unwrap();
    let connected = handle.drive(TcpStream::connect_on(&handle, address)).unwrap();
    let mut accepted = handle.drive(listener.accept()).unwrap().0;
    let datagrams = handle.drive(UdpSocket::bind_on(&handle, LOCAL)).unwrap();
    let datagram_address = datagrams.local_addr().unwrap();
    drop(runtime);

    // Everything is ready, so that nothing waits where the reactor lives on.
    peer.write_all(b"ab").unwrap();
    let _pending = std::net::TcpStream::connect(address).unwrap();
    let sender = std::net::UdpSocket::bind(LOCAL).unwrap();
    sender.send_to(b"x", datagram_address).unwrap();
    sender.send_to(b"y", datagram_address).unwrap();
    block_on(async {
        check(fd.readable().await.map(|_| 1));
        check(read(&fd).await);
        let read = |mut stream: &UnixStream| stream.read(&mut [0]);
        check(poll_fn(|cx| fd.poll_io(cx, Interest::Readable, read)).await);
        check(fd.writable().await.map(|_| 1));
        check(fd.io(Interest::Writable, |mut stream| stream.write(b"x")).await);

        check(listener.accept().await.map(|_| 1));
        let receive = |socket: &std::net::UdpSocket| socket.recv(&mut [0]);
        check(poll_fn(|cx| datagrams.poll_recv_ready(cx)).await.map(|()| 1));
        check(datagrams.io(Interest::Readable, receive).await);
        check(datagrams.recv(&mut [0]).await);
        check(datagrams.send_to(b"x", sender.local_addr().unwrap()).await);

        match connected.write(b"x").await {
            Ok(n) => {
                assert_eq!(n, 1);
                check(accepted.read(&mut [0]).await);
            }
            Err(error) => {
                assert_gone(&error);
                drop(connected.shutdown(std::net::Shutdown::Write));
            }
        }
        let _ = futures::AsyncWriteExt::close(&mut accepted).await;
    });
}

pub fn registering_is_an_error_or_goes_on<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    let open = std::net::TcpListener::bind(LOCAL).unwrap();
    let address = open.local_addr().unwrap();
    drop(runtime);
    block_on(async {
        let (ours, mut peer) = UnixStream::pair().unwrap();
        peer.write_all(b"x").unwrap();
        match AsyncFd::new_on(&handle, ours) {
            Ok(fd) => check(read(&fd).await),
            Err(error) => assert_gone(&error),
        }
        check_made(handle.register(UnixStream::pair().unwrap().0));
        check_made(TcpListener::bind_on(&handle, LOCAL).await);
        check_made(UdpSocket::bind_on(&handle, LOCAL).await);
        check_made(TcpStream::connect_on(&handle, address).await);
        let _ = lookup_host(&handle, "localhost:80").await;
        check_made(anyrt_core::net::UnixStream::pair_on(&handle));
        let file = File::open(std::env::current_exe().unwrap()).unwrap();
        assert!(AsyncFd::new_on(&handle, file).is_err());
    });
}

pub fn sleeps_made_too_late_end<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    drop(runtime);
    block_on(async {
        for millis in [0, 1, 10, 50] {
            handle.sleep(Duration::from_millis(millis)).await;
            handle.sleep_until(handle.now() + Duration::from_millis(millis)).await;
        }
        timeout(&handle, Duration::from_millis(5), pending::<()>()).await.unwrap_err();
        assert_eq!(timeout(&handle, HOUR, async { 7 }).await, Ok(7));
        assert!(!handle.sleep(HOUR).is_elapsed());
    });
}

pub fn sleeps_that_were_polled_can_be_reset<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    let mut polled = Box::pin(handle.sleep(HOUR));
    let mut fresh = Box::pin(handle.sleep(HOUR));
    let mut fired = Box::pin(handle.sleep(Duration::from_millis(1)));
    handle.drive(async {
        assert!(poll!(polled.as_mut()).is_pending());
        fired.as_mut().await;
    });
    drop(runtime);
    for sleep in [&mut polled, &mut fresh, &mut fired] {
        for millis in [10, 0, 5] {
            let deadline = handle.now() + Duration::from_millis(millis);
            sleep.as_mut().reset(deadline);
            assert_eq!(sleep.deadline(), deadline);
            block_on(sleep.as_mut());
        }
    }
}

pub fn intervals_end_or_go_on_and_keep_no_thread_busy<L: Launch + Shutdown>(runtime: L) {
    const PERIOD: Duration = Duration::from_millis(20);

    let handle = runtime.handle().clone();
    let (is_waiting, waiting) = channel();
    let in_thread = handle.clone();
    let thread = thread::spawn(move || {
        let mut interval = Interval::new(&in_thread, 10 * PERIOD);
        block_on(interval.tick());
        let mut next = interval.next();
        let due = block_on(async {
            let first = poll!(&mut next);
            is_waiting.send(()).unwrap();
            // A machine that is busy may be past the tick already.
            if let Poll::Ready(due) = first { due } else { next.await }
        });
        due.is_none_or(|due| due <= in_thread.now())
    });
    waiting.receive().unwrap();
    let mut before = Interval::new(&handle, HOUR);
    block_on(before.tick());
    drop(runtime);
    assert!(thread.join().unwrap(), "a tick was early");

    let mut after = Interval::new(&handle, HOUR);
    assert!(after.tick().now_or_never().is_some(), "the first tick is immediate");
    for mut interval in [before, after] {
        let woken = Counter::new();
        let waker = Waker::from(Arc::new(CountWakes(woken.clone())));
        let cx = &mut Context::from_waker(&waker);
        for _ in 0..3 {
            assert!(interval.poll_tick(cx).is_pending());
        }
        assert!(!matches!(interval.poll_next_unpin(cx), Poll::Ready(Some(_))));
        assert_eq!(woken.count(), 0, "nothing is to be polled again");
    }
    let mut interval = Interval::new(&handle, PERIOD);
    block_on(async {
        for _ in 0..3 {
            let Some(due) = interval.next().await else { break };
            assert!(due <= handle.now(), "a tick is early");
        }
    });
}

struct CountWakes(Counter);

impl Wake for CountWakes {
    fn wake(self: Arc<Self>) {
        self.0.add();
    }
}

pub fn what_is_left_can_be_dropped<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    let mut sleep = Box::pin(handle.sleep(HOUR));
    let mut short = Box::pin(handle.sleep(Duration::from_millis(1)));
    let fresh = handle.sleep(HOUR);
    let (fd, mut peer) = stream(&handle);
    let mut wait = Box::pin(async move { read(&fd).await });
    let listener = handle.drive(TcpListener::bind_on(&handle, LOCAL)).unwrap();
    let mut accept = Box::pin(async move { listener.accept().await.is_ok() });
    handle.drive(async {
        assert!(poll!(sleep.as_mut()).is_pending());
        let _ = poll!(short.as_mut());
        assert!(poll!(wait.as_mut()).is_pending());
        assert!(poll!(accept.as_mut()).is_pending());
    });
    drop(runtime);
    drop((sleep, short, fresh, accept, wait));
    // The descriptor was closed with its registration.
    assert_eq!(peer.read(&mut [0]).unwrap(), 0);
    drop(handle);
}

pub fn sources_come_back_from_a_runtime_that_is_gone<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle();
    let (fd, mut peer) = stream(handle);
    let registration = handle.register(UnixStream::pair().unwrap().0).unwrap();
    let (ours, mut other) = UnixStream::pair().unwrap();
    let unix = anyrt_core::net::UnixStream::from_std_on(handle, ours).unwrap();
    drop(runtime);
    peer.write_all(b"x").unwrap();
    other.write_all(b"y").unwrap();
    if let Ok(mut source) = fd.into_inner() {
        source.read_exact(&mut [0]).unwrap();
    }
    if let Ok(mut source) = unix.into_std() {
        source.read_exact(&mut [0]).unwrap();
    }
    drop(registration.into_source());
}

/// Drops a source when it is woken.
struct Dropping<T>(Mutex<Option<T>>);

impl<T: Send> Wake for Dropping<T> {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
    }
}

pub fn what_the_end_wakes_may_drop_sources<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle();
    let ((waits, mut peer), (other, _peer)) = (stream(handle), stream(handle));
    let waker = Waker::from(Arc::new(Dropping(Mutex::new(Some(other)))));
    let mut wait = pin!(waits.readable());
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    drop(runtime);
    let _ = peer.write_all(b"x");
    check(block_on(wait).map(|_| 1));
}
