//! Datagrams of both kinds: trying without waiting, poll functions, operations of one's own.

use std::collections::HashSet;
use std::future::poll_fn;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyrt_core::net::{UdpSocket, UnixDatagram};
use anyrt_core::{Backend, Interest, Launch, Spawn};
use futures::channel::mpsc;
use futures::future::join_all;
use futures::{StreamExt, poll};

use super::LOCAL;
use crate::reactor::polling::{when_pending, with_changing_wakers};
use crate::witness::Drive;

/// Two sockets that are connected to each other.
async fn udp_pair<H: Backend>(handle: &H) -> (UdpSocket<H>, UdpSocket<H>) {
    let one = UdpSocket::bind_on(handle, LOCAL).await.unwrap();
    let other = UdpSocket::bind_on(handle, LOCAL).await.unwrap();
    one.connect(other.local_addr().unwrap()).await.unwrap();
    other.connect(one.local_addr().unwrap()).await.unwrap();
    (one, other)
}

/// Runs the block with two connected sockets of each kind.
macro_rules! with_both_kinds {
    ($handle:ident, |$one:ident, $other:ident| $block:block) => {{
        {
            let ($one, $other) = udp_pair($handle).await;
            $block
        }
        let ($one, $other) = UnixDatagram::pair_on($handle).unwrap();
        $block
    }};
}

#[track_caller]
fn assert_would_block<T>(result: io::Result<T>) {
    assert_eq!(result.err().unwrap().kind(), io::ErrorKind::WouldBlock);
}

/// Whether a poll function has to wait, for a task that is never woken.
fn is_pending<T>(poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> bool {
    poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// Sends until there is no room.
async fn fill<H: Backend>(socket: &UnixDatagram<H>) -> usize {
    for sent in 0.. {
        if let Err(error) = socket.try_send(&[7; 1000]) {
            assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
            assert!(poll!(pin!(socket.writable())).is_pending());
            return sent;
        }
    }
    unreachable!("a queue without an end")
}

pub fn tries_of_datagrams_say_so_and_keep_nobody_waiting<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        with_both_kinds!(handle, |one, other| {
            let mut buffer = [0; 8];
            for _ in 0..3 {
                assert_would_block(one.try_recv(&mut buffer));
                assert_would_block(one.try_recv_from(&mut buffer));
                // Whoever waits is woken, whether the try came before the wait or meanwhile.
                {
                    let mut receive = pin!(one.recv(&mut buffer));
                    assert!(poll!(receive.as_mut()).is_pending());
                    assert_would_block(one.try_recv(&mut [0]));
                    assert_eq!(other.try_send(b"abc").unwrap(), 3);
                    assert_eq!(receive.await.unwrap(), 3);
                }
                assert_would_block(one.try_recv(&mut buffer));
                let mut readable = pin!(one.readable());
                assert!(poll!(readable.as_mut()).is_pending());
                other.send(b"first").await.unwrap();
                other.send(b"second").await.unwrap();
                other.send(b"third").await.unwrap();
                readable.await.unwrap();
                // What a try leaves is there for whoever waits next.
                assert_eq!(one.try_recv(&mut buffer).unwrap(), 5);
                assert_eq!(one.recv(&mut buffer).await.unwrap(), 6);
                one.ready(Interest::Readable).await.unwrap();
                assert_eq!(one.try_recv_from(&mut buffer).unwrap().0, 5);
                assert_eq!(&buffer[..5], b"third");
                assert!(poll!(pin!(one.readable())).is_pending());
            }
        });

        let (one, other) = udp_pair(handle).await;
        let (from, mut buffer) = (other.local_addr().unwrap(), [0; 2]);
        assert_would_block(one.try_peek(&mut buffer));
        assert_would_block(one.try_peek_from(&mut buffer));
        assert_would_block(one.try_peek_sender());
        other.try_send(b"abc").unwrap();
        one.ready(Interest::Readable).await.unwrap();
        for _ in 0..2 {
            assert_eq!(one.try_peek(&mut buffer).unwrap(), 2);
            assert_eq!(one.try_peek_from(&mut buffer).unwrap(), (2, from));
            assert_eq!(one.try_peek_sender().unwrap(), from);
            assert_eq!(one.peek_sender().await.unwrap(), from);
        }
        let unconnected = UdpSocket::bind_on(handle, LOCAL).await.unwrap();
        let address = unconnected.local_addr().unwrap();
        assert_eq!(unconnected.try_send_to(b"self", address).unwrap(), 4);
        assert_eq!(unconnected.recv_from(&mut buffer).await.unwrap(), (2, address));
    });
}

