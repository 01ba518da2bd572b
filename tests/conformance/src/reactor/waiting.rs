//! Who waits for what, and who is woken.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use anyrt_core::{
    AsyncFd, AsyncFdReadyGuard, Backend, BlockOn, Interest, Launch, Reactor, Spawn, Timer,
};
use futures::channel::{mpsc, oneshot};
use futures::future::{Either, join_all, select};
use futures::{StreamExt, poll};

use super::polling::when_pending;
use super::{fill, pipe, read_byte, write_byte};
use crate::witness::Drive;

pub fn one_task_polls_many_descriptors_and_a_sleep<L: Launch>(runtime: L) {
    // More than the operations that a task may complete in one poll.
    const DESCRIPTORS: usize = 300;
    let handle = runtime.handle().clone();
    let (readers, mut writers): (Vec<_>, Vec<_>) = (0..DESCRIPTORS)
        .map(|_| {
            let (reader, writer) = pipe();
            (AsyncFd::new_on(&handle, reader).unwrap(), writer)
        })
        .unzip();
    let (is_waiting, waits) = oneshot::channel();
    let task = handle.spawn({
        let handle = handle.clone();
        async move {
            let first_readable = poll_fn(|cx| {
                readers
                    .iter()
                    .position(|reader| {
                        reader
                            .poll_io(cx, Interest::Readable, |mut source| source.read(&mut [0]))
                            .is_ready()
                    })
                    .map_or(Poll::Pending, Poll::Ready)
            });
            let mut first_readable = pin!(first_readable);
            assert!(poll!(&mut first_readable).is_pending());
            // The sleep comes last in each poll, behind all that are not ready.
            let sleep = pin!(handle.sleep(Duration::from_millis(20)));
            let first = select(&mut first_readable, sleep).await;
            assert!(matches!(first, Either::Right(_)), "nothing is readable yet");
            is_waiting.send(()).unwrap();
            first_readable.await
        }
    });
    handle.drive(async {
        waits.await.unwrap();
        writers[DESCRIPTORS - 1].write_all(&[7]).unwrap();
        assert_eq!(task.await.unwrap(), DESCRIPTORS - 1);
    });
}

pub fn many_tasks_wait_to_read_one_descriptor<L: Launch>(runtime: L) {
    const TASKS: u8 = 16;
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = Arc::new(AsyncFd::new_on(handle, reader).unwrap());
    handle.drive(async {
        let (is_waiting, mut waiting) = mpsc::unbounded();
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (reader, is_waiting) = (Arc::clone(&reader), is_waiting.clone());
                handle.spawn(async move {
                    when_pending(read_byte(&reader), || is_waiting.unbounded_send(()).unwrap())
                        .await
                })
            })
            .collect();
        for _ in 0..TASKS {
            waiting.next().await.unwrap();
        }
        writer.write_all(&Vec::from_iter(0..TASKS)).unwrap();
        let mut bytes = Vec::new();
        for result in join_all(tasks).await {
            bytes.push(result.unwrap().unwrap());
        }
        bytes.sort_unstable();
        assert_eq!(bytes, Vec::from_iter(0..TASKS), "each byte is read by one of them");
    });
}

pub fn many_tasks_wait_to_write_one_descriptor<L: Launch>(runtime: L) {
    const TASKS: usize = 16;
    let handle = runtime.handle();
    let (mut reader, writer) = pipe();
    let writer = Arc::new(AsyncFd::new_on(handle, writer).unwrap());
    let filled = fill(writer.get_ref());
    handle.drive(async {
        let (is_waiting, mut waiting) = mpsc::unbounded();
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let (writer, is_waiting) = (Arc::clone(&writer), is_waiting.clone());
                handle.spawn(async move {
                    when_pending(write_byte(&writer, b'x'), || {
                        is_waiting.unbounded_send(()).unwrap();
                    })
                    .await
                })
            })
            .collect();
        for _ in 0..TASKS {
            waiting.next().await.unwrap();
        }
        reader.read_exact(&mut vec![0; filled]).unwrap();
        for result in join_all(tasks).await {
            result.unwrap().unwrap();
        }
        let mut bytes = [0; TASKS];
        reader.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, [b'x'; TASKS]);
    });
}

pub fn tasks_read_and_write_one_descriptor_at_once<L: Launch>(runtime: L) {
    both_directions(
        runtime.handle(),
        |stream| async move { read_byte(&stream).await },
        |stream| async move { write_byte(&stream, b'x').await },
    );
}

