//! TCP as tokio documents it.
#![allow(unsafe_code, reason = "sockets are made from numbers")]

mod common;

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice, Write};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd};
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest, ReadBuf, Ready};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream, lookup_host};

use common::{poll_once, waits_and_reads, would_block};

async fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let (client, accepted) =
        tokio::join!(TcpStream::connect(listener.local_addr()?), listener.accept());
    let (client, (server, peer)) = (client?, accepted?);
    assert_eq!(peer, client.local_addr()?);
    Ok((client, server))
}

fn says(result: Result<(), Box<dyn std::any::Any + Send>>, what: &str) {
    let panic = result.unwrap_err();
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap();
    assert!(text.contains(what), "{text}");
}

#[test]
fn types_and_futures_may_go_anywhere() {
    fn all<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    fn future<T: Send + Sync>(_: T) {}

    all::<TcpStream>();
    all::<TcpListener>();
    all::<TcpSocket>();
    all::<OwnedReadHalf>();
    all::<OwnedWriteHalf>();
    all::<ReadHalf<'static>>();
    all::<WriteHalf<'static>>();
    all::<ReuniteError>();
    all::<Interest>();
    all::<Ready>();

    #[allow(unreachable_code, unused_variables, clippy::diverging_sub_expression)]
    fn futures() {
        let stream: TcpStream = unreachable!();
        let listener: TcpListener = unreachable!();
        future(TcpStream::connect("localhost:80"));
        future(TcpListener::bind("localhost:80"));
        future(listener.accept());
        future(stream.peek(&mut []));
        future(stream.readable());
        future(stream.writable());
        future(stream.ready(Interest::READABLE));
        future(stream.async_io(Interest::READABLE, || Ok(())));
        future(TcpSocket::new_v4().unwrap().connect(([127, 0, 0, 1], 80).into()));
        future(lookup_host("localhost:80"));
    }
    let _ = futures;
}

#[tokio::test]
async fn what_is_written_is_read() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;
    client.write_all(b"hello").await?;
    let mut buffer = [0; 5];
    server.read_exact(&mut buffer).await?;
    assert_eq!(&buffer, b"hello");

    let slices = [IoSlice::new(b"head"), IoSlice::new(b""), IoSlice::new(b"body")];
    assert_eq!(server.write_vectored(&slices).await?, 8);
    assert_eq!(server.write_vectored(&[IoSlice::new(b"!")]).await?, 1);
    server.shutdown().await?;
    let mut text = String::new();
    client.read_to_string(&mut text).await?;
    assert_eq!(text, "headbody!");
    Ok(())
}

#[tokio::test]
async fn halves_work_in_two_tasks_and_become_the_stream_again() -> io::Result<()> {
    let (client, server) = pair().await?;
    let (mut server_reader, mut server_writer) = server.into_split();
    let echo =
        tokio::spawn(async move { tokio::io::copy(&mut server_reader, &mut server_writer).await });
    let (mut reader, mut writer) = client.into_split();
    let writing = tokio::spawn(async move {
        writer.write_all(&[7; 100_000]).await?;
        io::Result::Ok(writer)
    });
    let mut bytes = vec![0; 100_000];
    reader.read_exact(&mut bytes).await?;
    assert!(bytes.iter().all(|byte| *byte == 7));
    let writer = writing.await??;
    assert_eq!(writer.as_ref().local_addr()?, reader.local_addr()?);
    let mut stream = reader.reunite(writer).unwrap();
    stream.shutdown().await?;
    assert_eq!(echo.await??, 100_000);
    assert_eq!(stream.read(&mut [0]).await?, 0);
    Ok(())
}

#[tokio::test]
async fn halves_of_two_streams_are_given_back() -> io::Result<()> {
    let (one, other) = pair().await?;
    let (reader, _writer) = one.into_split();
    let (_reader, writer) = other.into_split();
    let error = writer.reunite(reader).unwrap_err();
    assert_eq!(error.to_string(), "tried to reunite halves that are not from the same socket");
    let ReuniteError(_, _) = error;
    Ok(())
}

