//! What is allocated on tokio and native: nothing for a datagram, for a wait or for a deadline that moves.
//!
//! One test in a process of its own, for what other threads allocate is counted too.
#![cfg(target_os = "linux")]

use std::future::poll_fn;
use std::io::{IoSliceMut, Read};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use anyrt::Builder;
use anyrt_quinn::Runtime;
use anyrt_test_counting::{Counting, least, of_all_threads};
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime as _};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

async fn of(times: u64, operation: impl AsyncFnMut()) -> u64 {
    least(of_all_threads, times, operation).await
}

fn to(socket: &Arc<dyn AsyncUdpSocket>, contents: &'static [u8]) -> Transmit<'static> {
    let destination = socket.local_addr().unwrap();
    Transmit { destination, ecn: None, contents, segment_size: None, src_ip: None }
}

/// What a datagram takes that is waited for, from `poll_writable` to the second `poll_recv`.
async fn of_datagrams(runtime: &Runtime) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = runtime.wrap_udp_socket(socket).unwrap();
    let transmit = to(&socket, b"datagram");
    let mut room = socket.clone().create_io_poller();
    let (mut buffer, mut meta) = ([0; 1500], [RecvMeta::default()]);
    of(100, async || {
        let mut is_sent = false;
        let received = poll_fn(|cx| {
            let received = socket.poll_recv(cx, &mut [IoSliceMut::new(&mut buffer)], &mut meta);
            if !is_sent {
                assert!(received.is_pending() && room.as_mut().poll_writable(cx).is_ready());
                socket.try_send(&transmit).unwrap();
                is_sent = true;
            }
            received
        });
        assert_eq!(received.await.unwrap(), 1);
    })
    .await
}

/// What it takes to wait for room once more, in a connection that has done so before.
async fn of_room(runtime: &Runtime) -> u64 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    peer.set_nonblocking(true).unwrap();
    let socket = runtime.wrap_udp_socket(OwnedFd::from(stream).into()).unwrap();
    let transmit = to(&socket, &[0; 1 << 14]);
    let mut room = socket.clone().create_io_poller();
    let mut buffer = vec![0; 1 << 16];
    of(10, async || {
        while socket.try_send(&transmit).is_ok() {}
        let mut has_waited = false;
        let has_room = poll_fn(|cx| {
            let has_room = room.as_mut().poll_writable(cx);
            if has_room.is_pending() {
                has_waited = true;
                while peer.read(&mut buffer).is_ok() {}
            }
            has_room
        });
        has_room.await.unwrap();
        assert!(has_waited);
    })
    .await
}

/// What it takes to make a hundred timers, and to move one as often.
async fn of_timer(runtime: &Runtime) -> [u64; 2] {
    let later = |seconds| runtime.now() + Duration::from_secs(seconds);
    let made = of(100, async || drop(runtime.new_timer(later(60)))).await;
    let mut timer = runtime.new_timer(later(60));
    let mut seconds = 60;
    let moved = of(100, async || {
        seconds += 1;
        timer.as_mut().reset(later(seconds));
        let is_over = poll_fn(|cx| Poll::Ready(timer.as_mut().poll(cx).is_ready()));
        assert!(!is_over.await);
    });
    [made, moved.await]
}

#[test]
fn nothing_is_allocated_for_a_datagram_or_a_wait() {
    // The reactor of smol and async-std makes a list each time it wakes somebody.
    for (backend, of_wait) in [("tokio", 0), ("native", 0), ("smol", 1), ("async-std", 1)] {
        let runtime = Builder::new().backend(backend).build().unwrap();
        let here = Runtime::new(runtime.handle().clone());
        runtime.block_on(async {
            let [datagrams, waits] = [of_datagrams(&here).await, of_room(&here).await];
            assert!(datagrams <= 100 * of_wait, "on {backend}, of 100 datagrams: {datagrams}");
            assert!(waits <= 10 * of_wait, "on {backend}, of 10 waits for room: {waits}");
            let [made, moved] = of_timer(&here).await;
            // Their timers are in a tree besides, which allocates now and then.
            assert!(made == 100 && moved == 0 || of_wait > 0, "on {backend}: {made}, {moved}");
        });
    }
}
