//! Tasks in large numbers, and those that want to keep a worker for themselves.

use std::future::{self, poll_fn};
use std::mem;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::task::{Poll, Waker};
use std::time::Duration;

use anyrt_native::{
    BlockOn, Current, Handle, JoinHandle, Launch, Runtime, Spawn, SpawnBlocking, Timer, yield_now,
};
use futures::executor;
use futures::{SinkExt, StreamExt};

use super::support_faults::{
    Counter, child, hide_deliberate_panics, memory, panic_deliberately, start, threads, wait_until,
};

/// A task that is polled until `is_over`, the count of its polls, and its waker.
fn spawn_polled(runtime: &Runtime, is_over: &Arc<AtomicBool>) -> (JoinHandle<()>, Counter, Waker) {
    let (polls, waker) = (Counter::default(), Arc::new(OnceLock::new()));
    let (counted, kept, is_over) = (polls.clone(), Arc::clone(&waker), Arc::clone(is_over));
    let task = runtime.handle().spawn(poll_fn(move |cx| {
        counted.add();
        kept.get_or_init(|| cx.waker().clone());
        if is_over.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
    }));
    wait_until("the task was polled", || waker.get().is_some());
    let waker = waker.get().unwrap().clone();
    (task, polls, waker)
}

#[test]
fn wake_ups_of_a_task_that_waits_for_its_worker_are_one() {
    child(|| {
        let runtime = start(1);
        let is_over = Arc::new(AtomicBool::new(false));
        let (task, polls, waker) = spawn_polled(&runtime, &is_over);
        let (inside, is_inside) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        drop(runtime.handle().spawn(async move {
            inside.send(()).unwrap();
            may_go_on.recv().unwrap();
        }));
        is_inside.recv().unwrap();
        let before = polls.count();
        for _ in 0..1_000_000 {
            waker.wake_by_ref();
        }
        is_over.store(true, Ordering::Relaxed);
        waker.wake_by_ref();
        go_on.send(()).unwrap();
        executor::block_on(task).unwrap();
        assert_eq!(polls.count() - before, 1);
    });
}

#[test]
fn the_last_of_a_million_wake_ups_is_not_lost() {
    child(|| {
        let runtime = start(2);
        for _ in 0..10 {
            let is_over = Arc::new(AtomicBool::new(false));
            let (task, polls, waker) = spawn_polled(&runtime, &is_over);
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| (0..25_000).for_each(|_| waker.wake_by_ref()));
                }
            });
            is_over.store(true, Ordering::Relaxed);
            waker.wake();
            executor::block_on(task).unwrap();
            assert!(polls.count() <= 100_002, "{} polls", polls.count());
        }
    });
}

/// Keeps two tasks busy by yielding, until `until` is ready, and counts their turns.
fn among_tasks_that_yield(workers: usize, until: impl AsyncFnOnce(&Counter) + Send) {
    let runtime = start(workers);
    let (is_over, turns) = (Arc::new(AtomicBool::new(false)), Counter::default());
    let tasks = [(); 2].map(|()| {
        let (is_over, turns) = (Arc::clone(&is_over), turns.clone());
        runtime.handle().spawn(async move {
            while !is_over.load(Ordering::Relaxed) {
                turns.add();
                yield_now().await;
            }
        })
    });
    wait_until("they run", || turns.count() > 100);
    let inside = runtime.handle().enter();
    executor::block_on(until(&turns));
    drop(inside);
    is_over.store(true, Ordering::Relaxed);
    for task in tasks {
        executor::block_on(task).unwrap();
    }
}

#[test]
fn timers_fire_among_tasks_that_always_yield() {
    child(|| {
        for workers in [1, 2] {
            among_tasks_that_yield(workers, async |_| {
                let handle = Handle::try_current().unwrap();
                let inside = handle.clone();
                let task = handle.spawn(async move {
                    for _ in 0..100 {
                        inside.sleep(Duration::from_millis(1)).await;
                    }
                });
                task.await.unwrap();
            });
        }
    });
}

#[test]
fn a_task_from_outside_waits_for_no_more_than_61_turns_of_others() {
    child(|| {
        among_tasks_that_yield(1, async |turns| {
            let handle = Handle::try_current().unwrap();
            for _ in 0..1000 {
                let at_start = turns.clone();
                let task = handle.spawn(async move { at_start.count() });
                let spawned = turns.count();
                let waited = task.await.unwrap().saturating_sub(spawned);
                assert!(waited <= 61, "it waited for {waited} turns");
            }
        });
    });
}

#[test]
fn two_tasks_that_always_wake_each_other_starve_nobody() {
    child(|| {
        for workers in [0, 1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle().clone();
            let (mut to_pong, mut from_ping) = futures::channel::mpsc::channel(0);
            let (mut to_ping, mut from_pong) = futures::channel::mpsc::channel(0);
            let pong = handle.spawn(async move {
                while let Some(()) = from_ping.next().await {
                    if to_ping.send(()).await.is_err() {
                        return;
                    }
                }
            });
            let ping = handle.spawn(async move {
                while to_pong.send(()).await.is_ok() {
                    from_pong.next().await;
                }
            });
            let inside = handle.clone();
            let third = handle.spawn(async move {
                for _ in 0..100 {
                    inside.sleep(Duration::from_millis(1)).await;
                    inside.spawn(async {}).await.unwrap();
                }
            });
            handle.block_on(third).unwrap();
            ping.abort();
            assert!(handle.block_on(ping).unwrap_err().is_cancelled());
            handle.block_on(pong).unwrap();
        }
    });
}

