//! tokio's channels and locks without its runtime.

use std::future::pending;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;

use anyrt::sync::{
    Barrier, CancellationToken, Mutex, Notify, OnceCell, RwLock, Semaphore, broadcast, mpsc,
    oneshot, watch,
};
use anyrt::task::{self, LocalSet, TaskTracker};
use anyrt::{Builder, Handle};
use anyrt_tests::backend::on_each;
use anyrt_tests::child::{child, count};
use futures::future::join_all;
use futures::{executor, poll};

const READY: u32 = 100_000;

/// A receiver with more than a task may take at once.
fn full_channel() -> mpsc::UnboundedReceiver<u32> {
    let (sender, receiver) = mpsc::unbounded_channel();
    (0..READY).for_each(|number| sender.send(number).unwrap());
    receiver
}

/// C1: also on tokio, where the channel asks for budget itself.
#[test]
fn a_cooperative_receiver_leaves_the_rest_for_another_poll() {
    on_each(|| async {
        let task = anyrt::spawn(async {
            let mut receiver = full_channel();
            let mut drains =
                pin!(async { while task::cooperative(receiver.recv()).await.is_some() {} });
            assert!(poll!(&mut drains).is_pending());
            drains.await;
        });
        task.await.unwrap();
    });
}

/// C2: elsewhere a receiver takes all at once, as the documentation of `sync` warns.
#[test]
fn channels_take_part_in_the_budget_on_tokio_alone() {
    on_each(|| async {
        let task = anyrt::spawn(async {
            let mut receiver = full_channel();
            let drains = pin!(async { while receiver.recv().await.is_some() {} });
            poll!(drains).is_pending()
        });
        let obeys = task.await.unwrap();
        assert_eq!(obeys, Handle::current().backend() == "tokio");
    });
}

/// One of each, between tasks.
async fn use_all() {
    let (sender, mut receiver) = mpsc::channel(1);
    let (once, only) = oneshot::channel();
    let (tells, mut told) = broadcast::channel(4);
    let (sets, mut seen) = watch::channel(0);
    let (lock, shared, permits) = (Mutex::new(0), RwLock::new(0), Semaphore::new(1));
    let (barrier, notify, cell) = (Barrier::new(2), Notify::new(), OnceCell::new());
    let stop = CancellationToken::new();
    let all = Arc::new((lock, shared, permits, barrier, notify, cell, stop.clone()));
    let of_other = Arc::clone(&all);
    let other = anyrt::spawn(async move {
        let (lock, shared, permits, barrier, notify, cell, stop) = &*of_other;
        for number in 0..10 {
            sender.send(number).await.unwrap();
        }
        once.send(7).unwrap();
        tells.send(8).unwrap();
        sets.send(9).unwrap();
        *lock.lock().await += 1;
        *shared.write().await += 1;
        drop(permits.acquire().await.unwrap());
        barrier.wait().await;
        notify.notified().await;
        cell.get_or_init(async || 5).await;
        stop.cancelled().await;
    });
    let (lock, shared, permits, barrier, notify, cell, _) = &*all;
    let mut sum = 0;
    while let Some(number) = receiver.recv().await {
        sum += number;
        if number == 9 {
            break;
        }
    }
    assert_eq!((sum, only.await, told.recv().await), (45, Ok(7), Ok(8)));
    seen.wait_for(|value| *value == 9).await.unwrap();
    *lock.lock().await += 1;
    *shared.write().await += 1;
    drop(permits.acquire().await.unwrap());
    barrier.wait().await;
    notify.notify_one();
    assert_eq!(*cell.get_or_init(async || 5).await, 5);
    stop.cancel();
    other.await.unwrap();
    assert_eq!((*lock.lock().await, *shared.read().await), (2, 2));
}

/// C2.
#[test]
fn all_of_it_works_on_every_backend() {
    on_each(use_all);
}

/// C2.
#[cfg(target_os = "linux")]
#[test]
fn it_starts_no_thread_and_opens_no_descriptor() {
    child(|| {
        for backend in anyrt::selection().unwrap().compiled() {
            let runtime = Builder::new().backend(*backend).build().unwrap();
            // What the runtime starts for any task.
            runtime.block_on(async { anyrt::spawn(async {}).await.unwrap() });
            let before = (count("task"), count("fd"));
            runtime.block_on(use_all());
            assert_eq!((count("task"), count("fd")), before, "on {backend}");
        }
    })
    .succeeds();
}

