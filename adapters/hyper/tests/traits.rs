//! hyper's traits, each by itself, on every backend.

use std::future::{pending, poll_fn};
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use anyrt::Handle;
use anyrt::io::{AsyncReadExt, AsyncWriteExt};
use anyrt::net::UnixStream;
use anyrt::sync::oneshot;
use anyrt_hyper::{Executor, FuturesIo, Io, Timer};
use hyper::rt::{Executor as _, Read, ReadBuf, Sleep, Timer as _, Write};

const HOUR: Duration = Duration::from_secs(3600);

async fn fill(stream: &mut (impl Read + Unpin), buffer: &mut ReadBuf<'_>) -> io::Result<()> {
    poll_fn(|cx| Pin::new(&mut *stream).poll_read(cx, buffer.unfilled())).await
}

#[anyrt::test(all)]
async fn reads_fill_memory_that_is_not_initialized_and_go_on_where_they_ended() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut theirs = Io::new(theirs);
    let mut memory = [MaybeUninit::uninit(); 8];
    let mut buffer = ReadBuf::uninit(&mut memory);
    for part in [&b"abc"[..], b"de"] {
        ours.write_all(part).await.unwrap();
        fill(&mut theirs, &mut buffer).await.unwrap();
    }
    assert_eq!(buffer.filled(), b"abcde");
    // No further than the room goes: the rest is for the next read.
    ours.write_all(b"fghij").await.unwrap();
    fill(&mut theirs, &mut buffer).await.unwrap();
    assert_eq!(buffer.filled(), b"abcdefgh");
    // Without room nothing is read, and that at once.
    fill(&mut theirs, &mut buffer).await.unwrap();
    let mut memory = [0; 8];
    let mut buffer = ReadBuf::new(&mut memory);
    fill(&mut theirs, &mut buffer).await.unwrap();
    assert_eq!(buffer.filled(), b"ij");
    // The end of the stream is a read of nothing.
    drop(ours);
    fill(&mut theirs, &mut buffer).await.unwrap();
    assert_eq!(buffer.filled(), b"ij");
}

#[anyrt::test(all)]
async fn halves_and_references_are_read_and_written_too() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let (mut reader, writer) = (Io::new(&theirs), &mut Io::new(&ours));
    let mut memory = [MaybeUninit::uninit(); 8];
    let mut buffer = ReadBuf::uninit(&mut memory);
    assert_eq!(poll_fn(|cx| Pin::new(&mut *writer).poll_write(cx, b"a")).await.unwrap(), 1);
    fill(&mut reader, &mut buffer).await.unwrap();
    let (reader, _writer) = theirs.into_split();
    let (_reader, writer) = ours.into_split();
    let mut writer = Io::new(writer);
    assert_eq!(poll_fn(|cx| Pin::new(&mut writer).poll_write(cx, b"b")).await.unwrap(), 1);
    fill(&mut Io::new(reader), &mut buffer).await.unwrap();
    assert_eq!(buffer.filled(), b"ab");
}

#[anyrt::test(all)]
async fn writes_are_vectored_and_a_shutdown_is_the_end() {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut ours = Io::new(ours);
    assert!(ours.is_write_vectored());
    let slices = [IoSlice::new(b"head, "), IoSlice::new(b"body")];
    let write = poll_fn(|cx| Pin::new(&mut ours).poll_write_vectored(cx, &slices));
    assert_eq!(write.await.unwrap(), 10);
    poll_fn(|cx| Pin::new(&mut ours).poll_flush(cx)).await.unwrap();
    poll_fn(|cx| Pin::new(&mut ours).poll_shutdown(cx)).await.unwrap();
    let mut all = Vec::new();
    theirs.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"head, body");
}

#[anyrt::test(all)]
async fn streams_of_futures_are_hypers_and_back_again() {
    let (ours, theirs) = anyrt::io::duplex(64);
    // There and back: what is hyper's in the middle is of `futures` at both ends.
    let (mut ours, mut theirs) = (Io::new(FuturesIo::new(ours)), Io::new(FuturesIo::new(theirs)));
    ours.write_all(b"ping").await.unwrap();
    ours.flush().await.unwrap();
    let mut request = [0; 4];
    theirs.read_exact(&mut request).await.unwrap();
    assert_eq!(&request, b"ping");
    theirs.write_all(b"pong").await.unwrap();
    futures_util::AsyncWriteExt::close(&mut theirs).await.unwrap();
    let mut reply = String::new();
    ours.read_to_string(&mut reply).await.unwrap();
    assert_eq!(reply, "pong");
    assert!(!ours.get_ref().is_write_vectored());
    // And by hand, through both.
    ours.get_mut().get_mut().write_all(b"more").await.unwrap();
    theirs.get_mut().get_mut().read_exact(&mut request).await.unwrap();
    assert_eq!(&request, b"more");
}

#[anyrt::test(all)]
async fn a_sleep_can_be_moved_both_ways() {
    let timer = Timer::new(Handle::current());
    let start = timer.now();
    let mut sleep = timer.sleep(HOUR);
    timer.reset(&mut sleep, start + Duration::from_millis(20));
    sleep.as_mut().await;
    assert!(timer.now() >= start + Duration::from_millis(20));

    let mut sleep = timer.sleep_until(start);
    timer.reset(&mut sleep, start + HOUR);
    assert!(sleep.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
}

/// A sleep of someone else's, which ends never.
struct Foreign;

impl Future for Foreign {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
}

impl Sleep for Foreign {}

#[anyrt::test(all)]
async fn a_sleep_of_someone_elses_is_replaced() {
    let mut sleep: Pin<Box<dyn Sleep>> = Box::pin(Foreign);
    Timer::new(Handle::current()).reset(&mut sleep, Instant::now());
    sleep.await;
}

#[anyrt::test(all)]
async fn what_is_executed_is_a_detached_task() {
    let (sender, receiver) = oneshot::channel();
    Executor::new(Handle::current()).execute(async { sender.send(Handle::current()).unwrap() });
    assert_eq!(receiver.await.unwrap(), Handle::current());
    // And its panic harms nobody.
    Executor::new(Handle::current()).execute(async { panic!("expected by the test") });
    Executor::new(Handle::current()).execute(pending::<()>());
}

/// None of it needs the facade's handle.
#[test]
fn any_backend_will_do() {
    use anyrt::{BlockOn, Launch};

    let runtime = anyrt_smol::Runtime::start(&anyrt::Config::default()).unwrap();
    let handle = runtime.handle();
    let (sender, receiver) = oneshot::channel();
    let timer = Timer::new(handle.clone());
    Executor::new(handle.clone()).execute(async move {
        timer.sleep(Duration::from_millis(1)).await;
        sender.send(()).unwrap();
    });
    handle.block_on(receiver).unwrap();
}
