//! Closures that block on the thread of a task.

use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use anyrt::task::{self, LocalSet, block_in_place};
use anyrt::{Builder, Handle};
use anyrt_tests::backend::{self, on_each};
use futures::executor;

/// Asks for a call in place where it is refused: with an error that says what to do, and without a call.
#[track_caller]
fn is_refused() {
    let held = Arc::new(());
    let in_closure = Arc::clone(&held);
    let error = block_in_place(move || {
        drop(in_closure);
        unreachable!("the closure was called")
    });
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().ends_with("move the closure into `spawn_blocking`"), "{error}");
    assert_eq!(Arc::strong_count(&held), 1);
}

/// J14: it borrows, and may wait for what only other threads can do.
#[test]
fn a_closure_blocks_in_place_or_is_refused() {
    on_each(|| async {
        let in_task = anyrt::spawn(async {
            let handle = Handle::current();
            if !backend::blocks_in_place(handle.backend()) {
                is_refused();
                return;
            }
            let mut text = String::from("bor");
            let id = task::id();
            let task = block_in_place(|| {
                text.push_str("rowed");
                assert_eq!(task::id(), id);
                handle.block_on(async {
                    assert_eq!(task::try_id(), None);
                    anyrt::spawn(async { task::id() }).await.unwrap()
                })
            });
            assert_ne!(task.unwrap(), id);
            assert_eq!((&*text, task::id()), ("borrowed", id));
        });
        in_task.await.unwrap();
    });
}

/// J14: nobody else has the tasks of that thread.
#[test]
fn a_thread_alone_refuses_to_block() {
    for name in anyrt::selection().unwrap().compiled() {
        if backend::is_owned(name) {
            let runtime = Builder::new().backend(*name).current_thread().build().unwrap();
            runtime.block_on(async {
                is_refused();
                anyrt::spawn(async { is_refused() }).await.unwrap();
                task::unconstrained(async { is_refused() }).await;
                // A thread for closures is another one.
                assert_eq!(
                    anyrt::spawn_blocking(|| block_in_place(|| 1).unwrap()).await.unwrap(),
                    1
                );
            });
            assert_eq!(block_in_place(|| 2).unwrap(), 2);
        }
    }
    let local = LocalSet::new();
    let task = local.spawn_local(async { is_refused() });
    executor::block_on(local.run_until(task)).unwrap();
    // Nothing is known of what another executor polls.
    assert_eq!(executor::block_on(async { block_in_place(|| 3).unwrap() }), 3);
}

/// J14, L3: the rest of the runtime goes on, though the other tasks of the set do not; what runs in the closure is not
/// the local task.
#[test]
fn a_local_task_blocks_in_place() {
    on_each(|| async {
        if !backend::blocks_in_place(Handle::current().backend()) {
            return;
        }
        let local = LocalSet::new();
        let task = local.spawn_local(async {
            let id = task::id();
            let handle = Handle::current();
            let inside = block_in_place(|| {
                assert_eq!(task::id(), id);
                handle.block_on(async {
                    let task = anyrt::spawn(async { task::id() }).await.unwrap();
                    (task::try_id(), task)
                })
            });
            let (of_future, of_task) = inside.unwrap();
            assert_eq!((of_future, task::id()), (None, id));
            assert_ne!(of_task, id);
        });
        local.run_until(task).await.unwrap();
    });
}

/// J14, K8: whoever has gone on in its place ends as well.
#[test]
fn a_runtime_that_ends_waits_for_a_closure_in_place() {
    let compiled = anyrt::selection().unwrap().compiled();
    for name in compiled.iter().filter(|name| backend::blocks_in_place(name)) {
        let runtime = Builder::new().backend(*name).worker_threads(1).build().unwrap();
        let ((begin, begun), (open, gate)) = (mpsc::channel(), mpsc::channel());
        let ended = Arc::new(AtomicBool::new(false));
        let has_ended = Arc::clone(&ended);
        drop(runtime.spawn(async move {
            let waited = block_in_place(|| {
                begin.send(()).unwrap();
                gate.recv().unwrap();
            });
            waited.unwrap();
            has_ended.store(true, Ordering::Release);
        }));
        begun.recv().unwrap();
        // By another thread, for the worker has none.
        assert_eq!(runtime.block_on(runtime.spawn(async { 1 })).unwrap(), 1, "on {name}");
        thread::scope(|scope| {
            let end = scope.spawn(|| drop(runtime));
            open.send(()).unwrap();
            end.join().unwrap();
        });
        assert!(ended.load(Ordering::Acquire), "on {name}");
    }
}
