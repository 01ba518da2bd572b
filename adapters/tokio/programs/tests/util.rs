//! What programs use of tokio-util: codecs, trackers and tokens, queues of deadlines, bridges.

use std::{
    io::{self, Read, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures_util::{SinkExt, StreamExt, stream};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::mpsc,
    time::Instant,
};
use tokio_util::{
    codec::{Decoder, Encoder, Framed, FramedRead, FramedWrite, LengthDelimitedCodec, LinesCodec},
    compat::TokioAsyncReadCompatExt,
    io::{InspectReader, ReaderStream, StreamReader, SyncIoBridge},
    sync::{CancellationToken, PollSender},
    task::{AbortOnDropHandle, JoinMap, LocalPoolHandle, TaskTracker},
    time::{DelayQueue, FutureExt},
    udp::UdpFramed,
};

/// A codec of one's own: four bytes in the order of the network.
struct Numbers;

impl Decoder for Numbers {
    type Item = u32;
    type Error = io::Error;

    fn decode(&mut self, buffer: &mut BytesMut) -> io::Result<Option<u32>> {
        Ok((buffer.len() >= 4).then(|| buffer.get_u32()))
    }
}

impl Encoder<u32> for Numbers {
    type Error = io::Error;

    fn encode(&mut self, number: u32, buffer: &mut BytesMut) -> io::Result<()> {
        buffer.put_u32(number);
        Ok(())
    }
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (near, far) =
        tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_go_over_sockets() {
    let (near, far) = pair().await;
    let echo = tokio::spawn(async move {
        let (sink, stream) = Framed::new(far, LengthDelimitedCodec::new()).split();
        stream.map(|frame| frame.map(BytesMut::freeze)).forward(sink).await.unwrap();
    });
    let (mut sink, stream) = Framed::new(near, LengthDelimitedCodec::new()).split();
    let frames: Vec<_> =
        (0..200).map(|length| Bytes::from(vec![length as u8; 500 * length])).collect();
    let mut sent = stream::iter(frames.clone()).map(Ok);
    let sending = tokio::spawn(async move {
        sink.send_all(&mut sent).await.unwrap();
        sink
    });
    let echoed: Vec<_> = stream.take(200).map(|frame| frame.unwrap().freeze()).collect().await;
    assert_eq!(echoed, frames);
    sending.await.unwrap().close().await.unwrap();
    echo.await.unwrap();

    let (near, far) = pair().await;
    let (read, write) = near.into_split();
    let mut lines = FramedWrite::new(write, LinesCodec::new());
    let mut numbers = FramedRead::new(read, Numbers);
    let summing = tokio::spawn(async move {
        let (read, write) = tokio::io::split(far);
        let mut lines = FramedRead::new(read, LinesCodec::new_with_max_length(10));
        let mut numbers = FramedWrite::new(write, Numbers);
        while let Some(Ok(line)) = lines.next().await {
            numbers
                .send(line.split('+').map(|term| term.parse::<u32>().unwrap()).sum())
                .await
                .unwrap();
        }
    });
    for (line, sum) in [("1+2", 3), ("3+4+5", 12)] {
        lines.send(line).await.unwrap();
        assert_eq!(numbers.next().await.unwrap().unwrap(), sum);
    }
    lines.send("1+2+3+4+5+6").await.unwrap();
    assert!(numbers.next().await.is_none());
    summing.await.unwrap();
    programs::check_threads();
}

#[tokio::test]
async fn frames_go_by_datagrams() {
    let near = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let far = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let (from, to) = (near.local_addr().unwrap(), far.local_addr().unwrap());
    let mut near = UdpFramed::new(near, Numbers);
    let mut far = UdpFramed::new(far, Numbers);
    near.send((17, to)).await.unwrap();
    assert_eq!(far.next().await.unwrap().unwrap(), (17, from));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tracker_waits_for_tasks_that_a_token_ends() {
    let (tracker, token) = (TaskTracker::new(), CancellationToken::new());
    let ended = Arc::new(AtomicUsize::new(0));
    for _ in 0..100 {
        let (token, ended) = (token.child_token(), ended.clone());
        tracker.spawn(async move {
            token.cancelled().await;
            ended.fetch_add(1, Ordering::Relaxed);
        });
    }
    let blocking = tracker.spawn_blocking(|| 17);
    let cut = tracker.spawn(token.clone().run_until_cancelled_owned(std::future::pending::<()>()));
    tracker.close();
    assert_eq!(blocking.await.unwrap(), 17);
    assert!(tracker.wait().timeout(Duration::from_millis(20)).await.is_err());
    assert_eq!(tracker.len(), 101);
    token.cancel();
    tracker.wait().await;
    assert_eq!(ended.load(Ordering::Relaxed), 100);
    assert_eq!(cut.await.unwrap(), None);
    let guard = CancellationToken::new();
    let child = guard.child_token();
    drop(guard.drop_guard());
    assert!(child.is_cancelled());
    programs::check_threads();
}

#[tokio::test]
async fn a_queue_gives_out_what_is_due() {
    let began = Instant::now();
    let mut queue = DelayQueue::new();
    let _late = queue.insert("late", Duration::from_millis(60));
    let removed = queue.insert("removed", Duration::from_millis(10));
    let moved = queue.insert_at("moved", began + Duration::from_secs(3600));
    queue.reset(&moved, Duration::from_millis(30));
    assert_eq!(queue.remove(&removed).into_inner(), "removed");
    let mut seen = Vec::new();
    while let Some(expired) = queue.next().await {
        assert!(expired.deadline() <= Instant::now());
        seen.push(expired.into_inner());
    }
    assert_eq!(seen, ["moved", "late"]);
    assert!(began.elapsed() >= Duration::from_millis(60));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_code_reads_and_writes() {
    let (near, far) = pair().await;
    let echo = tokio::task::spawn_blocking(move || {
        let mut far = SyncIoBridge::new(far);
        let mut text = String::new();
        far.read_to_string(&mut text).unwrap();
        far.write_all(text.to_uppercase().as_bytes()).unwrap();
        far.shutdown().unwrap();
    });
    let (mut read, mut write) = near.into_split();
    write.write_all("x".repeat(100_000).as_bytes()).await.unwrap();
    write.shutdown().await.unwrap();
    let mut text = String::new();
    read.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "X".repeat(100_000));
    echo.await.unwrap();
    programs::check_threads();
}

#[tokio::test]
async fn streams_and_readers_are_turned_into_each_other() {
    let parts = stream::iter(["some ", "parts ", "of a text"])
        .map(|part| io::Result::Ok(Bytes::from(part)));
    let mut seen = 0;
    let reader = InspectReader::new(StreamReader::new(parts), |bytes| seen += bytes.len());
    let parts: Vec<_> = ReaderStream::with_capacity(reader, 4).map(Result::unwrap).collect().await;
    assert_eq!(parts.concat(), b"some parts of a text");
    assert_eq!(seen, 20);

    use futures_util::io::{AsyncReadExt, AsyncWriteExt};
    let (near, far) = pair().await;
    let (mut near, mut far) = (near.compat(), far.compat());
    near.write_all(b"by the traits of futures").await.unwrap();
    near.close().await.unwrap();
    let mut text = String::new();
    far.read_to_string(&mut text).await.unwrap();
    assert_eq!(text, "by the traits of futures");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_by_key_of_one_thread_and_aborted_on_drop() {
    let mut tasks = JoinMap::new();
    for key in 0..10 {
        tasks.spawn(key, async move { key * key });
    }
    tasks.spawn(10, std::future::pending());
    tasks.abort(&10);
    let mut sum = 0;
    while let Some((key, outcome)) = tasks.join_next().await {
        match outcome {
            Ok(square) => sum += square,
            Err(error) => assert!(error.is_cancelled() && key == 10),
        }
    }
    assert_eq!(sum, 285);

    let pool = LocalPoolHandle::new(2);
    let local = pool.spawn_pinned(|| async {
        let kept = std::rc::Rc::new(5);
        tokio::task::yield_now().await;
        *kept
    });
    assert_eq!(local.await.unwrap(), 5);

    let (sender, mut receiver) = mpsc::channel::<u32>(1);
    let mut sender = PollSender::new(sender);
    let task = tokio::spawn(async move {
        for number in 0.. {
            if sender.send(number).await.is_err() {
                break;
            }
        }
    });
    let task = AbortOnDropHandle::new(task);
    assert_eq!((receiver.recv().await, receiver.recv().await), (Some(0), Some(1)));
    drop(task);
    while receiver.recv().await.is_some() {}
    programs::check_threads();
}
