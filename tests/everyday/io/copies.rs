//! Copies in one direction and in both.

use std::net::Shutdown;

use anyrt::io::{
    AsyncReadExt, AsyncWriteExt, BufReader, copy, copy_bidirectional,
    copy_bidirectional_with_sizes, copy_buf, duplex, join, repeat, sink,
};
use anyrt::net::{TcpListener, TcpStream, UnixStream};

use super::*;

fn some(text: &str) -> Poll<io::Result<Vec<u8>>> {
    Poll::Ready(Ok(text.into()))
}

fn failure(kind: ErrorKind) -> Poll<io::Result<Vec<u8>>> {
    Poll::Ready(Err(kind.into()))
}

/// I1: all that is read is written, in order, and counted.
#[test]
fn a_copy_is_whole() {
    on_each(|| async {
        let all = bytes(1_000_000);
        let mut copied = Vec::new();
        assert_eq!(copy(&mut &all[..], &mut copied).await.unwrap(), 1_000_000);
        assert!(copied == all);

        let (mut writer, mut reader) = duplex(1000);
        let sent = all.clone();
        let sends = anyrt::spawn(async move {
            let n = copy_buf(&mut BufReader::new(&sent[..]), &mut writer).await;
            writer.shutdown().await.unwrap();
            n
        });
        let mut received = Vec::new();
        assert_eq!(copy(&mut reader, &mut received).await.unwrap(), 1_000_000);
        assert!(received == all);
        assert_eq!(sends.await.unwrap().unwrap(), 1_000_000);
    });
}

/// I1: whoever waits for what was written gets it before more is read; at the end it is flushed, and not shut down.
#[test]
fn a_copy_is_flushed_when_there_is_nothing_to_read() {
    on_each(|| async {
        let mut reader =
            Script::reading(vec![some("one"), some("two"), Poll::Pending, some("three")]);
        let mut writer = Script::default();
        {
            let mut copies = pin!(copy(&mut reader, &mut writer));
            assert!(poll!(&mut copies).is_pending());
        }
        assert_eq!((&writer.written[..], writer.flushed), (&b"onetwo"[..], 1));
        assert_eq!(copy(&mut reader, &mut writer).await.unwrap(), 5);
        assert_eq!((&writer.written[..], writer.flushed), (&b"onetwothree"[..], 2));
        assert_eq!(writer.closed, 0);

        let mut reader =
            BufReader::new(Script::reading(vec![some("one"), Poll::Pending, some("two")]));
        let mut writer = Script::default();
        assert!(poll_and_drop(copy_buf(&mut reader, &mut writer)).await.is_none());
        assert_eq!((&writer.written[..], writer.flushed), (&b"one"[..], 1));
        assert_eq!(copy_buf(&mut reader, &mut writer).await.unwrap(), 3);
        assert_eq!((&writer.written[..], writer.flushed), (&b"onetwo"[..], 2));
    });
}

/// I1: the first error ends it, and so does a writer that takes nothing.
#[test]
fn a_copy_tells_of_errors() {
    on_each(|| async {
        let mut reader = Script::reading(vec![some("one"), failure(ErrorKind::TimedOut)]);
        let mut writer = Script::default();
        assert_eq!(kind(copy(&mut reader, &mut writer).await), ErrorKind::TimedOut);
        assert_eq!(writer.written, b"one");

        writer.write = Some(Poll::Ready(ErrorKind::BrokenPipe));
        assert_eq!(kind(copy(&mut &b"x"[..], &mut writer).await), ErrorKind::BrokenPipe);
        assert_eq!(kind(copy_buf(&mut &b"x"[..], &mut writer).await), ErrorKind::BrokenPipe);
        let mut full = anyrt::io::Cursor::new(Box::<[u8]>::from([0, 0]));
        assert_eq!(kind(copy(&mut &b"xyz"[..], &mut full).await), ErrorKind::WriteZero);
        let mut full = anyrt::io::Cursor::new(Box::<[u8]>::from([0, 0]));
        assert_eq!(kind(copy_buf(&mut &b"xyz"[..], &mut full).await), ErrorKind::WriteZero);
    });
}

/// I2: through a proxy each direction comes to its own end, and both are counted.
#[test]
fn a_proxy_passes_on_what_each_end_says_and_that_it_has_ended() {
    on_each(|| async {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = server.local_addr().unwrap();
        let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = proxy.local_addr().unwrap();
        let counts = anyrt::spawn(async move {
            let (mut client, _) = proxy.accept().await?;
            let mut server = TcpStream::connect(target).await?;
            copy_bidirectional(&mut client, &mut server).await
        });
        let (request, reply) = (bytes(300_000), bytes(500_000));
        let (sent, expected) = (request.clone(), reply.clone());
        let serves = anyrt::spawn(async move {
            let (stream, _) = server.accept().await.unwrap();
            let mut received = Vec::new();
            // The end of the request comes through while the reply has not begun.
            stream.read_to_end(&mut received).await.unwrap();
            assert!(received == request);
            stream.write_all(&reply).await.unwrap();
        });
        let client = TcpStream::connect(address).await.unwrap();
        client.write_all(&sent).await.unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut received = Vec::new();
        client.read_to_end(&mut received).await.unwrap();
        assert!(received == expected);
        serves.await.unwrap();
        assert_eq!(counts.await.unwrap().unwrap(), (300_000, 500_000));
    });
}

