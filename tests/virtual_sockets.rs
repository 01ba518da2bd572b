//! Sockets that are not the system's do what the system's do, on every backend. The network is that of the
//! example `two_hosts`.
#![cfg(all(unix, feature = "dyn", feature = "virtual"))]

use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::os::fd::BorrowedFd;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Wake, Waker};

use anyrt::net::{
    Address, Network, Socket, SocketKind, TcpListener, TcpSocket, TcpStream, UdpSocket,
    UnixDatagram, UnixListener, UnixSocket, UnixStream, VirtualSocket,
};
use anyrt::reactor::Interest;
use anyrt::{Builder, Handle, task};
use futures::AsyncRead;
use futures::future::join;

#[path = "../examples/two_hosts/network.rs"]
mod network;

use network::World;

/// Runs `test` with two hosts on a runtime of each backend that is compiled in.
#[track_caller]
fn on_two_hosts<F: Future<Output = ()>>(test: impl Fn(Handle, Handle) -> F) {
    for backend in anyrt::selection().unwrap().compiled() {
        let runtime = Builder::new().backend(*backend).build().unwrap();
        let world = World::default();
        let one = runtime.handle().with_network(world.host("one", Ipv4Addr::new(10, 0, 0, 1)));
        let two = runtime.handle().with_network(world.host("two", Ipv4Addr::new(10, 0, 0, 2)));
        let test = test(one.clone(), two);
        one.block_on(test);
    }
}

/// Two ends of a connection from host two to host one.
async fn connection(one: &Handle, two: &Handle) -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind_on(one, "0.0.0.0:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (accepted, connected) = join(listener.accept(), TcpStream::connect_on(two, address)).await;
    (accepted.unwrap().0, connected.unwrap())
}

#[test]
fn a_stream_carries_everything_in_both_directions_and_ends() {
    on_two_hosts(|one, two| async move {
        const LENGTH: usize = 300_000;

        let (server, client) = connection(&one, &two).await;
        assert_eq!(client.peer_addr().unwrap(), server.local_addr().unwrap());
        assert_eq!(server.peer_addr().unwrap(), client.local_addr().unwrap());
        assert_eq!(server.peer_addr().unwrap().ip(), Ipv4Addr::new(10, 0, 0, 2));
        // More than there is room for: both sides wait for each other again and again.
        let echo = one.spawn(async move {
            let mut buffer = vec![0; 4096];
            loop {
                match server.read(&mut buffer).await.unwrap() {
                    0 => return,
                    n => server.write_all(&buffer[..n]).await.unwrap(),
                }
            }
        });
        let sent: Vec<u8> = (0..LENGTH).map(|n| n as u8).collect();
        let mut received = Vec::new();
        let write = async {
            client.write_all(&sent).await.unwrap();
            client.shutdown(Shutdown::Write).unwrap();
        };
        let (_, n) = join(write, client.read_to_end(&mut received)).await;
        assert_eq!(n.unwrap(), LENGTH);
        assert!(received == sent);
        echo.await.unwrap();
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
    });
}

#[test]
fn names_are_those_of_the_network() {
    on_two_hosts(|one, two| async move {
        let listener = TcpListener::bind_on(&one, "one:80").await.unwrap();
        assert_eq!(listener.local_addr().unwrap(), ([10, 0, 0, 1], 80).into());
        let accept = two.spawn(async { TcpStream::connect("one:80").await.map(drop) });
        listener.accept().await.unwrap();
        accept.await.unwrap().unwrap();
        let error = TcpStream::connect_on(&two, "three:80").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        let error = TcpListener::bind_on(&two, "one:81").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
        let error = TcpListener::bind_on(&one, "one:80").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
    });
}

