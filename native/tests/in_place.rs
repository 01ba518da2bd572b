//! Blocking closures on the threads that poll tasks.
#![cfg(not(anyrt_loom))]

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::Duration;

use anyrt_native::{BlockOn, Builder, Handle, Launch, Runtime, Spawn, Timer, block_in_place};
use futures::channel::oneshot;

fn start(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

/// Waits in a closure for what a task does that is queued behind the one around it.
async fn wait_for_a_task(handle: Handle) -> u32 {
    let (send, receive) = mpsc::channel();
    let task = handle.spawn(async move { send.send(7) });
    let received = block_in_place(|| receive.recv().unwrap());
    task.await.unwrap().unwrap();
    received
}

#[test]
fn tasks_go_on_though_every_worker_is_blocked() {
    for workers in [1, 2] {
        let runtime = start(workers);
        let handle = runtime.handle();
        for _ in 0..5 {
            let tasks = [(); 4].map(|()| handle.spawn(wait_for_a_task(handle.clone())));
            for task in tasks {
                assert_eq!(futures::executor::block_on(task).unwrap(), 7);
            }
        }
    }
}

#[test]
fn more_closures_than_workers_can_wait_for_each_other() {
    const TASKS: usize = 6;

    let runtime = start(2);
    let barrier = Arc::new(Barrier::new(TASKS));
    let tasks = [(); TASKS].map(|()| {
        let barrier = Arc::clone(&barrier);
        runtime.handle().spawn(async move {
            block_in_place(|| barrier.wait());
        })
    });
    for task in tasks {
        futures::executor::block_on(task).unwrap();
    }
}

#[test]
fn a_worker_that_is_stuck_is_helped_though_the_only_other_has_left_its_core() {
    let runtime = start(2);
    let handle = runtime.handle().clone();
    let (inside, is_inside) = mpsc::channel();
    let (send, receive) = mpsc::channel();
    let blocked = runtime.handle().spawn(async move {
        block_in_place(|| {
            inside.send(()).unwrap();
            receive.recv().unwrap()
        })
    });
    is_inside.recv().unwrap();
    let stuck = runtime.handle().spawn(async move {
        let (ran, has_run) = mpsc::channel();
        drop(handle.spawn(async move {
            ran.send(()).unwrap();
            send.send(7).unwrap();
        }));
        // Not by `block_in_place`, and so with the core.
        has_run.recv().unwrap();
    });
    futures::executor::block_on(stuck).unwrap();
    assert_eq!(futures::executor::block_on(blocked).unwrap(), 7);
}

#[test]
fn a_hook_on_a_thread_that_starts_keeps_the_core() {
    let (inside, is_inside) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let gone = std::sync::Mutex::new(gone);
    let hook = move || {
        block_in_place(|| {
            inside.send(thread::current().id()).unwrap();
            gone.lock().unwrap().recv().unwrap();
        });
    };
    let runtime = Builder::new().worker_threads(1).on_thread_start(hook).build().unwrap();
    let worker = is_inside.recv().unwrap();
    let ran_on = runtime.handle().block_on(async {
        // Whichever thread had the core would poll it.
        let task = runtime.handle().spawn(async { thread::current().id() });
        go.send(()).unwrap();
        task.await.unwrap()
    });
    assert_eq!(ran_on, worker);
}

/// Long enough for whoever watches the workers to have found nothing to see.
const QUIET: Duration = Duration::from_millis(200);

#[test]
fn what_comes_when_all_has_been_quiet_for_long_is_done() {
    let runtime = start(1);
    let handle = runtime.handle();
    thread::sleep(QUIET);
    let (inside, is_inside) = mpsc::channel();
    let (send, receive) = mpsc::channel();
    let task = handle.spawn(async move {
        block_in_place(|| {
            inside.send(()).unwrap();
            receive.recv().unwrap()
        })
    });
    is_inside.recv().unwrap();
    thread::sleep(QUIET);
    drop(handle.spawn(async move { send.send(7).unwrap() }));
    assert_eq!(futures::executor::block_on(task).unwrap(), 7);
}

#[test]
fn what_is_due_when_all_has_been_quiet_for_long_is_done() {
    let runtime = start(1);
    let handle = runtime.handle();
    let (send, receive) = mpsc::channel();
    let late = handle.sleep(2 * QUIET);
    drop(handle.spawn(async move {
        late.await;
        send.send(7).unwrap();
    }));
    thread::sleep(QUIET);
    let task = handle.spawn(async move { block_in_place(|| receive.recv().unwrap()) });
    assert_eq!(futures::executor::block_on(task).unwrap(), 7);
}

#[test]
fn timers_go_on_and_block_on_is_allowed() {
    let runtime = start(1);
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move {
        block_in_place(|| {
            handle.block_on(handle.sleep(Duration::from_millis(2)));
            handle.block_on(wait_for_a_task(handle.clone()))
        })
    });
    assert_eq!(runtime.handle().block_on(task).unwrap(), 7);
}

