//! S11, a capability: a task that was woken by a worker which then blocks runs elsewhere.
//!
//! How soon is not measured: on a runtime that can't do it, it never happens.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use anyrt_core::{Launch, Spawn};
use futures::channel::oneshot;

use crate::witness::{Drive, gate};

cases! { steals_handoff if steals_handoff:
    a_task_runs_elsewhere_while_the_worker_that_woke_it_is_blocked [S11];
    a_task_runs_elsewhere_while_the_worker_that_spawned_it_is_blocked [S11];
}

pub fn a_task_runs_elsewhere_while_the_worker_that_woke_it_is_blocked<L: Launch>(runtime: L) {
    // Again and again, for the other workers may be on their way to sleep, or fast asleep.
    for _ in 0..100 {
        let (keeper, gate) = gate();
        let (parked, is_parked) = oneshot::channel();
        let (wake, woken) = oneshot::channel::<()>();
        let opener = runtime.handle().spawn(async move {
            parked.send(()).unwrap();
            woken.await.unwrap();
            keeper.open();
        });
        let blocker = runtime.handle().spawn(async move {
            is_parked.await.unwrap();
            wake.send(()).unwrap();
            gate.wait();
        });
        runtime.handle().drive(async {
            blocker.await.unwrap();
            opener.await.unwrap();
        });
    }
}

pub fn a_task_runs_elsewhere_while_the_worker_that_spawned_it_is_blocked<L: Launch>(runtime: L) {
    for _ in 0..100 {
        let (keeper, gate) = gate();
        let handle = runtime.handle().clone();
        let blocker = runtime.handle().spawn(async move {
            let opener = handle.spawn(async move { keeper.open() });
            gate.wait();
            opener.await.unwrap();
        });
        runtime.handle().drive(blocker).unwrap();
    }
}
