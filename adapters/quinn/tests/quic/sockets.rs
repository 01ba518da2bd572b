//! What the socket beneath an endpoint does: batches, their marks, and each address of its own.

use std::future::poll_fn;
use std::io::{ErrorKind, IoSliceMut, Read};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use anyrt_quinn::Runtime;
use quinn::udp::{EcnCodepoint, RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, Runtime as _, UdpPoller};

fn socket() -> Arc<dyn AsyncUdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    Runtime::current().wrap_udp_socket(socket).unwrap()
}

#[anyrt::test(all)]
async fn a_batch_arrives_with_its_marks() {
    const LENGTH: usize = 1000;

    let (sender, receiver) = (socket(), socket());
    let number = sender.max_transmit_segments().min(10);
    let contents = vec![7; number * LENGTH];
    let batch = Transmit {
        destination: receiver.local_addr().unwrap(),
        ecn: Some(EcnCodepoint::Ect0),
        contents: &contents,
        segment_size: Some(LENGTH).filter(|_| number > 1),
        src_ip: None,
    };
    poll_fn(|cx| sender.clone().create_io_poller().as_mut().poll_writable(cx)).await.unwrap();
    sender.try_send(&batch).unwrap();

    let mut seen = 0;
    let mut buffers = vec![vec![0; 65536]; 4];
    while seen < contents.len() {
        let mut slices: Vec<_> = buffers.iter_mut().map(|it| IoSliceMut::new(it)).collect();
        let mut meta = [RecvMeta::default(); 4];
        let n = poll_fn(|cx| receiver.poll_recv(cx, &mut slices, &mut meta)).await.unwrap();
        for received in &meta[..n] {
            assert_eq!(received.addr, sender.local_addr().unwrap());
            assert_eq!(received.ecn, Some(EcnCodepoint::Ect0));
            assert_eq!(received.stride, LENGTH);
            assert!(received.len <= LENGTH * receiver.max_receive_segments());
            assert_eq!(received.dst_ip, Some(receiver.local_addr().unwrap().ip()));
            seen += received.len;
        }
    }
    assert_eq!(seen, contents.len());
    assert!(!sender.may_fragment());
}

/// Waits for room with a waker that does nothing: `true` if there is some.
fn has_room(poller: &mut Pin<Box<dyn UdpPoller>>) -> bool {
    match poller.as_mut().poll_writable(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(room) => room.map(|()| true).unwrap(),
        Poll::Pending => false,
    }
}

/// A TCP connection stands for the socket, because one for datagrams is never full within a machine, which
/// delivers each at once. Linux ignores what a connection has no use for: the destination and the marks.
#[cfg(target_os = "linux")]
#[anyrt::test(all)]
async fn all_who_found_the_socket_full_are_woken() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut peer, _) = listener.accept().unwrap();
    let socket = Runtime::current().wrap_udp_socket(OwnedFd::from(stream).into()).unwrap();
    let contents = vec![0; 1 << 16];
    let transmit = Transmit {
        destination: socket.local_addr().unwrap(),
        ecn: None,
        contents: &contents,
        segment_size: None,
        src_ip: None,
    };
    let mut pollers = [0; 3].map(|_| socket.clone().create_io_poller());
    loop {
        assert!(pollers.iter_mut().all(has_room), "nobody has found it full");
        match socket.try_send(&transmit) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(!pollers.iter_mut().any(has_room), "it is full");

    let waiting = pollers.map(|mut poller| {
        anyrt::spawn(async move { poll_fn(|cx| poller.as_mut().poll_writable(cx)).await })
    });
    let draining =
        anyrt::spawn_blocking(move || while peer.read(&mut [0; 1 << 16]).unwrap() > 0 {});
    for room in waiting {
        room.await.unwrap().unwrap();
    }
    socket.try_send(&transmit).unwrap();
    drop(socket);
    draining.await.unwrap();
}

#[anyrt::test(all)]
async fn a_socket_that_the_system_refuses_to_watch_is_an_error() {
    // A file, as the descriptor of a socket.
    let file = std::fs::File::open("Cargo.toml").unwrap();
    let refused = Runtime::current().wrap_udp_socket(OwnedFd::from(file).into());
    assert!(refused.is_err());
}

/// A listener of TCP stands for a socket that is broken: it has no peer, each time that it is asked.
#[cfg(target_os = "linux")]
#[anyrt::test(all)]
async fn a_socket_that_always_fails_is_an_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let socket = Runtime::current().wrap_udp_socket(OwnedFd::from(listener).into()).unwrap();
    let _ready = TcpStream::connect(address).unwrap();
    let mut buffer = [0; 1500];
    let mut slices = [IoSliceMut::new(&mut buffer)];
    let mut meta = [RecvMeta::default()];
    let received = poll_fn(|cx| socket.poll_recv(cx, &mut slices, &mut meta)).await;
    let error = received.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    assert!(!anyrt::is_runtime_gone(&error));
}