/// C2.
#[test]
fn a_channel_joins_runtimes_of_all_backends_and_a_foreign_executor() {
    let start = |backend: &&'static str| Builder::new().backend(*backend).build().unwrap();
    let runtimes: Vec<_> = anyrt::selection().unwrap().compiled().iter().map(start).collect();
    let (first, mut receiver) = mpsc::channel(1);
    first.try_send(0).unwrap();
    for runtime in &runtimes {
        let (next, received) = mpsc::channel(1);
        runtime.spawn(async move { next.send(receiver.recv().await.unwrap() + 1).await });
        receiver = received;
    }
    assert_eq!(executor::block_on(receiver.recv()), Some(runtimes.len()));
}

/// C2: as well as on the runtime that they come from.
#[test]
fn the_macros_work_without_tokio() {
    on_each(|| async {
        let (sender, mut receiver) = mpsc::channel(1);
        sender.send(7).await.unwrap();
        let first = anyrt::select! {
            () = pending() => None,
            number = receiver.recv() => number,
        };
        assert_eq!(first, Some(7));
        assert_eq!(anyrt::join!(async { 1 }, async { 2 }), (1, 2));
        let fails = async { Err::<(), _>("no") };
        let waits = pending::<Result<(), _>>();
        assert_eq!(anyrt::try_join!(fails, waits), Err("no"));
        let future = async { 3 };
        anyrt::pin!(future);
        assert_eq!(future.await, 3);
    });
}

/// C3.
#[test]
fn a_tracker_waits_for_every_task_once_it_is_closed() {
    const TASKS: usize = 1000;

    on_each(|| async {
        let (tracker, stop) = (TaskTracker::new(), CancellationToken::new());
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let stop = stop.clone();
                tracker.spawn(async move { stop.cancelled().await })
            })
            .collect();
        assert_eq!(tracker.len(), TASKS);
        let mut waits = pin!(tracker.wait());
        assert!(poll!(&mut waits).is_pending());
        stop.cancel();
        join_all(tasks).await;
        assert!(tracker.is_empty());
        assert!(poll!(&mut waits).is_pending(), "it is open");
        assert!(tracker.close());
        waits.await;
        tracker.wait().await;
    });
}

/// C3.
#[test]
fn an_end_of_a_tracker_is_not_missed_though_more_tasks_come() {
    let tracker = TaskTracker::new();
    let token = tracker.token();
    tracker.close();
    let (before, at_once) = (tracker.wait(), tracker.wait());
    drop(token);
    let _more = tracker.token();
    assert!(tracker.reopen());
    executor::block_on(before);
    executor::block_on(at_once);
    assert!(executor::block_on(async { poll!(pin!(tracker.wait())) }).is_pending());
}

/// C3: local tasks as well, also those that end with their set.
#[test]
fn a_tracker_waits_for_local_tasks() {
    on_each(|| async {
        let (tracker, set) = (TaskTracker::new(), LocalSet::new());
        let never = tracker.spawn_local_on(pending::<()>(), &set);
        let number = Rc::new(42);
        let found = set.run_until(async {
            let task = tracker.spawn_local(async move { *number });
            assert_eq!(tracker.len(), 2);
            task.await.unwrap()
        });
        assert_eq!(found.await, 42);
        tracker.close();
        assert!(poll!(pin!(tracker.wait())).is_pending(), "one is left");
        drop(set);
        tracker.wait().await;
        assert!(never.await.unwrap_err().is_cancelled());
    });
}

/// C3: whatever ends a task.
#[test]
fn a_tracker_does_not_count_what_was_aborted_or_has_panicked() {
    on_each(|| async {
        let tracker = TaskTracker::new();
        let aborted = tracker.spawn(pending::<()>());
        let panics = tracker.spawn(async { std::panic::resume_unwind(Box::new(())) });
        let closure = tracker.spawn_blocking(|| std::panic::resume_unwind(Box::new(())));
        tracker.close();
        aborted.abort();
        tracker.wait().await;
        assert!(aborted.await.unwrap_err().is_cancelled());
        let (panics, closure): (Result<(), _>, Result<(), _>) = (panics.await, closure.await);
        assert!(panics.unwrap_err().is_panic() && closure.unwrap_err().is_panic());
    });
}