pub fn poll_functions_serve_one_task_in_each_direction<L: Launch>(runtime: L) {
    both_directions(
        runtime.handle(),
        |stream| {
            poll_fn(move |cx| {
                stream.poll_io(cx, Interest::Readable, |mut stream| {
                    let mut byte = [0];
                    stream.read_exact(&mut byte).map(|()| byte[0])
                })
            })
        },
        |stream| {
            poll_fn(move |cx| {
                stream.poll_io(cx, Interest::Writable, |mut stream| stream.write_all(b"x"))
            })
        },
    );
}

/// One task waits to read a stream, another one to write it, and both go on.
fn both_directions<H, R, W>(
    handle: &H,
    read: impl FnOnce(Arc<AsyncFd<UnixStream, H>>) -> R,
    write: impl FnOnce(Arc<AsyncFd<UnixStream, H>>) -> W,
) where
    H: Backend + BlockOn,
    R: Future<Output = io::Result<u8>> + Send + 'static,
    W: Future<Output = io::Result<()>> + Send + 'static,
{
    let (stream, mut peer) = UnixStream::pair().unwrap();
    let stream = Arc::new(AsyncFd::new_on(handle, stream).unwrap());
    handle.drive(async {
        let filled = fill(stream.get_ref());
        let (reader_is_waiting, reader_waits) = oneshot::channel();
        let (writer_is_waiting, writer_waits) = oneshot::channel();
        let read = read(Arc::clone(&stream));
        let reader = handle.spawn(when_pending(read, || reader_is_waiting.send(()).unwrap()));
        let write = write(Arc::clone(&stream));
        let writer = handle.spawn(when_pending(write, || writer_is_waiting.send(()).unwrap()));
        reader_waits.await.unwrap();
        writer_waits.await.unwrap();
        peer.write_all(b"y").unwrap();
        assert_eq!(reader.await.unwrap().unwrap(), b'y');
        peer.read_exact(&mut vec![0; filled]).unwrap();
        writer.await.unwrap().unwrap();
    });
}

pub fn the_task_that_polled_last_is_woken<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = Arc::new(AsyncFd::new_on(handle, reader).unwrap());
    handle.drive(async {
        let poll_in_a_task = |is_waiting: oneshot::Sender<()>| {
            let reader = Arc::clone(&reader);
            handle.spawn(async move {
                let read = poll_fn(|cx| {
                    reader.poll_io(cx, Interest::Readable, |mut reader| reader.read(&mut [0]))
                });
                when_pending(read, || is_waiting.send(()).unwrap()).await
            })
        };
        let mut last = None;
        for _ in 0..5 {
            let (is_waiting, waits) = oneshot::channel();
            last = Some(poll_in_a_task(is_waiting));
            waits.await.unwrap();
        }
        writer.write_all(b"x").unwrap();
        assert_eq!(last.unwrap().await.unwrap().unwrap(), 1);
    });
}

pub fn a_wait_that_is_dropped_takes_nothing_along<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        for round in 0..100 {
            let mut stays = Box::pin(read_byte(&reader));
            let mut goes = Box::pin(read_byte(&reader));
            let mut waits = Box::pin(reader.readable());
            assert!(poll!(goes.as_mut()).is_pending());
            assert!(poll!(stays.as_mut()).is_pending());
            assert!(poll!(waits.as_mut()).is_pending());
            if round % 2 == 0 {
                // Before the event, and after it.
                drop((goes, waits));
                writer.write_all(&[round]).unwrap();
            } else {
                writer.write_all(&[round]).unwrap();
                waits.await.unwrap();
                drop(goes);
            }
            assert_eq!(stays.await.unwrap(), round);
        }
    });
}

pub fn errors_of_the_operation_end_it<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (_reader, writer) = pipe();
    let writer = AsyncFd::new_on(handle, writer).unwrap();
    handle.drive(async {
        for kind in [io::ErrorKind::Other, io::ErrorKind::ConnectionReset] {
            let failed = writer.io(Interest::Writable, |_| Err::<(), _>(kind.into()));
            assert_eq!(failed.await.unwrap_err().kind(), kind);
            let failed = poll_fn(|cx| {
                writer.poll_io(cx, Interest::Writable, |_| Err::<(), io::Error>(kind.into()))
            });
            assert_eq!(failed.await.unwrap_err().kind(), kind);
        }
        write_byte(&writer, b'x').await.unwrap();
    });
}

pub fn readable_says_so_while_data_is_left<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        for _ in 0..10 {
            {
                let mut readable = pin!(reader.readable());
                assert!(poll!(readable.as_mut()).is_pending());
                writer.write_all(b"ab").unwrap();
                readable.await.unwrap();
            }
            reader.readable().await.unwrap();
            reader.get_ref().read_exact(&mut [0]).unwrap();
            reader.readable().await.unwrap();
            reader.readable().await.unwrap();
            reader.get_ref().read_exact(&mut [0]).unwrap();
            // Taken behind the back of the reactor, which learns of it only now.
            assert!(poll!(pin!(reader.readable())).is_pending());
        }
    });
}