#[tokio::test]
async fn dropping_the_writing_half_ends_the_stream_unless_it_is_forgotten() -> io::Result<()> {
    let (client, mut server) = pair().await?;
    let (_reader, writer) = client.into_split();
    drop(writer);
    assert_eq!(server.read(&mut [0]).await?, 0);

    let (client, mut server) = pair().await?;
    let (reader, writer) = client.into_split();
    writer.forget();
    let mut byte = [0];
    let mut read = pin!(server.read(&mut byte));
    assert!(poll_once(read.as_mut()).is_pending());
    drop(reader);
    assert_eq!(read.await?, 0);
    Ok(())
}

#[tokio::test]
async fn borrowed_halves() -> io::Result<()> {
    let (mut client, mut server) = pair().await?;
    {
        let (mut reader, mut writer) = server.split();
        client.write_all(b"ping").await?;
        let mut buffer = [0; 4];
        assert_eq!(reader.peek(&mut buffer).await?, 4);
        reader.readable().await?;
        assert_eq!(reader.try_read(&mut buffer)?, 4);
        writer.write_all(&buffer).await?;
        writer.shutdown().await?;
    }
    let mut text = String::new();
    client.read_to_string(&mut text).await?;
    assert_eq!(text, "ping");
    Ok(())
}

#[tokio::test]
async fn nothing_to_read_would_block_and_readable_waits() -> io::Result<()> {
    let (mut client, server) = pair().await?;
    // What was just accepted may count as readable.
    assert_eq!(server.try_read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    {
        let mut readable = pin!(server.readable());
        assert!(poll_once(readable.as_mut()).is_pending());
        client.write_all(b"ab").await?;
        readable.await?;
    }
    // It stays readable until an operation would block.
    server.readable().await?;
    let mut byte = [0];
    assert_eq!(server.try_read(&mut byte)?, 1);
    assert!(poll_once(pin!(server.readable())).is_ready());
    let mut rest = Vec::with_capacity(10);
    assert_eq!(server.try_read_buf(&mut rest)?, 1);
    assert_eq!((byte, &rest[..]), (*b"a", &b"b"[..]));
    assert!(would_block(server.try_read(&mut byte)));
    assert!(poll_once(pin!(server.readable())).is_pending());
    Ok(())
}

#[tokio::test]
async fn an_operation_on_an_empty_buffer_does_not_wait() -> io::Result<()> {
    let (mut ours, _theirs) = pair().await?;
    while ours.try_write(&[0; 1 << 16]).is_ok() {}
    assert_eq!(
        (ours.peek(&mut []).await?, ours.read(&mut []).await?, ours.write(&[]).await?),
        (0, 0, 0)
    );
    Ok(())
}

#[tokio::test]
async fn a_stream_is_writable_until_it_is_full() -> io::Result<()> {
    let (client, server) = pair().await?;
    client.writable().await?;
    let mut written = 0;
    loop {
        assert!(poll_once(pin!(client.writable())).is_ready());
        match client.try_write(b"some bytes, not many") {
            Ok(n) => written += n,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                break;
            }
        }
    }
    assert!(poll_once(pin!(client.writable())).is_pending());
    let mut buffer = vec![0; 64 * 1024];
    let mut read = 0;
    while read < written {
        server.readable().await?;
        match server.try_read(&mut buffer) {
            Ok(n) => read += n,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
    client.writable().await?;
    assert!(client.try_write(b"more")? > 0);
    Ok(())
}

#[tokio::test]
async fn ready_tells_what_is_ready_and_what_is_closed() -> io::Result<()> {
    let (mut client, server) = pair().await?;
    let ready = server.ready(Interest::WRITABLE).await?;
    assert!(ready.is_writable() && !ready.is_readable());
    let ready = server.ready(Interest::READABLE | Interest::WRITABLE).await?;
    assert!(ready.is_writable());
    client.write_all(b"x").await?;
    client.shutdown().await?;
    loop {
        let ready = server.ready(Interest::READABLE).await?;
        assert!(ready.is_readable());
        if ready.is_read_closed() {
            break;
        }
        let _ = server.try_read(&mut [0]);
        tokio::task::yield_now().await;
    }
    Ok(())
}

#[tokio::test]
async fn poll_functions() -> io::Result<()> {
    let (mut client, server) = pair().await?;
    assert_eq!(server.try_read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    poll_fn(|cx| server.poll_write_ready(cx)).await?;
    let mut cx = Context::from_waker(Waker::noop());
    assert!(server.poll_read_ready(&mut cx).is_pending());
    client.write_all(b"peek").await?;
    poll_fn(|cx| server.poll_read_ready(cx)).await?;
    let mut bytes = [0; 8];
    let mut buffer = ReadBuf::new(&mut bytes);
    assert_eq!(poll_fn(|cx| server.poll_peek(cx, &mut buffer)).await?, 4);
    assert_eq!(buffer.filled(), b"peek");
    assert_eq!(server.peek(&mut [0; 8]).await?, 4);
    Ok(())
}

#[tokio::test]
async fn operations_of_ones_own() -> io::Result<()> {
    let (mut client, server) = pair().await?;
    assert_eq!(server.try_read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    let not_called = server.try_io(Interest::READABLE, || -> io::Result<()> { unreachable!() });
    assert_eq!(not_called.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    client.write_all(b"abc").await?;
    let peek = || socket2_free_peek(&server);
    assert!(server.async_io(Interest::READABLE, peek).await? > 0);
    assert_eq!(server.try_io(Interest::READABLE, || Ok(7))?, 7);
    let error = server.try_io(Interest::READABLE, || -> io::Result<()> {
        Err(io::Error::other("of the operation"))
    });
    assert_eq!(error.unwrap_err().to_string(), "of the operation");
    Ok(())
}

/// Reads through another handle to the same socket, as an operation of one's own does.
fn socket2_free_peek(stream: &TcpStream) -> io::Result<usize> {
    use std::os::fd::AsFd;

    let stream = std::net::TcpStream::from(stream.as_fd().try_clone_to_owned()?);
    stream.peek(&mut [0; 3])
}

#[tokio::test]
async fn addresses_are_tried_one_after_the_other() -> io::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let there = listener.local_addr()?;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")?;
    let nobody = closed.local_addr()?;
    drop(closed);
    let stream = TcpStream::connect(&[nobody, there][..]).await?;
    assert_eq!(stream.peer_addr()?, there);
    let error = TcpStream::connect(&[nobody, nobody][..]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);

    let none: &[SocketAddr] = &[];
    for error in
        [TcpStream::connect(none).await.unwrap_err(), TcpListener::bind(none).await.unwrap_err()]
    {
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), "could not resolve to any address");
    }
    Ok(())
}

#[tokio::test]
async fn names_are_resolved() -> io::Result<()> {
    let addresses: Vec<_> = lookup_host("localhost:80").await?.collect();
    assert!(!addresses.is_empty() && addresses.iter().all(|address| address.port() == 80));
    assert_eq!(lookup_host("127.0.0.1:80").await?.count(), 1);
    for (text, what) in
        [("localhost", "invalid socket address"), ("localhost:x", "invalid port value")]
    {
        let error = lookup_host(text).await.map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert_eq!(error.to_string(), what);
    }
    Ok(())
}

#[test]
fn outside_of_a_runtime_it_panics() {
    let what =
        "there is no reactor running, must be called from the context of a Tokio 1.x runtime";
    let block_on = futures::executor::block_on::<Pin<Box<dyn Future<Output = ()>>>>;
    says(
        catch_unwind(|| block_on(Box::pin(async { drop(TcpListener::bind("127.0.0.1:0").await) }))),
        what,
    );
    says(
        catch_unwind(|| {
            block_on(Box::pin(async { drop(TcpStream::connect("127.0.0.1:1").await) }))
        }),
        what,
    );
    says(
        catch_unwind(|| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            listener.set_nonblocking(true).unwrap();
            drop(TcpListener::from_std(listener));
        }),
        what,
    );
}

#[cfg(debug_assertions)]
#[tokio::test]
async fn sockets_in_blocking_mode_are_refused() {
    says(
        catch_unwind(|| {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            drop(TcpListener::from_std(listener));
        }),
        "Registering a blocking socket with the tokio runtime is unsupported.",
    );
}

#[tokio::test]
async fn sockets_come_from_the_standard_library_and_go_there() -> io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let text = format!("{listener:?}");
    let listener = TcpListener::try_from(listener)?;
    assert_eq!(format!("{listener:?}"), text);
    let (client, accepted) =
        tokio::join!(TcpStream::connect(listener.local_addr()?), listener.accept());
    let (client, server) = (client?, accepted?.0);
    let fd = client.as_raw_fd();
    let client = client.into_std()?;
    assert_eq!(client.as_raw_fd(), fd);
    let mut client = TcpStream::from_std(client)?;
    client.write_all(b"x").await?;
    let server = server.into_std()?;
    server.set_nonblocking(false)?;
    io::Read::read_exact(&mut &server, &mut [0])?;
    listener.into_std()?;
    Ok(())
}

