//! Blocking closures: too many of them, such that panic, and such that wait for each other.

use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use anyrt_native::{
    BlockOn, Builder, Handle, JoinError, JoinHandle, Launch, Shutdown, Spawn, SpawnBlocking, Timer,
};
use futures::executor;

use super::support_faults::{
    Counter, child, hide_deliberate_panics, panic_deliberately, start, threads, wait_until,
};

fn with_limit(limit: usize) -> anyrt_native::Runtime {
    Builder::new().worker_threads(1).max_blocking_threads(limit).build().unwrap()
}

#[test]
fn six_hundred_closures_that_block_leave_tasks_and_timers_alone() {
    child(|| {
        const CLOSURES: usize = 600;
        const LIMIT: usize = 512;

        let runtime = start(1);
        let handle = runtime.handle().clone();
        let before = threads();
        let (running, runs) = (Counter::default(), Counter::default());
        let barrier = Arc::new(Barrier::new(LIMIT + 1));
        let closures: Vec<_> = (0..CLOSURES)
            .map(|n| {
                let (running, runs, barrier) = (running.clone(), runs.clone(), barrier.clone());
                handle.spawn_blocking(move || {
                    if running.add() <= LIMIT {
                        barrier.wait();
                    }
                    runs.add();
                    n
                })
            })
            .collect();
        running.wait_for(LIMIT);
        // They block all threads that there are, until this one comes.
        let inside = handle.clone();
        let task = handle.spawn(async move {
            for _ in 0..100 {
                inside.sleep(Duration::from_millis(1)).await;
                inside.spawn(async {}).await.unwrap();
            }
        });
        executor::block_on(task).unwrap();
        assert_eq!((running.count(), runs.count()), (LIMIT, 0));
        assert!(threads() <= before + LIMIT, "{} threads", threads());
        barrier.wait();
        for (n, closure) in closures.into_iter().enumerate() {
            assert_eq!(executor::block_on(closure).unwrap(), n);
        }
    });
}

#[test]
fn ten_thousand_closures_that_panic_are_as_many_errors_and_end_no_thread() {
    child(|| {
        const LIMIT: usize = 4;

        hide_deliberate_panics();
        let (starts, stops) = (Counter::default(), Counter::default());
        let (started, stopped) = (starts.clone(), stops.clone());
        let runtime = Builder::new()
            .current_thread()
            .max_blocking_threads(LIMIT)
            .blocking_keep_alive(Duration::from_secs(600))
            .on_thread_start(move || _ = started.add())
            .on_thread_stop(move || _ = stopped.add())
            .build()
            .unwrap();
        let handle = runtime.handle();
        let closures: Vec<JoinHandle<()>> =
            (0..10_000).map(|_| handle.spawn_blocking(|| panic_deliberately())).collect();
        for closure in closures {
            assert!(executor::block_on(closure).unwrap_err().is_panic());
        }
        assert!(starts.count() <= LIMIT, "{} threads", starts.count());
        assert_eq!(stops.count(), 0);
        assert_eq!(executor::block_on(handle.spawn_blocking(|| 7)).unwrap(), 7);
        drop(runtime);
        assert_eq!(stops.count(), starts.count());
    });
}

/// Each closure waits for another one in a `block_on`.
fn descend(handle: &Handle, levels: usize) -> Result<usize, JoinError> {
    if levels == 0 {
        return Ok(0);
    }
    let inside = handle.clone();
    let next = handle.spawn_blocking(move || descend(&inside, levels - 1));
    handle.block_on(next).and_then(|below| below).map(|below| below + 1)
}

#[test]
fn closures_wait_for_each_other_as_deep_as_there_are_threads() {
    child(|| {
        const LIMIT: usize = 100;

        for _ in 0..5 {
            let runtime = with_limit(LIMIT);
            assert_eq!(descend(runtime.handle(), LIMIT).unwrap(), LIMIT);
        }
    });
}

#[test]
fn closures_that_wait_for_more_closures_than_there_are_threads_end_with_the_queue() {
    child(|| {
        // Nothing else could: the closure they wait for is in the queue behind them.
        for kind in 0..3 {
            let runtime = with_limit(3);
            let handle = runtime.handle().clone();
            let levels = Counter::default();
            fn descend(handle: Handle, levels: Counter) -> Result<(), JoinError> {
                levels.add();
                let inside = handle.clone();
                let next = handle.spawn_blocking(move || descend(inside, levels));
                if next.is_finished() {
                    return Ok(());
                }
                handle.block_on(next).and_then(|below| below)
            }
            let (inside, counted) = (handle.clone(), levels.clone());
            let head = handle.spawn_blocking(move || descend(inside, counted));
            levels.wait_for(3);
            // Everything else goes on.
            assert_eq!(executor::block_on(handle.spawn(async { 7 })).unwrap(), 7);
            executor::block_on(handle.sleep(Duration::from_millis(5)));
            assert_eq!(levels.count(), 3);
            match kind {
                0 => drop(runtime),
                1 => runtime.shutdown_timeout(Duration::ZERO),
                _ => runtime.shutdown_timeout(Duration::MAX),
            }
            let end = executor::block_on(head);
            assert!(end.and_then(|below| below).is_err_and(|error| error.is_cancelled()));
        }
    });
}

#[test]
fn an_end_with_a_timeout_drops_the_queue_and_leaves_what_is_stuck() {
    child(|| {
        for timeout in [Duration::ZERO, Duration::from_millis(20)] {
            let runtime = with_limit(1);
            let handle = runtime.handle();
            let (inside, is_inside) = mpsc::channel();
            let (go_on, may_go_on) = mpsc::channel();
            let stuck = handle.spawn_blocking(move || {
                inside.send(()).unwrap();
                may_go_on.recv().unwrap()
            });
            is_inside.recv().unwrap();
            let drops = Counter::default();
            let queued: Vec<_> = (0..100)
                .map(|_| {
                    let on_drop = drops.on_drop();
                    handle.spawn_blocking(move || drop(on_drop))
                })
                .collect();
            runtime.shutdown_timeout(timeout);
            assert_eq!(drops.count(), 100);
            for closure in queued {
                assert!(executor::block_on(closure).unwrap_err().is_cancelled());
            }
            assert!(!stuck.is_finished());
            go_on.send(7).unwrap();
            assert_eq!(executor::block_on(stuck).unwrap(), 7);
        }
    });
}

#[test]
fn idle_threads_end_and_new_ones_start_again_and_again() {
    child(|| {
        let runtime = Builder::new()
            .current_thread()
            .blocking_keep_alive(Duration::from_millis(1))
            .build()
            .unwrap();
        let before = threads();
        for round in 0..50 {
            let barrier = Arc::new(Barrier::new(1 + round % 5));
            let closures: Vec<_> = (0..=round % 5)
                .map(|_| {
                    let barrier = Arc::clone(&barrier);
                    runtime.handle().spawn_blocking(move || _ = barrier.wait())
                })
                .collect();
            for closure in closures {
                executor::block_on(closure).unwrap();
            }
            if round % 10 == 0 {
                wait_until("the threads have ended", || threads() == before);
            }
        }
    });
}
