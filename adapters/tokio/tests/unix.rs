//! Unix sockets as tokio documents them.
#![allow(unsafe_code, reason = "sockets are made from numbers")]
#![cfg(unix)]

mod common;

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::net::Shutdown;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::path::PathBuf;
use std::pin::pin;
use std::task::{Context, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest, ReadBuf};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf, SocketAddr, UCred};
use tokio::net::{UnixDatagram, UnixListener, UnixSocket, UnixStream};

use common::{poll_once, waits_and_reads, would_block};

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    (folder, path)
}

#[test]
fn types_and_futures_may_go_anywhere() {
    fn all<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    fn future<T: Send + Sync>(_: T) {}
    all::<UnixStream>();
    all::<UnixListener>();
    all::<UnixDatagram>();
    all::<UnixSocket>();
    all::<OwnedReadHalf>();
    all::<OwnedWriteHalf>();
    all::<SocketAddr>();
    all::<UCred>();
    #[allow(unreachable_code, unused_variables, clippy::diverging_sub_expression)]
    fn futures() {
        let listener: UnixListener = unreachable!();
        let stream: UnixStream = unreachable!();
        let datagram: UnixDatagram = unreachable!();
        future(UnixStream::connect("x"));
        future(listener.accept());
        future(stream.readable());
        future(stream.ready(Interest::READABLE));
        future(datagram.send(&[]));
        future(datagram.send_to(&[], "x"));
        future(datagram.recv(&mut []));
        future(datagram.recv_from(&mut []));
        future(datagram.readable());
    }
    let _ = futures;
}

