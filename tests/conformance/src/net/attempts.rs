//! Trying without waiting, operations of one's own, and readiness that is polled.

use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::pin::pin;

use anyrt_core::net::{Stream, UnixStream};
use anyrt_core::{Interest, Launch, Reactor, Source};
use futures::poll;

use super::{connection, own_connection, pattern};
use crate::witness::Drive;

#[track_caller]
fn assert_would_block<T>(result: io::Result<T>) {
    assert_eq!(result.err().unwrap().kind(), io::ErrorKind::WouldBlock);
}

pub fn tries_that_would_block_say_so_and_keep_nobody_waiting<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (one, other) = own_connection(handle);
        try_both_ways(one, other).await;
        let (one, other) = UnixStream::pair_on(handle).unwrap();
        try_both_ways(one, other).await;
    });
}

async fn try_both_ways<S: Source, R: Reactor>(stream: Stream<S, R>, peer: Stream<S, R>) {
    let mut buffer = [0; 4];
    assert_would_block(stream.try_read(&mut buffer));
    assert_would_block(stream.try_read_vectored(&mut [IoSliceMut::new(&mut buffer)]));
    assert_eq!(stream.try_read(&mut []).unwrap(), 0);
    assert_eq!(stream.try_write(&[]).unwrap(), 0);

    // Whoever waits is woken, whether the try came before the wait or meanwhile.
    let mut readable = pin!(stream.readable());
    assert!(poll!(readable.as_mut()).is_pending());
    assert_would_block(stream.try_read(&mut buffer));
    peer.write_all(b"abcdefgh").await.unwrap();
    readable.await.unwrap();
    assert_eq!(stream.try_read(&mut buffer).unwrap(), 4);
    assert_eq!(&buffer, b"abcd");
    // What a try leaves is there for whoever waits next.
    stream.ready(Interest::Readable).await.unwrap();
    let (mut a, mut b) = ([0; 1], [0; 2]);
    let mut buffers = [&mut a[..], &mut b].map(IoSliceMut::new);
    assert_eq!(stream.try_read_vectored(&mut buffers).unwrap(), 3);
    assert_eq!((&a, &b), (b"e", b"fg"));
    let mut last = [0];
    stream.read_exact(&mut last).await.unwrap();
    assert_eq!(&last, b"h");
    assert_would_block(stream.try_read(&mut buffer));

    // Until there is no room. The system moves bytes to the peer meanwhile, so it may find some again.
    let bytes = pattern(1 << 16);
    let mut written = 0;
    let mut writable = loop {
        match stream.try_write(&bytes) {
            Ok(n) => written += n,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                let mut writable = Box::pin(stream.writable());
                if poll!(writable.as_mut()).is_pending() {
                    break writable;
                }
            }
        }
    };
    let mut received = vec![0; written];
    peer.read_exact(&mut received).await.unwrap();
    writable.as_mut().await.unwrap();
    let slices = [IoSlice::new(b"x"), IoSlice::new(b"yz")];
    assert_eq!(stream.try_write_vectored(&slices).unwrap(), 3);
    peer.read_exact(&mut received[..3]).await.unwrap();
    assert_eq!(&received[..3], b"xyz");

    drop(peer);
    stream.readable().await.unwrap();
    assert_eq!(stream.try_read(&mut buffer).unwrap(), 0);
}

pub fn operations_of_ones_own_wait_like_any_other<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        let mut buffer = [0; 3];
        assert_would_block(stream.try_io(Interest::Readable, |mut socket| socket.read(&mut [0])));
        {
            let mut read =
                pin!(stream.io(Interest::Readable, |mut socket| socket.read(&mut buffer)));
            assert!(poll!(read.as_mut()).is_pending());
            peer.write_all(b"abc").unwrap();
            assert_eq!(read.await.unwrap(), 3);
        }
        assert_eq!(&buffer, b"abc");

        let mut read = |cx: &mut std::task::Context<'_>| {
            stream.poll_io(cx, Interest::Readable, |mut socket| socket.read(&mut buffer))
        };
        assert!(poll_fn(|cx| std::task::Poll::Ready(read(cx).is_pending())).await);
        peer.write_all(b"de").unwrap();
        assert_eq!(poll_fn(read).await.unwrap(), 2);
        assert_eq!(&buffer[..2], b"de");

        let write = |mut socket: &std::net::TcpStream| socket.write(b"xyz");
        assert_eq!(stream.io(Interest::Writable, write).await.unwrap(), 3);
        assert_eq!(stream.try_io(Interest::Writable, write).unwrap(), 3);
        let mut received = [0; 6];
        peer.read_exact(&mut received).unwrap();
        assert_eq!(&received, b"xyzxyz");

        let error = stream.io(Interest::Readable, |_| Err::<(), _>(io::Error::other("mine"))).await;
        assert_eq!(error.unwrap_err().to_string(), "mine");
    });
}

pub fn readiness_can_be_polled<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, peer) = own_connection(handle);
        poll_readiness(stream, peer).await;
        let (stream, peer) = UnixStream::pair_on(handle).unwrap();
        poll_readiness(stream, peer).await;
    });
}

