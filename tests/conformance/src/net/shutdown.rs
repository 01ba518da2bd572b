//! The end of a connection: resets, half-close, dropped halves.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::pin::pin;

use anyrt_core::net::{Stream, UnixStream};
use anyrt_core::{Launch, Reactor, Source};
use futures::{AsyncWriteExt, poll};

use super::{connection, reset};
use crate::witness::Drive;

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

pub fn reading_after_a_reset_says_so<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, peer) = connection(handle);
        reset(peer);
        let error = stream.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        for _ in 0..3 {
            assert!(is_gone(&stream.write(b"x").await.unwrap_err()));
        }
        // The error was reported; what is left is the end of the stream.
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
    });
}

pub fn a_reset_wakes_those_who_read<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, peer) = connection(handle);
        let mut buffer = [0];
        let mut read = pin!(stream.read(&mut buffer));
        let mut readable = pin!(stream.readable());
        assert!(poll!(read.as_mut()).is_pending());
        assert!(poll!(readable.as_mut()).is_pending());
        reset(peer);
        assert_eq!(read.await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        readable.await.unwrap();
    });
}

pub fn a_reset_wakes_those_who_write<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, peer) = connection(handle);
        let bytes = vec![0; 1 << 16];
        let mut write = loop {
            let mut write = Box::pin(stream.write(&bytes));
            // The system moves bytes to the peer until its buffer is full too.
            if poll!(write.as_mut()).is_pending() {
                break write;
            }
        };
        reset(peer);
        let error = loop {
            match write.await {
                Ok(_) => write = Box::pin(stream.write(&bytes)),
                Err(error) => break error,
            }
        };
        assert!(is_gone(&error), "{error}");
        let error = stream.write_vectored(&[io::IoSlice::new(b"x")]).await.unwrap_err();
        assert!(is_gone(&error), "{error}");
    });
}

pub fn writing_to_a_unix_peer_that_is_gone_is_a_broken_pipe<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (one, other) = UnixStream::pair_on(handle).unwrap();
        drop(other);
        let error = one.write(b"x").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let error = one.write_vectored(&[io::IoSlice::new(b"x")]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        let error = one.write_all(b"xyz").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    });
}

pub fn shutting_down_ends_the_stream_for_the_peer_alone<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        stream.write_all(b"last words").await.unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut text = String::new();
        peer.read_to_string(&mut text).unwrap();
        assert_eq!(text, "last words");
        assert_eq!(stream.write(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);

        let mut buffer = [0; 5];
        for _ in 0..3 {
            let mut read = Box::pin(stream.read_exact(&mut buffer));
            assert!(poll!(read.as_mut()).is_pending());
            peer.write_all(b"reply").unwrap();
            read.await.unwrap();
            assert_eq!(&buffer, b"reply");
        }
        drop(peer);
        assert_eq!(stream.read(&mut buffer).await.unwrap(), 0);
    });
}

pub fn shutting_down_can_be_repeated<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        for how in [Shutdown::Write, Shutdown::Write, Shutdown::Read, Shutdown::Both] {
            stream.shutdown(how).unwrap();
            stream.shutdown(how).unwrap();
        }
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        drop(peer);
        // Reading to the end makes sure that the peer's farewell has come as well.
        assert_eq!(stream.read(&mut [0]).await.unwrap(), 0);
        stream.shutdown(Shutdown::Write).unwrap();
        stream.shutdown(Shutdown::Both).unwrap();

        let (stream, _peer) = UnixStream::pair_on(handle).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let (_reader, writer) = stream.into_split();
        writer.shutdown().unwrap();
    });
}

pub fn shutting_down_after_a_reset_succeeds<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for how in [Shutdown::Write, Shutdown::Read, Shutdown::Both] {
            let (stream, peer) = connection(handle);
            reset(peer);
            stream.readable().await.unwrap();
            stream.shutdown(how).unwrap();

            let (mut stream, peer) = connection(handle);
            reset(peer);
            stream.read(&mut [0]).await.unwrap_err();
            stream.shutdown(how).unwrap();
            stream.shutdown(how).unwrap();
            stream.close().await.unwrap();
        }
    });
}