#[tokio::test]
async fn what_is_written_is_read() -> io::Result<()> {
    let (_folder, path) = folder();
    let listener = UnixListener::bind(&path)?;
    assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path));
    let (client, accepted) = tokio::join!(UnixStream::connect(&path), listener.accept());
    let (mut client, (mut server, peer)) = (client?, accepted?);
    assert!(peer.is_unnamed());
    assert_eq!(client.peer_addr()?.as_pathname(), Some(&*path));
    let slices = [IoSlice::new(b"head"), IoSlice::new(b"body")];
    assert_eq!(client.write_vectored(&slices).await?, 8);
    client.shutdown().await?;
    let mut text = String::new();
    server.read_to_string(&mut text).await?;
    assert_eq!(text, "headbody");
    server.write_all(b"x").await?;
    assert_eq!(client.read(&mut [0]).await?, 1);
    assert!(client.take_error()?.is_none());
    let address = SocketAddr::from(std::os::unix::net::SocketAddr::from_pathname(&path)?);
    let again = UnixStream::connect_addr(&address).await?;
    assert_eq!(again.peer_addr()?.as_pathname(), Some(&*path));
    assert_eq!(UnixListener::bind(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
    Ok(())
}

#[tokio::test]
async fn a_listener_that_goes_before_it_accepts_is_an_error() -> io::Result<()> {
    let (_folder, path) = folder();
    let listener = UnixListener::bind(&path)?;
    let mut connect = pin!(UnixStream::connect(&path));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(connect.as_mut().poll(&mut cx).is_pending());
    drop(listener);
    assert_eq!(connect.await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_connection_belongs_to_the_runtime_that_accepts_it() -> io::Result<()> {
    let (ours, other) = (tokio::runtime::Runtime::new()?, tokio::runtime::Runtime::new()?);
    let (_folder, path) = folder();
    let inside = other.enter();
    let listener = UnixListener::bind(&path)?;
    drop(inside);
    let mut clients = Vec::new();
    let mut servers = Vec::new();
    clients.push(std::os::unix::net::UnixStream::connect(&path)?);
    servers.push(ours.block_on(listener.accept())?.0);
    clients.push(std::os::unix::net::UnixStream::connect(&path)?);
    servers.push(ours.block_on(poll_fn(|cx| listener.poll_accept(cx)))?.0);
    drop(other);
    for (client, server) in clients.iter_mut().zip(&mut servers) {
        ours.block_on(waits_and_reads(server, client))?;
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn as_many_connections_wait_to_be_accepted_as_the_system_lets_wait() -> io::Result<()> {
    let limit = std::fs::read_to_string("/proc/sys/net/core/somaxconn")?;
    // Closed connections wait as well, and take no descriptor. The system lets one more wait than it says.
    let limit = limit.trim().parse::<u32>().unwrap().min(5000);
    let (_folder, path) = folder();
    let _listener = UnixListener::bind(&path)?;
    for _ in 0..=limit {
        UnixStream::connect(&path).await?;
    }
    Ok(())
}

#[tokio::test]
async fn names_in_the_abstract_namespace() -> io::Result<()> {
    let name = format!("\0anyrt-test-{}", std::process::id());
    let listener = UnixListener::bind(&name)?;
    assert_eq!(listener.local_addr()?.as_abstract_name(), Some(&name.as_bytes()[1..]));
    let (client, accepted) = tokio::join!(UnixStream::connect(&name), listener.accept());
    let (client, _server) = (client?, accepted?);
    assert_eq!(client.peer_addr()?.as_abstract_name(), Some(&name.as_bytes()[1..]));
    let address = client.peer_addr()?;
    drop(listener);
    let listener = UnixListener::bind_addr(&address)?;
    assert_eq!(format!("{:?}", listener.local_addr()?), format!("{address:?}"));
    Ok(())
}

#[tokio::test]
async fn halves_and_who_is_there() -> io::Result<()> {
    let (mut one, other) = UnixStream::pair()?;
    let cred = one.peer_cred()?;
    assert_eq!(cred, other.peer_cred()?);
    assert_eq!(cred.pid(), Some(std::process::id().cast_signed()));
    assert_eq!(
        format!("{cred:?}"),
        format!("UCred {{ pid: {:?}, uid: {}, gid: {} }}", cred.pid(), cred.uid(), cred.gid())
    );
    let (mut reader, mut writer) = other.into_split();
    writer.write_all(b"abc").await?;
    let (mut borrowed_reader, borrowed_writer) = one.split();
    borrowed_reader.readable().await?;
    let mut buffer = [0; 3];
    borrowed_reader.read_exact(&mut buffer).await?;
    borrowed_writer.writable().await?;
    assert_eq!(borrowed_writer.try_write(&buffer)?, 3);
    reader.read_exact(&mut buffer).await?;
    assert!(would_block(reader.try_read(&mut buffer)));
    assert!(reader.peer_addr()?.is_unnamed() && writer.local_addr()?.is_unnamed());
    let stream: &UnixStream = reader.as_ref();
    let shown = format!("OwnedReadHalf {{ inner: {stream:?} }}");
    assert_eq!(format!("{reader:?}"), shown);
    let other = reader.reunite(writer).unwrap();
    let (reader, writer) = other.into_split();
    drop(writer);
    assert_eq!(one.read(&mut buffer).await?, 0);
    drop(reader);
    Ok(())
}

#[tokio::test]
async fn readiness_of_streams() -> io::Result<()> {
    let (one, mut other) = UnixStream::pair()?;
    assert!(would_block(one.try_read(&mut [0])));
    let mut cx = Context::from_waker(Waker::noop());
    assert!(one.poll_read_ready(&mut cx).is_pending());
    let ready = one.ready(Interest::READABLE | Interest::WRITABLE).await?;
    assert!(ready.is_writable() && !ready.is_readable());
    other.write_all(b"xy").await?;
    poll_fn(|cx| one.poll_read_ready(cx)).await?;
    let mut bytes = Vec::with_capacity(1);
    assert_eq!(one.try_read_buf(&mut bytes)?, 1);
    drop(other);
    loop {
        let ready = one.ready(Interest::READABLE).await?;
        if ready.is_read_closed() {
            break;
        }
        let _ = one.try_read(&mut [0]);
        tokio::task::yield_now().await;
    }
    let (one, _other) = UnixStream::pair()?;
    while one.try_write(&[0; 512]).is_ok() {
        assert!(poll_once(pin!(one.writable())).is_ready());
    }
    assert!(poll_once(pin!(one.writable())).is_pending());
    Ok(())
}

#[tokio::test]
async fn sockets_come_from_the_standard_library_and_go_there() -> io::Result<()> {
    use std::os::unix::net;

    let (_folder, path) = folder();
    let listener = net::UnixListener::bind(&path)?;
    listener.set_nonblocking(true)?;
    let text = format!("{listener:?}");
    let listener = UnixListener::try_from(listener)?;
    assert_eq!(format!("{listener:?}"), text);
    assert!(listener.take_error()?.is_none());
    let listener = UnixListener::from_std(listener.into_std()?)?;
    let mut cx = Context::from_waker(Waker::noop());
    assert!(listener.poll_accept(&mut cx).is_pending());
    let stream = net::UnixStream::connect(&path)?;
    let (_server, _) = poll_fn(|cx| listener.poll_accept(cx)).await?;
    stream.set_nonblocking(true)?;
    let number = stream.as_raw_fd();
    let stream = UnixStream::try_from(stream)?;
    assert_eq!(stream.into_std()?.as_raw_fd(), number);
    let (datagram, _other) = net::UnixDatagram::pair()?;
    datagram.set_nonblocking(true)?;
    let text = format!("{datagram:?}");
    let datagram = UnixDatagram::try_from(datagram)?;
    assert_eq!(format!("{datagram:?}"), text);
    datagram.into_std()?;
    Ok(())
}

#[tokio::test]
async fn datagrams() -> io::Result<()> {
    let (_folder, path) = folder();
    let server = UnixDatagram::bind(&path)?;
    let client = UnixDatagram::unbound()?;
    assert_eq!(client.send_to(b"one", &path).await?, 3);
    let mut buffer = [0; 16];
    let (n, from) = server.recv_from(&mut buffer).await?;
    assert!(n == 3 && from.is_unnamed());
    client.connect(&path)?;
    assert_eq!(client.peer_addr()?.as_pathname(), Some(&*path));
    assert_eq!(client.send(b"two").await?, 3);
    assert_eq!(server.recv(&mut buffer).await?, 3);
    assert!(would_block(server.try_recv(&mut buffer)));
    assert!(would_block(server.try_recv_from(&mut buffer)));
    client.writable().await?;
    assert_eq!(client.try_send(b"three")?, 5);
    assert_eq!(client.try_send_to(b"four", &path)?, 4);
    server.readable().await?;
    let mut bytes = Vec::with_capacity(100);
    assert_eq!(server.try_recv_buf(&mut bytes)?, 5);
    assert_eq!(server.recv_buf_from(&mut bytes).await?.0, 4);
    assert_eq!(bytes, b"threefour");
    assert!(would_block(server.try_recv_buf_from(&mut bytes)));

    let mut buffer = ReadBuf::new(&mut buffer);
    assert_eq!(poll_fn(|cx| client.poll_send(cx, b"ab")).await?, 2);
    poll_fn(|cx| server.poll_recv_ready(cx)).await?;
    poll_fn(|cx| server.poll_recv(cx, &mut buffer)).await?;
    assert_eq!(poll_fn(|cx| client.poll_send_to(cx, b"cd", &path)).await?, 2);
    let from = poll_fn(|cx| server.poll_recv_from(cx, &mut buffer)).await?;
    assert!(from.is_unnamed());
    assert_eq!(buffer.filled(), b"abcd");
    Ok(())
}

#[tokio::test]
async fn pairs_of_datagram_sockets_and_their_end() -> io::Result<()> {
    let (one, other) = UnixDatagram::pair()?;
    assert!(one.local_addr()?.is_unnamed() && one.peer_addr()?.is_unnamed());
    let not_called = one.try_io(Interest::READABLE, || -> io::Result<()> { unreachable!() });
    assert!(would_block(not_called));
    other.send(b"x").await?;
    assert_eq!(one.async_io(Interest::READABLE, || Ok(5)).await?, 5);
    assert_eq!(one.recv_buf(&mut Vec::with_capacity(4)).await?, 1);
    other.shutdown(Shutdown::Both)?;
    assert_eq!(one.send(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert!(one.take_error()?.is_none());
    Ok(())
}

#[test]
fn a_socket_is_made_outside_of_a_runtime() -> io::Result<()> {
    let (_folder, path) = folder();
    let socket = UnixSocket::new_stream()?;
    socket.bind(&path)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = socket.listen(16)?;
        let client = UnixSocket::new_stream()?;
        // SAFETY: nobody else has the number.
        let client = unsafe { UnixSocket::from_raw_fd(client.into_raw_fd()) };
        let (client, accepted) = tokio::join!(client.connect(&path), listener.accept());
        let (mut client, (mut server, _)) = (client?, accepted?);
        client.write_all(b"x").await?;
        server.read_exact(&mut [0]).await?;
        let (client, accepted) =
            tokio::join!(UnixSocket::new_stream()?.connect(&path), listener.accept());
        drop((client?, accepted?));

        let datagram = UnixSocket::new_datagram()?;
        datagram.bind(path.with_extension("datagram"))?;
        let datagram = datagram.datagram()?;
        assert!(datagram.local_addr()?.as_pathname().is_some());

        let error = UnixSocket::new_datagram()?.listen(1).unwrap_err();
        assert_eq!(error.to_string(), "listen cannot be called on a datagram socket");
        let error = UnixSocket::new_datagram()?.connect(&path).await.unwrap_err();
        assert_eq!(error.to_string(), "connect cannot be called on a datagram socket");
        let error = UnixSocket::new_stream()?.datagram().unwrap_err();
        assert_eq!(error.to_string(), "datagram cannot be called on a stream socket");
        Ok(())
    })
}

#[test]
#[should_panic(
    expected = "there is no reactor running, must be called from the context of a Tokio 1.x runtime"
)]
fn outside_of_a_runtime_it_panics() {
    let (_folder, path) = folder();
    let _ = UnixListener::bind(path);
}
