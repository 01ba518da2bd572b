//! What tokio-stream wraps, each as a stream.

use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    signal::unix::{SignalKind, signal},
    sync::{broadcast, mpsc, watch},
    time::{Instant, interval},
};
use tokio_stream::{
    StreamExt, StreamMap, StreamNotifyClose,
    wrappers::{
        BroadcastStream, IntervalStream, LinesStream, ReadDirStream, ReceiverStream, SignalStream,
        SplitStream, TcpListenerStream, UnboundedReceiverStream, UnixListenerStream, WatchStream,
        errors::BroadcastStreamRecvError,
    },
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn channels() {
    let (bounded, receiver) = mpsc::channel(4);
    let (unbounded, other) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        for number in 0..1000 {
            bounded.send(number).await.unwrap();
            unbounded.send(number).unwrap();
        }
    });
    let merged = ReceiverStream::new(receiver).merge(UnboundedReceiverStream::new(other));
    assert_eq!(merged.fold(0, |sum, number| sum + number).await, 999_000);

    let (sender, receiver) = broadcast::channel(2);
    for number in 0..3 {
        sender.send(number).unwrap();
    }
    drop(sender);
    let heard: Vec<_> = BroadcastStream::new(receiver).collect().await;
    assert_eq!(heard, [Err(BroadcastStreamRecvError::Lagged(1)), Ok(1), Ok(2)]);

    let (sender, receiver) = watch::channel(0);
    let mut values = WatchStream::new(receiver);
    assert_eq!(values.next().await, Some(0));
    sender.send(5).unwrap();
    assert_eq!(values.next().await, Some(5));
    drop(sender);
    assert_eq!(values.next().await, None);
    programs::check_threads();
}

#[tokio::test]
async fn time() {
    let began = Instant::now();
    let ticks: Vec<_> =
        IntervalStream::new(interval(Duration::from_millis(10))).take(5).collect().await;
    assert!(ticks.windows(2).all(|two| two[1] - two[0] >= Duration::from_millis(10)));
    assert!(began.elapsed() >= Duration::from_millis(40));

    let began = Instant::now();
    let throttled: Vec<_> =
        tokio_stream::iter(0..3).throttle(Duration::from_millis(10)).collect().await;
    assert_eq!(throttled, [0, 1, 2]);
    assert!(began.elapsed() >= Duration::from_millis(20));

    let waiting = tokio_stream::iter(0..5).chain(tokio_stream::pending());
    let mut chunks = std::pin::pin!(waiting.chunks_timeout(3, Duration::from_millis(20)));
    assert_eq!(chunks.next().await.unwrap(), [0, 1, 2]);
    assert_eq!(chunks.next().await.unwrap(), [3, 4]);

    let mut pending =
        std::pin::pin!(tokio_stream::pending::<()>().timeout(Duration::from_millis(20)));
    assert_eq!(pending.next().await.unwrap().unwrap_err().to_string(), "deadline has elapsed");
}

#[tokio::test]
async fn listeners_lines_and_maps_of_streams() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let other = UnixListener::bind(&path).unwrap();
    let clients = tokio::spawn(async move {
        for number in 0..3 {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(format!("tcp {number}\nend\n").as_bytes()).await.unwrap();
            let mut stream = UnixStream::connect(&path).await.unwrap();
            stream.write_all(format!("unix {number}\nend\n").as_bytes()).await.unwrap();
        }
    });
    let mut map = StreamMap::new();
    let mut accepted = TcpListenerStream::new(listener).take(3);
    while let Some(stream) = accepted.next().await {
        let lines = LinesStream::new(BufReader::new(stream.unwrap()).lines());
        map.insert(
            format!("tcp {}", map.len()),
            Box::pin(StreamNotifyClose::new(lines.map(Result::unwrap))),
        );
    }
    let mut seen = Vec::new();
    while let Some((key, line)) = map.next().await {
        if let Some(line) = line.filter(|line| line != "end") {
            assert_eq!(key, line);
            seen.push(line);
        }
    }
    seen.sort();
    assert_eq!(seen, ["tcp 0", "tcp 1", "tcp 2"]);

    let mut accepted = UnixListenerStream::new(other).take(3);
    let mut number = 0;
    while let Some(stream) = accepted.next().await {
        let mut text = String::new();
        stream.unwrap().read_to_string(&mut text).await.unwrap();
        assert_eq!(text, format!("unix {number}\nend\n"));
        number += 1;
    }
    clients.await.unwrap();

    let parts = SplitStream::new(BufReader::new(&b"one,two,three"[..]).split(b','));
    let parts: Vec<_> = parts.map(Result::unwrap).collect().await;
    assert_eq!(parts, [&b"one"[..], b"two", b"three"]);
}

#[tokio::test]
async fn folders_and_signals() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "c"] {
        tokio::fs::write(folder.path().join(name), name).await.unwrap();
    }
    let entries = ReadDirStream::new(tokio::fs::read_dir(folder.path()).await.unwrap());
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect().await;
    names.sort();
    assert_eq!(names, ["a", "b", "c"]);

    let mut signals = SignalStream::new(signal(SignalKind::user_defined1()).unwrap());
    let id = std::process::id().to_string();
    let kill = tokio::process::Command::new("kill").args(["-USR1", &id]).status();
    let (status, signal) = tokio::join!(kill, signals.next());
    assert!(status.unwrap().success());
    assert_eq!(signal, Some(()));
}
