//! Streams in memory, and the two directions of streams.

use std::sync::{Arc, Mutex};
use std::task::{Wake, Waker};

use anyrt::io::{
    AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream, DuplexStream,
    SimplexStream, duplex, join, simplex, split,
};
use futures::future;

use super::*;

/// I4: what is written comes in order, however it is cut, and waits where there is no room.
#[test]
fn what_one_end_writes_the_other_one_reads() {
    on_each(|| async {
        let (mut one, mut other) = duplex(7);
        let (there, back) = (bytes(50_000), bytes(30_000));
        let (sent, expected) = (there.clone(), back.clone());
        let task = anyrt::spawn(async move {
            let mut received = vec![0; 50_000];
            one.read_exact(&mut received).await.unwrap();
            for chunk in back.chunks(11) {
                one.write_all(chunk).await.unwrap();
            }
            received
        });
        for chunk in sent.chunks(5) {
            other.write_all(chunk).await.unwrap();
        }
        let mut received = Vec::new();
        other.read_to_end(&mut received).await.unwrap();
        assert!(received == expected && task.await.unwrap() == there);
    });
}

/// I4: a direction holds so much and no more, and who waits for room is woken when there is some.
#[test]
fn a_full_stream_makes_writers_wait() {
    on_each(|| async {
        let (mut one, mut other) = duplex(4);
        assert_eq!(one.write(b"abcdef").await.unwrap(), 4);
        assert!(poll_and_drop(one.write(b"g")).await.is_none());
        assert!(poll_and_drop(other.write(b"12")).await.is_some(), "they are apart");
        let writes = anyrt::spawn(async move {
            one.write_all(b"ef").await.unwrap();
            one
        });
        let mut read = [0; 6];
        other.read_exact(&mut read).await.unwrap();
        assert_eq!(&read, b"abcdef");
        assert!(poll_and_drop(other.read(&mut [0])).await.is_none());
        drop(writes.await.unwrap());

        let (mut never, _other) = duplex(0);
        assert!(poll_and_drop(never.write(b"x")).await.is_none());
        assert_eq!(never.write(b"").await.unwrap(), 0);
    });
}

/// I4: dropping or shutting down is the end of what comes, and what was written before is read.
#[test]
fn an_end_that_is_gone_is_the_end() {
    on_each(|| async {
        let (mut one, mut other) = duplex(64);
        one.write_all(b"last words").await.unwrap();
        one.shutdown().await.unwrap();
        assert_eq!(kind(one.write(b"more").await), ErrorKind::BrokenPipe);
        let mut text = String::new();
        other.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "last words");
        // The other direction goes on.
        other.write_all(b"answer").await.unwrap();
        drop(other);
        text.clear();
        one.read_to_string(&mut text).await.unwrap();
        assert_eq!(text, "answer");

        let (mut one, other) = duplex(64);
        drop(other);
        assert_eq!(kind(one.write(b"x").await), ErrorKind::BrokenPipe);
        assert_eq!(one.read(&mut [0; 8]).await.unwrap(), 0);
    });
}

/// I4: whoever waits is woken by the end.
#[test]
fn who_waits_is_woken_by_the_end() {
    on_each(|| async {
        let (mut reader, other) = duplex(1);
        let reads = anyrt::spawn(async move { reader.read(&mut [0; 8]).await });
        let (mut writer, another) = duplex(1);
        writer.write_all(b"x").await.unwrap();
        let writes = anyrt::spawn(async move { writer.write(b"y").await });
        anyrt::task::yield_now().await;
        drop((other, another));
        assert_eq!(reads.await.unwrap().unwrap(), 0);
        assert_eq!(kind(writes.await.unwrap()), ErrorKind::BrokenPipe);
    });
}

/// I4: several slices are one write, and one read fills several.
#[test]
fn vectored_reads_and_writes_are_whole() {
    use std::io::{IoSlice, IoSliceMut};

    on_each(|| async {
        let (mut one, mut other) = duplex(10);
        let slices = [IoSlice::new(b"head, "), IoSlice::new(b""), IoSlice::new(b"body and more")];
        assert_eq!(one.write_vectored(&slices).await.unwrap(), 10);
        let (mut head, mut body) = ([0; 6], [0; 20]);
        let mut buffers = [IoSliceMut::new(&mut head), IoSliceMut::new(&mut body)];
        assert_eq!(other.read_vectored(&mut buffers).await.unwrap(), 10);
        assert_eq!((&head, &body[..4]), (b"head, ", &b"body"[..]));
    });
}

