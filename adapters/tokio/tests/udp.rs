//! UDP as tokio documents it.

mod common;

use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsRawFd;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tokio::io::{Interest, ReadBuf};
use tokio::net::UdpSocket;

use common::{poll_once, would_block};

async fn pair() -> io::Result<(UdpSocket, UdpSocket)> {
    let one = UdpSocket::bind("127.0.0.1:0").await?;
    let other = UdpSocket::bind("127.0.0.1:0").await?;
    one.connect(other.local_addr()?).await?;
    other.connect(one.local_addr()?).await?;
    Ok((one, other))
}

#[test]
fn it_may_go_anywhere() {
    fn all<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    fn future<T: Send + Sync>(_: T) {}
    all::<UdpSocket>();
    #[allow(unreachable_code, unused_variables, clippy::diverging_sub_expression)]
    fn futures() {
        let socket: UdpSocket = unreachable!();
        future(UdpSocket::bind("localhost:0"));
        future(socket.connect("localhost:0"));
        future(socket.send(&[]));
        future(socket.send_to(&[], "localhost:0"));
        future(socket.recv(&mut []));
        future(socket.recv_from(&mut []));
        future(socket.recv_buf(&mut Vec::new()));
        future(socket.recv_buf_from(&mut Vec::new()));
        future(socket.peek(&mut []));
        future(socket.peek_from(&mut []));
        future(socket.peek_sender());
        future(socket.readable());
        future(socket.writable());
        future(socket.ready(Interest::READABLE));
        future(socket.async_io(Interest::READABLE, || Ok(())));
    }
    let _ = futures;
}

#[tokio::test]
async fn datagrams_between_sockets_that_are_connected() -> io::Result<()> {
    let (one, other) = pair().await?;
    assert_eq!(one.peer_addr()?, other.local_addr()?);
    assert_eq!(one.send(b"hello").await?, 5);
    let mut buffer = [0; 16];
    assert_eq!(other.peek(&mut buffer).await?, 5);
    assert_eq!(other.recv(&mut buffer).await?, 5);
    assert_eq!(&buffer[..5], b"hello");
    // What does not fit is lost.
    one.send(b"hello").await?;
    assert_eq!(other.recv(&mut buffer[..2]).await?, 2);
    one.send(b"").await?;
    assert_eq!(other.recv(&mut buffer).await?, 0);
    Ok(())
}

#[tokio::test]
async fn datagrams_to_and_from_addresses() -> io::Result<()> {
    let one = Arc::new(UdpSocket::bind("127.0.0.1:0").await?);
    let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let (from, to) = (one.local_addr()?, other.local_addr()?);
    let sender = Arc::clone(&one);
    let sending = tokio::spawn(async move {
        for n in 0..10_u8 {
            sender.send_to(&[n], to).await?;
        }
        io::Result::Ok(())
    });
    let mut buffer = [0; 16];
    assert_eq!(other.peek_sender().await?, from);
    assert_eq!(other.peek_from(&mut buffer).await?, (1, from));
    for n in 0..10 {
        assert_eq!(other.recv_from(&mut buffer).await?, (1, from));
        assert_eq!(buffer[0], n);
    }
    sending.await??;
    assert_eq!(one.send_to(b"name", format!("localhost:{}", to.port())).await.ok(), Some(4));
    let none: &[SocketAddr] = &[];
    let error = one.send_to(b"x", none).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "no addresses to send data to");
    let error = one.connect(none).await.unwrap_err();
    assert_eq!(error.to_string(), "could not resolve to any address");
    Ok(())
}

#[tokio::test]
async fn attempts() -> io::Result<()> {
    let (one, other) = pair().await?;
    let mut buffer = [0; 16];
    assert!(would_block(other.try_recv(&mut buffer)));
    assert!(would_block(other.try_recv_from(&mut buffer)));
    assert!(would_block(other.try_peek(&mut buffer)));
    assert!(would_block(other.try_peek_from(&mut buffer)));
    assert!(would_block(other.try_peek_sender()));
    assert!(would_block(other.try_recv_buf(&mut Vec::with_capacity(16))));
    one.writable().await?;
    assert_eq!(one.try_send(b"abc")?, 3);
    other.readable().await?;
    assert_eq!(other.try_peek(&mut buffer)?, 3);
    assert_eq!(other.try_peek_from(&mut buffer)?, (3, one.local_addr()?));
    assert_eq!(other.try_peek_sender()?, one.local_addr()?);
    assert_eq!(other.try_recv_from(&mut buffer)?, (3, one.local_addr()?));
    assert!(would_block(other.try_recv(&mut buffer)));
    assert!(poll_once(pin!(other.readable())).is_pending());
    Ok(())
}

#[tokio::test]
async fn into_the_spare_room_of_buffers() -> io::Result<()> {
    let (one, other) = pair().await?;
    let mut bytes = Vec::with_capacity(16);
    bytes.push(b'>');
    one.send(b"a").await?;
    one.send(b"b").await?;
    one.send(b"c").await?;
    assert_eq!(other.recv_buf(&mut bytes).await?, 1);
    assert_eq!(other.recv_buf_from(&mut bytes).await?, (1, one.local_addr()?));
    other.readable().await?;
    assert_eq!(other.try_recv_buf_from(&mut bytes)?, (1, one.local_addr()?));
    assert_eq!(bytes, b">abc");
    {
        let mut receive = pin!(other.recv_buf(&mut bytes));
        assert!(poll_once(receive.as_mut()).is_pending());
        one.send(b"d").await?;
        assert_eq!(receive.await?, 1);
    }
    assert_eq!(bytes, b">abcd");
    Ok(())
}

