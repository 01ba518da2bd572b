//! K5: closures that block, and threads in `block_on`, while the runtime ends.

use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyrt_core::{BlockOn, JoinHandle as _, Launch, Shutdown, SpawnBlocking};
use futures::channel::oneshot;

use super::spawn_parked;
use crate::Launcher;
use crate::witness::{Counter, Receive, executor, gate, wait_until};

pub fn drop_waits_for_closures_that_run<L: Launch + Shutdown>(runtime: L) {
    let (started, has_started) = mpsc::channel();
    let finished = Counter::new();
    let (keeper, gate) = gate();
    let finishes = finished.clone();
    drop(runtime.handle().spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
        // Only so that a drop that does not wait is certain to be noticed.
        thread::sleep(Duration::from_millis(50));
        finishes.add();
    }));
    has_started.receive().unwrap();
    keeper.open();
    drop(runtime);
    assert_eq!(finished.count(), 1);
}

pub fn joins_of_queued_closures_resolve_after_drop<L: Launch + Shutdown>(launcher: &Launcher<L>) {
    const QUEUED: usize = 100;

    // Where the limit is not kept they don't queue, but resolve all the same.
    let runtime = launcher.start_with(|config| config.max_blocking_threads = NonZeroUsize::MIN);
    let (started, has_started) = mpsc::channel();
    let (keeper, gate) = gate();
    drop(runtime.handle().spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
    }));
    has_started.receive().unwrap();
    let (runs, captures) = (Counter::new(), Counter::new());
    let closures: Vec<_> = (0..QUEUED)
        .map(|_| {
            let (runs, capture) = (runs.clone(), captures.on_drop());
            runtime.handle().spawn_blocking(move || {
                let _capture = capture;
                runs.add();
            })
        })
        .collect();
    keeper.open();
    drop(runtime);
    // Some may have run: which, is not promised. But each join says what happened.
    let results = closures.into_iter().map(executor::block_on);
    let (outputs, errors): (Vec<_>, Vec<_>) = results.partition(Result::is_ok);
    assert!(errors.into_iter().all(|result| result.unwrap_err().is_cancelled()));
    assert_eq!((runs.count(), captures.count()), (outputs.len(), QUEUED));
}

pub fn a_closure_for_which_a_thread_is_started_runs_to_its_end<L: Launch + Shutdown>(
    launcher: &Launcher<L>,
) {
    for round in 0..20 {
        let runtime = launcher.start();
        let closure = runtime.handle().spawn_blocking(move || round);
        // Most often that comes before the thread does.
        if round % 2 == 0 {
            drop(runtime)
        } else {
            runtime.shutdown_timeout(Duration::MAX)
        }
        assert!(closure.is_finished(), "somebody has to have waited for it");
        assert_eq!(executor::block_on(closure).unwrap(), round);
    }
}

/// Ends the runtime by `shutdown_timeout` while a closure is stuck, and lets it go afterwards.
fn shut_down_around_a_stuck_closure<L: Launch + Shutdown>(runtime: L, timeout: Duration) {
    let (started, has_started) = mpsc::channel();
    let (keeper, gate) = gate();
    let closure = runtime.handle().spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
        7
    });
    has_started.receive().unwrap();
    let drops = Counter::new();
    let task = spawn_parked(runtime.handle(), drops.on_drop());
    runtime.shutdown_timeout(timeout); // hangs here if it waits for the closure
    keeper.open();
    // The closure is left to itself, and so comes to its end.
    assert_eq!(executor::block_on(closure).unwrap(), 7);
    assert!(executor::block_on(task).unwrap_err().is_cancelled());
    assert_eq!(drops.count(), 1);
}

pub fn shutdown_timeout_leaves_a_closure_that_is_stuck<L: Launch + Shutdown>(runtime: L) {
    shut_down_around_a_stuck_closure(runtime, Duration::from_millis(20));
}

pub fn shutdown_without_a_timeout_does_not_wait<L: Launch + Shutdown>(runtime: L) {
    shut_down_around_a_stuck_closure(runtime, Duration::ZERO);
}

pub fn block_on_goes_on_while_another_thread_drops_the_runtime<L: Launch + Shutdown>(runtime: L) {
    let (inside, drops) = (Counter::new(), Counter::new());
    let task = spawn_parked(runtime.handle(), drops.on_drop());
    let (go, gone) = oneshot::channel();
    let (handle, is_inside) = (runtime.handle().clone(), inside.clone());
    let other = thread::spawn(move || {
        handle.block_on(async {
            is_inside.add();
            gone.await
        })
    });
    wait_until(|| inside.count() == 1);
    drop(runtime);
    go.send(7).unwrap();
    assert_eq!(other.join().unwrap(), Ok(7));
    // At the latest when nobody is in it any more.
    assert!(executor::block_on(task).unwrap_err().is_cancelled());
    assert_eq!(drops.count(), 1);
}

pub fn a_closure_in_block_on_comes_to_its_end_after_shutdown<L: Launch + Shutdown>(runtime: L) {
    let (inside, is_inside) = mpsc::channel();
    let (go, gone) = oneshot::channel();
    let handle = runtime.handle().clone();
    let closure = runtime.handle().spawn_blocking(move || {
        handle.block_on(async {
            inside.send(()).unwrap();
            gone.await
        })
    });
    is_inside.receive().unwrap();
    runtime.shutdown_timeout(Duration::from_millis(20));
    go.send(7).unwrap();
    assert_eq!(executor::block_on(closure).unwrap(), Ok(7));
}
