//! What sets of tasks allocate.

use std::cell::RefCell;
use std::future::{pending, poll_fn, ready};

use anyrt::Builder;
use anyrt::task::{JoinSet, LocalSet, yield_now};
use anyrt_tests::backend;

use crate::*;

/// A set keeps what it has for a task, and gives it to the next one.
#[test]
fn a_task_of_a_set_costs_what_a_task_costs() {
    let _alone = alone();
    for name in anyrt::selection().unwrap().compiled() {
        let runtime = Builder::new().backend(*name);
        let runtime = if backend::is_owned(name) { runtime.current_thread() } else { runtime };
        runtime.build().unwrap().block_on(async {
            let bare = in_each_round(|| async { anyrt::spawn(async { 1 }).await.unwrap() }).await;
            let set = RefCell::new(JoinSet::new());
            let in_set = in_each_round(|| {
                set.borrow_mut().spawn(async { 1 });
                poll_fn(|cx| set.borrow_mut().poll_join_next(cx))
            });
            assert_eq!(in_set.await, bare, "on {name}");
            // For as many as there never were before: one for each, and for room that doubles now and then.
            let before = of_all_threads();
            let mut set = JoinSet::new();
            for _ in 0..ROUNDS {
                set.spawn(pending::<()>());
            }
            let new = of_all_threads() - before;
            println!("on {name}: a task {bare}, and {new} for {ROUNDS} in a new set");
            assert!(new <= (bare + 1) * ROUNDS + ROUNDS / 2, "{new} on {name}");
            set.shutdown().await;
        });
    }
}

/// The future, what its handle shares with it, and its waker.
#[test]
fn a_local_task_costs_three_allocations_and_its_polls_none() {
    let _alone = alone();
    let local = LocalSet::new();
    futures::executor::block_on(local.run_until(async {
        let task = allocations(|| async { local.spawn_local(ready(1)).await.unwrap() }).await;
        assert_eq!(task, 3 * ROUNDS);
        local.spawn_local(async {
            loop {
                yield_now().await;
            }
        });
        assert_eq!(allocations(yield_now).await, 0);
    }));
}