pub fn a_full_queue_tells_those_who_try_and_wakes_those_who_wait<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (one, other) = UnixDatagram::pair_on(handle).unwrap();
        let mut buffer = [0; 2000];
        for _ in 0..3 {
            let sent = fill(&one).await;
            let mut send = Box::pin(poll_fn(|cx| one.poll_send(cx, b"last")));
            assert!(poll!(send.as_mut()).is_pending());
            for _ in 0..sent {
                assert_eq!(other.recv(&mut buffer).await.unwrap(), 1000);
            }
            assert_eq!(send.await.unwrap(), 4);
            assert_eq!(other.recv(&mut buffer).await.unwrap(), 4);

            let sent = fill(&one).await;
            let mut ready = poll_fn(|cx| one.poll_send_ready(cx));
            assert!(poll!(&mut ready).is_pending());
            for _ in 0..sent {
                assert_eq!(other.try_recv(&mut buffer).unwrap(), 1000);
            }
            ready.await.unwrap();
        }
    });
}

pub fn datagram_sockets_are_polled_for_everything<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        with_both_kinds!(handle, |one, other| {
            let mut buffer = [0; 8];
            for _ in 0..3 {
                poll_fn(|cx| other.poll_send_ready(cx)).await.unwrap();
                let mut receive = Box::pin(poll_fn(|cx| one.poll_recv(cx, &mut buffer)));
                assert!(poll!(receive.as_mut()).is_pending());
                assert_eq!(poll_fn(|cx| other.poll_send(cx, b"abc")).await.unwrap(), 3);
                assert_eq!(receive.await.unwrap(), 3);

                let mut ready = poll_fn(|cx| one.poll_recv_ready(cx));
                assert!(poll!(&mut ready).is_pending());
                other.send(b"de").await.unwrap();
                ready.await.unwrap();
                // Again and again as long as something is there.
                poll_fn(|cx| one.poll_recv_ready(cx)).await.unwrap();
                let received = poll_fn(|cx| one.poll_recv_from(cx, &mut buffer)).await;
                assert_eq!(received.unwrap().0, 2);
                assert!(is_pending(|cx| one.poll_recv_ready(cx)));
            }
        });

        let (one, other) = udp_pair(handle).await;
        let (from, mut buffer) = (other.local_addr().unwrap(), [0; 2]);
        for _ in 0..3 {
            let mut sender = poll_fn(|cx| one.poll_peek_sender(cx));
            assert!(poll!(&mut sender).is_pending());
            other.send(b"abc").await.unwrap();
            assert_eq!(sender.await.unwrap(), from);
            assert_eq!(poll_fn(|cx| one.poll_peek(cx, &mut buffer)).await.unwrap(), 2);
            let peeked = poll_fn(|cx| one.poll_peek_from(cx, &mut buffer)).await;
            assert_eq!(peeked.unwrap(), (2, from));
            assert_eq!(one.recv(&mut buffer).await.unwrap(), 2);
            assert!(is_pending(|cx| one.poll_peek(cx, &mut buffer)));
            assert!(is_pending(|cx| one.poll_peek_from(cx, &mut buffer)));
        }
    });
}