#[tokio::test]
async fn options() -> io::Result<()> {
    let (stream, _server) = pair().await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    stream.set_nodelay(true)?;
    assert!(stream.nodelay()?);
    stream.set_ttl(42)?;
    assert_eq!(stream.ttl()?, 42);
    for refused in [stream.set_ttl(256), listener.set_ttl(0)] {
        assert_eq!(refused.unwrap_err().raw_os_error(), Some(libc::EINVAL));
    }
    assert_eq!(stream.linger()?, None);
    stream.set_zero_linger()?;
    assert_eq!(stream.linger()?, Some(std::time::Duration::ZERO));
    stream.set_quickack(true)?;
    assert!(stream.quickack()?);
    assert!(stream.take_error()?.is_none());
    Ok(())
}

#[test]
fn a_socket_is_made_outside_of_a_runtime() -> io::Result<()> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    assert!(socket.reuseaddr()?);
    socket.bind("127.0.0.1:0".parse().unwrap())?;
    assert_ne!(socket.local_addr()?.port(), 0);
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let listener = socket.listen(16)?;
        let client = TcpSocket::new_v4()?;
        client.set_keepalive(true)?;
        client.set_nodelay(true)?;
        client.set_send_buffer_size(64 * 1024)?;
        assert!(client.keepalive()? && client.send_buffer_size()? >= 64 * 1024);
        let client = client.connect(listener.local_addr()?).await?;
        assert!(client.nodelay()?);

        // By number, and from the standard library.
        let socket = TcpSocket::new_v4()?;
        // SAFETY: nobody else has the number.
        let socket = unsafe { TcpSocket::from_raw_fd(socket.into_raw_fd()) };
        // SAFETY: nobody else has the number.
        let socket = unsafe { std::net::TcpStream::from_raw_fd(socket.into_raw_fd()) };
        let stream = TcpSocket::from_std_stream(socket).connect(listener.local_addr()?).await?;
        assert_eq!(stream.peer_addr()?, listener.local_addr()?);
        Ok(())
    })
}