/// I3: a stream in memory that is always ready lets others go first.
#[test]
fn a_stream_in_memory_takes_part_in_the_budget() {
    on_each(|| async {
        let first_poll = anyrt::spawn(async {
            let (mut one, mut other) = duplex(64);
            let mut moved = 0;
            let moves = async {
                for _ in 0..100_000 {
                    one.write_all(b"x").await.unwrap();
                    other.read_exact(&mut [0]).await.unwrap();
                    moved += 1;
                }
            };
            assert!(poll_and_drop(moves).await.is_none());
            moved
        });
        let moved = first_poll.await.unwrap();
        assert!(0 < moved && moved < 100_000, "{moved} were moved");
    });
}

/// I4: a pipe of one value, and of two halves.
#[test]
fn a_pipe_in_memory_goes_in_one_direction() {
    on_each(|| async {
        let mut pipe = SimplexStream::new_unsplit(8);
        pipe.write_all(b"12345678").await.unwrap();
        assert!(poll_and_drop(pipe.write(b"9")).await.is_none());
        pipe.read_exact(&mut [0; 8]).await.unwrap();
        assert!(poll_and_drop(pipe.read(&mut [0; 8])).await.is_none());

        let (mut reader, mut writer) = simplex(3);
        let sent = bytes(10_000);
        let expected = sent.clone();
        let writes = anyrt::spawn(async move {
            writer.write_all(&sent).await.unwrap();
            writer.shutdown().await.unwrap();
        });
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        assert!(received == expected);
        writes.await.unwrap();
    });
}

/// I5: the halves of any stream work from two tasks, and are one stream again.
#[test]
fn the_halves_of_a_stream_work_at_the_same_time() {
    on_each(|| async {
        let (one, other) = duplex(5);
        let (mut reader, mut writer) = split(one);
        let (other_reader, other_writer) = split(other);
        assert!(reader.is_pair_of(&writer) && !reader.is_pair_of(&other_writer));
        assert!(writer.is_pair_of(&reader) && !writer.is_pair_of(&other_reader));
        let mut other: DuplexStream = other_reader.unsplit(other_writer);
        let content = bytes(20_000);
        let echoes = anyrt::spawn(async move {
            let mut buffer = [0; 3];
            loop {
                match other.read(&mut buffer).await.unwrap() {
                    0 => break,
                    n => other.write_all(&buffer[..n]).await.unwrap(),
                }
            }
        });
        let sent = content.clone();
        let writes = anyrt::spawn(async move {
            writer.write_all(&sent).await.unwrap();
            writer.flush().await.unwrap();
            writer.shutdown().await.unwrap();
            writer
        });
        let mut received = Vec::new();
        reader.read_to_end(&mut received).await.unwrap();
        assert!(received == content);
        echoes.await.unwrap();
        let mut one = reader.unsplit(writes.await.unwrap());
        assert_eq!(kind(one.write(b"x").await), ErrorKind::BrokenPipe);
    });
}

/// I5: halves of two streams are no stream, and the panic says what to ask before.
#[test]
fn halves_of_two_streams_do_not_go_together() {
    let (reader, _writer) = simplex(1);
    let (_reader, writer) = simplex(1);
    let unsplit = std::panic::AssertUnwindSafe(|| drop(reader.unsplit(writer)));
    let payload = std::panic::catch_unwind(unsplit).unwrap_err();
    assert!(payload.downcast_ref::<&str>().unwrap().contains("ask `is_pair_of` before"));
}

