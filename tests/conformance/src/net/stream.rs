//! Reading and writing.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::pin::pin;

use anyrt_core::net::UnixStream;
use anyrt_core::{Launch, Spawn, yield_now};
use futures::{AsyncReadExt, AsyncWriteExt, FutureExt, poll};

use super::{connection, own_connection, pattern};
use crate::witness::Drive;

pub fn writes_can_be_vectored<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (mut stream, mut peer) = connection(handle);
        let slices = [b"ab".as_slice(), b"", b"cde", b"f"].map(IoSlice::new);
        let mut text = [0; 6];
        assert_eq!(stream.write_vectored(&slices).await.unwrap(), 6);
        peer.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"abcdef");
        assert_eq!(AsyncWriteExt::write_vectored(&mut stream, &slices).await.unwrap(), 6);
        peer.read_exact(&mut text).unwrap();
        assert_eq!(&text, b"abcdef");
        // However many bytes there are, in three slices and in one.
        for length in [0, 1, 2, 255, 256, 257, 1023, 1024, 1025, 5000] {
            let bytes = pattern(length);
            let (head, rest) = bytes.split_at(length / 3);
            let (body, tail) = rest.split_at(rest.len() / 2);
            let parts = [head, body, tail].map(IoSlice::new);
            for slices in [&parts[..], &[IoSlice::new(&bytes)]] {
                assert_eq!(stream.write_vectored(slices).await.unwrap(), length);
                let mut received = vec![0; length];
                peer.read_exact(&mut received).unwrap();
                assert_eq!(received, bytes);
            }
        }
    });
}

pub fn reads_can_be_vectored<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (mut stream, mut peer) = connection(handle);
        let (mut a, mut b, mut c) = ([0; 2], [0; 3], [0; 8]);
        peer.write_all(b"abcdef").unwrap();
        let mut buffers = [&mut a[..], &mut [], &mut b, &mut c].map(IoSliceMut::new);
        assert_eq!(stream.read_vectored(&mut buffers).await.unwrap(), 6);
        assert_eq!((&a, &b, &c), (b"ab", b"cde", b"f\0\0\0\0\0\0\0"));

        peer.write_all(b"ghijk").unwrap();
        let mut buffers = [&mut a[..], &mut b].map(IoSliceMut::new);
        assert_eq!(AsyncReadExt::read_vectored(&mut stream, &mut buffers).await.unwrap(), 5);
        assert_eq!((&a, &b), (b"gh", b"ijk"));

        // With nothing there it waits.
        let mut buffers = [&mut a[..], &mut b].map(IoSliceMut::new);
        let mut read = Box::pin(stream.read_vectored(&mut buffers));
        assert!(poll!(read.as_mut()).is_pending());
        peer.write_all(b"lmn").unwrap();
        assert_eq!(read.await.unwrap(), 3);
        assert_eq!((&a, &b[..1]), (b"lm", b"n".as_slice()));
    });
}

pub fn more_slices_than_the_system_takes_are_written_in_part<L: Launch>(runtime: L) {
    // One more than Linux takes.
    const SLICES: usize = 1025;
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        let bytes = pattern(2 * SLICES);
        let slices: Vec<_> = bytes.chunks(2).map(IoSlice::new).collect();
        let n = stream.write_vectored(&slices).await.unwrap();
        assert!(0 < n && n <= bytes.len());
        let mut received = vec![0; n];
        peer.read_exact(&mut received).unwrap();
        assert_eq!(received, bytes[..n]);

        peer.write_all(&bytes).unwrap();
        let mut received = vec![0; bytes.len()];
        let mut buffers: Vec<_> = received.chunks_mut(2).map(IoSliceMut::new).collect();
        let n = stream.read_vectored(&mut buffers).await.unwrap();
        assert!(0 < n && n <= bytes.len());
        assert_eq!(received[..n], bytes[..n]);
    });
}

pub fn empty_transfers_return_at_once<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        // Nothing ever comes, and in the end there is no room either.
        let (mut stream, _peer) = connection(handle);
        let (mut unix, _unix_peer) = UnixStream::pair_on(handle).unwrap();
        macro_rules! check {
            ($stream:ident) => {
                assert_eq!($stream.read(&mut []).await.unwrap(), 0);
                assert_eq!($stream.read_vectored(&mut []).await.unwrap(), 0);
                let mut empty = [IoSliceMut::new(&mut []), IoSliceMut::new(&mut [])];
                assert_eq!($stream.read_vectored(&mut empty).await.unwrap(), 0);
                $stream.read_exact(&mut []).await.unwrap();
                assert_eq!($stream.write(&[]).await.unwrap(), 0);
                assert_eq!($stream.write_vectored(&[]).await.unwrap(), 0);
                let empty = [IoSlice::new(&[]), IoSlice::new(&[])];
                assert_eq!($stream.write_vectored(&empty).await.unwrap(), 0);
                $stream.write_all(&[]).await.unwrap();
                assert_eq!(AsyncReadExt::read(&mut $stream, &mut []).await.unwrap(), 0);
                assert_eq!(AsyncReadExt::read_vectored(&mut $stream, &mut []).await.unwrap(), 0);
                assert_eq!(AsyncWriteExt::write(&mut $stream, &[]).await.unwrap(), 0);
                assert_eq!(AsyncWriteExt::write_vectored(&mut $stream, &[]).await.unwrap(), 0);
                $stream.flush().await.unwrap();
            };
        }
        check!(stream);
        check!(unix);
        while stream.write(&[0; 1 << 16]).now_or_never().is_some() {}
        while unix.write(&[0; 1 << 16]).now_or_never().is_some() {}
        check!(stream);
        check!(unix);
    });
}

