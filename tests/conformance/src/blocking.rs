//! Closures that block: they run, queue, fail and are aborted apart from the tasks.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::future::ready;
use std::panic::{panic_any, resume_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyrt_core::{
    AbortHandle as _, BlockOn, Current, JoinHandle, Launch, Spawn, SpawnBlocking, Timer, yield_now,
};
use futures::channel::oneshot;
use futures::future::join_all;

use crate::spawn::assert_poll_panics;
use crate::witness::{Counter, Drive, Receive, executor, gate, on_drop, on_foreign_thread, until};

cases! { blocking:
    the_join_yields_what_the_closure_returns [B1];
    dropping_the_handle_detaches [B1];
    a_closure_runs_once_and_is_dropped_once [B1, S7];
    closures_that_block_stop_no_task [B4];
    a_closure_can_be_spawned_from_anywhere [B4];
    is_finished_turns_true_after_the_closure_returned [S4];
    the_join_can_be_awaited_on_a_foreign_executor [S9];
    polling_the_handle_after_it_returned_ready_panics [S8];

    abort_does_not_stop_a_closure_that_runs [B2];
    abort_of_a_finished_closure_keeps_its_output [B2];
    an_aborted_closure_either_runs_or_is_cancelled [B2, S7];

    a_panic_comes_back_from_the_join [B3];
    a_panic_in_the_destructor_of_an_unwanted_output_is_contained [B3];
    panics_of_detached_closures_harm_nobody [B3];

    what_a_closure_leaves_is_dropped_inside_the_runtime [B8];
    block_on_works_in_a_closure [B7];
    block_on_works_in_several_closures_at_once [B7, K3];
    a_closure_can_wait_for_another_closure [B7];
}

pub fn the_join_yields_what_the_closure_returns<L: Launch>(runtime: L) {
    let text = String::from("output");
    let closure = runtime.handle().spawn_blocking(move || text + " of the closure");
    assert_eq!(runtime.handle().drive(closure).unwrap(), "output of the closure");
}

pub fn dropping_the_handle_detaches<L: Launch>(runtime: L) {
    let ran = Counter::new();
    for _ in 0..1000 {
        let ran = ran.clone();
        drop(runtime.handle().spawn_blocking(move || ran.add()));
    }
    runtime.handle().drive(until(|| ran.count() == 1000));

    // The same for a closure that runs already.
    let (started, has_started) = oneshot::channel();
    let (keeper, gate) = gate();
    let (finished, has_finished) = oneshot::channel();
    let closure = runtime.handle().spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
        finished.send(())
    });
    runtime.handle().drive(has_started).unwrap();
    drop(closure);
    keeper.open();
    runtime.handle().drive(has_finished).unwrap();
}

pub fn a_closure_runs_once_and_is_dropped_once<L: Launch>(runtime: L) {
    let (runs, captures, outputs) = (Counter::new(), Counter::new(), Counter::new());
    let closure = || {
        let (runs, capture, output) = (runs.clone(), captures.on_drop(), outputs.on_drop());
        move || {
            let _capture = capture;
            runs.add();
            output
        }
    };
    let awaited = runtime.handle().spawn_blocking(closure());
    drop(runtime.handle().drive(awaited).unwrap());
    drop(runtime.handle().spawn_blocking(closure()));
    let finished = runtime.handle().spawn_blocking(closure());
    runtime.handle().drive(until(|| finished.is_finished()));
    drop(finished);
    runtime.handle().drive(until(|| outputs.count() == 3));
    drop(runtime);
    assert_eq!((runs.count(), captures.count(), outputs.count()), (3, 3, 3));
}

pub fn closures_that_block_stop_no_task<L: Launch>(runtime: L) {
    let (keeper, gate) = gate();
    let running = Counter::new();
    let closures: Vec<_> = (0..8)
        .map(|_| {
            let (gate, running) = (gate.clone(), running.clone());
            runtime.handle().spawn_blocking(move || {
                running.add();
                gate.wait();
            })
        })
        .collect();
    let handle = runtime.handle();
    handle.drive(async {
        until(|| running.count() == 8).await;
        let tasks = (0..8).map(|_| handle.spawn(yield_now()));
        for task in join_all(tasks).await {
            task.unwrap();
        }
        handle.spawn(handle.sleep(Duration::from_millis(1))).await.unwrap();
        keeper.open();
        for closure in closures {
            closure.await.unwrap();
        }
    });
}

