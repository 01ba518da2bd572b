//! Code of the user that panics wherever the runtime calls it.

use std::future::Future;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock, mpsc};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use std::time::Duration;

use anyrt_core::{Attempt, Registration as _};
use anyrt_native::{
    BlockOn, Builder, Current, Handle, Interest, JoinHandle, Launch, Reactor, Registration,
    Shutdown, Spawn, SpawnBlocking, Timer, block_in_place, yield_now,
};
use futures::executor;

use super::support_faults::{
    Counter, child, descriptors, hide_deliberate_panics, panic_deliberately, start, threads,
    threads_are_again, wait_until,
};

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic_deliberately();
    }
}

/// Which calls of a waker panic.
#[derive(Default)]
struct Trouble {
    on_clone: bool,
    on_wake: bool,
    on_drop: bool,
    wakes: Counter,
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake, on_drop);

impl Trouble {
    fn into_waker(self) -> Waker {
        let data: &'static Self = Box::leak(Box::new(self));
        // SAFETY: the functions of the table take a reference to what was leaked, which is `Sync`; a
        // panic of theirs is no breach of the contract of wakers.
        unsafe { Waker::from_raw(RawWaker::new((&raw const *data).cast(), &VTABLE)) }
    }
}

/// # Safety
/// `data` comes from [`Trouble::into_waker`].
unsafe fn trouble(data: *const ()) -> &'static Trouble {
    // SAFETY: it was leaked there.
    unsafe { &*data.cast() }
}

unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the data of a waker with this table is of that kind.
    if unsafe { trouble(data) }.on_clone {
        panic_deliberately();
    }
    RawWaker::new(data, &VTABLE)
}

unsafe fn wake(data: *const ()) {
    // SAFETY: as above.
    let trouble = unsafe { trouble(data) };
    trouble.wakes.add();
    if trouble.on_wake {
        panic_deliberately();
    }
}

unsafe fn on_drop(data: *const ()) {
    // SAFETY: as above.
    if unsafe { trouble(data) }.on_drop {
        panic_deliberately();
    }
}

const BATCH: usize = 90;

/// Each third waker is a good one, which counts its calls here.
fn wakers(wakes: &Counter) -> Vec<Waker> {
    (0..BATCH)
        .map(|n| {
            let (on_wake, on_drop) = (n % 3 == 1, n % 3 == 2);
            let wakes = if n % 3 == 0 { wakes.clone() } else { Counter::default() };
            Trouble { on_clone: false, on_wake, on_drop, wakes }.into_waker()
        })
        .collect()
}

/// Polls a future that is not ready, once.
fn poll<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}

/// Drops what may panic then.
fn drop_anyhow<T>(value: T) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(value)));
}

#[track_caller]
fn assert_alive(handle: &Handle) {
    let inside = handle.clone();
    let task = handle.spawn(async move {
        inside.sleep(Duration::from_millis(1)).await;
        inside.spawn_blocking(|| 7).await.unwrap()
    });
    assert_eq!(handle.block_on(task).unwrap(), 7);
}

#[test]
fn panics_of_some_wakers_lose_no_other_waker_of_the_same_instant() {
    child(|| {
        hide_deliberate_panics();
        for workers in [1, 2] {
            let runtime = start(workers);
            let (handle, wakes) = (runtime.handle(), Counter::default());
            let wakers = wakers(&wakes);
            let deadline = handle.now() + Duration::from_millis(20);
            let mut sleeps: Vec<_> =
                wakers.iter().map(|_| Box::pin(handle.sleep_until(deadline))).collect();
            for (sleep, waker) in sleeps.iter_mut().zip(&wakers) {
                let _ = poll(sleep, waker);
            }
            // Those that were late are ready, and not woken.
            let late =
                sleeps.iter().step_by(3).filter(|sleep| anyrt_core::Sleep::is_elapsed(&***sleep));
            let late = late.count();
            if late == 0 {
                wakes.wait_for(BATCH / 3);
            }
            assert_alive(handle);
            sleeps.into_iter().for_each(drop_anyhow);
            wakers.into_iter().for_each(drop_anyhow);
        }
    });
}

type Stream = Registration<UnixStream>;

fn read(stream: &Stream) -> impl Future<Output = io::Result<u8>> + '_ {
    stream.io(Interest::Readable, |mut stream: &UnixStream| {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        Ok(Attempt::Done(byte[0]))
    })
}

