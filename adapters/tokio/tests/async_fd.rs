//! `AsyncFd` as tokio documents it.
#![allow(
    unsafe_code,
    deprecated,
    reason = "some of it is unsafe to call, and some is deprecated because it is not"
)]
#![cfg(target_os = "linux")]

mod common;

use std::cell::Cell;
use std::error::Error;
use std::fs::File;
use std::future::{Future, poll_fn};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use tokio::io::unix::{AsyncFd, AsyncFdReadyGuard, TryIoError};
use tokio::io::{Interest, Ready};

use common::poll_once;

/// Anything that has a number.
#[derive(Debug)]
struct Stream(UnixStream);

impl AsRawFd for Stream {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

fn pair() -> io::Result<(AsyncFd<Stream>, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    theirs.set_nonblocking(true)?;
    // SAFETY: the stream keeps its descriptor.
    Ok((unsafe { AsyncFd::register(Stream(ours)) }?, theirs))
}

fn would_block<T>(result: io::Result<T>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::WouldBlock)
}

fn read_all(mut stream: &UnixStream) -> usize {
    let mut n = 0;
    while let Ok(more) = stream.read(&mut [0; 100]) {
        n += more;
        if more == 0 {
            break;
        }
    }
    n
}

#[tokio::test]
async fn a_descriptor_may_be_watched_twice() -> io::Result<()> {
    let (one, mut theirs) = pair()?;
    // SAFETY: the copy keeps the descriptor as long as it is watched, for it is dropped first.
    let other = unsafe { AsyncFd::register(one.as_raw_fd()) }?;
    theirs.write_all(b"x")?;
    one.readable().await?.retain_ready();
    other.readable().await?.retain_ready();
    drop(other);
    assert!(one.readable().await?.ready().is_readable());
    Ok(())
}

#[tokio::test]
async fn a_stream_is_writable_from_the_start_and_readable_once_something_is_there() -> io::Result<()>
{
    let (fd, mut theirs) = pair()?;
    fd.writable().await?.retain_ready();
    assert!(poll_once(pin!(fd.readable())).is_pending());
    theirs.write_all(b"x")?;
    let guard = fd.readable().await?;
    assert!(guard.ready().is_readable() && !guard.ready().is_read_closed());
    Ok(())
}

#[tokio::test]
async fn readiness_stays_until_it_is_cleared_and_comes_again_with_more() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    theirs.write_all(b"a")?;
    fd.readable().await?.retain_ready();
    // A guard that is dropped clears nothing.
    drop(fd.readable().await?);
    fd.readable().await?.clear_ready();
    // Something is left, of which nobody tells again.
    assert!(poll_once(pin!(fd.readable())).is_pending());
    theirs.write_all(b"b")?;
    let mut guard = fd.readable().await?;
    assert_eq!(read_all(&guard.get_inner().0), 2);
    guard.clear_ready();
    assert!(poll_once(pin!(fd.readable())).is_pending());
    Ok(())
}

#[tokio::test]
async fn an_operation_that_would_block_clears_readiness() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    theirs.write_all(b"x")?;
    let mut byte = [0];
    let mut guard = fd.readable().await?;
    let read = |guard: &mut AsyncFdReadyGuard<'_, Stream>, byte: &mut [u8]| {
        guard.try_io(|fd| (&fd.get_ref().0).read(byte))
    };
    assert_eq!(read(&mut guard, &mut byte).unwrap()?, 1);
    assert!(guard.ready().is_readable());
    let TryIoError { .. } = read(&mut guard, &mut byte).unwrap_err();
    assert!(guard.ready().is_empty());
    assert!(poll_once(pin!(fd.readable())).is_pending());

    let error = fd.writable().await?.try_io(|_| -> io::Result<()> { Err(io::Error::other("own")) });
    assert_eq!(error.unwrap().unwrap_err().to_string(), "own");
    Ok(())
}

#[tokio::test]
async fn some_of_what_is_ready_is_cleared() -> io::Result<()> {
    let (mut fd, mut theirs) = pair()?;
    theirs.write_all(b"x")?;
    fd.readable().await?.retain_ready();
    {
        let mut guard = fd.ready(Interest::READABLE | Interest::WRITABLE).await?;
        assert_eq!(guard.ready(), Ready::READABLE | Ready::WRITABLE);
        guard.clear_ready_matching(Ready::READABLE);
        assert_eq!(guard.ready(), Ready::WRITABLE);
    }
    assert!(poll_once(pin!(fd.readable())).is_pending());
    let mut guard = fd.writable_mut().await?;
    guard.clear_ready_matching(Ready::WRITABLE);
    assert!(guard.ready().is_empty());
    drop(guard);
    assert!(poll_once(pin!(fd.writable())).is_pending());
    Ok(())
}