pub fn a_closure_can_be_spawned_from_anywhere<L: Launch>(runtime: L) {
    let ran = Counter::new();
    let spawn = || {
        let (handle, ran) = (runtime.handle().clone(), ran.clone());
        move || drop(handle.spawn_blocking(move || ran.add()))
    };
    let (in_task, in_closure, in_thread) = (spawn(), spawn(), spawn());
    let (outside, in_destructor) = (spawn(), spawn());
    outside();
    thread::spawn(in_thread).join().unwrap();
    drop(runtime.handle().spawn(async move { in_task() }));
    drop(runtime.handle().spawn_blocking(in_closure));
    let destructor = on_drop(in_destructor);
    drop(runtime.handle().spawn(async move { drop(destructor) }));
    runtime.handle().drive(until(|| ran.count() == 5));
}

pub fn is_finished_turns_true_after_the_closure_returned<L: Launch>(runtime: L) {
    let drops = Counter::new();
    let witness = drops.on_drop();
    let (started, has_started) = oneshot::channel();
    let (keeper, gate) = gate();
    let closure = runtime.handle().spawn_blocking(move || {
        let _witness = witness;
        started.send(()).unwrap();
        gate.wait();
    });
    runtime.handle().drive(async {
        has_started.await.unwrap();
        for _ in 0..100 {
            assert!(!closure.is_finished());
            yield_now().await;
        }
        keeper.open();
        until(|| closure.is_finished()).await;
        assert_eq!(drops.count(), 1, "finished before what the closure owns was dropped");
        closure.await.unwrap();
    });
}

pub fn the_join_can_be_awaited_on_a_foreign_executor<L: Launch>(runtime: L) {
    let (keeper, gate) = gate();
    let mut closure = runtime.handle().spawn_blocking(move || {
        gate.wait();
        7
    });
    let output = on_foreign_thread(&runtime, move || {
        executor::block_on(async {
            assert!(futures::poll!(&mut closure).is_pending());
            keeper.open();
            closure.await
        })
    });
    assert_eq!(output.unwrap(), 7);
}

pub fn polling_the_handle_after_it_returned_ready_panics<L: Launch>(runtime: L) {
    let mut closure = runtime.handle().spawn_blocking(|| 7);
    assert_eq!(runtime.handle().drive(&mut closure).unwrap(), 7);
    assert_poll_panics(&mut closure);
}

pub fn abort_does_not_stop_a_closure_that_runs<L: Launch>(runtime: L) {
    let (started, has_started) = oneshot::channel();
    let (keeper, gate) = gate();
    let closure = runtime.handle().spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
        7
    });
    runtime.handle().drive(async {
        has_started.await.unwrap();
        closure.abort(); // hangs here if it waits for the closure
        closure.abort_handle().abort();
        assert!(!closure.is_finished());
        keeper.open();
        assert_eq!(closure.await.unwrap(), 7);
    });
}

pub fn abort_of_a_finished_closure_keeps_its_output<L: Launch>(runtime: L) {
    let closure = runtime.handle().spawn_blocking(|| String::from("output"));
    runtime.handle().drive(until(|| closure.is_finished()));
    closure.abort();
    assert_eq!(runtime.handle().drive(closure).unwrap(), "output");
}

pub fn an_aborted_closure_either_runs_or_is_cancelled<L: Launch>(runtime: L) {
    for _ in 0..200 {
        let (runs, captures) = (Counter::new(), Counter::new());
        let (ran, capture) = (runs.clone(), captures.on_drop());
        let closure = runtime.handle().spawn_blocking(move || {
            let _capture = capture;
            ran.add();
            7
        });
        closure.abort();
        match runtime.handle().drive(closure) {
            Ok(output) => assert_eq!((output, runs.count()), (7, 1)),
            Err(error) => assert!(error.is_cancelled() && runs.count() == 0, "{error:?}"),
        }
        assert_eq!(captures.count(), 1);
    }
}

pub fn a_panic_comes_back_from_the_join<L: Launch>(runtime: L) {
    let closure = runtime.handle().spawn_blocking(|| panic_any(7_u32));
    let result: Result<(), _> = runtime.handle().drive(closure);
    let error = result.unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled(), "{error:?}");
    assert_eq!(*error.into_panic().unwrap().downcast::<u32>().unwrap(), 7);

    let closure = runtime.handle().spawn_blocking(|| panic!("expected"));
    let result: Result<(), _> = runtime.handle().drive(closure);
    assert_eq!(result.unwrap_err().to_string(), "the task panicked: expected");
}

