//! Sets of tasks.

use std::collections::HashMap;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc;

use futures::FutureExt;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::{JoinSet, LocalSet};

#[tokio::test]
async fn outputs_come_as_tasks_end() {
    let mut set = JoinSet::new();
    assert!(set.is_empty() && set.join_next().await.is_none());
    let senders: Vec<_> = (0..3)
        .map(|number| {
            let (sender, receiver) = oneshot::channel::<()>();
            set.spawn(async move {
                receiver.await.unwrap();
                number
            });
            sender
        })
        .collect();
    assert_eq!((set.len(), format!("{set:?}")), (3, "JoinSet { len: 3 }".to_owned()));
    assert!(set.try_join_next().is_none() && set.join_next().now_or_never().is_none());
    let mut order = Vec::new();
    for sender in senders.into_iter().rev() {
        sender.send(()).unwrap();
        order.push(set.join_next().await.unwrap().unwrap());
    }
    assert_eq!(order, [2, 1, 0]);
    assert!(set.is_empty());
}

#[tokio::test]
async fn outputs_and_errors_come_with_their_ids() {
    let mut set = JoinSet::new();
    let mut expected = HashMap::new();
    expected.insert(set.spawn(async { 1 }).id(), Some(1));
    expected.insert(set.spawn_blocking(|| 2).id(), Some(2));
    expected.insert(set.spawn(async { panic!("on purpose") }).id(), None);
    let aborted = set.spawn(pending());
    aborted.abort();
    expected.insert(aborted.id(), None);
    while let Some(joined) = set.join_next_with_id().await {
        let (id, output) = match joined {
            Ok((id, output)) => (id, Some(output)),
            Err(error) => (error.id(), None),
        };
        assert_eq!(expected.remove(&id), Some(output));
    }
    assert!(expected.is_empty());
    let id = set.spawn(async { 3 }).id();
    let joined = loop {
        match set.try_join_next_with_id() {
            Some(joined) => break joined.unwrap(),
            None => tokio::task::yield_now().await,
        }
    };
    assert_eq!(joined, (id, 3));
}

#[tokio::test]
async fn all_are_joined_at_once() {
    let set: JoinSet<u32> = (0..10).map(|number| async move { number }).collect();
    let mut outputs = set.join_all().await;
    outputs.sort_unstable();
    assert_eq!(outputs, (0..10).collect::<Vec<_>>());

    let mut set = JoinSet::default();
    set.extend([async { panic!("on purpose") }]);
    let payload = AssertUnwindSafe(set.join_all()).catch_unwind().await.unwrap_err();
    assert_eq!(*payload.downcast::<&str>().unwrap(), "on purpose");

    let mut set = JoinSet::new();
    let abort = set.spawn(pending::<()>());
    abort.abort();
    let payload = AssertUnwindSafe(set.join_all()).catch_unwind().await.unwrap_err();
    assert!(payload.downcast::<String>().unwrap().ends_with("was cancelled"));
}

#[tokio::test]
async fn a_set_that_is_dropped_aborts_its_tasks() {
    let (kept, dropped) = oneshot::channel::<()>();
    let mut set = JoinSet::new();
    set.spawn(async move {
        let _kept = kept;
        pending::<()>().await;
    });
    drop(set);
    assert!(dropped.await.is_err());
}

#[tokio::test]
async fn tasks_that_are_detached_go_on() {
    let (sender, receiver) = oneshot::channel();
    let mut set = JoinSet::new();
    set.spawn(async move {
        tokio::task::yield_now().await;
        sender.send(42).unwrap();
    });
    set.detach_all();
    assert!(set.is_empty());
    drop(set);
    assert_eq!(receiver.await.unwrap(), 42);
}

#[tokio::test]
async fn tasks_that_are_aborted_stay_to_be_joined() {
    let mut set = JoinSet::new();
    for _ in 0..5 {
        set.spawn(pending::<()>());
    }
    set.abort_all();
    assert_eq!(set.len(), 5);
    while let Some(joined) = set.join_next().await {
        assert!(joined.unwrap_err().is_cancelled());
    }
    set.spawn(pending());
    set.spawn(async { panic!("on purpose") });
    set.shutdown().await;
    assert!(set.is_empty());
}

#[tokio::test]
async fn tasks_are_of_any_runtime_and_any_kind() {
    let runtime = Runtime::new().unwrap();
    let mut set = JoinSet::new();
    set.spawn_on(async { 1 }, runtime.handle());
    set.spawn_blocking_on(|| 2, runtime.handle());
    let local = LocalSet::new();
    set.spawn_local_on(async { *Rc::new(3) }, &local);
    let sum = local.run_until(async move {
        set.spawn_local(async { *Rc::new(4) });
        set.join_all().await.into_iter().sum::<i32>()
    });
    assert_eq!(sum.await, 10);
    runtime.shutdown_background();
}

#[test]
fn a_set_needs_a_runtime_for_its_tasks() {
    let outside = || {
        let mut set = JoinSet::new();
        assert!(catch_unwind(AssertUnwindSafe(|| set.spawn(async {}))).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| set.spawn_local(async {}))).is_err());
        assert!(set.is_empty());
    };
    std::thread::spawn(outside).join().unwrap();
}

#[test]
fn tasks_of_a_runtime_that_has_ended_are_cancelled() {
    let runtime = Runtime::new().unwrap();
    let mut set = JoinSet::new();
    set.spawn_on(pending::<()>(), runtime.handle());
    drop(runtime);
    let (sender, receiver) = mpsc::channel();
    sender.send(futures::executor::block_on(set.join_next())).unwrap();
    assert!(receiver.recv().unwrap().unwrap().unwrap_err().is_cancelled());
}
