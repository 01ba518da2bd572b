//! Tasks that need not be `Send`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{self, LocalSet};

fn runtimes() -> [Runtime; 2] {
    [Runtime::new().unwrap(), Builder::new_current_thread().enable_all().build().unwrap()]
}

#[test]
fn tasks_run_while_a_future_does() {
    for runtime in runtimes() {
        let local = LocalSet::new();
        let value = Rc::new(Cell::new(0));
        let early = local.spawn_local({
            let value = value.clone();
            async move { value.set(value.get() + 1) }
        });
        let output = local.block_on(&runtime, async {
            let inner = value.clone();
            let late = task::spawn_local(async move {
                // Sent by another thread.
                tokio::spawn(async {}).await.unwrap();
                task::spawn_local(async move { inner.set(inner.get() + 1) }).await.unwrap();
            });
            early.await.unwrap();
            late.await.unwrap();
            value.get()
        });
        assert_eq!(output, 2);
    }
}

#[test]
fn a_set_that_is_awaited_runs_all_its_tasks() {
    for runtime in runtimes() {
        let local = LocalSet::new();
        let count = Rc::new(Cell::new(0));
        for _ in 0..200 {
            let count = count.clone();
            local.spawn_local(async move {
                task::yield_now().await;
                count.set(count.get() + 1);
            });
        }
        runtime.block_on(local);
        assert_eq!(count.get(), 200);
    }
}

#[tokio::test]
async fn tasks_stay_when_their_future_has_ended() {
    let local = LocalSet::new();
    let (sender, receiver) = oneshot::channel();
    // Not awaited by the future.
    let spawn =
        std::future::ready(()).map(|()| task::spawn_local(async { receiver.await.unwrap() }));
    let task = local.run_until(spawn).await;
    assert!(!task.is_finished());
    sender.send(42).unwrap();
    assert_eq!(local.run_until(task).await.unwrap(), 42);
}

#[tokio::test]
async fn tasks_are_spawned_on_the_set_that_was_entered() {
    let local = LocalSet::new();
    let task = {
        let _inside = local.enter();
        task::spawn_local(async { *Rc::new(42) })
    };
    assert!(catch_unwind(|| task::spawn_local(async {})).is_err());
    assert_eq!(local.run_until(task).await.unwrap(), 42);
}

#[tokio::test]
async fn outside_of_a_set_there_is_none() {
    let text = "`spawn_local` called from outside of a `task::LocalSet` or `runtime::LocalRuntime`";
    let outside = || catch_unwind(|| task::spawn_local(async {})).unwrap_err();
    assert_eq!(*outside().downcast::<&str>().unwrap(), text);
    let local = LocalSet::new();
    let in_task =
        local.run_until(tokio::spawn(async move { *outside().downcast::<&str>().unwrap() }));
    assert_eq!(in_task.await.unwrap(), text);
}