pub fn a_panic_in_the_destructor_of_an_unwanted_output_is_contained<L: Launch>(runtime: L) {
    let drops = Counter::new();
    for _ in 0..10 {
        let (keeper, gate) = gate();
        let witness = drops.on_drop();
        drop(runtime.handle().spawn_blocking(move || {
            gate.wait();
            (on_drop(|| resume_unwind(Box::new("expected"))), witness)
        }));
        keeper.open();
    }
    runtime.handle().drive(until(|| drops.count() == 10));
    let closure = runtime.handle().spawn_blocking(|| 7);
    assert_eq!(runtime.handle().drive(closure).unwrap(), 7);
}

pub fn panics_of_detached_closures_harm_nobody<L: Launch>(runtime: L) {
    let panicked = Counter::new();
    for _ in 0..1000 {
        let witness = panicked.on_drop();
        drop(runtime.handle().spawn_blocking(move || {
            let _witness = witness;
            resume_unwind(Box::new("expected"));
        }));
    }
    runtime.handle().drive(until(|| panicked.count() == 1000));
    let closures: Vec<_> = (0..10).map(|n| runtime.handle().spawn_blocking(move || n)).collect();
    for (n, closure) in closures.into_iter().enumerate() {
        assert_eq!(runtime.handle().drive(closure).unwrap(), n);
    }
}

/// Waits for a task and a timer, from a thread for blocking closures.
fn blocks<L: Launch>(handle: &L::Handle) -> i32 {
    handle.block_on(async {
        let task = handle.spawn(async { 7 });
        handle.sleep(Duration::from_millis(1)).await;
        task.await.unwrap()
    })
}

pub fn block_on_works_in_a_closure<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let closure = runtime.handle().spawn_blocking(move || blocks::<L>(&handle));
    assert_eq!(runtime.handle().drive(closure).unwrap(), 7);

    // Nobody else is in `block_on` this time.
    let handle = runtime.handle().clone();
    let (done, is_done) = mpsc::channel();
    drop(runtime.handle().spawn_blocking(move || done.send(blocks::<L>(&handle))));
    assert_eq!(is_done.receive(), Ok(7));
}

pub fn block_on_works_in_several_closures_at_once<L: Launch>(runtime: L) {
    const CLOSURES: usize = 8;

    let inside = Counter::new();
    let closures: Vec<_> = (0..CLOSURES)
        .map(|_| {
            let (handle, inside) = (runtime.handle().clone(), inside.clone());
            runtime.handle().spawn_blocking(move || {
                handle.block_on(async {
                    inside.add();
                    until(|| inside.count() == CLOSURES).await;
                });
                blocks::<L>(&handle)
            })
        })
        .collect();
    for closure in closures {
        assert_eq!(runtime.handle().drive(closure).unwrap(), 7);
    }
}

pub fn a_closure_can_wait_for_another_closure<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let closure = runtime.handle().spawn_blocking(move || {
        let inner = handle.spawn_blocking(|| 7);
        handle.block_on(inner).unwrap()
    });
    assert_eq!(runtime.handle().drive(closure).unwrap(), 7);
}

pub fn what_a_closure_leaves_is_dropped_inside_the_runtime<L: Launch>(runtime: L) {
    let (tell, told) = mpsc::channel();
    let witness = |name: &'static str| {
        let (tell, runtime) = (tell.clone(), runtime.handle().clone());
        on_drop(move || {
            let found = L::Handle::try_current();
            let is_inside = found.is_some();
            // What it spawns without naming a runtime comes to this one.
            let ran = found.map(|found| found.spawn(ready(())));
            drop((ran, runtime));
            let _ = tell.send((name, is_inside));
        })
    };
    // An output that nobody wants is dropped by the thread of the closure.
    let (keeper, gate) = gate();
    let output = witness("output");
    drop(runtime.handle().spawn_blocking(move || {
        gate.wait();
        output
    }));
    keeper.open();
    // What a closure has captured, and what the closure is.
    let captured = witness("captured");
    drop(runtime.handle().spawn_blocking(move || drop(captured)));
    let unwound = witness("unwound");
    drop(runtime.handle().spawn_blocking(move || {
        let _unwound = unwound;
        resume_unwind(Box::new(7));
    }));
    for _ in 0..3 {
        let (name, is_inside) = told.receive().unwrap();
        assert!(is_inside, "{name}");
    }
}
