//! The halves of a stream.

use std::io;

use anyrt_core::net::{Stream, UnixStream};
use anyrt_core::{Launch, Source, Spawn};

use super::{connection, own_connection, pattern};
use crate::witness::Drive;

const BYTES: usize = 1 << 20;

pub fn borrowed_halves_work_at_once<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (one, other) = own_connection(handle);
    let (bytes, seen) = (pattern(BYTES), pattern(BYTES));
    // Both ends write first and read meanwhile: one direction alone would fill up and stop.
    let exchange = |stream: Stream<_, L::Handle>| {
        let bytes = bytes.clone();
        async move {
            let (reader, writer) = stream.split();
            let mut received = Vec::new();
            let write = async {
                writer.write_all(&bytes).await?;
                writer.shutdown()
            };
            let (written, read) = futures::join!(write, reader.read_to_end(&mut received));
            written?;
            read?;
            io::Result::Ok(received)
        }
    };
    let other = handle.spawn(exchange(other));
    handle.drive(async {
        assert!(exchange(one).await.unwrap() == seen);
        assert!(other.await.unwrap().unwrap() == seen);
    });
}

pub fn owned_halves_work_from_two_tasks<L: Launch>(runtime: L) {
    let (one, other) = own_connection(runtime.handle());
    exchange_between_tasks(&runtime, one, other);
}

pub fn owned_halves_of_a_unix_stream_work_from_two_tasks<L: Launch>(runtime: L) {
    let (one, other) = UnixStream::pair_on(runtime.handle()).unwrap();
    exchange_between_tasks(&runtime, one, other);
}

/// Writes to both ends and reads from both, in four tasks.
fn exchange_between_tasks<L: Launch, S: Source>(
    runtime: &L,
    one: Stream<S, L::Handle>,
    other: Stream<S, L::Handle>,
) {
    let handle = runtime.handle();
    let start = |stream: Stream<S, L::Handle>| {
        let (reader, writer) = stream.into_split();
        let writes = handle.spawn(async move {
            writer.write_all(&pattern(BYTES)).await?;
            writer.shutdown()?;
            io::Result::Ok(writer)
        });
        let reads = handle.spawn(async move {
            let mut received = Vec::new();
            reader.read_to_end(&mut received).await?;
            assert!(received == pattern(BYTES));
            io::Result::Ok(reader)
        });
        (reads, writes)
    };
    let ends = [start(one), start(other)];
    handle.drive(async {
        for (reads, writes) in ends {
            let writer = writes.await.unwrap().unwrap();
            let reader = reads.await.unwrap().unwrap();
            assert!(reader.reunite(writer).is_ok());
        }
    });
}

pub fn halves_of_one_stream_are_reunited<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (stream, peer) = connection(handle);
    let (reader, writer) = stream.into_split();
    let task = handle.spawn(async move { (reader, writer) });
    let (reader, writer) = handle.drive(task).unwrap();
    let stream = reader.reunite(writer).ok().unwrap();
    assert_eq!(stream.peer_addr().unwrap(), peer.local_addr().unwrap());
}

pub fn halves_of_two_streams_are_given_back<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (one, other) = own_connection(handle);
    let (one_reader, one_writer) = one.into_split();
    let (other_reader, other_writer) = other.into_split();
    let error = one_reader.reunite(other_writer).err().unwrap();
    assert!(!error.to_string().is_empty());
    let (one_reader, other_writer) = (error.0, error.1);
    handle.drive(async {
        other_writer.write_all(b"x").await.unwrap();
        one_reader.read_exact(&mut [0]).await.unwrap();
    });
    assert!(one_reader.reunite(one_writer).is_ok());
    assert!(other_reader.reunite(other_writer).is_ok());
}