#[test]
fn a_future_of_a_client_is_small() {
    let client = async {
        let stream = TcpStream::connect("127.0.0.1:80").await?;
        loop {
            stream.readable().await?;
            let mut buffer = [0; 4096];
            match stream.try_read(&mut buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => break result,
            }
        }
    };
    let size = size_of_val(&client);
    assert!(size < 1000, "{size}");
}

#[tokio::test]
async fn after_a_short_read_or_write_it_is_not_known_to_be_ready() -> io::Result<()> {
    let (mut ours, mut theirs) = pair().await?;
    theirs.write_all(b"some").await?;
    ours.readable().await?;
    let mut buffer = [0; 16];
    assert_eq!(ours.read(&mut buffer).await?, 4);
    let tried = ours.try_io(Interest::READABLE, || -> io::Result<()> { panic!("it is not ready") });
    assert_eq!(tried.unwrap_err().kind(), io::ErrorKind::WouldBlock);
    assert!(poll_once(pin!(ours.readable())).is_pending());
    // There may be more behind what was asked for.
    theirs.write_all(b"more").await?;
    ours.readable().await?;
    assert_eq!(ours.read(&mut buffer[..2]).await?, 2);
    ours.try_io(Interest::READABLE, || Ok(()))?;
    Ok(())
}