#[test]
fn panics_of_some_wakers_lose_no_other_waker_of_the_same_events() {
    child(|| {
        hide_deliberate_panics();
        for workers in [1, 2] {
            let runtime = start(workers);
            let (handle, wakes) = (runtime.handle(), Counter::default());
            let wakers = wakers(&wakes);
            let pairs: Vec<(Stream, UnixStream)> = wakers
                .iter()
                .map(|_| {
                    let (stream, peer) = UnixStream::pair().unwrap();
                    (handle.register(stream).unwrap(), peer)
                })
                .collect();
            let mut reads: Vec<_> =
                pairs.iter().map(|(stream, _)| Box::pin(read(stream))).collect();
            for (read, waker) in reads.iter_mut().zip(&wakers) {
                assert!(poll(read, waker).is_pending());
            }
            for (_, peer) in &pairs {
                (&*peer).write_all(b"x").unwrap();
            }
            wakes.wait_for(BATCH / 3);
            assert_alive(handle);
            for mut read in reads {
                let read = catch_unwind(AssertUnwindSafe(|| executor::block_on(&mut read)));
                assert!(read.map_or(true, |byte| byte.unwrap() == b'x'));
            }
            drop_anyhow(pairs);
            wakers.into_iter().for_each(drop_anyhow);
        }
    });
}

#[test]
fn wakers_that_panic_where_they_wait_for_joins_harm_nobody() {
    child(|| {
        hide_deliberate_panics();
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let (handle, wakes) = (runtime.handle(), Counter::default());
            let wakers = wakers(&wakes);
            let (go, gone) = futures::channel::oneshot::channel::<()>();
            let gone = futures::FutureExt::shared(gone);
            let tasks: Vec<_> = wakers.iter().map(|_| handle.spawn(gone.clone())).collect();
            let mut tasks: Vec<_> = tasks.into_iter().collect();
            for (task, waker) in tasks.iter_mut().zip(&wakers) {
                assert!(poll(task, waker).is_pending());
            }
            go.send(()).unwrap();
            handle.block_on(async {
                while wakes.count() < BATCH / 3 {
                    yield_now().await;
                }
            });
            for task in tasks {
                drop_anyhow(catch_unwind(AssertUnwindSafe(|| handle.block_on(task))));
            }
            assert_alive(handle);
            wakers.into_iter().for_each(drop_anyhow);
        }
    });
}

#[test]
fn a_waker_that_cannot_be_cloned_panics_for_who_brings_it() {
    child(|| {
        hide_deliberate_panics();
        let runtime = start(2);
        let handle = runtime.handle();
        let bad = Trouble { on_clone: true, ..Trouble::default() }.into_waker();
        let (stream, mut peer) = UnixStream::pair().unwrap();
        let stream: Stream = handle.register(stream).unwrap();
        let (go, gone) = futures::channel::oneshot::channel::<()>();

        let mut task = handle.spawn(gone);
        let mut sleep = Box::pin(handle.sleep(Duration::from_millis(50)));
        let mut read = Box::pin(read(&stream));
        for _ in 0..2 {
            let is_panic =
                |poll: &mut dyn FnMut() -> bool| catch_unwind(AssertUnwindSafe(poll)).is_err();
            assert!(is_panic(&mut || poll(&mut task, &bad).is_ready()));
            assert!(is_panic(&mut || poll(&mut read, &bad).is_ready()));
            // Its time may be over.
            is_panic(&mut || poll(&mut sleep, &bad).is_ready());
        }
        go.send(()).unwrap();
        peer.write_all(b"x").unwrap();
        executor::block_on(task).unwrap().unwrap();
        executor::block_on(sleep);
        assert_eq!(executor::block_on(read).unwrap(), b'x');
        assert_alive(handle);
    });
}

#[test]
fn destructors_of_futures_outputs_and_payloads_may_panic() {
    child(|| {
        hide_deliberate_panics();
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle();
            for _ in 0..100 {
                let bomb = Bomb;
                let future = handle.spawn(async move {
                    let _bomb = bomb;
                    yield_now().await;
                });
                let never: JoinHandle<()> = handle.spawn(async {
                    let _bomb = Bomb;
                    std::future::pending().await
                });
                let output = handle.spawn(async { Bomb });
                let payload: JoinHandle<()> = handle.spawn(async { panic_any(Bomb) });
                let closure = handle.spawn_blocking(|| Bomb);
                let closure_payload: JoinHandle<()> = handle.spawn_blocking(|| panic_any(Bomb));
                drop((output, payload, closure, closure_payload));
                assert!(handle.block_on(future).unwrap_err().is_panic());
                handle.block_on(yield_now());
                never.abort();
                // Whether its destructor had anything to drop depends on whether it was polled.
                let error = handle.block_on(never).unwrap_err();
                assert!(error.is_panic() || error.is_cancelled());
            }
            assert_alive(handle);
        }
    });
}