#[tokio::test]
async fn poll_functions() -> io::Result<()> {
    let (one, other) = pair().await?;
    let mut cx = Context::from_waker(Waker::noop());
    let mut bytes = [0; 16];
    let mut buffer = ReadBuf::new(&mut bytes);
    assert!(other.poll_recv_ready(&mut cx).is_pending());
    assert!(other.poll_recv(&mut cx, &mut buffer).is_pending());
    poll_fn(|cx| one.poll_send_ready(cx)).await?;
    assert_eq!(poll_fn(|cx| one.poll_send(cx, b"ab")).await?, 2);
    poll_fn(|cx| other.poll_recv_ready(cx)).await?;
    assert_eq!(poll_fn(|cx| other.poll_peek_sender(cx)).await?, one.local_addr()?);
    poll_fn(|cx| other.poll_peek(cx, &mut buffer)).await?;
    assert_eq!(buffer.filled(), b"ab");
    assert_eq!(poll_fn(|cx| other.poll_peek_from(cx, &mut buffer)).await?, one.local_addr()?);
    poll_fn(|cx| other.poll_recv(cx, &mut buffer)).await?;
    assert_eq!(buffer.filled(), b"ababab");
    assert!(other.poll_recv(&mut cx, &mut buffer).is_pending());

    let target = UdpSocket::bind("127.0.0.1:0").await?;
    let sender = UdpSocket::bind("127.0.0.1:0").await?;
    let to = target.local_addr()?;
    assert_eq!(poll_fn(|cx| sender.poll_send_to(cx, b"cd", to)).await?, 2);
    let from = poll_fn(|cx| target.poll_recv_from(cx, &mut buffer)).await?;
    assert_eq!((from, buffer.filled()), (sender.local_addr()?, &b"abababcd"[..]));
    Ok(())
}

#[tokio::test]
async fn a_buffer_of_which_nothing_was_written_yet() -> io::Result<()> {
    let (one, other) = pair().await?;
    let mut room = [const { std::mem::MaybeUninit::uninit() }; 100];
    let mut buffer = ReadBuf::uninit(&mut room);
    one.send(b"abc").await?;
    poll_fn(|cx| other.poll_recv(cx, &mut buffer)).await?;
    assert_eq!((buffer.filled(), buffer.remaining()), (&b"abc"[..], 97));
    one.send(b"d").await?;
    poll_fn(|cx| other.poll_recv_from(cx, &mut buffer)).await?;
    assert_eq!((buffer.filled(), buffer.remaining()), (&b"abcd"[..], 96));
    Ok(())
}

#[tokio::test]
async fn operations_of_ones_own() -> io::Result<()> {
    let (one, other) = pair().await?;
    let not_called = other.try_io(Interest::READABLE, || -> io::Result<()> { unreachable!() });
    assert!(would_block(not_called));
    one.send(b"x").await?;
    let system = std::net::UdpSocket::from(std::os::fd::AsFd::as_fd(&other).try_clone_to_owned()?);
    assert_eq!(other.async_io(Interest::READABLE, || system.peek(&mut [0; 4])).await?, 1);
    assert_eq!(other.try_io(Interest::READABLE, || system.recv(&mut [0; 4]))?, 1);
    assert!(would_block(other.try_io(Interest::READABLE, || system.recv(&mut [0; 4]))));
    assert!(poll_once(pin!(other.readable())).is_pending());
    Ok(())
}

#[tokio::test]
async fn an_error_of_a_datagram_is_told() -> io::Result<()> {
    let nobody = UdpSocket::bind("127.0.0.1:0").await?.local_addr()?;
    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    socket.connect(nobody).await?;
    socket.send(b"x").await?;
    let ready = socket.ready(Interest::ERROR).await?;
    assert!(ready.is_error());
    socket.readable().await?;
    let mut buffer = [0];
    let mut buffer = ReadBuf::new(&mut buffer);
    let polled = poll_fn(|cx| socket.poll_recv(cx, &mut buffer)).await;
    assert_eq!(polled.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    socket.send(b"x").await?;
    socket.ready(Interest::ERROR).await?;
    let error = socket.recv(&mut [0]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(would_block(socket.try_recv(&mut [0])));
    Ok(())
}

#[tokio::test]
async fn options_and_the_standard_library() -> io::Result<()> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    socket.set_nonblocking(true)?;
    let number = socket.as_raw_fd();
    let socket = UdpSocket::try_from(socket)?;
    socket.set_broadcast(true)?;
    assert!(socket.broadcast()?);
    socket.set_ttl(33)?;
    assert_eq!(socket.ttl()?, 33);
    socket.set_multicast_loop_v4(false)?;
    assert!(!socket.multicast_loop_v4()?);
    socket.set_multicast_ttl_v4(9)?;
    assert_eq!(socket.multicast_ttl_v4()?, 9);
    let refused = [0, 256].map(|ttl| socket.set_ttl(ttl)).into_iter();
    for refused in refused.chain([socket.set_multicast_ttl_v4(256)]) {
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(libc::EINVAL));
    }
    socket.set_tos_v4(0x10)?;
    assert_eq!(socket.tos_v4()?, 0x10);
    assert_eq!(socket.device()?, None);
    assert!(socket.take_error()?.is_none());
    assert!(format!("{socket:?}").contains("UdpSocket {"));
    assert_eq!(socket.into_std()?.as_raw_fd(), number);
    Ok(())
}

#[test]
#[should_panic(
    expected = "there is no reactor running, must be called from the context of a Tokio 1.x runtime"
)]
fn outside_of_a_runtime_it_panics() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let _ = UdpSocket::from_std(socket);
}
