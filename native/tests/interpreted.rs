//! Small programs that use each part of the runtime, for an interpreter that finds undefined behaviour and
//! data races: `bash .ci/sanitizers miri`. They run as usual tests as well.
#![cfg(unix)]

use std::future::{pending, poll_fn};
use std::io::{self, Read, Write};
use std::net;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use anyrt_core::{Attempt, Registration as _, Sleep as _};
use anyrt_native::{
    BlockOn, Builder, Handle, Interest, Launch, Reactor, Registration, Runtime, Shutdown, Spawn,
    SpawnBlocking, Timer, yield_now,
};
use futures::executor;
use futures::future::{BoxFuture, join_all};

const MILLI: Duration = Duration::from_millis(1);

/// Without workers, and with two.
fn on_each_runtime(check: impl Fn(Runtime)) {
    for workers in [0, 2] {
        let builder = Builder::new();
        let builder =
            if workers == 0 { builder.current_thread() } else { builder.worker_threads(workers) };
        check(builder.build().unwrap());
    }
}

/// A number that has memory of its own, so that its use after the end is seen.
#[derive(Debug)]
struct Counted(Box<usize>, Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        // Relaxed, so that it orders nothing that the runtime has to order.
        self.1.fetch_add(*self.0, Ordering::Relaxed);
    }
}

fn counted(count: &Arc<AtomicUsize>) -> Counted {
    Counted(Box::new(1), Arc::clone(count))
}

#[test]
fn tasks_spawn_yield_and_are_joined() {
    fn tree(handle: Handle, depth: u32) -> BoxFuture<'static, Box<u32>> {
        Box::pin(async move {
            if depth == 0 {
                yield_now().await;
                return Box::new(1);
            }
            let halves = [(); 2].map(|()| handle.spawn(tree(handle.clone(), depth - 1)));
            let [one, other] = halves;
            Box::new(*one.await.unwrap() + *other.await.unwrap())
        })
    }

    on_each_runtime(|runtime| {
        let handle = runtime.handle();
        assert_eq!(*handle.block_on(tree(handle.clone(), 3)), 8);
    });
}

#[test]
fn tasks_end_in_each_way() {
    on_each_runtime(|runtime| {
        let (handle, drops) = (runtime.handle().clone(), Arc::new(AtomicUsize::new(0)));
        handle.block_on(async {
            let held = counted(&drops);
            let aborted = handle.spawn(async move {
                let _held = held;
                pending::<()>().await;
            });
            let output = counted(&drops);
            let detached = handle.spawn(async move { output });
            let large = handle.spawn({
                let held = (counted(&drops), [0_u8; 4096]);
                async move { held.1.len() }
            });
            let panics = handle.spawn({
                let held = counted(&drops);
                async move {
                    let _held = held;
                    std::panic::resume_unwind(Box::new("as the test wants it"));
                }
            });
            yield_now().await;
            aborted.abort();
            drop(detached);
            assert!(aborted.await.unwrap_err().is_cancelled());
            assert_eq!(large.await.unwrap(), 4096);
            assert!(panics.await.unwrap_err().is_panic());
        });
        let held = counted(&drops);
        drop(handle.spawn(async move {
            let _held = held;
            pending::<()>().await;
        }));
        drop(runtime);
        assert_eq!(drops.load(Ordering::Relaxed), 5);
        assert!(executor::block_on(handle.spawn(async {})).unwrap_err().is_cancelled());
    });
}

#[test]
fn wakers_go_from_thread_to_thread() {
    on_each_runtime(|runtime| {
        let handle = runtime.handle();
        let slot = Arc::new(Mutex::new((0, None::<Waker>)));
        let waits = {
            let slot = Arc::clone(&slot);
            handle.spawn(poll_fn(move |cx| {
                let mut slot = slot.lock().unwrap();
                slot.1 = Some(cx.waker().clone());
                if slot.0 < 5 { Poll::Pending } else { Poll::Ready(slot.0) }
            }))
        };
        thread::scope(|scope| {
            scope.spawn(|| {
                for _ in 0..5 {
                    let waker = {
                        let mut slot = slot.lock().unwrap();
                        slot.0 += 1;
                        slot.1.take()
                    };
                    if let Some(waker) = waker {
                        waker.wake();
                    }
                    thread::yield_now();
                }
            });
            assert_eq!(handle.block_on(waits).unwrap(), 5);
        });
        // The last waker may outlive the task, and the runtime.
        drop(runtime);
        drop(slot);
    });
}

