//! Wakers that are used late, from anywhere, and too often.

use std::future::{self, poll_fn};
use std::sync::{Arc, Barrier, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use anyrt_native::{BlockOn, Launch, Runtime, Shutdown, Spawn, SpawnBlocking};
use futures::executor;

use super::support_faults::{Counter, child, start};

const THREADS: usize = 4;

/// Starts tasks that wait, each with a clone of its waker in the result.
fn spawn_waiting(runtime: &Runtime, number: usize, drops: &Counter) -> Vec<Waker> {
    let wakers = Arc::new(Mutex::new(Vec::with_capacity(number)));
    for _ in 0..number {
        let (mut wakers, on_drop) = (Some(Arc::clone(&wakers)), drops.on_drop());
        drop(runtime.handle().spawn(poll_fn(move |cx| {
            let _on_drop = &on_drop;
            if let Some(wakers) = wakers.take() {
                wakers.lock().unwrap().push(cx.waker().clone());
            }
            Poll::<()>::Pending
        })));
    }
    runtime.handle().block_on(async {
        while Arc::strong_count(&wakers) > 1 {
            anyrt_native::yield_now().await;
        }
    });
    Arc::try_unwrap(wakers).unwrap().into_inner().unwrap()
}

#[test]
fn a_million_wakers_of_a_task_that_has_ended_wake_nobody() {
    child(|| {
        for workers in [0, 2] {
            let runtime = start(workers);
            let (polls, drops) = (Counter::default(), Counter::default());
            let (counted, on_drop) = (polls.clone(), drops.on_drop());
            let mut kept = Vec::new();
            let task = runtime.handle().spawn(poll_fn(move |cx| {
                let _on_drop = &on_drop;
                counted.add();
                kept.extend((0..1_000_000).map(|_| cx.waker().clone()));
                Poll::Ready(std::mem::take(&mut kept))
            }));
            let mut wakers = runtime.handle().block_on(task).unwrap();
            assert_eq!(drops.count(), 1);
            thread::scope(|scope| {
                while !wakers.is_empty() {
                    let share = wakers.split_off(wakers.len() - 1_000_000 / THREADS);
                    scope.spawn(|| {
                        for (n, waker) in share.into_iter().enumerate() {
                            if n % 2 == 0 { waker.wake() } else { waker.wake_by_ref() }
                        }
                    });
                }
            });
            assert_eq!(runtime.handle().block_on(runtime.handle().spawn(async { 7 })).unwrap(), 7);
            assert!(polls.count() <= 2, "{} polls", polls.count());
        }
    });
}

#[test]
fn wakers_fire_while_the_runtime_ends_and_after_it() {
    child(|| {
        const TASKS: usize = 5000;

        for round in 0..20 {
            let runtime = start(round % 4);
            let drops = Counter::default();
            let wakers = spawn_waiting(&runtime, TASKS, &drops);
            let barrier = Barrier::new(THREADS + 1);
            thread::scope(|scope| {
                for first in 0..THREADS {
                    let (wakers, barrier) = (&wakers, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        let mine = || wakers.iter().skip(first).step_by(THREADS / 2);
                        mine().for_each(Waker::wake_by_ref);
                        mine().for_each(|waker| drop(waker.clone()));
                    });
                }
                barrier.wait();
                if round % 2 == 0 {
                    drop(runtime);
                } else {
                    runtime.shutdown_timeout(std::time::Duration::from_secs(30));
                }
                assert_eq!(drops.count(), TASKS);
            });
            wakers.into_iter().for_each(Waker::wake);
            assert_eq!(drops.count(), TASKS);
        }
    });
}

#[test]
fn a_hundred_thousand_wakers_outlive_their_runtime() {
    child(|| {
        let drops = Counter::default();
        let runtime = start(2);
        let wakers = spawn_waiting(&runtime, 100_000, &drops);
        let others = wakers.clone();
        // Also that of a `block_on`.
        let of_block_on = runtime.handle().block_on(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        drop(runtime);
        assert_eq!(drops.count(), 100_000);
        thread::scope(|scope| {
            scope.spawn(|| others.into_iter().for_each(Waker::wake));
            scope.spawn(|| wakers.iter().for_each(Waker::wake_by_ref));
            scope.spawn(|| of_block_on.wake());
        });
    });
}

#[test]
fn threads_that_wait_for_joins_are_woken_by_the_end() {
    child(|| {
        for round in 0..500 {
            let runtime = start(round % 3);
            let handle = runtime.handle().clone();
            let task = handle.spawn(future::pending::<()>());
            let closure = handle.spawn_blocking(|| 7);
            let join = thread::spawn(move || executor::block_on(task));
            let result = thread::spawn(move || executor::block_on(closure));
            drop(runtime);
            assert!(join.join().unwrap().unwrap_err().is_cancelled());
            match result.join().unwrap() {
                Ok(output) => assert_eq!(output, 7),
                Err(error) => assert!(error.is_cancelled(), "{error}"),
            }
        }
    });
}
