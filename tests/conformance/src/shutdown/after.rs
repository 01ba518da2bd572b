//! S6: what is spawned when the runtime has ended, or is ending.

use std::future::pending;
use std::sync::mpsc;

use anyrt_core::{AbortHandle, JoinHandle, Launch, Shutdown, Spawn, SpawnBlocking};

use crate::witness::{Counter, executor, on_drop};

pub fn spawn_after_shutdown_drops_the_future_and_cancels_the_join<L: Launch + Shutdown>(
    runtime: L,
) {
    let handle = runtime.handle().clone();
    drop(runtime);
    let (polls, drops) = (Counter::new(), Counter::new());
    for n in 1..=10 {
        let (polls, witness) = (polls.clone(), drops.on_drop());
        let task = handle.spawn(async move {
            let _witness = witness;
            polls.add();
        });
        let error = executor::block_on(task).unwrap_err();
        assert!(error.is_cancelled(), "{error:?}");
        assert_eq!(drops.count(), n);
    }
    drop(handle.spawn(async move { drop(drops.on_drop()) }));
    assert_eq!(polls.count(), 0);
}

pub fn abort_after_spawn_after_shutdown_is_harmless<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    drop(runtime);
    let drops = Counter::new();
    let witness = drops.on_drop();
    let task = handle.spawn(async move {
        let _witness = witness;
        pending::<()>().await;
    });
    let abort_handle = task.abort_handle();
    task.abort();
    abort_handle.abort();
    assert!(executor::block_on(task).unwrap_err().is_cancelled());
    assert!(AbortHandle::is_finished(&abort_handle));
    assert_eq!(drops.count(), 1);
}

pub fn spawn_blocking_after_shutdown_resolves<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    drop(runtime);
    let (runs, captures) = (Counter::new(), Counter::new());
    let (ran, capture) = (runs.clone(), captures.on_drop());
    let closure = handle.spawn_blocking(move || {
        let _capture = capture;
        ran.add();
    });
    let result = executor::block_on(closure);
    assert_eq!(result.is_ok(), runs.count() == 1, "{result:?}");
    assert_eq!(captures.count(), 1);
}

pub fn a_destructor_can_spawn_while_the_runtime_is_dropped<L: Launch + Shutdown>(runtime: L) {
    let handle = runtime.handle().clone();
    let (outer, inner) = (Counter::new(), Counter::new());
    let (give, take) = mpsc::channel();
    for _ in 0..10 {
        let (handle, give) = (handle.clone(), give.clone());
        let (outer, inner) = (outer.clone(), inner.on_drop());
        let spawner = on_drop(move || {
            outer.add();
            let _ = give.send(handle.spawn(async move {
                let _inner = inner;
                pending::<()>().await;
            }));
        });
        drop(runtime.handle().spawn(async move {
            let _spawner = spawner;
            pending::<()>().await;
        }));
    }
    drop(give);
    drop(runtime);
    assert_eq!(outer.count(), 10);
    for task in take {
        assert!(executor::block_on(task).unwrap_err().is_cancelled());
    }
    assert_eq!(inner.count(), 10);
}