#[tokio::test]
async fn what_is_closed_is_told_and_stays_closed() -> io::Result<()> {
    let (fd, theirs) = pair()?;
    drop(theirs);
    let mut guard = fd.readable().await?;
    assert!(guard.ready().is_read_closed());
    guard.clear_ready();
    drop(guard);
    assert!(fd.readable().await?.ready().is_read_closed());
    assert!(fd.writable().await?.ready().is_write_closed());
    Ok(())
}

#[tokio::test]
async fn mutable_guards() -> io::Result<()> {
    let (mut fd, mut theirs) = pair()?;
    theirs.write_all(b"abc")?;
    let mut guard = fd.readable_mut().await?;
    let mut buffer = [0; 8];
    let read = guard.try_io(|fd| fd.get_mut().0.read(&mut buffer)).unwrap()?;
    assert_eq!(&buffer[..read], b"abc");
    assert_eq!(guard.get_inner_mut().0.write(b"d")?, 1);
    assert!(guard.get_ref().get_ref().0.peer_addr()?.is_unnamed());
    assert!(guard.try_io(|fd| fd.get_mut().0.read(&mut buffer)).is_err());
    drop(guard);
    theirs.write_all(b"e")?;
    let n = fd.async_io_mut(Interest::READABLE, |stream| stream.0.read(&mut buffer)).await?;
    assert_eq!((n, buffer[0]), (1, b'e'));
    assert_eq!(fd.try_io_mut(Interest::WRITABLE, |stream| stream.0.write(b"f"))?, 1);
    let guard = poll_fn(|cx| fd.poll_write_ready_mut(cx).map_ok(|guard| guard.ready())).await?;
    assert!(guard.is_writable());
    Ok(())
}

#[tokio::test]
async fn operations_are_tried_when_it_is_ready() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    let not_called = fd.try_io(Interest::READABLE, |_| -> io::Result<()> { unreachable!() });
    assert!(would_block(not_called));
    let mut byte = [0];
    let mut calls = 0;
    {
        let mut read = pin!(fd.async_io(Interest::READABLE, |stream| {
            calls += 1;
            (&stream.0).read(&mut byte)
        }));
        assert!(poll_once(read.as_mut()).is_pending());
        theirs.write_all(b"x")?;
        assert_eq!(read.await?, 1);
    }
    assert_eq!((byte, calls), (*b"x", 1));
    // It is ready as far as anybody knows, and an operation finds out.
    assert!(would_block(fd.try_io(Interest::READABLE, |stream| (&stream.0).read(&mut [0]))));
    assert!(poll_once(pin!(fd.readable())).is_pending());
    Ok(())
}

#[tokio::test]
async fn an_operation_that_says_it_would_block_waits_for_more() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    theirs.write_all(b"1")?;
    let calls = Cell::new(0);
    let mut peeks = pin!(fd.async_io(Interest::READABLE, |_| {
        calls.set(calls.get() + 1);
        if calls.get() < 3 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
    }));
    for _ in 0..2 {
        tokio::select! {
            biased;
            _ = &mut peeks => panic!("nothing more has come"),
            () = async { for _ in 0..100 { tokio::task::yield_now().await } } => {}
        }
        theirs.write_all(b"2")?;
    }
    peeks.await?;
    assert_eq!(calls.get(), 3);
    Ok(())
}

/// Waits until the driver has told a task of something that comes after this, and so of all that has come before.
async fn the_driver_tells() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    let told = tokio::spawn(async move { fd.readable().await.map(|_| ()) });
    // It waits, and is polled by nobody else from then on.
    tokio::task::yield_now().await;
    theirs.write_all(b"1")?;
    told.await.unwrap()
}

#[tokio::test]
async fn what_is_known_does_not_hide_what_is_new() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    fd.writable().await?.retain_ready();
    theirs.write_all(b"1")?;
    the_driver_tells().await?;
    let ready = fd.ready(Interest::READABLE | Interest::WRITABLE).await?.ready();
    assert!(ready.is_readable() && ready.is_writable(), "{ready:?}");
    drop(theirs);
    the_driver_tells().await?;
    let ready = fd.writable().await?.ready();
    assert!(ready.is_write_closed(), "{ready:?}");
    Ok(())
}

struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_reader_and_a_writer_that_poll_do_not_disturb_each_other() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    fd.writable().await?.retain_ready();
    while (&fd.get_ref().0).write(&[0; 1000]).is_ok() {}
    poll_fn(|cx| fd.poll_write_ready(cx)).await?.clear_ready();

    let reader = Arc::new(Counter(AtomicUsize::new(0)));
    let writer = Arc::new(Counter(AtomicUsize::new(0)));
    let (reader_waker, writer_waker) = (Waker::from(reader.clone()), Waker::from(writer.clone()));
    assert!(fd.poll_read_ready(&mut Context::from_waker(&reader_waker)).is_pending());
    assert!(fd.poll_write_ready(&mut Context::from_waker(&writer_waker)).is_pending());
    theirs.write_all(b"x")?;
    while reader.0.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    poll_fn(|cx| fd.poll_read_ready(cx)).await?.clear_ready();
    assert!(fd.poll_write_ready(&mut Context::from_waker(&writer_waker)).is_pending());
    read_all(&theirs);
    while writer.0.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    poll_fn(|cx| fd.poll_write_ready(cx)).await?.retain_ready();
    Ok(())
}

#[tokio::test]
async fn all_who_wait_are_told() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    let fd = Arc::new(fd);
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let fd = Arc::clone(&fd);
            tokio::spawn(async move { fd.readable().await.map(|guard| guard.ready()) })
        })
        .collect();
    tokio::task::yield_now().await;
    theirs.write_all(b"x")?;
    for task in tasks {
        assert!(task.await??.is_readable());
    }
    Ok(())
}

#[tokio::test]
async fn dropping_it_drops_what_is_in_it_and_into_inner_gives_it_back() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    assert_eq!(fd.as_raw_fd(), fd.get_ref().as_raw_fd());
    assert_eq!(fd.as_fd().as_raw_fd(), fd.as_raw_fd());
    assert!(format!("{fd:?}").starts_with("AsyncFd { inner: "));
    let inner = fd.into_inner();
    assert!(would_block(theirs.read(&mut [0])));
    let again = AsyncFd::new(inner)?;
    again.writable().await?.retain_ready();
    drop(again);
    assert_eq!(theirs.read(&mut [0])?, 0);
    Ok(())
}

#[tokio::test]
async fn regular_files_are_given_back_with_an_error() -> io::Result<()> {
    let file = tempfile::tempfile()?;
    let number = file.as_raw_fd();
    // SAFETY: the file keeps its descriptor.
    let error = unsafe { AsyncFd::register(file) }.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), error.to_string());
    let (file, cause): (File, io::Error) = error.into_parts();
    assert_eq!(file.as_raw_fd(), number);
    assert_eq!(cause.raw_os_error(), Some(1), "not permitted");
    let error = AsyncFd::try_with_interest(file, Interest::READABLE).unwrap_err();
    assert_eq!(io::Error::from(error).raw_os_error(), Some(1));
    Ok(())
}

#[tokio::test]
async fn only_what_it_was_made_for_is_told() -> io::Result<()> {
    let (ours, mut theirs) = UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    // SAFETY: the stream keeps its descriptor.
    let fd = unsafe { AsyncFd::register_with_interest(ours, Interest::READABLE) }?;
    assert!(poll_once(pin!(fd.writable())).is_pending());
    theirs.write_all(b"x")?;
    let guard = fd.ready(Interest::READABLE | Interest::WRITABLE).await?;
    assert_eq!(guard.ready(), Ready::READABLE);
    Ok(())
}

#[tokio::test]
async fn urgent_data_is_a_priority_event() -> io::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let client = std::net::TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    server.set_nonblocking(true)?;
    let fd = AsyncFd::with_interest(server, Interest::READABLE | Interest::PRIORITY)?;
    assert!(poll_once(pin!(fd.ready(Interest::PRIORITY))).is_pending());
    // SAFETY: one byte is sent on an open socket.
    let sent = unsafe { libc::send(client.as_raw_fd(), b"!".as_ptr().cast(), 1, libc::MSG_OOB) };
    assert_eq!(sent, 1);
    let guard = fd.ready(Interest::PRIORITY).await?;
    assert!(guard.ready().is_priority());
    Ok(())
}

#[tokio::test]
async fn an_error_alone_is_told() -> io::Result<()> {
    let nobody = std::net::UdpSocket::bind("127.0.0.1:0")?;
    let address = nobody.local_addr()?;
    drop(nobody);
    let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
    socket.set_nonblocking(true)?;
    socket.connect(address)?;
    let fd = AsyncFd::with_interest(socket, Interest::ERROR)?;
    assert!(poll_once(pin!(fd.ready(Interest::ERROR))).is_pending());
    fd.get_ref().send(b"x")?;
    assert!(fd.ready(Interest::ERROR).await?.ready().is_error());
    assert!(fd.get_ref().take_error()?.is_some());
    Ok(())
}

#[test]
fn without_its_runtime_it_is_an_error() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let guard = runtime.enter();
    let (fd, _theirs) = pair()?;
    drop(guard);
    drop(runtime);
    for _ in 0..2 {
        let Poll::Ready(result) = poll_once(pin!(fd.readable())) else { panic!("it waits") };
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::Other);
        // Though there is room.
        let Poll::Ready(result) = poll_once(pin!(fd.writable())) else { panic!("it waits") };
        assert_eq!(result.unwrap_err().kind(), io::ErrorKind::Other);
    }
    Ok(())
}

