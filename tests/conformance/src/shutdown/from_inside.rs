//! K5: a runtime that is dropped where it can't wait for itself ends in the background.

use std::future::pending;
use std::sync::mpsc;
use std::time::Duration;

use anyrt_core::{BlockOn, Launch, Shutdown, Spawn, SpawnBlocking};
use futures::channel::oneshot;

use crate::Launcher;
use crate::witness::{Counter, Drive, Receive, executor};

/// Tasks that are to be dropped with their runtime.
fn spawn_tasks<L: Launch>(runtime: &L) -> (Vec<<L::Handle as Spawn>::JoinHandle<()>>, Counter) {
    let drops = Counter::new();
    let spawn = |_| {
        let witness = drops.on_drop();
        runtime.handle().spawn(async move {
            let _witness = witness;
            pending::<()>().await;
        })
    };
    ((0..10).map(spawn).collect(), drops)
}

fn assert_ends<L: Launch>((tasks, drops): (Vec<<L::Handle as Spawn>::JoinHandle<()>>, Counter)) {
    for task in tasks {
        assert!(executor::block_on(task).unwrap_err().is_cancelled());
    }
    assert_eq!(drops.count(), 10);
}

pub fn dropping_the_runtime_within_its_own_block_on_returns<L: Launch + Shutdown>(runtime: L) {
    let tasks = spawn_tasks(&runtime);
    let handle = runtime.handle().clone();
    let output = handle.block_on(async {
        drop(runtime);
        7
    });
    assert_eq!(output, 7);
    assert_ends::<L>(tasks);
}

/// Ends the runtime in one of its own tasks, which goes on to its next `.await`.
fn end_in_own_task<L: Launch + Shutdown>(runtime: L, end: impl FnOnce(L) + Send + 'static) {
    let tasks = spawn_tasks(&runtime);
    let handle = runtime.handle().clone();
    let (done, is_done) = oneshot::channel();
    let task = handle.spawn(async move {
        end(runtime);
        done.send(7).unwrap();
    });
    assert_eq!(handle.drive(is_done), Ok(7));
    assert_ends::<L>(tasks);
    let _ = executor::block_on(task); // resolves, in one way or the other
}

pub fn dropping_the_runtime_within_its_own_task_returns<L: Launch + Shutdown>(runtime: L) {
    end_in_own_task(runtime, drop);
}

pub fn shutdown_timeout_within_its_own_task_returns<L: Launch + Shutdown>(runtime: L) {
    end_in_own_task(runtime, |runtime| runtime.shutdown_timeout(Duration::MAX));
}

pub fn dropping_the_runtime_within_its_own_blocking_closure_returns<L: Launch + Shutdown>(
    runtime: L,
) {
    let tasks = spawn_tasks(&runtime);
    let handle = runtime.handle().clone();
    let (done, is_done) = mpsc::channel();
    let closure = handle.spawn_blocking(move || {
        drop(runtime);
        done.send(7).unwrap();
        8
    });
    assert_eq!(is_done.receive(), Ok(7));
    assert_eq!(executor::block_on(closure).unwrap(), 8);
    assert_ends::<L>(tasks);
}

pub fn dropping_the_runtime_within_another_runtime_returns<L: Launch + Shutdown>(
    launcher: &Launcher<L>,
) {
    let (runtime, other) = (launcher.start(), launcher.start());
    let tasks = spawn_tasks(&runtime);
    let task = other.handle().spawn(async move {
        drop(runtime);
        7
    });
    assert_eq!(other.handle().drive(task).unwrap(), 7);
    assert_ends::<L>(tasks);
    drop(other);
}