#[test]
fn the_future_of_block_on_can_block_as_well() {
    for runtime in [start(1), start(2)] {
        let handle = runtime.handle();
        assert_eq!(handle.block_on(wait_for_a_task(handle.clone())), 7);
        let other = handle.clone();
        let outputs = handle.block_on(async move {
            let inner = block_in_place(|| other.block_on(async { 1 }));
            inner + other.spawn(async { 2 }).await.unwrap()
        });
        assert_eq!(outputs, 3);
    }
}

#[test]
fn on_a_current_thread_runtime_another_thread_takes_over() {
    let runtime = Builder::new().current_thread().build().unwrap();
    let handle = runtime.handle();
    assert_eq!(handle.block_on(async { block_in_place(|| 7) }), 7);

    let (inside, mut is_inside) = oneshot::channel();
    let (done, is_done) = oneshot::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            handle.block_on(async {
                inside.send(()).unwrap();
                is_done.await.unwrap();
            });
        });
        handle.block_on(async {
            (&mut is_inside).await.unwrap();
            assert_eq!(wait_for_a_task(handle.clone()).await, 7);
            done.send(()).unwrap();
        });
    });
}

#[test]
fn a_panic_goes_through_and_the_worker_gets_its_core_back() {
    let runtime = start(1);
    let handle = runtime.handle();
    let task = handle.spawn(async { block_in_place(|| panic_any(7_u32)) });
    let payload = handle.block_on(task).unwrap_err().into_panic().unwrap();
    assert_eq!(*payload.downcast::<u32>().unwrap(), 7);
    assert_eq!(handle.block_on(handle.spawn(async { 8 })).unwrap(), 8);
}

#[test]
fn elsewhere_it_is_a_plain_call() {
    assert_eq!(block_in_place(|| 7), 7);
    let panic = catch_unwind(AssertUnwindSafe(|| block_in_place(|| panic_any(8_u32))));
    assert_eq!(*panic.unwrap_err().downcast::<u32>().unwrap(), 8);
}

#[test]
fn the_end_of_the_runtime_waits_for_the_closure_and_no_longer() {
    let runtime = start(1);
    let (inside, is_inside) = mpsc::channel();
    let (go, gone) = mpsc::channel::<()>();
    let task = runtime.handle().spawn(async move {
        block_in_place(|| {
            inside.send(()).unwrap();
            gone.recv().unwrap();
        });
        std::future::pending::<()>().await;
    });
    is_inside.recv().unwrap();
    let ending = thread::spawn(move || drop(runtime));
    go.send(()).unwrap();
    ending.join().unwrap();
    assert!(futures::executor::block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn a_worker_that_blocks_twice_in_one_poll_leaves_its_core_both_times() {
    let runtime = start(1);
    let handle = runtime.handle();
    let (in_first, is_in_first) = mpsc::channel();
    let (leave_first, may_leave_first) = mpsc::channel();
    let (in_second, is_in_second) = mpsc::channel();
    let (reply, replied) = mpsc::channel();
    let task = handle.spawn(async move {
        block_in_place(|| {
            in_first.send(()).unwrap();
            may_leave_first.recv().unwrap();
        });
        block_in_place(|| {
            in_second.send(()).unwrap();
            replied.recv().unwrap()
        })
    });
    is_in_first.recv().unwrap();
    handle.block_on(async {
        // Another worker takes over the core that was left, and keeps it.
        handle.spawn(async {}).await.unwrap();
        leave_first.send(()).unwrap();
        is_in_second.recv().unwrap();
        drop(handle.spawn(async move { reply.send(7).unwrap() }));
    });
    assert_eq!(futures::executor::block_on(task).unwrap(), 7);
}

#[test]
fn the_end_of_the_runtime_ends_what_a_closure_waits_for() {
    for waits_for_a_task in [true, false] {
        let runtime = start(2);
        let handle = runtime.handle().clone();
        let endless = handle.spawn(std::future::pending::<()>());
        let (inside, is_inside) = mpsc::channel();
        let task = runtime.handle().spawn(async move {
            block_in_place(|| {
                inside.send(()).unwrap();
                if waits_for_a_task {
                    assert!(handle.block_on(endless).unwrap_err().is_cancelled());
                } else {
                    handle.block_on(handle.sleep(Duration::from_secs(3600)));
                }
            });
        });
        is_inside.recv().unwrap();
        drop(runtime);
        futures::executor::block_on(task).unwrap();
    }
}