async fn poll_readiness<S: Source, R: Reactor>(stream: Stream<S, R>, peer: Stream<S, R>) {
    let (mut buffer, mut longer) = ([0; 2], [0; 8]);
    poll_fn(|cx| stream.poll_write_ready(cx)).await.unwrap();
    let mut readable = poll_fn(|cx| stream.poll_read_ready(cx));
    let mut peek = Box::pin(stream.peek(&mut longer));
    assert!(poll!(&mut readable).is_pending());
    assert!(poll!(peek.as_mut()).is_pending());
    peer.write_all(b"abc").await.unwrap();
    readable.await.unwrap();
    assert_eq!(peek.await.unwrap(), 3);
    // Again and again as long as something is there.
    for _ in 0..3 {
        poll_fn(|cx| stream.poll_read_ready(cx)).await.unwrap();
        assert_eq!(poll_fn(|cx| stream.poll_peek(cx, &mut buffer)).await.unwrap(), 2);
        assert_eq!(&buffer, b"ab");
    }
    assert_eq!(poll_fn(|cx| stream.poll_peek(cx, &mut [])).await.unwrap(), 0);
    let mut all = [0; 3];
    stream.read_exact(&mut all).await.unwrap();
    assert_eq!(&all, b"abc");
    let mut peek = poll_fn(|cx| stream.poll_peek(cx, &mut buffer));
    assert!(poll!(&mut peek).is_pending());
    peer.write_all(b"d").await.unwrap();
    assert_eq!(peek.await.unwrap(), 1);
    let mut last = [0; 1];
    stream.read_exact(&mut last).await.unwrap();

    let mut readable = poll_fn(|cx| stream.poll_read_ready(cx));
    assert!(poll!(&mut readable).is_pending());
    drop(peer);
    readable.await.unwrap();
    assert_eq!(stream.peek(&mut buffer).await.unwrap(), 0);
}

pub fn halves_have_what_the_stream_has<L: Launch>(runtime: L) {
    macro_rules! check {
        ($reader:ident, $writer:ident, $peer:ident) => {
            let mut buffer = [0; 2];
            assert_would_block($reader.try_read(&mut buffer));
            $writer.ready(Interest::Writable).await.unwrap();
            poll_fn(|cx| $writer.poll_write_ready(cx)).await.unwrap();
            assert_eq!($writer.write_vectored(&[IoSlice::new(b"ab")]).await.unwrap(), 2);
            assert_eq!($writer.try_write(b"cd").unwrap(), 2);
            assert_eq!($writer.try_write_vectored(&[IoSlice::new(b"ef")]).unwrap(), 2);
            let mut received = [0; 6];
            $peer.read_exact(&mut received).await.unwrap();
            assert_eq!(&received, b"abcdef");

            $peer.write_all(b"uvwxyz").await.unwrap();
            $reader.ready(Interest::Readable).await.unwrap();
            poll_fn(|cx| $reader.poll_read_ready(cx)).await.unwrap();
            assert_eq!($reader.peek(&mut buffer).await.unwrap(), 2);
            assert_eq!(poll_fn(|cx| $reader.poll_peek(cx, &mut buffer)).await.unwrap(), 2);
            assert_eq!(&buffer, b"uv");
            assert_eq!($reader.try_read(&mut buffer).unwrap(), 2);
            assert_eq!(&buffer, b"uv");
            let mut buffers = [IoSliceMut::new(&mut buffer)];
            assert_eq!($reader.read_vectored(&mut buffers).await.unwrap(), 2);
            assert_eq!(&buffer, b"wx");
            let mut buffers = [IoSliceMut::new(&mut buffer)];
            assert_eq!($reader.try_read_vectored(&mut buffers).unwrap(), 2);
            assert_eq!(&buffer, b"yz");

            let whole: &Stream<_, _> = $reader.as_ref();
            assert!(std::ptr::eq(whole, $writer.as_ref()));
            let (ours, theirs) = (whole.local_addr().unwrap(), whole.peer_addr().unwrap());
            for address in [$reader.local_addr(), $writer.local_addr()] {
                assert_eq!(format!("{:?}", address.unwrap()), format!("{ours:?}"));
            }
            for address in [$reader.peer_addr(), $writer.peer_addr()] {
                assert_eq!(format!("{:?}", address.unwrap()), format!("{theirs:?}"));
            }
        };
    }

    let handle = runtime.handle();
    handle.drive(async {
        let (stream, peer) = own_connection(handle);
        let (reader, writer) = stream.split();
        check!(reader, writer, peer);
        let (reader, writer) = stream.into_split();
        check!(reader, writer, peer);
        assert_eq!(reader.peer_addr().unwrap(), peer.local_addr().unwrap());

        let (stream, peer) = UnixStream::pair_on(handle).unwrap();
        let (reader, writer) = stream.split();
        check!(reader, writer, peer);
        let (reader, writer) = stream.into_split();
        check!(reader, writer, peer);
    });
}
