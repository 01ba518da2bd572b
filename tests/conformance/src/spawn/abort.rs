//! S3: what abort stops, what it leaves alone, and on which thread.

use std::cell::Cell;
use std::future::{pending, ready};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use anyrt_core::{AbortHandle, JoinHandle, Launch, Spawn, yield_now};
use futures::channel::oneshot;
use futures::future::Either;
use futures::poll;

use crate::witness::{
    Counter, Drive, Receive, gate, on_drop, on_foreign_thread, until, wait_until,
};

pub fn abort_drops_a_parked_future_before_the_join_resolves<L: Launch>(runtime: L) {
    for polls_the_handle_first in [false, true] {
        let drops = Counter::new();
        let (started, has_started) = oneshot::channel();
        let witness = drops.on_drop();
        let mut task = runtime.handle().spawn(async move {
            let _witness = witness;
            started.send(()).unwrap();
            pending::<()>().await;
        });
        runtime.handle().drive(async {
            has_started.await.unwrap();
            if polls_the_handle_first {
                assert!(poll!(&mut task).is_pending());
            }
            assert_eq!(drops.count(), 0);
            task.abort();
            let error = task.await.unwrap_err();
            assert_eq!(drops.count(), 1, "the join resolved before the future was dropped");
            assert!(error.is_cancelled() && !error.is_panic(), "{error:?}");
        });
    }
}

pub fn abort_before_the_first_poll_cancels<L: Launch>(runtime: L) {
    let drops = Counter::new();
    for n in 1..=100 {
        let witness = drops.on_drop();
        let task = runtime.handle().spawn(async move {
            let _witness = witness;
            pending::<()>().await;
        });
        task.abort();
        let error = runtime.handle().drive(task).unwrap_err();
        assert!(error.is_cancelled(), "{error:?}");
        assert_eq!(drops.count(), n);
    }
}

pub fn abort_is_idempotent<L: Launch>(runtime: L) {
    let drops = Counter::new();
    let witness = drops.on_drop();
    let task = runtime.handle().spawn(async move {
        let _witness = witness;
        pending::<()>().await;
    });
    let abort_handle = task.abort_handle();
    on_foreign_thread(&runtime, move || {
        let threads = [(); 4].map(|()| {
            let abort_handle = abort_handle.clone();
            thread::spawn(move || (0..100).for_each(|_| abort_handle.abort()))
        });
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        wait_until(|| abort_handle.is_finished());
        abort_handle.abort();
    });
    task.abort();
    task.abort();
    let error = runtime.handle().drive(task).unwrap_err();
    assert!(error.is_cancelled(), "{error:?}");
    assert_eq!(drops.count(), 1);
}

/// A foreign thread aborts a task during a poll, which then ends in one way or the other.
fn abort_during_a_poll<L: Launch>(runtime: &L, returns_ready: bool) -> Option<i32> {
    let drops = Counter::new();
    let witness = drops.on_drop();
    let (polling, is_polling) = std::sync::mpsc::channel();
    let (keeper, gate) = gate();
    let task = runtime.handle().spawn(async move {
        let _witness = witness;
        polling.send(()).unwrap();
        gate.wait();
        if returns_ready { Either::Left(ready(7)) } else { Either::Right(pending()) }.await
    });
    let abort_handle = task.abort_handle();
    let drops_seen = drops.clone();
    on_foreign_thread(runtime, move || {
        is_polling.receive().unwrap();
        abort_handle.abort(); // hangs here if it waits for the poll
        assert_eq!(drops_seen.count(), 0, "the future was dropped while it was polled");
        assert!(!abort_handle.is_finished());
        keeper.open();
    });
    let result = runtime.handle().drive(task);
    assert_eq!(drops.count(), 1);
    if let Err(error) = &result {
        assert!(error.is_cancelled(), "{error:?}");
    }
    result.ok()
}

pub fn abort_does_not_wait_for_the_poll_that_runs<L: Launch>(runtime: L) {
    assert_eq!(abort_during_a_poll(&runtime, false), None);
}

pub fn a_task_that_returns_ready_in_the_poll_of_its_abort_keeps_its_output<L: Launch>(runtime: L) {
    assert_eq!(abort_during_a_poll(&runtime, true), Some(7));
}

/// A task that aborts itself, and goes on with `then` in the same poll.
fn self_aborting<L: Launch, F>(runtime: &L, then: F) -> <L::Handle as Spawn>::JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let (give, take) = oneshot::channel();
    let task = runtime.handle().spawn(async move {
        let abort_handle = take.await.unwrap_or_else(|_| panic!("the handle is sent"));
        AbortHandle::abort(&abort_handle);
        then.await
    });
    assert!(give.send(task.abort_handle()).is_ok());
    task
}

pub fn a_task_that_aborts_itself_and_returns_ready_keeps_its_output<L: Launch>(runtime: L) {
    let task = self_aborting(&runtime, ready(7));
    assert_eq!(runtime.handle().drive(task).unwrap(), 7);
}

