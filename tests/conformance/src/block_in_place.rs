//! B9, a capability: tasks go on while a closure blocks the thread of one.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::thread;

use anyrt_core::{BlockInPlace, BlockOn, Launch, Spawn, SpawnBlocking, Timer};
use futures::future::join_all;

use crate::witness::{Counter, Drive, executor, gate, wait_until};

cases! { block_in_place if block_in_place:
    tasks_go_on_though_every_worker_blocks_in_place [B9];
    closures_in_place_wait_for_each_other [B9];
    tasks_go_on_while_the_thread_in_block_on_blocks_in_place [B9];
    block_on_works_in_place [B9, K2];
    a_closure_in_place_borrows_and_its_panic_goes_through [B9];
    block_in_place_is_a_plain_call_outside_of_async_code [B9];
    the_end_of_a_runtime_drops_tasks_that_closures_in_place_wait_for [B9, K5];
    the_end_of_a_runtime_waits_for_closures_in_place [B9, K5];
}

/// More than the workers of any configuration.
const TASKS: usize = 10;

/// Blocks this thread in place, with what this kind of runtime does for that.
fn in_place<H: BlockInPlace, T>(_: &H, closure: impl FnOnce() -> T) -> T {
    H::block_in_place(closure).unwrap()
}

pub fn tasks_go_on_though_every_worker_blocks_in_place<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    let tasks = (0..TASKS).map(|n| {
        let handle = runtime.handle().clone();
        runtime.handle().spawn(async move {
            let (keeper, gate) = gate();
            // Behind all that is queued on this worker.
            let opener = handle.spawn(async move { keeper.open() });
            in_place(&handle, || gate.wait());
            opener.await.unwrap();
            // And the worker is there again.
            handle.sleep(std::time::Duration::ZERO).await;
            n
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let outputs = executor::block_on(join_all(tasks));
    assert!(outputs.into_iter().map(Result::unwrap).eq(0..TASKS));
}

pub fn closures_in_place_wait_for_each_other<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    let (gates, tasks) =
        (0..TASKS).map(|_| gate()).fold((Vec::new(), Vec::new()), |mut all, one| {
            all.0.push(one.1);
            all.1.push(one.0);
            all
        });
    // Each opens the gate of the one before, and the last one its own.
    let mut keepers = tasks.into_iter();
    let first = keepers.next();
    let tasks: Vec<_> = gates
        .into_iter()
        .zip(keepers.map(Some).chain([None]))
        .map(|(gate, next)| {
            let handle = runtime.handle().clone();
            runtime.handle().spawn(async move {
                in_place(&handle, || gate.wait());
                drop(next);
            })
        })
        .collect();
    let opener = runtime.handle().spawn(async move { drop(first) });
    executor::block_on(async {
        opener.await.unwrap();
        join_all(tasks).await.into_iter().for_each(|joined| joined.unwrap());
    });
}

pub fn tasks_go_on_while_the_thread_in_block_on_blocks_in_place<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    let handle = runtime.handle();
    handle.drive(async {
        for _ in 0..10 {
            let (keeper, gate) = gate();
            let opener = handle.spawn(async move { keeper.open() });
            in_place(handle, || gate.wait());
            opener.await.unwrap();
        }
    });
}

pub fn block_on_works_in_place<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    let tasks = (0..TASKS).map(|n| {
        let handle = runtime.handle().clone();
        runtime.handle().spawn(async move {
            let before = catch_unwind(AssertUnwindSafe(|| handle.block_on(async {})));
            assert!(before.is_err(), "it is refused before");
            let output = in_place(&handle, || {
                handle.block_on(async { handle.spawn(async move { n }).await.unwrap() })
            });
            let after = catch_unwind(AssertUnwindSafe(|| handle.block_on(async {})));
            assert!(after.is_err(), "and afterwards");
            output
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let outputs = executor::block_on(join_all(tasks));
    assert!(outputs.into_iter().map(Result::unwrap).eq(0..TASKS));
}

pub fn a_closure_in_place_borrows_and_its_panic_goes_through<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move {
        let mut text = String::from("bor");
        in_place(&handle, || text.push_str("rowed"));
        let panic = || in_place(&handle, || panic_any(7_u8));
        let payload = catch_unwind(AssertUnwindSafe(panic)).unwrap_err();
        assert_eq!(*payload.downcast::<u8>().unwrap(), 7);
        // What is refused in a poll is again.
        assert!(catch_unwind(AssertUnwindSafe(|| handle.block_on(async {}))).is_err());
        text
    });
    assert_eq!(executor::block_on(task).unwrap(), "borrowed");
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move {
        in_place(&handle, || panic_any("in place"));
    });
    assert!(executor::block_on(task).unwrap_err().is_panic());
    // The workers are all there.
    let counter = Counter::new();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let counter = counter.clone();
            runtime.handle().spawn(async move { counter.add() })
        })
        .collect();
    executor::block_on(join_all(tasks));
    assert_eq!(counter.count(), TASKS);
}

pub fn block_in_place_is_a_plain_call_outside_of_async_code<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    assert_eq!(in_place(runtime.handle(), || 1), 1);
    let handle = runtime.handle().clone();
    let inside = runtime.handle().spawn_blocking(move || {
        in_place(&handle, || handle.block_on(async { handle.spawn(async { 2 }).await.unwrap() }))
    });
    assert_eq!(executor::block_on(inside).unwrap(), 2);
}

pub fn the_end_of_a_runtime_drops_tasks_that_closures_in_place_wait_for<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    let (waiting, blocking, ended) = (Counter::new(), Counter::new(), Counter::new());
    for _ in 0..TASKS {
        let (keeper, gate) = gate();
        let waits = waiting.clone();
        drop(runtime.handle().spawn(async move {
            let _keeper = keeper;
            waits.add();
            pending::<()>().await;
        }));
        let (handle, blocks, ends) = (runtime.handle().clone(), blocking.clone(), ended.clone());
        drop(runtime.handle().spawn(async move {
            in_place(&handle, || {
                blocks.add();
                gate.wait();
            });
            ends.add();
            pending::<()>().await;
        }));
    }
    wait_until(|| waiting.count() == TASKS && blocking.count() == TASKS);
    drop(runtime);
    assert_eq!(ended.count(), TASKS);
}

pub fn the_end_of_a_runtime_waits_for_closures_in_place<L: Launch>(runtime: L)
where
    L::Handle: BlockInPlace,
{
    let (begun, ended) = (Counter::new(), Counter::new());
    let (keeper, gate) = gate();
    let (handle, begins, ends) = (runtime.handle().clone(), begun.clone(), ended.clone());
    drop(runtime.handle().spawn(async move {
        in_place(&handle, || {
            begins.add();
            gate.wait();
            // It is refused by now, and its future dropped.
            drop(handle.spawn(pending::<()>()));
            ends.add();
        });
    }));
    wait_until(|| begun.count() == 1);
    let opener = thread::spawn(move || keeper.open());
    drop(runtime);
    assert_eq!(ended.count(), 1);
    opener.join().unwrap();
}
