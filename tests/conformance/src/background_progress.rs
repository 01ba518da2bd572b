//! K4, a capability: the runtime goes on while nobody is in `block_on`.
//!
//! The threads of these cases wait on channels of the standard library, and so drive nothing.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::cell::Cell;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use anyrt_core::net::UdpSocket;
use anyrt_core::{JoinHandle, Launch, Spawn, SpawnBlocking, Timer, yield_now};

use crate::witness::{Counter, Drive, Receive, executor, wait_until};

cases! { background_progress if background_progress:
    a_task_runs_though_nobody_was_ever_in_block_on [K4, S1];
    a_task_goes_on_after_block_on_returned [K4];
    tasks_spawned_by_tasks_go_on_after_block_on_returned [K4];
    timers_fire_after_block_on_returned [K4];
    sockets_are_watched_after_block_on_returned [K4];
    an_aborted_task_is_dropped_though_nobody_is_in_block_on [K4, S3];
    joins_resolve_on_a_foreign_executor_though_nobody_is_in_block_on [K4, S9];
    a_lock_that_is_held_around_block_on_can_be_taken_by_a_task [S14];
    a_thread_local_that_is_set_around_block_on_is_not_seen_by_tasks [S14];
}

pub fn a_task_runs_though_nobody_was_ever_in_block_on<L: Launch>(runtime: L) {
    let (sender, receiver) = mpsc::channel();
    drop(runtime.handle().spawn(async move {
        yield_now().await;
        sender.send(7)
    }));
    assert_eq!(receiver.receive(), Ok(7));
}

pub fn a_task_goes_on_after_block_on_returned<L: Launch>(runtime: L) {
    let (sender, receiver) = mpsc::channel();
    let (go, mut gone) = futures::channel::mpsc::unbounded::<i32>();
    let started = Counter::new();
    runtime.handle().drive(async {
        let started = started.clone();
        drop(runtime.handle().spawn(async move {
            started.add();
            while let Ok(n) = gone.recv().await {
                sender.send(n + 1).unwrap();
            }
        }));
    });
    for n in 0..100 {
        go.unbounded_send(n).unwrap();
        assert_eq!(receiver.receive(), Ok(n + 1));
    }
    assert_eq!(started.count(), 1);
}

pub fn tasks_spawned_by_tasks_go_on_after_block_on_returned<L: Launch>(runtime: L) {
    let (sender, receiver) = mpsc::channel();
    let handle = runtime.handle().clone();
    runtime.handle().drive(async {
        drop(runtime.handle().spawn(async move {
            for n in 0..10 {
                let sender = sender.clone();
                let in_task = handle.clone();
                drop(handle.spawn(async move {
                    let n = in_task.spawn_blocking(move || n).await.unwrap();
                    sender.send(n).unwrap();
                }));
                yield_now().await;
            }
        }));
    });
    let mut numbers: Vec<i32> = receiver.iter().collect(); // until the last sender is dropped
    numbers.sort_unstable();
    assert!(numbers.into_iter().eq(0..10));
}

pub fn timers_fire_after_block_on_returned<L: Launch>(runtime: L) {
    let (sender, receiver) = mpsc::channel();
    let handle = runtime.handle().clone();
    runtime.handle().drive(async {
        drop(runtime.handle().spawn(async move {
            for n in 0..5 {
                handle.sleep(Duration::from_millis(1)).await;
                sender.send(n).unwrap();
            }
        }));
    });
    assert!(receiver.iter().eq(0..5));
}

pub fn sockets_are_watched_after_block_on_returned<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (sender, receiver) = mpsc::channel();
    let socket = handle.drive(UdpSocket::bind_on(handle, "127.0.0.1:0")).unwrap();
    let address = socket.local_addr().unwrap();
    drop(handle.spawn(async move {
        let mut byte = [0; 1];
        while socket.recv_from(&mut byte).await.is_ok() {
            sender.send(byte[0]).unwrap();
        }
    }));
    let peer = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    for n in 0..10 {
        peer.send_to(&[n], address).unwrap();
        assert_eq!(receiver.receive(), Ok(n));
    }
}

pub fn an_aborted_task_is_dropped_though_nobody_is_in_block_on<L: Launch>(runtime: L) {
    let drops = Counter::new();
    let witness = drops.on_drop();
    let task = runtime.handle().spawn(async move {
        let _witness = witness;
        std::future::pending::<()>().await;
    });
    runtime.handle().drive(yield_now());
    task.abort();
    wait_until(|| task.is_finished());
    assert_eq!(drops.count(), 1);
}

pub fn joins_resolve_on_a_foreign_executor_though_nobody_is_in_block_on<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move { handle.spawn(async { 7 }).await.unwrap() });
    let output = thread::spawn(|| executor::block_on(task)).join().unwrap();
    assert_eq!(output.unwrap(), 7);
}

pub fn a_lock_that_is_held_around_block_on_can_be_taken_by_a_task<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let hold = |handle: &L::Handle| {
        let lock = Arc::new(Mutex::new(()));
        let taken = Arc::clone(&lock);
        let held = lock.lock().unwrap();
        let task = handle.spawn(async move { drop(taken.lock().unwrap()) });
        // The thread waits again and again, and may find the task then.
        handle.drive(async {
            for _ in 0..1000 {
                yield_now().await;
            }
        });
        drop(held);
        executor::block_on(task).unwrap();
    };
    hold(handle);
    let inside = handle.clone();
    executor::block_on(handle.spawn_blocking(move || hold(&inside))).unwrap();
}

pub fn a_thread_local_that_is_set_around_block_on_is_not_seen_by_tasks<L: Launch>(runtime: L) {
    thread_local! {
        static IS_SET: Cell<bool> = const { Cell::new(false) };
    }
    IS_SET.set(true);
    let seen = runtime.handle().drive(async {
        let tasks: Vec<_> =
            (0..100).map(|_| runtime.handle().spawn(async { IS_SET.get() })).collect();
        let mut seen = 0;
        for task in tasks {
            seen += usize::from(task.await.unwrap());
        }
        seen
    });
    assert_eq!(seen, 0, "tasks were polled by the thread in `block_on`");
}
