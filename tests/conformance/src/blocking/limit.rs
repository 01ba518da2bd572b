//! B2, B4: closures at the limit of the pool.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use anyrt_core::{BlockOn, Config, Flavor, JoinHandle, Launch, Spawn, SpawnBlocking};
use futures::channel::oneshot;
use futures::future::join_all;

use crate::witness::{Counter, Keeper, ONE_WORKER, gate, until};

const QUEUED: usize = 100;

/// Runs `case` on runtimes that have this many threads for blocking closures, with a worker thread
/// and without.
fn with_limit<L: Launch>(given: L, threads: usize, case: impl Fn(L)) {
    drop(given);
    for flavor in [ONE_WORKER, Flavor::CurrentThread] {
        let max_blocking_threads = NonZeroUsize::new(threads).unwrap();
        case(L::start(&Config { flavor, max_blocking_threads, ..Config::default() }).unwrap());
    }
}

/// Occupies a thread for blocking closures until the keeper opens the gate.
fn occupy<L: Launch>(runtime: &L) -> Keeper {
    let (keeper, gate) = gate();
    let (started, has_started) = oneshot::channel();
    drop(runtime.handle().spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
    }));
    runtime.handle().block_on(has_started).unwrap();
    keeper
}

pub fn abort_prevents_a_closure_that_waits_for_a_thread<L: Launch>(runtime: L) {
    with_limit(runtime, 1, |runtime| {
        let keeper = occupy(&runtime);
        let (runs, captures) = (Counter::new(), Counter::new());
        let closures: Vec<_> = (0..QUEUED)
            .map(|_| {
                let (runs, capture) = (runs.clone(), captures.on_drop());
                let closure = runtime.handle().spawn_blocking(move || {
                    let _capture = capture;
                    runs.add();
                });
                closure.abort();
                closure
            })
            .collect();
        let last = runtime.handle().spawn_blocking(|| 7);
        keeper.open();
        runtime.handle().block_on(async {
            for closure in closures {
                let error = closure.await.unwrap_err();
                assert!(error.is_cancelled(), "{error:?}");
            }
            assert_eq!(last.await.unwrap(), 7);
        });
        assert_eq!((runs.count(), captures.count()), (0, QUEUED));
    });
}

pub fn closures_queue_at_the_limit<L: Launch>(runtime: L) {
    with_limit(runtime, 1, |runtime| {
        let keeper = occupy(&runtime);
        let queue = |handle: &L::Handle| -> Vec<_> {
            (0..QUEUED).map(|n| handle.spawn_blocking(move || n)).collect()
        };
        let from_outside = queue(runtime.handle());
        let handle = runtime.handle().clone();
        let task = runtime.handle().spawn(async move { queue(&handle) });
        let from_a_task = runtime.handle().block_on(task).unwrap();

        keeper.open(); // a caller that is blocked does not come so far
        for closures in [from_outside, from_a_task] {
            for (n, output) in runtime.handle().block_on(join_all(closures)).into_iter().enumerate()
            {
                assert_eq!(output.unwrap(), n);
            }
        }
    });
}

pub fn closures_queue_at_the_limit_when_their_handles_are_dropped<L: Launch>(runtime: L) {
    with_limit(runtime, 1, |runtime| {
        let keeper = occupy(&runtime);
        let ran = Counter::new();
        for _ in 0..QUEUED {
            let ran = ran.clone();
            drop(runtime.handle().spawn_blocking(move || ran.add()));
        }
        keeper.open();
        runtime.handle().block_on(until(|| ran.count() == QUEUED));
    });
}

pub fn no_more_closures_run_at_once_than_the_limit_allows<L: Launch>(runtime: L) {
    with_limit(runtime, 2, |runtime| {
        let (keeper_1, keeper_2) = (occupy(&runtime), occupy(&runtime));
        let ran = Counter::new();
        let running = Arc::new(AtomicUsize::new(2));
        let closures: Vec<_> = (0..QUEUED)
            .map(|_| {
                let (ran, running) = (ran.clone(), running.clone());
                runtime.handle().spawn_blocking(move || {
                    ran.add();
                    assert!(running.fetch_add(1, SeqCst) < 2, "a third closure runs");
                    thread::yield_now();
                    running.fetch_sub(1, SeqCst);
                })
            })
            .collect();
        assert_eq!(ran.count(), 0);
        for keeper in [keeper_1, keeper_2] {
            running.fetch_sub(1, SeqCst);
            keeper.open();
        }
        for output in runtime.handle().block_on(join_all(closures)) {
            output.unwrap();
        }
        assert_eq!(ran.count(), QUEUED);
    });
}