#[tokio::test]
async fn a_set_that_is_dropped_drops_its_tasks_inside() {
    struct Spawns(Rc<RefCell<Vec<task::JoinHandle<()>>>>);
    impl Drop for Spawns {
        fn drop(&mut self) {
            self.0.borrow_mut().push(task::spawn_local(async {}));
        }
    }
    let local = LocalSet::new();
    let late = Rc::new(RefCell::new(Vec::new()));
    let spawns = Spawns(late.clone());
    let task = local.spawn_local(async move {
        let _spawns = spawns;
        pending::<()>().await;
    });
    assert!(local.run_until(task::yield_now()).now_or_never().is_none());
    drop(local);
    assert!(task.await.unwrap_err().is_cancelled());
    let late = late.borrow_mut().pop().unwrap();
    assert!(late.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_local_task_is_aborted_and_its_panic_is_kept() {
    let local = LocalSet::new();
    let ended = local.run_until(async {
        let aborted = task::spawn_local(pending::<()>());
        aborted.abort();
        let panics = task::spawn_local(async { panic!("on purpose") });
        (aborted.await.unwrap_err(), panics.await.unwrap_err())
    });
    let (aborted, panics) = ended.await;
    assert!(aborted.is_cancelled() && panics.is_panic());
}

#[tokio::test]
async fn a_local_task_has_an_id() {
    let local = LocalSet::new();
    let ids = local.run_until(async {
        assert!(task::try_id().is_none());
        let spawned = task::spawn_local(async { task::id() });
        (spawned.id(), spawned.await.unwrap())
    });
    let (outside, inside) = ids.await;
    assert_eq!(outside, inside);
    assert_ne!(local.id(), LocalSet::new().id());
    assert_eq!(local.id(), local.id());
    assert_ne!(local.id(), Handle::current().id());
}

#[tokio::test]
async fn a_task_that_never_waits_starves_no_other() {
    let local = LocalSet::new();
    let has_ended = Rc::new(Cell::new(false));
    let ended = has_ended.clone();
    let together = local.run_until(async move {
        let (sender, mut receiver) = mpsc::unbounded_channel();
        let busy = task::spawn_local(async move {
            // Never empty.
            while !ended.get() {
                sender.send(()).unwrap();
                receiver.recv().await.unwrap();
            }
        });
        let other = task::spawn_local(async move { has_ended.set(true) });
        busy.await.unwrap();
        other.await.unwrap();
    });
    together.await;
}

#[test]
fn timers_wake_local_tasks() {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let local = LocalSet::new();
    let slept = local.block_on(&runtime, async {
        task::spawn_local(tokio::time::sleep(Duration::from_secs(3600))).await.unwrap();
        42
    });
    assert_eq!(slept, 42);
}

#[test]
fn a_set_runs_on_any_executor() {
    let local = LocalSet::new();
    let output = futures::executor::block_on(
        local.run_until(async { task::spawn_local(async { *Rc::new(42) }).await.unwrap() }),
    );
    assert_eq!(output, 42);
    assert_eq!(format!("{local:?}"), "LocalSet");
}

#[test]
fn a_panic_of_the_future_leaves_the_set() {
    let runtime = Runtime::new().unwrap();
    let local = LocalSet::new();
    let panics = AssertUnwindSafe(|| local.block_on(&runtime, async { panic!("on purpose") }));
    assert!(catch_unwind(panics).is_err());
    assert!(catch_unwind(|| task::spawn_local(async {})).is_err());
    assert_eq!(local.block_on(&runtime, async { 42 }), 42);
}

/// The future that has the set in it is polled once for each, and no more often.
#[tokio::test]
async fn a_local_task_that_yields_does_not_wait_for_what_is_around_it() {
    let local = LocalSet::new();
    let mut polls = 0;
    let mut yields = std::pin::pin!(local.run_until(async {
        let task = async {
            for _ in 0..100 {
                task::yield_now().await;
            }
        };
        task::spawn_local(task).await.unwrap();
    }));
    std::future::poll_fn(|cx| {
        polls += 1;
        yields.as_mut().poll(cx)
    })
    .await;
    assert!(polls <= 110, "{polls}");
}

#[tokio::test]
async fn a_local_task_that_yields_lets_others_go_first() {
    let local = LocalSet::new();
    let turns = std::rc::Rc::new(Cell::new(0));
    let counts = std::rc::Rc::clone(&turns);
    local.spawn_local(async move {
        for _ in 0..10 {
            counts.set(counts.get() + 1);
            tokio::task::yield_now().await;
        }
    });
    local
        .run_until(async move {
            let task = tokio::spawn(async {});
            tokio::task::yield_now().await;
            assert!(task.is_finished() && turns.get() < 5, "{}", turns.get());
        })
        .await;
    local.await;
}

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_set_that_was_ready_wakes_for_a_new_task_whoever_has_polled_it() {
    let mut local = LocalSet::new();
    let is_woken = Arc::new(Flag(AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&is_woken));
    assert!(Pin::new(&mut local).poll(&mut Context::from_waker(&waker)).is_ready());
    local.spawn_local(async {});
    assert!(is_woken.0.load(Ordering::Relaxed));
    local.await;
}