#[test]
fn a_panic_in_block_on_gives_the_core_back() {
    child(|| {
        hide_deliberate_panics();
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle();
            for _ in 0..100 {
                let task = handle.spawn(async { 7 });
                let in_poll = catch_unwind(AssertUnwindSafe(|| {
                    handle.block_on(async {
                        yield_now().await;
                        panic_deliberately()
                    })
                }));
                let in_drop = catch_unwind(AssertUnwindSafe(|| {
                    handle.block_on(async {
                        let _bomb = Bomb;
                        yield_now().await;
                    });
                }));
                assert!(in_poll.is_err() && in_drop.is_err());
                assert_eq!(handle.block_on(task).unwrap(), 7);
            }
            assert_alive(handle);
        }
    });
}

#[test]
fn operations_on_sources_may_panic() {
    child(|| {
        hide_deliberate_panics();
        let runtime = start(1);
        let handle = runtime.handle();
        let (stream, mut peer) = UnixStream::pair().unwrap();
        let stream: Stream = handle.register(stream).unwrap();
        let operation = |_: &UnixStream| -> io::Result<Attempt<()>> { panic_deliberately() };
        let panics = catch_unwind(AssertUnwindSafe(|| {
            handle.block_on(stream.io(Interest::Writable, operation))
        }));
        assert!(panics.is_err());
        let mut read = pin!(read(&stream));
        assert!(read.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        peer.write_all(b"x").unwrap();
        assert_eq!(handle.block_on(read).unwrap(), b'x');
    });
}

#[test]
fn hooks_of_threads_may_panic() {
    child(|| {
        hide_deliberate_panics();
        let before = threads();
        let (starts, stops) = (Counter::default(), Counter::default());
        let (started, stopped) = (starts.clone(), stops.clone());
        let runtime = Builder::new()
            .worker_threads(2)
            .on_thread_start(move || {
                started.add();
                panic_any(Bomb)
            })
            .on_thread_stop(move || {
                stopped.add();
                panic_any(Bomb)
            })
            .build()
            .unwrap();
        let handle = runtime.handle();
        // All kinds of threads: workers, those of closures, and one in the place of a worker.
        let blocked = [(); 2].map(|()| {
            let (inside, (send, receive)) = (handle.clone(), std::sync::mpsc::channel());
            handle.spawn(async move {
                drop(inside.spawn(async move { send.send(()).unwrap() }));
                block_in_place(|| receive.recv().unwrap());
            })
        });
        for task in blocked {
            executor::block_on(task).unwrap();
        }
        assert_alive(handle);
        drop(runtime);
        assert!(starts.count() >= 3, "{} threads", starts.count());
        assert_eq!(starts.count(), stops.count());
        threads_are_again(before);
    });
}

#[test]
fn hooks_of_threads_may_have_a_handle_of_the_runtime() {
    child(|| {
        let before = (threads(), descriptors());
        for round in 0..4 {
            let (kept, drops) = (Arc::new(OnceLock::<Handle>::new()), Counter::default());
            let (starts, stops) = (Counter::default(), Counter::default());
            let count_of = |calls: &Counter| {
                let (kept, dropped, calls) = (Arc::clone(&kept), drops.on_drop(), calls.clone());
                move || {
                    let _ = (kept.get(), &dropped);
                    calls.add();
                }
            };
            let runtime = Builder::new()
                .worker_threads(2)
                .on_thread_start(count_of(&starts))
                .on_thread_stop(count_of(&stops))
                .build()
                .unwrap();
            assert!(kept.set(runtime.handle().clone()).is_ok());
            let (waits, goes_on) = mpsc::channel();
            let (begun, begins) = mpsc::channel();
            let closure = runtime.handle().spawn_blocking(move || {
                begun.send(()).unwrap();
                goes_on.recv().unwrap();
            });
            begins.recv().unwrap();
            drop(kept);
            if round % 2 == 0 {
                // It is left, and has its hook called when it ends.
                runtime.shutdown_timeout(Duration::ZERO);
                waits.send(()).unwrap();
            } else {
                waits.send(()).unwrap();
                drop(runtime);
            }
            drop(closure);
            wait_until("the hooks are gone", || drops.count() == 2);
            threads_are_again(before.0);
            assert_eq!(stops.count(), starts.count());
            wait_until("no descriptor is left", || descriptors() == before.1);
        }
    });
}

#[test]
fn a_handle_for_the_moment_can_be_shown_and_dropped_anywhere() {
    let runtime = start(2);
    let handle = runtime.handle();
    let shown = handle.block_on(async {
        let here = Handle::try_here().unwrap();
        (format!("{here:?}"), here)
    });
    assert_eq!(shown.0, format!("{handle:?}"));
    assert_eq!(shown.0, "Handle { workers: 2, .. }");
    // It stands for the runtime around the thread, which is none now.
    assert_eq!(format!("{:?}", shown.1), "Handle { .. }");
    let driven = start(0);
    assert_eq!(format!("{:?}", driven.handle()), "Handle { workers: 0, .. }");
}
