//! S6, S7, K5, a capability: a runtime ends, and everything in it.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

mod after;
mod blocking;
mod from_inside;
mod handles;
mod inside;
mod tasks;

use std::future::pending;

use anyrt_core::{BlockOn, Spawn};
use futures::channel::oneshot;

use crate::witness::{CountDrop, Drive};

pub use after::*;
pub use blocking::*;
pub use from_inside::*;
pub use handles::*;
pub use inside::*;
pub use tasks::*;

cases! { shutdown if shutdown:
    spawn_after_shutdown_drops_the_future_and_cancels_the_join [S6, S7];
    abort_after_spawn_after_shutdown_is_harmless [S6, S3];
    spawn_blocking_after_shutdown_resolves [S6, S7];
    a_destructor_can_spawn_while_the_runtime_is_dropped [S6, S7, S1];

    drop_drops_every_future_before_it_returns [K5, S7];
    shutdown_drops_every_future_before_it_returns [K5, S7];
    drop_drops_futures_that_were_never_polled [K5, S7];
    drop_drops_futures_inside_the_runtime [K5, K1];
    drop_ends_tasks_that_are_never_parked [K5, S7];
    a_poll_that_runs_is_finished_before_drop_returns [K5, S7];
    a_task_that_sleeps_again_and_again_does_not_keep_the_runtime(launcher) [K5, R6];
    no_task_is_polled_again_once_it_saw_the_end(launcher) [K8];
    a_destructor_that_the_end_runs_must_not_block [K2, K8];
    joins_resolve_to_cancelled_after_drop [K5, S9];
    a_foreign_thread_that_awaits_a_join_is_woken_by_drop [K5, S9];
    outputs_are_kept_beyond_drop [K5, S7];
    handles_outlive_the_runtime [K5, S6];
    wakers_outlive_the_runtime [K5];
    a_panicking_destructor_spares_the_others [K5, S5];
    tasks_that_hold_each_others_handles_are_dropped [K5, S7];
    future_and_output_are_dropped_once_in_any_order_with_shutdown [K5, S7];

    drop_waits_for_closures_that_run [K5];
    joins_of_queued_closures_resolve_after_drop(launcher) [K5, S7];
    a_closure_for_which_a_thread_is_started_runs_to_its_end(launcher) [B1, K5];
    shutdown_timeout_leaves_a_closure_that_is_stuck [K5];
    shutdown_without_a_timeout_does_not_wait [K5];
    a_closure_in_block_on_comes_to_its_end_after_shutdown [K5, B7];
    block_on_goes_on_while_another_thread_drops_the_runtime [K5, K3];

    dropping_the_runtime_within_its_own_block_on_returns [K5];
    dropping_the_runtime_within_its_own_task_returns [K5];
    dropping_the_runtime_within_its_own_blocking_closure_returns [K5];
    dropping_the_runtime_within_another_runtime_returns(launcher) [K5];
    shutdown_timeout_within_its_own_task_returns [K5];
}

/// A task that is parked for ever, and was polled.
fn spawn_parked<H: Spawn + BlockOn>(handle: &H, witness: CountDrop) -> H::JoinHandle<()> {
    let (started, has_started) = oneshot::channel();
    let task = handle.spawn(async move {
        let _witness = witness;
        started.send(()).unwrap();
        pending::<()>().await;
    });
    handle.drive(has_started).unwrap();
    task
}
