//! S22: what a runtime tells about itself.

use std::future::pending;
use std::hint::black_box;

use anyrt_core::{JoinHandle, Launch, Spawn, SpawnBlocking};
use futures::channel::oneshot;
use futures::future::join_all;

use crate::witness::{Drive, gate, until};

pub fn tasks_that_have_not_ended_are_counted<L: Launch>(runtime: L) {
    const TASKS: usize = 3000;

    let handle = runtime.handle();
    let alive = || handle.metrics().alive_tasks;
    let Some(before) = alive() else { return };
    let tasks: Vec<_> = (0..TASKS).map(|_| handle.spawn(pending::<()>())).collect();
    let large = [0_u8; 16_000];
    let mut tasks_of_other_sizes = vec![handle.spawn(async move {
        pending::<()>().await;
        black_box(large);
    })];
    tasks_of_other_sizes.push(handle.spawn(pending()));
    let (keeper, gate) = gate();
    let closure = handle.spawn_blocking(move || gate.wait());
    // One that ends is counted until it has been forgotten, which may be a moment later.
    handle.drive(handle.spawn(async {})).unwrap();
    handle.drive(until(|| alive() == Some(before + TASKS + 2)));
    let tasks = tasks.into_iter().chain(tasks_of_other_sizes);
    let ends = join_all(tasks.inspect(JoinHandle::abort));
    assert!(handle.drive(ends).iter().all(Result::is_err));
    handle.drive(until(|| alive() == Some(before)));
    keeper.open();
    handle.drive(closure).unwrap();
}

pub fn threads_for_closures_are_counted<L: Launch>(runtime: L) {
    const CLOSURES: usize = 5;

    let handle = runtime.handle();
    let start = || {
        let (keeper, gate) = gate();
        let (started, has_started) = oneshot::channel();
        let closure = handle.spawn_blocking(move || {
            started.send(()).unwrap();
            gate.wait();
        });
        handle.drive(has_started).unwrap();
        (keeper, closure)
    };
    let running: Vec<_> = (0..CLOSURES).map(|_| start()).collect();
    let metrics = handle.metrics();
    if let (Some(all), Some(idle)) = (metrics.blocking_threads, metrics.idle_blocking_threads) {
        assert!(all - idle >= CLOSURES, "{CLOSURES} closures run: {metrics:?}");
    }
    for (keeper, closure) in running {
        keeper.open();
        handle.drive(closure).unwrap();
    }
}