#[test]
fn sleeps_fire_move_and_go() {
    on_each_runtime(|runtime| {
        let handle = runtime.handle();
        handle.block_on(async {
            let sleeps = (0..4).map(|n| handle.sleep(MILLI * n));
            join_all(sleeps.map(|sleep| handle.spawn(sleep))).await;
            let mut sleep = pin!(handle.sleep(Duration::from_secs(3600)));
            let poll = poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx).is_ready()));
            assert!(!poll.await);
            sleep.as_mut().reset(handle.now() + MILLI);
            sleep.await;
        });
        let mut left = Box::pin(handle.sleep(Duration::from_secs(3600)));
        let poll = poll_fn(|cx| Poll::Ready(left.as_mut().poll(cx).is_ready()));
        assert!(!handle.block_on(poll));
        drop(runtime);
        // The end has woken it.
        executor::block_on(left);
    });
}

type Socket = Registration<net::TcpStream>;

async fn read(socket: &Socket) -> io::Result<Vec<u8>> {
    let attempt = |mut socket: &net::TcpStream| {
        let mut buffer = [0; 8];
        let count = socket.read(&mut buffer)?;
        let bytes = buffer[..count].to_vec();
        Ok(if count == 0 { Attempt::Done(bytes) } else { Attempt::Exhausted(bytes) })
    };
    socket.io(Interest::Readable, attempt).await
}

async fn write(socket: &Socket, bytes: &[u8]) {
    let attempt = |mut socket: &net::TcpStream| socket.write(bytes).map(Attempt::Done);
    assert_eq!(socket.io(Interest::Writable, attempt).await.unwrap(), bytes.len());
}

#[test]
fn sockets_exchange_and_close() {
    on_each_runtime(|runtime| {
        let handle = runtime.handle();
        // Not by the types of ours, for which the interpreter knows too few calls.
        let listener = net::TcpListener::bind("127.0.0.1:0").unwrap();
        let here = net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (there, _) = listener.accept().unwrap();
        let [here, there] = [here, there].map(|socket| handle.register(socket).unwrap());
        handle.block_on(async {
            let echo = handle.spawn(async move {
                loop {
                    let bytes = read(&there).await.unwrap();
                    if bytes.is_empty() {
                        break;
                    }
                    write(&there, &bytes).await;
                }
            });
            for n in 0..4 {
                write(&here, &[n; 4]).await;
                assert_eq!(read(&here).await.unwrap(), [n; 4]);
            }
            drop(here);
            echo.await.unwrap();
        });
    });
}

#[test]
fn closures_run_wait_and_are_left() {
    on_each_runtime(|runtime| {
        let (handle, drops) = (runtime.handle().clone(), Arc::new(AtomicUsize::new(0)));
        let inside = handle.clone();
        let closure = handle.spawn_blocking(move || inside.block_on(inside.spawn(async { 7 })));
        assert_eq!(handle.block_on(closure).unwrap().unwrap(), 7);
        for _ in 0..3 {
            let held = counted(&drops);
            drop(handle.spawn_blocking(move || drop(held)));
        }
        let output = counted(&drops);
        let closure = handle.spawn_blocking(move || output);
        runtime.shutdown_timeout(Duration::MAX);
        drop(closure);
        assert_eq!(drops.load(Ordering::Relaxed), 4);
    });
}

#[test]
fn several_threads_are_in_block_on() {
    on_each_runtime(|runtime| {
        let handle = runtime.handle();
        let total = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let task = handle.spawn(async {
                        yield_now().await;
                        Box::new(2)
                    });
                    let add = *handle.block_on(task).unwrap();
                    total.fetch_add(add, Ordering::Relaxed);
                });
            }
        });
        assert_eq!(total.load(Ordering::Relaxed), 6);
    });
}