pub fn a_read_that_is_dropped_loses_nothing<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let bytes = pattern(20_000);
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        let sent = bytes.clone();
        let writer = std::thread::spawn(move || {
            for chunk in sent.chunks(100) {
                peer.write_all(chunk).unwrap();
                std::thread::yield_now();
            }
        });
        let mut received = Vec::<u8>::new();
        loop {
            let mut buffer = [0; 64];
            match stream.read(&mut buffer).now_or_never() {
                None => yield_now().await,
                Some(Ok(0)) => break,
                Some(result) => received.extend(&buffer[..result.unwrap()]),
            }
        }
        writer.join().unwrap();
        assert!(received == bytes, "{} of {} bytes arrived", received.len(), bytes.len());
    });
}

pub fn reading_stops_at_the_end_of_the_stream<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let bytes = pattern(50_000);
        let (stream, mut peer) = connection(handle);
        let sent = bytes.clone();
        let writer = std::thread::spawn(move || peer.write_all(&sent).unwrap());
        let mut received = vec![1, 2, 3];
        assert_eq!(stream.read_to_end(&mut received).await.unwrap(), bytes.len());
        assert!(received[..3] == [1, 2, 3] && received[3..] == bytes);
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        assert_eq!(stream.read_to_end(&mut received).await.unwrap(), 0);
        writer.join().unwrap();

        let (stream, mut peer) = connection(handle);
        peer.write_all(b"abc").unwrap();
        drop(peer);
        let error = stream.read_exact(&mut [0; 4]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);

        // What was read before the future is dropped stays.
        let (stream, mut peer) = connection(handle);
        peer.write_all(b"abc").unwrap();
        stream.readable().await.unwrap();
        let mut received = Vec::new();
        assert!(poll!(pin!(stream.read_to_end(&mut received))).is_pending());
        peer.write_all(b"def").unwrap();
        drop(peer);
        stream.read_to_end(&mut received).await.unwrap();
        assert_eq!(received, b"abcdef");
    });
}

pub fn peeking_leaves_the_bytes_in_place<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        let mut buffer = [0; 3];
        let mut peek = Box::pin(stream.peek(&mut buffer));
        assert!(poll!(peek.as_mut()).is_pending());
        peer.write_all(b"abc").unwrap();
        assert_eq!(peek.await.unwrap(), 3);
        assert_eq!(stream.peek(&mut buffer[..2]).await.unwrap(), 2);
        assert_eq!(stream.peek(&mut [0; 8]).await.unwrap(), 3);
        stream.read_exact(&mut buffer).await.unwrap();
        assert_eq!(&buffer, b"abc");
        drop(peer);
        assert_eq!(stream.peek(&mut buffer).await.unwrap(), 0);
    });
}

pub fn a_slow_reader_gets_every_byte<L: Launch>(runtime: L) {
    const BYTES: usize = 4 << 20;
    let handle = runtime.handle();
    let (one, other) = own_connection(handle);
    let writer = handle.spawn(async move { one.write_all(&pattern(BYTES)).await });
    let reader = handle.spawn(async move {
        let mut received = Vec::<u8>::new();
        let mut buffer = vec![0; 10_007];
        loop {
            for _ in 0..10 {
                yield_now().await;
            }
            match other.read(&mut buffer).await? {
                0 => return io::Result::Ok(received),
                n => received.extend(&buffer[..n]),
            }
        }
    });
    handle.drive(async {
        writer.await.unwrap().unwrap();
        assert!(reader.await.unwrap().unwrap() == pattern(BYTES));
    });
}

pub fn one_stream_is_read_and_written_at_once<L: Launch>(runtime: L) {
    const BYTES: usize = 1 << 20;
    let handle = runtime.handle();
    let (stream, peer) = own_connection(handle);
    // More is on its way than the system holds, so that both sides must go on at once.
    let echo = handle.spawn(async move {
        let n = futures::io::copy(&peer, &mut &peer).await?;
        (&peer).close().await?;
        io::Result::Ok(n)
    });
    handle.drive(async {
        let bytes = pattern(BYTES);
        let write = async {
            AsyncWriteExt::write_all(&mut &stream, &bytes).await?;
            (&stream).close().await
        };
        let mut received = Vec::new();
        let mut reader = &stream;
        let read = AsyncReadExt::read_to_end(&mut reader, &mut received);
        let (written, read) = futures::join!(write, read);
        written.unwrap();
        assert_eq!(read.unwrap(), BYTES);
        assert!(received == bytes);
        assert_eq!(echo.await.unwrap().unwrap(), BYTES as u64);
    });
}
