//! S5, S17: waits by wakers, and on executors, that the runtime does not know.

use std::future::{Future, poll_fn};
use std::io::{Read, Write};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::{pipe, read_byte};
use crate::witness::{Counter, Drive, until};
use anyrt_core::{AsyncFd, Interest, Launch, Spawn};

/// A waker that counts and panics.
struct Panics(Counter);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.add();
        std::panic::resume_unwind(Box::new("in a waker"));
    }
}

pub fn a_waker_of_a_wait_that_panics_harms_nobody<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    for is_polled in [false, true] {
        let (reader, mut writer) = pipe();
        let reader = Arc::new(AsyncFd::new_on(handle, reader).unwrap());
        let woken = Counter::new();
        let waker = Waker::from(Arc::new(Panics(woken.clone())));
        let wait = |cx: &mut Context<'_>| {
            reader.poll_io(cx, Interest::Readable, |mut source| source.read(&mut [0]))
        };
        let mut waits = pin!(reader.readable());
        let cx = &mut Context::from_waker(&waker);
        let is_pending =
            if is_polled { wait(cx).is_pending() } else { waits.as_mut().poll(cx).is_pending() };
        assert!(is_pending);
        let other = handle.spawn({
            let reader = Arc::clone(&reader);
            async move { reader.readable().await.map(drop) }
        });
        writer.write_all(b"x").unwrap();
        handle.drive(until(|| woken.count() > 0));
        handle.drive(other).unwrap().unwrap();
        assert_eq!(handle.drive(read_byte(&reader)).unwrap(), b'x');
        // The reactor goes on.
        writer.write_all(b"y").unwrap();
        assert_eq!(handle.drive(read_byte(&reader)).unwrap(), b'y');
    }
    assert_eq!(handle.drive(handle.spawn(async { 7 })).unwrap(), 7);
}

pub fn a_task_that_reads_in_a_foreign_executor_comes_to_its_end<L: Launch>(runtime: L) {
    // More than any runtime allows in one poll, of which the task here does all it does.
    const READS: usize = 300;

    let handle = runtime.handle();
    let (reader, mut writer) = pipe();
    let reader = AsyncFd::new_on(handle, reader).unwrap();
    writer.write_all(&[7; 2 * READS + 1]).unwrap();
    let task = handle.spawn(async move {
        // Where the thread that is blocked below is the one that hears of readiness, it has to know it before.
        read_byte(&reader).await.unwrap();
        let mut read = 0;
        for _ in 0..READS {
            assert_eq!(futures::executor::block_on(read_byte(&reader)).unwrap(), 7);
            let polled = poll_fn(|cx| -> Poll<_> {
                reader.poll_io(cx, Interest::Readable, |mut source| source.read(&mut [0]))
            });
            assert_eq!(futures::executor::block_on(polled).unwrap(), 1);
            read += 2;
        }
        read
    });
    assert_eq!(handle.drive(task).unwrap(), 2 * READS);
}