pub fn a_task_that_aborts_itself_and_returns_pending_is_cancelled<L: Launch>(runtime: L) {
    let parks = self_aborting(&runtime, pending::<()>());
    assert!(runtime.handle().drive(parks).unwrap_err().is_cancelled());

    let polls = Counter::new();
    let count = polls.clone();
    let yields = self_aborting(&runtime, async move {
        loop {
            count.add();
            yield_now().await;
        }
    });
    assert!(runtime.handle().drive(yields).unwrap_err().is_cancelled());
    assert_eq!(polls.count(), 1, "it was polled again after the poll in which it was aborted");
}

pub fn abort_of_a_finished_task_keeps_its_output<L: Launch>(runtime: L) {
    let task = runtime.handle().spawn(async { String::from("output") });
    runtime.handle().drive(until(|| task.is_finished()));
    task.abort();
    task.abort_handle().abort();
    assert_eq!(runtime.handle().drive(task).unwrap(), "output");
}

thread_local! {
    static IS_ABORTING: Cell<bool> = const { Cell::new(false) };
}

/// Aborts, and marks this thread while the call lasts.
fn marked_abort(abort_handle: &impl AbortHandle) {
    IS_ABORTING.set(true);
    abort_handle.abort();
    IS_ABORTING.set(false);
}

pub fn abort_never_drops_the_future_inside_the_call<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (drops, bad_drops) = (Counter::new(), Counter::new());
    let witness = || {
        let (drops, bad_drops) = (drops.clone(), bad_drops.clone());
        on_drop(move || {
            drops.add();
            if IS_ABORTING.get() {
                bad_drops.add();
            }
        })
    };
    let spawn_parked = || {
        let (started, has_started) = oneshot::channel();
        let witness = witness();
        let task = handle.spawn(async move {
            let _witness = witness;
            let _ = started.send(());
            pending::<()>().await;
        });
        (task, has_started)
    };

    // From a thread that is not in the runtime, before the first poll where that can be.
    let (fresh, _) = spawn_parked();
    marked_abort(&fresh.abort_handle());
    assert!(handle.drive(fresh).unwrap_err().is_cancelled());

    // The same once the task has parked.
    let (parked, has_started) = spawn_parked();
    handle.drive(has_started).unwrap();
    marked_abort(&parked.abort_handle());
    assert!(handle.drive(parked).unwrap_err().is_cancelled());

    // From within `block_on`.
    let (parked, has_started) = spawn_parked();
    handle.drive(async {
        has_started.await.unwrap();
        marked_abort(&parked.abort_handle());
        assert!(parked.await.unwrap_err().is_cancelled());
    });

    // From another task.
    let (parked, has_started) = spawn_parked();
    let aborter = handle.spawn(async move {
        has_started.await.unwrap();
        marked_abort(&parked.abort_handle());
        parked.await.unwrap_err().is_cancelled()
    });
    assert!(handle.drive(aborter).unwrap());

    // From the task itself.
    let (give, take) = oneshot::channel();
    let own = witness();
    let suicidal = handle.spawn(async move {
        let _own = own;
        let abort_handle = take.await.unwrap_or_else(|_| panic!("the handle is sent"));
        marked_abort(&abort_handle);
        pending::<()>().await;
    });
    assert!(give.send(suicidal.abort_handle()).is_ok());
    assert!(handle.drive(suicidal).unwrap_err().is_cancelled());

    assert_eq!(drops.count(), 5);
    assert_eq!(bad_drops.count(), 0, "abort dropped the future on its caller's stack");
}

pub fn abort_never_drops_the_future_on_a_foreign_thread<L: Launch>(runtime: L) {
    for waits_for_the_first_poll in [false, true] {
        let dropped_on = Arc::new(Mutex::new(None::<ThreadId>));
        let record = dropped_on.clone();
        let witness = on_drop(move || *record.lock().unwrap() = Some(thread::current().id()));
        let (started, has_started) = std::sync::mpsc::channel();
        let future = async move {
            let _witness = witness;
            started.send(()).unwrap();
            pending::<()>().await;
        };
        let handle = runtime.handle().clone();
        let foreign = on_foreign_thread(&runtime, move || {
            let task = handle.spawn(future);
            if waits_for_the_first_poll {
                has_started.receive().unwrap();
            }
            task.abort();
            wait_until(|| task.is_finished());
            thread::current().id()
        });
        let dropped_on = dropped_on.lock().unwrap().expect("the future was dropped");
        assert_ne!(dropped_on, foreign);
    }
}

pub fn an_aborted_task_is_dropped_though_nobody_awaits_it<L: Launch>(runtime: L) {
    let drops = Counter::new();
    for _ in 0..10 {
        let witness = drops.on_drop();
        let task = runtime.handle().spawn(async move {
            let _witness = witness;
            pending::<()>().await;
        });
        task.abort();
        drop(task);
    }
    runtime.handle().drive(until(|| drops.count() == 10));
}

pub fn an_abort_handle_outlives_the_task<L: Launch>(runtime: L) {
    let task = runtime.handle().spawn(async { 7 });
    let abort_handle = task.abort_handle();
    assert_eq!(runtime.handle().drive(task).unwrap(), 7);
    thread::spawn(move || {
        let clone = abort_handle.clone();
        abort_handle.abort();
        assert!(abort_handle.is_finished());
        drop(abort_handle);
        clone.abort();
        assert!(clone.is_finished());
    })
    .join()
    .unwrap();
    assert_eq!(runtime.handle().drive(runtime.handle().spawn(async { 8 })).unwrap(), 8);
}