/// I5: a reader and a writer are one stream, with what each of them can do.
#[test]
fn a_reader_and_a_writer_are_one_stream() {
    on_each(|| async {
        let mut stream = join(&b"a line\nrest"[..], Vec::new());
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        stream.write_all(b"written").await.unwrap();
        stream.shutdown().await.unwrap();
        assert_eq!((line.as_str(), *stream.reader()), ("a line\n", &b"rest"[..]));
        assert_eq!(stream.writer(), b"written");
        stream.writer_mut().clear();
        *stream.reader_mut() = b"";
        assert_eq!(stream.into_inner(), (&b""[..], Vec::new()));
    });
}

/// I5: both directions of a stream are buffered at once.
#[test]
fn a_stream_is_buffered_in_both_directions() {
    on_each(|| async {
        let (one, mut other) = duplex(64);
        let mut one = BufStream::with_capacity(16, 8, one);
        one.write_all(b"1234").await.unwrap();
        assert!(poll_and_drop(other.read(&mut [0; 8])).await.is_none(), "it is in the buffer");
        one.flush().await.unwrap();
        other.read_exact(&mut [0; 4]).await.unwrap();
        other.write_all(b"one\ntwo\n").await.unwrap();
        let mut line = String::new();
        one.read_line(&mut line).await.unwrap();
        assert_eq!(line, "one\n");
        assert_eq!(one.fill_buf().await.unwrap(), b"two\n");
        let (flushed, read) = future::join(
            async {
                one.write_all(&[b'x'; 100]).await?;
                one.shutdown().await
            },
            async {
                let mut all = Vec::new();
                other.read_to_end(&mut all).await.map(|_| all)
            },
        )
        .await;
        flushed.unwrap();
        assert_eq!(read.unwrap(), [b'x'; 100]);
        drop(one.into_inner());
        assert_eq!(kind(other.write(b"x").await), ErrorKind::BrokenPipe);
    });
}

/// I6: tokio's traits work on streams in memory, with the feature `tokio-io`.
#[test]
#[cfg(feature = "tokio-io")]
fn the_traits_of_tokio_io_work_in_memory() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    on_each(|| async {
        let (mut one, mut other) = duplex(8);
        AsyncWriteExt::write_u16(&mut one, 7).await.unwrap();
        AsyncWriteExt::shutdown(&mut one).await.unwrap();
        assert_eq!(AsyncReadExt::read_u16(&mut other).await.unwrap(), 7);
        let mut rest = Vec::with_capacity(16);
        assert_eq!(AsyncReadExt::read_buf(&mut other, &mut rest).await.unwrap(), 0);
        let mut pipe = SimplexStream::new_unsplit(8);
        AsyncWriteExt::write_all(&mut pipe, b"x").await.unwrap();
        assert_eq!(AsyncReadExt::read_buf(&mut pipe, &mut rest).await.unwrap(), 1);
    });
}

/// I4: a waker that does something with the stream when it is dropped finds it unlocked.
#[test]
fn a_waker_may_hold_the_other_end() {
    struct Holds(#[allow(dead_code, reason = "it is there to be dropped")] Mutex<DuplexStream>);

    impl Wake for Holds {
        fn wake(self: Arc<Self>) {}
    }

    fn waker_that_holds(end: DuplexStream) -> Waker {
        Waker::from(Arc::new(Holds(Mutex::new(end))))
    }

    let mut quiet = Context::from_waker(Waker::noop());
    let (mut reader, end) = duplex(1);
    {
        let waker = waker_that_holds(end);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut reader).poll_read(&mut cx, &mut [0]).is_pending());
    }
    // The stream has the only one; another one takes its place.
    assert!(Pin::new(&mut reader).poll_read(&mut quiet, &mut [0]).is_pending());
    assert!(matches!(Pin::new(&mut reader).poll_read(&mut quiet, &mut [0]), Poll::Ready(Ok(0))));

    let (mut writer, end) = duplex(1);
    assert!(Pin::new(&mut writer).poll_write(&mut quiet, b"x").is_ready());
    {
        let waker = waker_that_holds(end);
        let mut cx = Context::from_waker(&waker);
        assert!(Pin::new(&mut writer).poll_write(&mut cx, b"x").is_pending());
    }
    assert!(Pin::new(&mut writer).poll_write(&mut quiet, b"x").is_pending());
    assert!(matches!(Pin::new(&mut writer).poll_write(&mut quiet, b"x"), Poll::Ready(Err(_))));
}