/// I2: a direction that is stuck keeps the other one from nothing, and neither does one that has ended.
#[test]
fn one_direction_does_not_wait_for_the_other() {
    on_each(|| async {
        let (mut a, mut a_end) = duplex(16);
        let (mut b, mut b_end) = duplex(16);
        let proxies =
            anyrt::spawn(async move { copy_bidirectional_with_sizes(&mut a, &mut b, 16, 4).await });
        // Nobody reads that, until buffers and pipes are full.
        let stuffed = bytes(16 + 16 + 16);
        a_end.write_all(&stuffed).await.unwrap();
        for _ in 0..100 {
            b_end.write_all(b"back").await.unwrap();
            let mut back = [0; 4];
            a_end.read_exact(&mut back).await.unwrap();
            assert_eq!(&back, b"back");
        }
        b_end.shutdown().await.unwrap();
        assert_eq!(a_end.read(&mut [0; 8]).await.unwrap(), 0);
        let writes = anyrt::spawn(async move { a_end.write_all(b"still").await });
        let mut there = Vec::new();
        b_end.read_to_end(&mut there).await.unwrap();
        assert!(there[..48] == stuffed && &there[48..] == b"still");
        writes.await.unwrap().unwrap();
        assert_eq!(proxies.await.unwrap().unwrap(), (53, 400));
    });
}

/// I2, I3: a direction that uses up the budget of each turn leaves every other turn to the other one.
#[test]
fn a_direction_that_never_waits_does_not_starve_the_other() {
    on_each(|| async {
        let copied = anyrt::spawn(async {
            let mut endless = join(repeat(0), Vec::new());
            let mut short = join(&b"back"[..], sink());
            {
                let mut copies = pin!(copy_bidirectional(&mut endless, &mut short));
                for _ in 0..2 {
                    assert!(poll!(&mut copies).is_pending());
                    anyrt::task::yield_now().await;
                }
            }
            let mut other = join(&b"there"[..], sink());
            let mut endless_back = join(repeat(0), Vec::new());
            {
                let mut copies = pin!(copy_bidirectional(&mut other, &mut endless_back));
                for _ in 0..2 {
                    assert!(poll!(&mut copies).is_pending());
                    anyrt::task::yield_now().await;
                }
            }
            (endless.into_inner().1, endless_back.into_inner().1)
        });
        assert_eq!(copied.await.unwrap(), (b"back".to_vec(), b"there".to_vec()));
    });
}

/// I2: an error of either direction ends both at once.
#[test]
fn the_first_error_ends_both_directions() {
    on_each(|| async {
        let (mut waits, _end) = duplex(16);
        let mut fails = Script::reading(vec![Poll::Pending, failure(ErrorKind::TimedOut)]);
        let result = copy_bidirectional(&mut waits, &mut fails).await;
        assert_eq!(kind(result), ErrorKind::TimedOut);

        let (mut a, mut end) = duplex(16);
        end.write_all(b"x").await.unwrap();
        let mut broken =
            Script { write: Some(Poll::Ready(ErrorKind::BrokenPipe)), ..Script::default() };
        broken.reads.extend((0..100).map(|_| Poll::Pending));
        assert_eq!(kind(copy_bidirectional(&mut a, &mut broken).await), ErrorKind::BrokenPipe);
    });
}

/// I2: each end of a stream shuts the other one down, once, after all that was read before is flushed.
#[test]
fn an_end_is_passed_on_once() {
    on_each(|| async {
        let mut a = Script::reading(vec![some("there")]);
        let mut b = Script::reading(vec![Poll::Pending, Poll::Pending, some("back")]);
        assert_eq!(copy_bidirectional(&mut a, &mut b).await.unwrap(), (5, 4));
        assert_eq!((&a.written[..], a.closed), (&b"back"[..], 1));
        assert_eq!((&b.written[..], b.closed), (&b"there"[..], 1));
        assert!(a.flushed >= 1 && b.flushed >= 1);
    });
}

/// I3: a copy that never has to wait lets others go first.
#[test]
fn a_copy_takes_part_in_the_budget() {
    const MUCH: u64 = 16 << 20;

    on_each(|| async {
        let first_polls = anyrt::spawn(async {
            let mut zeros = AsyncReadExt::take(repeat(0), MUCH);
            let one = poll_and_drop(copy(&mut zeros, &mut sink())).await.is_none();
            let mut a = join(AsyncReadExt::take(repeat(0), MUCH), sink());
            let mut b = join(AsyncReadExt::take(repeat(0), MUCH), sink());
            anyrt::task::yield_now().await;
            let both = poll_and_drop(copy_bidirectional(&mut a, &mut b)).await.is_none();
            anyrt::task::yield_now().await;
            let content = vec![0; MUCH as usize];
            let mut reader = BufReader::with_capacity(1024, &content[..]);
            let buffered = poll_and_drop(copy_buf(&mut reader, &mut sink())).await.is_none();
            (one, both, buffered)
        });
        assert_eq!(first_polls.await.unwrap(), (true, true, true));
        // It does come to its end.
        let copies = anyrt::spawn(async {
            copy(&mut AsyncReadExt::take(repeat(0), MUCH), &mut sink()).await
        });
        assert_eq!(copies.await.unwrap().unwrap(), MUCH);
    });
}

/// I2: a peer that is gone is an error of a socket, and not of those that are well.
#[test]
fn streams_of_two_kinds_are_copied_between() {
    on_each(|| async {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let (mut memory, mut end) = duplex(64);
        let copies = anyrt::spawn(async move { copy_bidirectional(&mut ours, &mut memory).await });
        end.write_all(b"hello").await.unwrap();
        let mut greeting = [0; 5];
        theirs.read_exact(&mut greeting).await.unwrap();
        theirs.write_all(b"bye").await.unwrap();
        drop(theirs);
        let mut bye = String::new();
        end.read_to_string(&mut bye).await.unwrap();
        assert_eq!(bye, "bye");
        drop(end);
        assert_eq!(copies.await.unwrap().unwrap(), (3, 5));
    });
}
