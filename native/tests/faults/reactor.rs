//! Sockets and descriptors: readiness that is a lie, numbers that are used again, and very many.

use std::fs::File;
use std::io::{self, ErrorKind, IoSlice, Read, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use anyrt_core::{Attempt, Registration as _};
use anyrt_native::net::{TcpListener, TcpSocket, TcpStream};
use anyrt_native::{
    BlockOn, Handle, Interest, Launch, Reactor, Registration, Spawn, SpawnBlocking, Timer,
    yield_now,
};
use futures::executor;
use futures::future::FutureExt;

use super::support_faults::{Counter, child, descriptors, outcome_of_child, start};

type Stream = Registration<UnixStream>;

fn pair(handle: &Handle) -> (Stream, UnixStream) {
    let (stream, peer) = UnixStream::pair().unwrap();
    (handle.register(stream).unwrap(), peer)
}

/// Reads a byte, and counts the attempts.
async fn read(stream: &Stream, attempts: &Counter) -> io::Result<u8> {
    let attempt = |mut stream: &UnixStream| {
        attempts.add();
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        Ok(Attempt::Done(byte[0]))
    };
    stream.io(Interest::Readable, attempt).await
}

#[test]
fn what_somebody_else_reads_first_is_waited_for_again() {
    child(|| {
        for workers in 0..3 {
            let runtime = start(workers);
            let handle = runtime.handle();
            let (stream, mut peer) = pair(handle);
            let mut thief = stream.source().try_clone().unwrap();
            for _ in 0..100 {
                let attempts = Counter::default();
                let mut is_stolen = false;
                peer.write_all(b"a").unwrap();
                let attempt = |mut stream: &UnixStream| {
                    if attempts.add() == 1 {
                        // It is readable, and is not any more when the attempt is made.
                        thief.read_exact(&mut [0]).unwrap();
                        is_stolen = true;
                    }
                    let mut byte = [0];
                    stream.read_exact(&mut byte)?;
                    Ok(Attempt::Done(byte[0]))
                };
                let mut io = Box::pin(stream.io(Interest::Readable, attempt));
                assert!(handle.block_on(async { (&mut io).now_or_never() }).is_none());
                peer.write_all(b"b").unwrap();
                assert_eq!(handle.block_on(io).unwrap(), b'b');
                assert!(is_stolen);
                assert!(attempts.count() <= 3, "{} attempts", attempts.count());
            }
        }
    });
}

#[test]
fn a_connection_that_somebody_else_accepts_is_waited_for_again() {
    child(|| {
        let runtime = start(1);
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let thief = listener.try_clone().unwrap();
        let listener = runtime.handle().register(listener).unwrap();
        for _ in 0..100 {
            let attempts = Counter::default();
            let _stolen = std::net::TcpStream::connect(address).unwrap();
            let attempt = |listener: &std::net::TcpListener| {
                if attempts.add() == 1 {
                    thief.accept().unwrap();
                }
                Ok(Attempt::Done(listener.accept()?.1))
            };
            let mut accept = Box::pin(listener.io(Interest::Readable, attempt));
            assert!((&mut accept).now_or_never().is_none());
            let client = std::net::TcpStream::connect(address).unwrap();
            let accepted = executor::block_on(accept).unwrap();
            assert_eq!(accepted, client.local_addr().unwrap());
        }
    });
}

#[test]
fn room_that_somebody_else_fills_is_waited_for_again() {
    child(|| {
        let runtime = start(1);
        let (stream, mut peer) = pair(runtime.handle());
        let mut thief = stream.source().try_clone().unwrap();
        for _ in 0..20 {
            let mut is_first = true;
            let attempt = |mut stream: &UnixStream| {
                // Until there is no room.
                while std::mem::take(&mut is_first) || thief.write(&[0; 4096]).is_ok() {}
                stream.write(b"x").map(Attempt::Done)
            };
            let mut write = Box::pin(stream.io(Interest::Writable, attempt));
            assert!((&mut write).now_or_never().is_none());
            drop(write);
            let mut write = Box::pin(stream.io(Interest::Writable, |mut stream: &UnixStream| {
                stream.write(b"x").map(Attempt::Done)
            }));
            assert!((&mut write).now_or_never().is_none());
            peer.set_nonblocking(true).unwrap();
            while peer.read(&mut [0; 65536]).is_ok() {}
            assert_eq!(executor::block_on(write).unwrap(), 1);
        }
    });
}

#[test]
fn events_of_a_number_do_not_reach_its_next_owner() {
    child(|| {
        // Nobody looks at events but this thread, when it is in `block_on`.
        let runtime = start(0);
        let handle = runtime.handle();
        let mut same = 0;
        for round in 0..20_000 {
            let (before, mut peer) = pair(handle);
            let number = before.source().as_raw_fd();
            // Another name of the socket, by which it stays open in some rounds.
            let duplicate = (round % 2 == 0).then(|| before.source().try_clone().unwrap());
            let attempts = Counter::default();
            assert!(read(&before, &attempts).now_or_never().is_none());
            peer.write_all(b"x").unwrap();
            let keep_peer = round % 3 == 0;
            let kept = keep_peer.then(|| peer.try_clone().unwrap());
            drop((before, peer));

            let (after, mut peer) = pair(handle);
            same += usize::from(after.source().as_raw_fd() == number);
            let attempts = Counter::default();
            let mut reading = Box::pin(read(&after, &attempts));
            assert!((&mut reading).now_or_never().is_none());
            if let Some(mut kept) = kept {
                let _ = kept.write_all(b"y");
            }
            handle.block_on(yield_now());
            if round % 100 == 0 {
                handle.block_on(handle.sleep(Duration::from_micros(200)));
            }
            assert!((&mut reading).now_or_never().is_none());
            // The first may be made before anything is known.
            assert!(attempts.count() <= 1, "{} attempts in round {round}", attempts.count());
            peer.write_all(b"z").unwrap();
            assert_eq!(handle.block_on(reading).unwrap(), b'z');
            drop(duplicate);
        }
        assert!(same > 10_000, "the number was the same {same} times");
    });
}

#[test]
fn numbers_that_change_owners_while_events_come_lose_and_mix_nothing() {
    child(|| {
        let runtime = start(2);
        let handle = runtime.handle();
        let threads: Vec<_> = (0..3_u8)
            .map(|byte| {
                let handle = handle.clone();
                thread::spawn(move || {
                    for round in 0..3000 {
                        let (stream, mut peer) = pair(&handle);
                        let attempts = Counter::default();
                        let mut reading = Box::pin(read(&stream, &attempts));
                        assert!((&mut reading).now_or_never().is_none());
                        peer.write_all(&[byte]).unwrap();
                        if round % 2 == 0 {
                            assert_eq!(executor::block_on(reading).unwrap(), byte);
                        }
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn a_source_that_comes_while_the_thread_goes_to_sleep_is_watched() {
    child(|| {
        for workers in [1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle();
            for round in 0..10_000 {
                let (stream, mut peer) = UnixStream::pair().unwrap();
                peer.write_all(b"x").unwrap();
                // A worker is on its way to sleep, sooner or later.
                drop(handle.spawn(async {}));
                (0..round % 300).for_each(|_| std::hint::spin_loop());
                let stream: Stream = handle.register(stream).unwrap();
                executor::block_on(stream.ready(Interest::Readable)).unwrap();
                let attempts = Counter::default();
                assert_eq!(executor::block_on(read(&stream, &attempts)).unwrap(), b'x');
                let mut reading = Box::pin(read(&stream, &attempts));
                assert!((&mut reading).now_or_never().is_none());
                peer.write_all(b"y").unwrap();
                assert_eq!(executor::block_on(reading).unwrap(), b'y');
            }
        }
    });
}

#[test]
fn a_hang_up_alone_wakes_both_directions() {
    child(|| {
        let runtime = start(1);
        let handle = runtime.handle();
        for _ in 0..200 {
            let (stream, peer) = pair(handle);
            while stream.source().write(&[0; 65536]).is_ok() {}
            let attempts = Counter::default();
            let mut reading = Box::pin(read(&stream, &attempts));
            let mut writing = Box::pin(stream.io(Interest::Writable, |mut stream: &UnixStream| {
                stream.write(b"x").map(Attempt::Done)
            }));
            assert!((&mut reading).now_or_never().is_none());
            assert!((&mut writing).now_or_never().is_none());
            drop(peer);
            let ended = executor::block_on(reading).unwrap_err().kind();
            assert!(matches!(ended, ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset));
            let ended = executor::block_on(writing).unwrap_err().kind();
            assert!(matches!(ended, ErrorKind::BrokenPipe | ErrorKind::ConnectionReset));
        }
    });
}

#[test]
fn a_connect_that_gets_no_answer_can_be_given_up() {
    child(|| {
        let runtime = start(1);
        runtime.handle().block_on(async {
            let handle = runtime.handle();
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
            let listener: TcpListener = socket.listen(1).unwrap();
            let address = listener.local_addr().unwrap();
            let mut waiting = Vec::new();
            let before = loop {
                let before = descriptors();
                let connect = Box::pin(TcpStream::connect(address));
                let limit = handle.sleep(Duration::from_millis(100));
                // The system answers no more when enough connections wait to be accepted.
                match futures::future::select(connect, Box::pin(limit)).await {
                    futures::future::Either::Left((connected, _)) => {
                        waiting.push(connected.unwrap());
                    }
                    futures::future::Either::Right(((), connect)) => {
                        assert_eq!(descriptors(), before + 1);
                        drop(connect);
                        break before;
                    }
                }
                assert!(waiting.len() < 100, "the system answers all");
            };
            assert_eq!(descriptors(), before);
            assert!(listener.accept().await.is_ok());
        });
    });
}

#[test]
fn a_buffer_of_three_gibibytes_is_transferred_in_part() {
    child(|| {
        let runtime = start(1);
        // Its pages are none as long as nobody writes to them.
        let large = vec![0_u8; 3 << 30];
        runtime.handle().block_on(async {
            let (one, other) = anyrt_native::net::UnixStream::pair().unwrap();
            let written = one.write(&large).await.unwrap();
            assert!(written > 0 && written < large.len());
            let mut target = vec![0_u8; 3 << 30];
            let read = other.read(&mut target).await.unwrap();
            assert!(read > 0 && read <= written);
            let slices = [IoSlice::new(&large), IoSlice::new(&[]), IoSlice::new(&large)];
            assert!(one.write_vectored(&slices).await.unwrap() > 0);
        });
    });
}

#[test]
fn files_that_cannot_be_watched_are_refused_and_leave_nothing() {
    child(|| {
        let runtime = start(1);
        let before = descriptors();
        for _ in 0..100 {
            let file = File::open("/proc/self/exe").unwrap();
            assert!(runtime.handle().register_nonblocking(file).is_err());
        }
        assert_eq!(descriptors(), before);
        // Nothing is there that would keep the reactor awake.
        runtime.handle().block_on(runtime.handle().sleep(Duration::from_millis(1)));
    });
}

#[test]
fn ten_thousand_sources_are_all_woken() {
    child(|| {
        let runtime = start(2);
        let handle = runtime.handle();
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: it writes the limit, which is a local.
        assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) }, 0);
        let free = usize::try_from(limit.rlim_cur).unwrap() - descriptors() - 50;
        let number = (free / 2).min(5000);
        let (woken, bytes) = (Counter::default(), Arc::new(AtomicBool::new(false)));
        let (mut tasks, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..number {
            let (stream, peer) = pair(handle);
            let peer: Stream = handle.register(peer).unwrap();
            let (woken, is_sent) = (woken.clone(), Arc::clone(&bytes));
            tasks.push(handle.spawn(async move {
                let byte = read(&stream, &Counter::default()).await.unwrap();
                assert!(is_sent.load(Ordering::SeqCst));
                woken.add();
                byte
            }));
            peers.push(peer);
        }
        handle.block_on(handle.spawn(async {})).unwrap();
        assert_eq!(woken.count(), 0);
        bytes.store(true, Ordering::SeqCst);
        peers.iter().for_each(|peer| assert_eq!(peer.source().write(b"x").unwrap(), 1));
        for task in tasks {
            assert_eq!(executor::block_on(task).unwrap(), b'x');
        }
        assert_eq!(woken.count(), number);
        println!("{number} pairs");
    });
}

#[test]
fn a_future_that_waits_may_be_forgotten() {
    child(|| {
        let runtime = start(1);
        let (stream, mut peer) = pair(runtime.handle());
        let stream: &'static Stream = Box::leak(Box::new(stream));
        for _ in 0..100 {
            let attempts: &'static Counter = Box::leak(Box::default());
            let mut reading = Box::pin(read(stream, attempts));
            let cx = &mut Context::from_waker(Waker::noop());
            assert!(reading.as_mut().poll_unpin(cx).is_pending());
            std::mem::forget(reading);
        }
        peer.write_all(b"x").unwrap();
        assert_eq!(executor::block_on(read(stream, &Counter::default())).unwrap(), b'x');
    });
}

/// Has another file stand where the epoll instances of this process were.
fn replace_selectors() {
    let other = File::open("/dev/null").unwrap();
    for entry in std::fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        let is_selector = std::fs::read_link(entry.path())
            .is_ok_and(|target| target.as_os_str() == "anon_inode:[eventpoll]");
        if is_selector {
            let number = entry.file_name().to_str().unwrap().parse().unwrap();
            // SAFETY: it changes what a descriptor stands for that only the runtime uses, and reads no
            // memory.
            assert_eq!(unsafe { libc::dup2(other.as_raw_fd(), number) }, number);
        }
    }
}

#[test]
fn a_selector_that_fails_for_good_is_told_once_and_ends_what_waits_for_sources() {
    let (status, output) = outcome_of_child(|| {
        for workers in 0..3 {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            let (stream, _peer) = pair(&handle);
            let mut waits = async move { read(&stream, &Counter::default()).await }.boxed();
            let cx = &mut Context::from_waker(Waker::noop());
            assert!(waits.poll_unpin(cx).is_pending());
            let waits = handle.spawn(waits);
            handle.block_on(yield_now());
            replace_selectors();
            // Whoever waits by the old one does so until it is called: here for an earlier timer.
            let sleep = handle.sleep(Duration::from_millis(1));
            if workers == 0 {
                handle.block_on(sleep)
            } else {
                executor::block_on(sleep)
            }
            let error = handle.block_on(async { waits.await.unwrap().unwrap_err() });
            assert!(error.to_string().contains("can't wait for events"), "{error}");
            let (stream, _peer) = UnixStream::pair().unwrap();
            let refused = handle.register(stream).unwrap_err();
            assert_eq!(refused.to_string(), error.to_string());
            // The rest goes on.
            for _ in 0..3 {
                let sleep = handle.sleep(Duration::from_millis(20));
                handle.block_on(handle.spawn(sleep)).unwrap();
                handle.block_on(handle.spawn(yield_now())).unwrap();
                assert_eq!(executor::block_on(handle.spawn_blocking(|| 7)).unwrap(), 7);
            }
        }
    });
    assert!(status.success(), "{status}, with the output:\n{output}");
    assert_eq!(output.matches("can't wait for events").count(), 3, "{output}");
    assert!(!output.contains("panicked"), "{output}");
}
