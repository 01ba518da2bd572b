//! Wake-ups that must not get lost.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::thread;

use anyrt_core::{AsyncFd, Attempt, Interest, Launch, Reactor, Registration, Spawn};
use futures::poll;

use super::polling::with_changing_wakers;
use super::{pipe, read_byte, write_byte};
use crate::witness::Drive;

const EXCHANGES: u32 = 10_000;

pub fn readiness_between_the_attempt_and_the_wait_is_not_lost<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (stream, mut peer) = UnixStream::pair().unwrap();
    let stream = AsyncFd::new_on(handle, stream).unwrap();
    handle.drive(async {
        for round in 0..500 {
            peer.write_all(b"a").unwrap();
            let mut reads = 0;
            let mut is_sent = false;
            let two_bytes = stream.io(Interest::Readable, |mut stream: &UnixStream| {
                while reads < 2 {
                    if let Err(error) = stream.read_exact(&mut [0]) {
                        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                        if !is_sent {
                            // The stream becomes ready after the attempt has failed and before
                            // the reactor can know that.
                            is_sent = true;
                            peer.write_all(b"b").unwrap();
                            for _ in 0..round % 10 {
                                thread::yield_now();
                            }
                        }
                        return Err(error);
                    }
                    reads += 1;
                }
                Ok(())
            });
            two_bytes.await.unwrap();
        }
    });
}

pub fn ten_thousand_exchanges_lose_no_wake_up<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (one, other) = UnixStream::pair().unwrap();
    let one = AsyncFd::new_on(handle, one).unwrap();
    let other = AsyncFd::new_on(handle, other).unwrap();
    let echo = handle.spawn(async move {
        for _ in 0..EXCHANGES {
            let byte = with_changing_wakers(read_byte(&other)).await?;
            with_changing_wakers(write_byte(&other, byte)).await?;
        }
        io::Result::Ok(())
    });
    let ask = handle.spawn(async move {
        for n in 0..EXCHANGES {
            with_changing_wakers(write_byte(&one, n as u8)).await?;
            assert_eq!(with_changing_wakers(read_byte(&one)).await?, n as u8);
        }
        io::Result::Ok(())
    });
    handle.drive(async {
        ask.await.unwrap().unwrap();
        echo.await.unwrap().unwrap();
    });
}

pub fn ten_thousand_polled_exchanges_lose_no_wake_up<L: Launch>(runtime: L) {
    async fn read<R: Reactor>(fd: &AsyncFd<UnixStream, R>) -> io::Result<u8> {
        let mut byte = [0];
        let read = poll_fn(|cx| {
            fd.poll_io(cx, Interest::Readable, |mut stream| stream.read_exact(&mut byte))
        });
        with_changing_wakers(read).await?;
        Ok(byte[0])
    }

    let handle = runtime.handle();
    let (one, other) = UnixStream::pair().unwrap();
    let one = AsyncFd::new_on(handle, one).unwrap();
    let other = AsyncFd::new_on(handle, other).unwrap();
    let echo = handle.spawn(async move {
        for _ in 0..EXCHANGES {
            let byte = read(&other).await?;
            write_byte(&other, byte).await?;
        }
        io::Result::Ok(())
    });
    let ask = handle.spawn(async move {
        for n in 0..EXCHANGES {
            write_byte(&one, n as u8).await?;
            assert_eq!(read(&one).await?, n as u8);
        }
        io::Result::Ok(())
    });
    handle.drive(async {
        ask.await.unwrap().unwrap();
        echo.await.unwrap().unwrap();
    });
}

pub fn two_tasks_of_one_stream_lose_no_wake_up<L: Launch>(runtime: L) {
    const BYTES: usize = 1 << 20;
    const CHUNK: usize = 1000;

    let handle = runtime.handle();
    let (one, other) = UnixStream::pair().unwrap();
    let ends = [one, other].map(|end| Arc::new(AsyncFd::new_on(handle, end).unwrap()));
    let tasks = ends.map(|end| {
        let reader = Arc::clone(&end);
        let reads = handle.spawn(async move {
            let mut total = 0;
            while total < BYTES {
                let mut bytes = [0; CHUNK];
                let read = poll_fn(|cx| {
                    reader.poll_io(cx, Interest::Readable, |mut stream| stream.read(&mut bytes))
                });
                total += with_changing_wakers(read).await?;
            }
            io::Result::Ok(total)
        });
        let writes = handle.spawn(async move {
            let mut total = 0;
            while total < BYTES {
                let bytes = vec![7; CHUNK.min(BYTES - total)];
                let write = poll_fn(|cx| {
                    end.poll_io(cx, Interest::Writable, |mut stream| stream.write(&bytes))
                });
                total += with_changing_wakers(write).await?;
            }
            io::Result::Ok(total)
        });
        [reads, writes]
    });
    handle.drive(async {
        for task in tasks.into_iter().flatten() {
            assert_eq!(task.await.unwrap().unwrap(), BYTES);
        }
    });
}

pub fn an_exhausted_source_is_ready_when_more_arrives<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = handle.register(reader).unwrap();
    let read = |mut reader: &std::fs::File| {
        let mut bytes = [0; 8];
        reader.read(&mut bytes).map(Attempt::Exhausted)
    };
    handle.drive(async {
        for _ in 0..1000 {
            let mut reads = pin!(reader.io(Interest::Readable, read));
            assert!(poll!(reads.as_mut()).is_pending());
            writer.write_all(b"abc").unwrap();
            assert_eq!(reads.await.unwrap(), 3);

            writer.write_all(b"de").unwrap();
            assert_eq!(
                poll_fn(|cx| reader.poll_io(cx, Interest::Readable, read)).await.unwrap(),
                2
            );
        }
    });
}
