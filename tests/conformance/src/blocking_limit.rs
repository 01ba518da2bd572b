//! B2, B4, a capability: there are as many threads for blocking closures as were asked for, and
//! closures queue for them.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use anyrt_core::{JoinHandle, Launch, Spawn, SpawnBlocking};
use futures::channel::oneshot;
use futures::future::join_all;

use crate::Launcher;
use crate::witness::{Counter, Drive, Keeper, gate, until};

cases! { blocking_limit if blocking_limit:
    abort_prevents_a_closure_that_waits_for_a_thread(launcher) [B2];
    closures_queue_at_the_limit(launcher) [B4];
    closures_queue_at_the_limit_when_their_handles_are_dropped(launcher) [B1, B4];
    no_more_closures_run_at_once_than_the_limit_allows(launcher) [B4];
}

const QUEUED: usize = 100;

/// A runtime with this many threads for blocking closures.
fn start_with_limit<L: Launch>(launcher: &Launcher<L>, threads: usize) -> L {
    let threads = NonZeroUsize::new(threads).unwrap();
    launcher.start_with(|config| config.max_blocking_threads = threads)
}

/// Occupies a thread for blocking closures until the keeper opens the gate.
fn occupy<L: Launch>(runtime: &L) -> Keeper {
    let (keeper, gate) = gate();
    let (started, has_started) = oneshot::channel();
    drop(runtime.handle().spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
    }));
    runtime.handle().drive(has_started).unwrap();
    keeper
}

pub fn abort_prevents_a_closure_that_waits_for_a_thread<L: Launch>(launcher: &Launcher<L>) {
    let runtime = start_with_limit(launcher, 1);
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
    runtime.handle().drive(async {
        for closure in closures {
            let error = closure.await.unwrap_err();
            assert!(error.is_cancelled(), "{error:?}");
        }
        assert_eq!(last.await.unwrap(), 7);
    });
    assert_eq!((runs.count(), captures.count()), (0, QUEUED));
}

pub fn closures_queue_at_the_limit<L: Launch>(launcher: &Launcher<L>) {
    let runtime = start_with_limit(launcher, 1);
    let keeper = occupy(&runtime);
    let queue = |handle: &L::Handle| -> Vec<_> {
        (0..QUEUED).map(|n| handle.spawn_blocking(move || n)).collect()
    };
    let from_outside = queue(runtime.handle());
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move { queue(&handle) });
    let from_a_task = runtime.handle().drive(task).unwrap();

    keeper.open(); // a caller that is blocked does not come so far
    for closures in [from_outside, from_a_task] {
        for (n, output) in runtime.handle().drive(join_all(closures)).into_iter().enumerate() {
            assert_eq!(output.unwrap(), n);
        }
    }
}

pub fn closures_queue_at_the_limit_when_their_handles_are_dropped<L: Launch>(
    launcher: &Launcher<L>,
) {
    let runtime = start_with_limit(launcher, 1);
    let keeper = occupy(&runtime);
    let (ran, gone) = (Counter::new(), Counter::new());
    for _ in 0..QUEUED {
        let (ran, capture) = (ran.clone(), gone.on_drop());
        drop(runtime.handle().spawn_blocking(move || {
            let _capture = capture;
            ran.add();
        }));
    }
    keeper.open();
    runtime.handle().drive(until(|| gone.count() == QUEUED));
    assert_eq!(ran.count(), QUEUED);
}

pub fn no_more_closures_run_at_once_than_the_limit_allows<L: Launch>(launcher: &Launcher<L>) {
    let runtime = start_with_limit(launcher, 2);
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
    for output in runtime.handle().drive(join_all(closures)) {
        output.unwrap();
    }
    assert_eq!(ran.count(), QUEUED);
}
