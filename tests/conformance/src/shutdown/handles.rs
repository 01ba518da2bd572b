//! K5, S6: what is left of a runtime: join handles, outputs, wakers.

use std::future::poll_fn;
use std::mem::take;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;

use anyrt_core::{AbortHandle, JoinHandle, Launch, Shutdown, Spawn, SpawnBlocking};
use futures::poll;

use super::spawn_parked;
use crate::witness::{Counter, Drive, Receive, executor, until};

pub fn joins_resolve_to_cancelled_after_drop<L: Launch + Shutdown>(runtime: L) {
    let drops = Counter::new();
    let parked: Vec<_> = (0..10).map(|_| spawn_parked(runtime.handle(), drops.on_drop())).collect();
    drop(runtime);
    for task in parked {
        assert!(task.is_finished());
        let error = executor::block_on(task).unwrap_err();
        assert!(error.is_cancelled(), "{error:?}");
    }
}

pub fn a_foreign_thread_that_awaits_a_join_is_woken_by_drop<L: Launch + Shutdown>(runtime: L) {
    let mut task = spawn_parked(runtime.handle(), Counter::new().on_drop());
    let (waits, does_wait) = mpsc::channel();
    let foreign = thread::spawn(move || {
        executor::block_on(async {
            assert!(poll!(&mut task).is_pending());
            waits.send(()).unwrap();
            task.await
        })
    });
    does_wait.receive().unwrap();
    drop(runtime);
    assert!(foreign.join().unwrap().unwrap_err().is_cancelled());
}

pub fn outputs_are_kept_beyond_drop<L: Launch + Shutdown>(runtime: L) {
    let outputs = Counter::new();
    let output = || {
        let output = outputs.on_drop();
        runtime.handle().spawn(async move { output })
    };
    let (awaited, dropped, aborted) = (output(), output(), output());
    let closure = runtime.handle().spawn_blocking(|| 7);
    runtime.handle().drive(async {
        until(|| awaited.is_finished() && dropped.is_finished()).await;
        until(|| aborted.is_finished() && closure.is_finished()).await;
    });
    drop(runtime);
    assert_eq!(outputs.count(), 0);
    drop(executor::block_on(awaited).unwrap());
    drop(dropped);
    aborted.abort();
    drop(executor::block_on(aborted).unwrap());
    assert_eq!(outputs.count(), 3);
    assert_eq!(executor::block_on(closure).unwrap(), 7);
}

pub fn handles_outlive_the_runtime<L: Launch + Shutdown>(runtime: L) {
    let drops = Counter::new();
    let handle = runtime.handle().clone();
    let task = spawn_parked(&handle, drops.on_drop());
    let abort_handle = task.abort_handle();
    drop(runtime);
    assert_eq!(drops.count(), 1);
    let clone = handle.clone();
    drop(handle);
    abort_handle.clone().abort();
    assert!(AbortHandle::is_finished(&abort_handle));
    task.abort();
    drop(task);
    abort_handle.abort();
    thread::spawn(move || drop((clone, abort_handle))).join().unwrap();
    assert_eq!(drops.count(), 1);
}

pub fn wakers_outlive_the_runtime<L: Launch + Shutdown>(runtime: L) {
    let wakers = Arc::new(Mutex::new(Vec::<Waker>::new()));
    let (drops, polls) = (Counter::new(), Counter::new());
    for _ in 0..10 {
        let (slot, witness, polls) = (wakers.clone(), drops.on_drop(), polls.clone());
        drop(runtime.handle().spawn(poll_fn(move |cx| {
            let _witness = &witness;
            polls.add();
            slot.lock().unwrap().push(cx.waker().clone());
            Poll::<()>::Pending
        })));
    }
    runtime.handle().drive(until(|| wakers.lock().unwrap().len() == 10));
    drop(runtime);
    assert_eq!(drops.count(), 10);
    let wakers = take(&mut *wakers.lock().unwrap());
    let threads: Vec<_> = wakers
        .into_iter()
        .map(|waker| {
            waker.wake_by_ref();
            let clone = waker.clone();
            assert!(clone.will_wake(&waker));
            drop(waker);
            thread::spawn(move || clone.wake())
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!((drops.count(), polls.count()), (10, 10));
}