pub fn readiness_is_asked_of_the_system_whatever_is_done_with_a_guard<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        for clears in [false, true] {
            let done_with = |mut guard: AsyncFdReadyGuard<'_, File, L::Handle>| {
                if clears { guard.clear_ready() } else { guard.retain_ready() }
            };
            writer.write_all(b"ab").unwrap();
            for is_polled in [false, true] {
                let guard = match is_polled {
                    true => poll_fn(|cx| reader.poll_read_ready(cx)).await,
                    false => reader.ready(Interest::Readable).await,
                };
                let guard = guard.unwrap();
                assert_eq!(guard.interest(), Interest::Readable);
                guard.get_inner().read_exact(&mut [0]).unwrap();
                done_with(guard);
            }
            // Taken behind the back of the reactor.
            assert!(poll!(pin!(reader.readable())).is_pending());
            assert!(poll!(poll_fn(|cx| reader.poll_read_ready(cx))).is_pending());
            let mut readable = pin!(reader.readable());
            assert!(poll!(readable.as_mut()).is_pending());
            writer.write_all(b"c").unwrap();
            let mut guard = readable.await.unwrap();
            assert_eq!(guard.try_io(|fd| fd.get_ref().read(&mut [0])).unwrap().unwrap(), 1);
            let would_block = guard.try_io(|fd| fd.get_ref().read(&mut [0])).unwrap_err();
            assert_eq!(io::Error::from(would_block).kind(), io::ErrorKind::WouldBlock);
            done_with(guard);
            assert!(poll!(pin!(reader.readable())).is_pending());
        }
    });
}

pub fn an_operation_that_is_tried_once_does_not_wait<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    handle.drive(async {
        for byte in 0..10 {
            let read = || reader.try_io(Interest::Readable, |mut reader| reader.read(&mut [0]));
            assert_eq!(read().unwrap_err().kind(), io::ErrorKind::WouldBlock);
            let mut waits = pin!(read_byte(&reader));
            assert!(poll!(waits.as_mut()).is_pending());
            writer.write_all(&[byte, byte]).unwrap();
            assert_eq!(waits.await.unwrap(), byte);
            assert_eq!(read().unwrap(), 1);
        }
    });
}

pub fn writable_waits_for_room<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (mut reader, writer) = pipe();
    let writer = AsyncFd::new_on(handle, writer).unwrap();
    handle.drive(async {
        for _ in 0..10 {
            writer.writable().await.unwrap();
            writer.writable().await.unwrap();
            let filled = fill(writer.get_ref());
            let mut writable = pin!(writer.writable());
            assert!(poll!(writable.as_mut()).is_pending());
            reader.read_exact(&mut vec![0; filled]).unwrap();
            writable.await.unwrap();
        }
    });
}

pub fn a_hang_up_wakes_those_who_read<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (reader, writer) = pipe();
        let reader = AsyncFd::new_on(handle, reader).unwrap();
        let read = || reader.io(Interest::Readable, |mut pipe| pipe.read(&mut [0]));
        let mut reads = pin!(read());
        let mut readable = pin!(reader.readable());
        assert!(poll!(reads.as_mut()).is_pending());
        assert!(poll!(readable.as_mut()).is_pending());
        drop(writer);
        assert_eq!(reads.await.unwrap(), 0);
        readable.await.unwrap();
        // The end stays the end.
        assert_eq!(read().await.unwrap(), 0);
        reader.readable().await.unwrap();
    });
}

pub fn a_hang_up_wakes_those_who_write<L: Launch>(runtime: L) {
    async fn check<R: Reactor>(runtime: &R, writer: std::os::fd::OwnedFd, reader: impl Sized) {
        let writer = AsyncFd::new_on(runtime, std::fs::File::from(writer)).unwrap();
        fill(writer.get_ref());
        let mut write = pin!(write_byte(&writer, b'x'));
        let mut writable = pin!(writer.writable());
        assert!(poll!(write.as_mut()).is_pending());
        assert!(poll!(writable.as_mut()).is_pending());
        drop(reader);
        assert_eq!(write.await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        writable.await.unwrap();
    }

    let handle = runtime.handle();
    handle.drive(async {
        let (reader, writer) = pipe();
        check(handle, writer.into(), reader).await;
        let (one, other) = UnixStream::pair().unwrap();
        check(handle, one.into(), other).await;
    });
}