pub fn datagram_sockets_are_polled_by_a_task_in_each_direction<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (one, other) = UnixDatagram::pair_on(handle).unwrap();
        let sent = fill(&one).await;
        let one = Arc::new(one);
        let (is_waiting, mut waiting) = mpsc::unbounded();
        let receiver = {
            let (one, is_waiting) = (Arc::clone(&one), is_waiting.clone());
            handle.spawn(async move {
                let mut buffer = [0; 8];
                let receive = poll_fn(|cx| one.poll_recv(cx, &mut buffer));
                when_pending(with_changing_wakers(receive), || {
                    is_waiting.unbounded_send(()).unwrap();
                })
                .await
            })
        };
        let sender = {
            let one = Arc::clone(&one);
            handle.spawn(async move {
                let send = poll_fn(|cx| one.poll_send(cx, b"last"));
                when_pending(with_changing_wakers(send), || {
                    is_waiting.unbounded_send(()).unwrap();
                })
                .await
            })
        };
        waiting.next().await.unwrap();
        waiting.next().await.unwrap();
        let mut buffer = [0; 2000];
        for _ in 0..sent {
            other.recv(&mut buffer).await.unwrap();
        }
        assert_eq!(sender.await.unwrap().unwrap(), 4);
        other.send(b"ab").await.unwrap();
        assert_eq!(receiver.await.unwrap().unwrap(), 2);
    });
}

pub fn an_error_alone_is_readiness_that_can_be_polled<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let socket = UdpSocket::bind_on(handle, LOCAL).await.unwrap();
        // Listens to itself only, so that datagrams of others find nobody at its port.
        let deaf = std::net::UdpSocket::bind(LOCAL).unwrap();
        deaf.connect(deaf.local_addr().unwrap()).unwrap();
        socket.connect(deaf.local_addr().unwrap()).await.unwrap();
        for _ in 0..3 {
            let mut ready = poll_fn(|cx| socket.poll_recv_ready(cx));
            assert!(poll!(&mut ready).is_pending());
            socket.send(b"anybody?").await.unwrap();
            ready.await.unwrap();
            let error = socket.try_recv(&mut [0]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
            assert_would_block(socket.try_recv(&mut [0]));
        }
    });
}

pub fn operations_of_ones_own_wait_for_datagrams<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        with_both_kinds!(handle, |one, other| {
            let mut buffer = [0; 8];
            for _ in 0..3 {
                assert_would_block(one.try_io(Interest::Readable, |socket| socket.recv(&mut [0])));
                {
                    let mut receive =
                        pin!(one.io(Interest::Readable, |socket| socket.recv(&mut buffer)));
                    assert!(poll!(receive.as_mut()).is_pending());
                    let send = other.io(Interest::Writable, |socket| socket.send(b"abc"));
                    assert_eq!(send.await.unwrap(), 3);
                    assert_eq!(receive.await.unwrap(), 3);
                }
                let mut receive = Box::pin(poll_fn(|cx| {
                    one.poll_io(cx, Interest::Readable, |socket| socket.recv(&mut buffer))
                }));
                assert!(poll!(receive.as_mut()).is_pending());
                let send = other.try_io(Interest::Writable, |socket| socket.send(b"de"));
                assert_eq!(send.unwrap(), 2);
                assert_eq!(receive.await.unwrap(), 2);
            }
            let failed = one.io(Interest::Readable, |_| Err::<(), _>(io::Error::other("mine")));
            assert_eq!(failed.await.unwrap_err().to_string(), "mine");
        });

        // In the other direction, with many of them.
        let (one, other) = UnixDatagram::pair_on(handle).unwrap();
        let sent = fill(&one).await;
        let mut sends: Vec<_> = (0..4_u8)
            .map(|n| Box::pin(one.io(Interest::Writable, move |socket| socket.send(&[n]))))
            .collect();
        for send in &mut sends {
            assert!(poll!(send.as_mut()).is_pending());
        }
        let mut buffer = [0; 2000];
        for _ in 0..sent {
            assert_eq!(other.recv(&mut buffer).await.unwrap(), 1000);
        }
        for result in join_all(sends).await {
            assert_eq!(result.unwrap(), 1);
        }
        let mut received = HashSet::new();
        for _ in 0..4 {
            assert_eq!(other.recv(&mut buffer).await.unwrap(), 1);
            received.insert(buffer[0]);
        }
        assert_eq!(received, HashSet::from_iter(0..4));
    });
}