#[test]
fn nobody_at_a_port_is_an_error_of_the_connect() {
    on_two_hosts(|_, two| async move {
        let error = TcpStream::connect_on(&two, "one:1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        let socket = TcpSocket::new_v4_on(&two).unwrap();
        let error = socket.connect(([10, 0, 0, 1], 1).into()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn what_a_socket_offers_works_or_says_why_not() {
    on_two_hosts(|one, two| async move {
        let (server, client) = connection(&one, &two).await;
        // Options are those of the stand-in.
        client.set_nodelay(true).unwrap();
        assert!(client.nodelay().unwrap());
        assert!(!server.nodelay().unwrap());
        assert!(client.take_error().unwrap().is_none());
        let slices = [IoSlice::new(b"ab"), IoSlice::new(b"cd")];
        assert_eq!(client.write_vectored(&slices).await.unwrap(), 4);
        server.readable().await.unwrap();
        server.writable().await.unwrap();
        let mut start = [0; 2];
        assert_eq!(server.peek(&mut start).await.unwrap(), 2);
        let (mut first, mut rest) = ([0; 1], [0; 8]);
        let mut buffers = [IoSliceMut::new(&mut first), IoSliceMut::new(&mut rest)];
        assert_eq!(server.read_vectored(&mut buffers).await.unwrap(), 4);
        assert_eq!((&start, &first, &rest[..3]), (b"ab", b"a", &b"bcd"[..]));
        client.write_all(b"xyz").await.unwrap();
        poll_fn(|cx| server.poll_read_ready(cx)).await.unwrap();
        poll_fn(|cx| server.poll_write_ready(cx)).await.unwrap();
        assert_eq!(poll_fn(|cx| server.poll_peek(cx, &mut start)).await.unwrap(), 2);
        assert_eq!(server.try_read(&mut rest).unwrap(), 3);
        assert_eq!((&start, &rest[..3]), (b"xy", &b"xyz"[..]));
        assert_eq!(server.try_read(&mut rest).unwrap_err().kind(), ErrorKind::WouldBlock);
        assert_eq!(client.try_write(b"!").unwrap(), 1);
        assert_eq!(server.read(&mut rest).await.unwrap(), 1);
        // There is no socket of the system to work on.
        let nothing = |_: &std::net::TcpStream| Ok(());
        let tried = server.try_io(Interest::Readable, nothing).unwrap_err();
        let awaited = server.io(Interest::Readable, nothing).await.unwrap_err();
        let polled = poll_fn(|cx| server.poll_io(cx, Interest::Readable, nothing)).await;
        for error in [tried, awaited, polled.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
        }
        // Dropping the half that writes ends the stream here as well.
        let (reader, writer) = client.into_split();
        drop(writer);
        assert_eq!(server.read(&mut rest).await.unwrap(), 0);
        drop(reader);
        let error = server.write(b"anybody?").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe);
        let error = server.into_std().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    });
}

#[test]
fn a_peer_that_goes_with_bytes_unread_resets_the_connection() {
    on_two_hosts(|one, two| async move {
        let (server, client) = connection(&one, &two).await;
        client.write_all(b"unread").await.unwrap();
        drop(server);
        let error = client.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn any_number_of_tasks_wait_in_one_direction() {
    on_two_hosts(|one, two| async move {
        let listener = Arc::new(TcpListener::bind_on(&one, "one:80").await.unwrap());
        let accept = || {
            let listener = Arc::clone(&listener);
            one.spawn(async move { listener.accept().await.map(drop) })
        };
        let accepting: Vec<_> = (0..20).map(|_| accept()).collect();
        for _ in 0..20 {
            TcpStream::connect_on(&two, "one:80").await.unwrap();
        }
        for task in accepting {
            task.await.unwrap().unwrap();
        }
    });
}

/// Whether it was woken.
#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_wait_that_is_given_up_leaves_nothing_and_takes_nothing() {
    on_two_hosts(|one, two| async move {
        let (server, client) = connection(&one, &two).await;
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let (mut byte, mut other) = ([0], [0]);
        {
            let mut cx = std::task::Context::from_waker(&waker);
            let mut read = pin!(server.read(&mut byte));
            assert!(read.as_mut().poll(&mut cx).is_pending());
            assert!(read.as_mut().poll(&mut cx).is_pending());
        }
        drop(waker);
        assert_eq!(Arc::strong_count(&flag), 1);
        client.write_all(b"x").await.unwrap();
        assert!(!flag.0.load(Ordering::Relaxed));
        assert_eq!(server.read(&mut other).await.unwrap(), 1);
    });
}

#[test]
fn datagrams_go_to_whom_they_are_sent_and_are_cut_off() {
    on_two_hosts(|one, two| async move {
        let server = UdpSocket::bind_on(&one, "one:53").await.unwrap();
        let client = UdpSocket::bind_on(&two, "0.0.0.0:0").await.unwrap();
        let to = server.local_addr().unwrap();
        assert_eq!(client.send_to(b"question", to).await.unwrap(), 8);
        let mut buffer = [0; 4];
        assert_eq!(server.peek_from(&mut buffer).await.unwrap().0, 4);
        let (n, from) = server.recv_from(&mut buffer).await.unwrap();
        assert_eq!((n, from, &buffer), (4, client.local_addr().unwrap(), b"ques"));
        server.send_to(b"", from).await.unwrap();
        assert_eq!(client.recv_from(&mut buffer).await.unwrap(), (0, to));
        client.connect("one:53").await.unwrap();
        assert_eq!(client.peer_addr().unwrap(), to);
        client.send(b"more").await.unwrap();
        assert_eq!(server.recv(&mut buffer).await.unwrap(), 4);
        client.set_broadcast(true).unwrap();
        let group = Ipv4Addr::new(239, 1, 2, 3);
        let error = client.join_multicast_v4(group, Ipv4Addr::UNSPECIFIED).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        // A peer that has gone is told once.
        drop(server);
        client.send(b"anybody?").await.unwrap();
        let error = client.recv(&mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}

#[test]
fn datagrams_are_tried_and_polled_and_no_socket_of_the_system_is_lent() {
    #[track_caller]
    fn assert_kind<T>(result: std::io::Result<T>, kind: ErrorKind) {
        assert_eq!(result.err().unwrap().kind(), kind);
    }

    on_two_hosts(|one, two| async move {
        let server = UdpSocket::bind_on(&one, "one:53").await.unwrap();
        let client = UdpSocket::bind_on(&two, "0.0.0.0:0").await.unwrap();
        let from = client.local_addr().unwrap();
        let mut buffer = [0; 8];
        assert_kind(server.try_recv(&mut buffer), ErrorKind::WouldBlock);
        assert_kind(server.try_peek_sender(), ErrorKind::WouldBlock);
        let mut ready = poll_fn(|cx| server.poll_recv_ready(cx));
        assert!(futures::poll!(&mut ready).is_pending());
        // The name is one of the network that the socket is of.
        client.send_to(b"abc", "one:53").await.unwrap();
        ready.await.unwrap();
        server.ready(Interest::Readable).await.unwrap();
        assert_eq!(server.peek_sender().await.unwrap(), from);
        assert_eq!(server.try_peek_from(&mut buffer).unwrap(), (3, from));
        assert_eq!(poll_fn(|cx| server.poll_peek(cx, &mut buffer)).await.unwrap(), 3);
        assert_eq!(server.try_recv_from(&mut buffer).unwrap(), (3, from));
        assert_kind(server.try_recv_from(&mut buffer), ErrorKind::WouldBlock);

        let operation = |socket: &std::net::UdpSocket| socket.local_addr();
        let interest = Interest::Readable;
        assert_kind(server.io(interest, operation).await, ErrorKind::Unsupported);
        assert_kind(server.try_io(interest, operation), ErrorKind::Unsupported);
        let polled = poll_fn(|cx| server.poll_io(cx, interest, operation)).await;
        assert_kind(polled, ErrorKind::Unsupported);
        assert_kind(server.into_std(), ErrorKind::Unsupported);
    });
}

#[test]
fn unix_sockets_are_bound_before_they_connect() {
    on_two_hosts(|one, _| async move {
        let socket = UnixSocket::new_stream_on(&one).unwrap();
        socket.bind("/run/one").unwrap();
        let listener = socket.listen(2).unwrap();
        let socket = UnixSocket::new_stream_on(&one).unwrap();
        socket.bind("/run/client").unwrap();
        let (accepted, connected) = join(listener.accept(), socket.connect("/run/one")).await;
        connected.unwrap();
        assert_eq!(accepted.unwrap().1.as_pathname(), Some("/run/client".as_ref()));
    });
}

#[test]
fn unix_streams_have_paths_and_pairs() {
    on_two_hosts(|one, _| async move {
        let listener = UnixListener::bind_on(&one, "/run/one").unwrap();
        let (accepted, connected) =
            join(listener.accept(), UnixStream::connect_on(&one, "/run/one")).await;
        let ((accepted, peer), connected) = (accepted.unwrap(), connected.unwrap());
        assert!(peer.is_unnamed());
        let path = connected.peer_addr().unwrap();
        assert_eq!(path.as_pathname(), Some("/run/one".as_ref()));
        connected.write_all(b"x").await.unwrap();
        let mut byte = [0];
        accepted.read_exact(&mut byte).await.unwrap();
        let (left, right) = UnixStream::pair_on(&one).unwrap();
        left.write_all(&byte).await.unwrap();
        drop(left);
        let mut rest = Vec::new();
        right.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"x");
    });
}

#[test]
fn unix_datagrams_wait_for_room() {
    on_two_hosts(|one, _| async move {
        let server = UnixDatagram::bind_on(&one, "/run/log").unwrap();
        let client = UnixDatagram::unbound_on(&one).unwrap();
        // More than there is room for.
        let sending = one.spawn(async move {
            for n in 0..100 {
                client.send_to(&[n], "/run/log").await.unwrap();
            }
        });
        for n in 0..100 {
            let mut byte = [0];
            let (length, from) = server.recv_from(&mut byte).await.unwrap();
            assert_eq!((length, byte[0], from.is_unnamed()), (1, n, true));
        }
        sending.await.unwrap();
        let (left, right) = UnixDatagram::pair_on(&one).unwrap();
        let send = async {
            for n in 0..100 {
                left.send(&[n]).await.unwrap();
            }
        };
        let receive = async {
            for n in 0..100 {
                let mut byte = [0];
                assert_eq!(right.recv(&mut byte).await.unwrap(), 1);
                assert_eq!(byte[0], n);
            }
        };
        join(send, receive).await;
    });
}

/// On one thread, which a task that never waits would keep to itself.
#[test]
fn a_socket_that_is_always_ready_starves_nobody() {
    on_two_hosts(|one, _| async move {
        let ended = Arc::new(AtomicBool::new(false));
        let is_ended = Arc::clone(&ended);
        let socket = UdpSocket::bind_on(&one, "one:7").await.unwrap();
        let itself = socket.local_addr().unwrap();
        let busy = async {
            while !is_ended.load(Ordering::Relaxed) {
                socket.send_to(b"x", itself).await.unwrap();
                socket.recv_from(&mut [0]).await.unwrap();
            }
        };
        // The same task: it is polled again only when the busy one has returned.
        let mut rounds = 0;
        let other = poll_fn(|cx| {
            rounds += 1;
            if rounds > 3 {
                ended.store(true, Ordering::Relaxed);
                return Poll::Ready(());
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        join(busy, other).await;
    });
}

#[test]
fn the_systems_sockets_are_there_beside() {
    on_two_hosts(|one, _| async move {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let listener = TcpListener::from_std_on(&one, listener).unwrap();
        let connect = task::spawn_blocking(move || std::net::TcpStream::connect(address));
        let (stream, _) = listener.accept().await.unwrap();
        let _peer = connect.await.unwrap().unwrap();
        stream.into_std().unwrap();
    });
}

/// Says that it received more than there was room for, once `lies` is set, and keeps the waker.
#[derive(Debug, Default)]
struct Stub {
    lies: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

/// Has one socket.
#[derive(Debug)]
struct One(Arc<Stub>);

impl Network for One {
    fn open(&self, _: SocketKind) -> io::Result<Socket> {
        Ok(Socket::from_virtual(Arc::clone(&self.0) as _))
    }
}

impl VirtualSocket for Stub {
    fn receive(
        &self,
        buffers: &mut [IoSliceMut<'_>],
        _: bool,
    ) -> io::Result<(usize, Option<Address>)> {
        if !self.lies.load(Ordering::Relaxed) {
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok((buffers.iter().map(|buffer| buffer.len()).sum::<usize>() + 1, None))
    }

    fn send(&self, _: &[IoSlice<'_>], _: Option<&Address>) -> io::Result<usize> {
        Err(ErrorKind::BrokenPipe.into())
    }

    fn bind(&self, _: &Address) -> io::Result<()> {
        Ok(())
    }

    fn listen(&self, _: u32) -> io::Result<()> {
        Ok(())
    }

    fn accept(&self) -> io::Result<(Arc<dyn VirtualSocket>, Address)> {
        Err(ErrorKind::WouldBlock.into())
    }

    fn connect(&self, _: &Address) -> io::Result<()> {
        Ok(())
    }

    fn local_addr(&self) -> io::Result<Address> {
        Ok(SocketAddr::from(([10, 0, 0, 1], 1)).into())
    }

    fn peer_addr(&self) -> io::Result<Address> {
        self.local_addr()
    }

    fn take_error(&self) -> io::Result<Option<io::Error>> {
        Ok(None)
    }

    fn shutdown(&self, _: Shutdown) -> io::Result<()> {
        Ok(())
    }

    fn is_ready(&self, _: Interest) -> bool {
        false
    }

    fn wake_when_ready(&self, _: Interest, waker: &Waker) {
        *self.waker.lock().unwrap() = Some(waker.clone());
    }

    fn stand_in(&self) -> BorrowedFd<'_> {
        panic!("nobody asks for an option")
    }
}

#[test]
fn a_stream_that_is_dropped_keeps_no_task_though_its_socket_lives_on() {
    on_two_hosts(|one, _| async move {
        let stub = Arc::new(Stub::default());
        let one = one.with_network(One(Arc::clone(&stub)));
        let mut stream = TcpStream::connect_on(&one, "10.0.0.1:1").await.unwrap();
        let flag = Arc::new(Flag::default());
        let waker = Waker::from(Arc::clone(&flag));
        let mut cx = std::task::Context::from_waker(&waker);
        let mut byte = [0];
        assert!(Pin::new(&mut stream).poll_read(&mut cx, &mut byte).is_pending());
        drop(waker);
        assert!(Arc::strong_count(&flag) > 1 && stub.waker.lock().unwrap().is_some());
        drop(stream);
        assert_eq!(Arc::strong_count(&flag), 1);
    });
}

#[test]
fn more_than_there_was_room_for_is_not_believed() {
    on_two_hosts(|one, _| async move {
        let stub = Arc::new(Stub::default());
        let one = one.with_network(One(Arc::clone(&stub)));
        // No option is asked for, so that the system need not have a descriptor left.
        drop(TcpListener::bind_on(&one, "10.0.0.1:1").await.unwrap());
        let stream = TcpStream::connect_on(&one, "10.0.0.1:1").await.unwrap();
        stub.lies.store(true, Ordering::Relaxed);
        let error = stream.read(&mut [0; 3]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
        let socket = UdpSocket::bind_on(&one, "10.0.0.1:1").await.unwrap();
        let error = socket.recv_from(&mut [0; 3]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    });
}