#[test]
#[should_panic(
    expected = "there is no reactor running, must be called from the context of a Tokio 1.x runtime"
)]
fn outside_of_a_runtime_it_panics() {
    let (ours, _theirs) = UnixStream::pair().unwrap();
    let _ = AsyncFd::new(ours);
}

#[test]
fn it_may_go_where_what_is_in_it_may_go() {
    fn all<T: Send + Sync + Unpin>() {}
    fn future<T: Send + Sync>(_: T) {}
    all::<AsyncFd<UnixStream>>();
    all::<AsyncFdReadyGuard<'static, UnixStream>>();
    #[allow(unreachable_code, unused_variables, clippy::diverging_sub_expression)]
    fn futures() {
        let mut fd: AsyncFd<UnixStream> = unreachable!();
        future(fd.readable());
        future(fd.readable_mut());
        future(fd.async_io(Interest::READABLE, |_| Ok(())));
    }
    let _ = futures;
}

/// A task that polls itself where it is woken, and may be gone by then.
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
    let (fd, mut theirs) = {
        let _inside = runtime.enter();
        pair()?
    };
    let (told, hears) = std::sync::mpsc::channel();
    let task = async move {
        loop {
            let mut guard = fd.readable().await.unwrap();
            match guard.try_io(|fd| (&fd.get_ref().0).read(&mut [0])) {
                Ok(Ok(1)) => told.send(()).unwrap(),
                Ok(_) => return,
                Err(_) => {}
            }
        }
    };
    let task = Arc::new(PolledByItsWaker(Mutex::new(Some(Box::pin(task)))));
    {
        let _inside = runtime.enter();
        Arc::clone(&task).wake();
    }
    for _ in 0..10 {
        theirs.write_all(b"x")?;
        hears.recv().unwrap();
    }
    drop(theirs);
    // The future is dropped in the waker, and with it the sender.
    assert!(hears.recv().is_err());
    assert!(task.0.lock().unwrap().is_none());
    Ok(())
}

#[test]
fn a_runtime_that_ends_wakes_all_who_wait() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (fd, _theirs) = {
        let _inside = runtime.enter();
        pair()?
    };
    let counters: Vec<_> = (0..3).map(|_| Arc::new(Counter(AtomicUsize::new(0)))).collect();
    let wakers: Vec<_> = counters.iter().map(|counter| Waker::from(Arc::clone(counter))).collect();
    let mut readable = pin!(fd.readable());
    assert!(readable.as_mut().poll(&mut Context::from_waker(&wakers[0])).is_pending());
    assert!(fd.poll_read_ready(&mut Context::from_waker(&wakers[1])).is_pending());
    let mut priority = pin!(fd.ready(Interest::ERROR));
    assert!(priority.as_mut().poll(&mut Context::from_waker(&wakers[2])).is_pending());
    drop(runtime);
    for counter in counters {
        assert!(counter.0.load(Ordering::Relaxed) > 0);
    }
    let what = "A Tokio 1.x context was found, but it is being shutdown.";
    assert_eq!(futures::executor::block_on(readable).unwrap_err().to_string(), what);
    assert_eq!(futures::executor::block_on(priority).unwrap_err().to_string(), what);
    let error = futures::executor::block_on(poll_fn(|cx| fd.poll_read_ready(cx))).unwrap_err();
    assert_eq!(error.to_string(), what);
    Ok(())
}

#[test]
fn a_runtime_may_end_while_somebody_begins_to_wait() -> io::Result<()> {
    for _ in 0..50 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (fd, _theirs) = {
            let _inside = runtime.enter();
            pair()?
        };
        std::thread::scope(|scope| {
            scope.spawn(|| drop(runtime));
            assert!(futures::executor::block_on(fd.readable()).is_err());
        });
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_who_waits_is_forgotten() -> io::Result<()> {
    let (fd, mut theirs) = pair()?;
    let fd = Arc::new(fd);
    let rounds = 200;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let fd = Arc::clone(&fd);
            tokio::spawn(async move {
                let mut n = 0;
                loop {
                    match fd.async_io(Interest::READABLE, |fd| (&fd.0).read(&mut [0; 3])).await {
                        Ok(0) => return n,
                        Ok(more) => n += more,
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for _ in 0..rounds {
        theirs.write_all(b"abcde")?;
        tokio::task::yield_now().await;
    }
    drop(theirs);
    let mut sum = 0;
    for reader in readers {
        sum += reader.await?;
    }
    assert_eq!(sum, rounds * 5);
    Ok(())
}