#[test]
fn a_runtime_that_ends_wakes_who_waits_and_tells_them() -> io::Result<()> {
    struct Told(AtomicBool);

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let (client, server) = runtime.block_on(pair())?;
    assert!(server.try_read(&mut [0]).is_err());
    let told = Arc::new(Told(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&told));
    let mut accept = pin!(listener.accept());
    assert!(accept.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let mut readable = pin!(server.readable());
    assert!(readable.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(runtime);
    assert!(told.0.load(Ordering::Relaxed));
    let what = "A Tokio 1.x context was found, but it is being shutdown.";
    let error = futures::executor::block_on(accept).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::Other, what.to_owned()));
    let error = futures::executor::block_on(readable).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::Other, what.to_owned()));
    let mut client = client;
    let mut buffer = [0];
    let error = futures::executor::block_on(client.read(&mut buffer)).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (io::ErrorKind::Other, what.to_owned()));
    Ok(())
}

#[test]
fn a_connection_belongs_to_the_runtime_that_accepts_it() -> io::Result<()> {
    let (ours, other) = (tokio::runtime::Runtime::new()?, tokio::runtime::Runtime::new()?);
    let listener = other.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let mut clients = Vec::new();
    let mut servers = Vec::new();
    clients.push(std::net::TcpStream::connect(listener.local_addr()?)?);
    servers.push(ours.block_on(listener.accept())?.0);
    clients.push(std::net::TcpStream::connect(listener.local_addr()?)?);
    servers.push(ours.block_on(poll_fn(|cx| listener.poll_accept(cx)))?.0);
    drop(other);
    for (client, server) in clients.iter_mut().zip(&mut servers) {
        ours.block_on(waits_and_reads(server, client))?;
    }
    Ok(())
}

#[test]
fn without_a_runtime_around_a_connection_belongs_to_that_of_the_listener() -> io::Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let mut client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (mut server, _) = futures::executor::block_on(listener.accept())?;
    client.write_all(b"x")?;
    assert_eq!(runtime.block_on(server.read(&mut [0]))?, 1);
    Ok(())
}

#[test]
fn interest_and_readiness_are_sets() {
    let both = Interest::READABLE | Interest::WRITABLE;
    assert!(both.is_readable() && both.is_writable() && !both.is_error());
    assert_eq!(format!("{both:?}"), "READABLE | WRITABLE");
    assert_eq!(both.remove(Interest::WRITABLE), Some(Interest::READABLE));
    assert_eq!(Interest::READABLE.remove(both), None);
    assert_eq!(Interest::READABLE.add(Interest::WRITABLE), both);
    let ready = Ready::READABLE | Ready::READ_CLOSED;
    assert!(ready.is_readable() && ready.is_read_closed() && !ready.is_writable());
    assert!(Ready::READ_CLOSED.is_readable() && Ready::WRITE_CLOSED.is_writable());
    assert_eq!(ready - Ready::READABLE, Ready::READ_CLOSED);
    assert!((ready & Ready::WRITABLE).is_empty());
    let text = format!("{:?}", Ready::WRITABLE);
    assert!(
        text.starts_with("Ready { is_readable: false, is_writable: true, is_read_closed: false")
    );
}

/// A task that polls itself where it is woken.
struct PolledByItsWaker(Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>);

impl Wake for PolledByItsWaker {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        let mut future = self.0.lock().unwrap();
        if let Some(current) = future.as_mut() {
            if current.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                *future = None;
            }
        }
    }
}

#[test]
fn a_waker_may_poll_and_drop_what_it_wakes() -> io::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
    let address = listener.local_addr()?;
    let (told, hears) = std::sync::mpsc::channel();
    let task = async move {
        for _ in 0..3 {
            let (stream, _) = listener.accept().await.unwrap();
            stream.writable().await.unwrap();
            told.send(()).unwrap();
        }
    };
    let task = Arc::new(PolledByItsWaker(Mutex::new(Some(Box::pin(task)))));
    {
        let _inside = runtime.enter();
        Arc::clone(&task).wake();
    }
    for _ in 0..3 {
        std::net::TcpStream::connect(address)?;
        hears.recv().unwrap();
    }
    assert!(hears.recv().is_err(), "it has ended, and nobody tells any more");
    Ok(())
}