pub fn closing_is_shutting_down_the_write_side<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        (&stream).close().await.unwrap();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        peer.write_all(b"x").unwrap();
        stream.read_exact(&mut [0]).await.unwrap();
        (&stream).close().await.unwrap();

        let (mut stream, mut peer) = connection(handle);
        stream.close().await.unwrap();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);

        let (stream, mut peer) = connection(handle);
        let (reader, mut writer) = stream.into_split();
        writer.close().await.unwrap();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        peer.write_all(b"x").unwrap();
        reader.read_exact(&mut [0]).await.unwrap();

        let (stream, mut peer) = connection(handle);
        let (reader, writer) = stream.split();
        writer.shutdown().unwrap();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
        peer.write_all(b"x").unwrap();
        reader.read_exact(&mut [0]).await.unwrap();
    });
}

pub fn dropping_the_owned_writing_half_ends_the_stream_for_the_peer_alone<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, peer) = connection(handle);
        drop_the_writing_half(stream, peer).await;
        let (one, other) = std::os::unix::net::UnixStream::pair().unwrap();
        drop_the_writing_half(UnixStream::from_std_on(handle, one).unwrap(), other).await;
    });
}

async fn drop_the_writing_half<S: Source, R: Reactor>(
    stream: Stream<S, R>,
    mut peer: impl Read + Write,
) {
    let (reader, writer) = stream.into_split();
    writer.write_all(b"last words").await.unwrap();
    drop(writer);
    let mut text = String::new();
    peer.read_to_string(&mut text).unwrap();
    assert_eq!(text, "last words");
    let mut buffer = [0; 5];
    for _ in 0..3 {
        let mut read = Box::pin(reader.read_exact(&mut buffer));
        assert!(poll!(read.as_mut()).is_pending());
        peer.write_all(b"reply").unwrap();
        read.await.unwrap();
        assert_eq!(&buffer, b"reply");
    }
    drop(peer);
    assert_eq!(reader.read(&mut buffer).await.unwrap(), 0);
}

pub fn a_forgotten_writing_half_sends_nothing<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        let (reader, writer) = stream.into_split();
        writer.write_all(b"x").await.unwrap();
        writer.forget();
        peer.read_exact(&mut [0]).unwrap();
        for _ in 0..10 {
            peer.write_all(b"y").unwrap();
            reader.read_exact(&mut [0]).await.unwrap();
        }
        // A farewell would have overtaken ten messages by now.
        assert_nothing_came(&mut peer);
        drop(reader);
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);
    });
}

pub fn dropping_borrowed_or_reunited_halves_sends_nothing<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        {
            let (_reader, writer) = stream.split();
            writer.write_all(b"x").await.unwrap();
        }
        let (reader, writer) = stream.into_split();
        let stream = reader.reunite(writer).unwrap();
        let (reader, writer) = stream.into_split();
        let stream = writer.reunite(reader).unwrap();
        peer.read_exact(&mut [0]).unwrap();
        for _ in 0..10 {
            peer.write_all(b"y").unwrap();
            stream.read_exact(&mut [0]).await.unwrap();
        }
        assert_nothing_came(&mut peer);
        stream.write_all(b"x").await.unwrap();
        peer.read_exact(&mut [0]).unwrap();
    });
}

fn assert_nothing_came(peer: &mut std::net::TcpStream) {
    peer.set_nonblocking(true).unwrap();
    assert_eq!(peer.read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    peer.set_nonblocking(false).unwrap();
}

pub fn dropping_the_reading_half_sends_nothing<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (stream, mut peer) = connection(handle);
        let (reader, writer) = stream.into_split();
        drop(reader);
        for _ in 0..10 {
            // Nobody reads that, and the peer does not learn of it.
            peer.write_all(b"y").unwrap();
            writer.write_all(b"x").await.unwrap();
            peer.read_exact(&mut [0]).unwrap();
        }
        writer.shutdown().unwrap();
        assert_eq!(peer.read(&mut [0]).unwrap(), 0);

        let (one, mut other) = std::os::unix::net::UnixStream::pair().unwrap();
        let (reader, writer) = UnixStream::from_std_on(handle, one).unwrap().into_split();
        drop(reader);
        other.write_all(b"y").unwrap();
        writer.write_all(b"x").await.unwrap();
        other.read_exact(&mut [0]).unwrap();
    });
}