#[test]
fn ten_thousand_panics_are_as_many_errors_and_end_no_thread() {
    child(|| {
        hide_deliberate_panics();
        let runtime = start(2);
        let handle = runtime.handle();
        handle.block_on(handle.spawn(async {})).unwrap();
        let before = threads();
        let tasks: Vec<_> =
            (0..10_000).map(|_| handle.spawn(async { panic_deliberately() })).collect();
        for task in tasks {
            let task: JoinHandle<()> = task;
            assert!(handle.block_on(task).unwrap_err().is_panic());
        }
        assert_eq!(threads(), before);
        assert_eq!(handle.block_on(handle.spawn(async { 7 })).unwrap(), 7);
    });
}

#[test]
fn a_million_pending_tasks_are_small_and_dropped_once_each() {
    child(|| {
        const TASKS: usize = 1_000_000;

        let runtime = start(2);
        let (polls, drops) = (Counter::default(), Counter::default());
        let before = memory();
        for _ in 0..TASKS {
            let (polls, on_drop) = (polls.clone(), drops.on_drop());
            drop(runtime.handle().spawn(async move {
                let _on_drop = on_drop;
                polls.add();
                future::pending::<()>().await;
            }));
        }
        polls.wait_for(TASKS);
        // Two counters, and the state of the future, are 24 bytes.
        let each = (memory() - before) / TASKS;
        assert!(each <= 150 + 24, "{each} bytes for each task");
        drop(runtime);
        assert_eq!((polls.count(), drops.count()), (TASKS, TASKS));
    });
}

#[test]
fn a_hundred_thousand_tasks_without_a_handle_all_run() {
    child(|| {
        const TASKS: usize = 100_000;

        for workers in [0, 1, 2, 64] {
            let runtime = start(workers);
            let runs = Counter::default();
            for _ in 0..TASKS {
                let runs = runs.clone();
                drop(runtime.handle().spawn(async move {
                    yield_now().await;
                    runs.add();
                }));
            }
            runtime.handle().block_on(async {
                while runs.count() < TASKS {
                    yield_now().await;
                }
            });
            assert_eq!(runs.count(), TASKS);
        }
    });
}

#[test]
fn an_abort_that_races_with_the_end_leaves_a_result_or_none() {
    child(|| {
        let runtime = start(2);
        let drops = Counter::default();
        let (mut finished, mut cancelled) = (0, 0);
        for round in 0..50_000 {
            let (on_drop, turns) = (drops.on_drop(), round % 4);
            let task = runtime.handle().spawn(async move {
                for _ in 0..turns {
                    yield_now().await;
                }
                on_drop
            });
            let abort = task.abort_handle();
            match round % 3 {
                0 => abort.abort(),
                1 => std::thread::yield_now(),
                _ => {}
            }
            task.abort();
            if round % 5 == 0 {
                drop(task);
                continue;
            }
            match executor::block_on(task) {
                Ok(_on_drop) => finished += 1,
                Err(error) => cancelled += usize::from(error.is_cancelled()),
            }
            assert!(abort.is_finished());
        }
        assert_eq!(finished + cancelled, 40_000);
        drops.wait_for(50_000);
    });
}

#[test]
fn a_thousand_futures_of_a_mebibyte_overflow_no_stack() {
    child(|| {
        let runtime = start(2);
        let handle = runtime.handle().clone();
        let spawn_all = move || {
            for _ in 0..1000 {
                let large = [0_u8; 1 << 18];
                let task = handle.spawn(async move {
                    yield_now().await;
                    large.len()
                });
                assert_eq!(executor::block_on(task).unwrap(), 1 << 18);
            }
        };
        spawn_all.clone()();
        runtime.handle().block_on(runtime.handle().spawn_blocking(spawn_all)).unwrap();
    });
}

#[test]
fn what_is_forgotten_does_no_harm() {
    child(|| {
        const NUMBER: usize = 100_000;

        let runtime = start(2);
        let handle = runtime.handle();
        let (runs, drops) = (Counter::default(), Counter::default());
        for _ in 0..NUMBER {
            let (runs, on_drop) = (runs.clone(), drops.on_drop());
            let task = handle.spawn(async move {
                runs.add();
                on_drop
            });
            mem::forget(task.abort_handle());
            mem::forget(task);
            mem::forget(handle.clone());
        }
        runs.wait_for(NUMBER);
        assert_eq!(drops.count(), 0, "the outputs belong to the handles");
        handle.block_on(async {
            for _ in 0..1000 {
                // In memory of its own, as a pinned future has to be that is forgotten.
                let mut sleep = Box::pin(handle.sleep(Duration::from_millis(1)));
                let _ = futures::poll!(&mut sleep);
                mem::forget(sleep);
            }
            let task = pin!(handle.spawn(async {
                mem::forget(Handle::try_current().unwrap().enter());
            }));
            task.await.unwrap();
            handle.sleep(Duration::from_millis(5)).await;
        });
        let other = start(1);
        mem::forget(other.handle().enter());
        assert!(Handle::try_current().as_ref() == Some(other.handle()));
        assert_eq!(handle.block_on(handle.spawn(async { 7 })).unwrap(), 7);
    });
}
