//! Tasks: how they start, end, are aborted, and share the runtime.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

mod polls;
mod start;

mod abort;
mod drops;
mod finish;
mod panics;

mod fairness;
mod identity;
pub(crate) mod large;
mod metrics;
mod random;
mod strands;

pub use abort::*;
pub use drops::*;
pub use fairness::*;
pub use finish::*;
pub use identity::*;
pub use large::*;
pub use metrics::*;
pub use panics::*;
pub use polls::*;
pub use random::*;
pub use start::*;
pub use strands::*;

cases! { spawn:
    a_task_starts_without_being_awaited [S1];
    a_task_spawns_tasks [S1];
    a_foreign_thread_spawns_tasks [S1];
    a_blocking_closure_spawns_tasks [S1];
    a_destructor_spawns_tasks [S1];
    a_destructor_at_the_end_of_a_thread_spawns_tasks [S1];
    dropping_the_handle_detaches [S2];
    dropping_the_await_keeps_the_task_and_its_output [S2];
    abort_on_drop_aborts [S2, S3];
    abort_on_drop_yields_the_output_and_spares_a_finished_task [S2];
    a_join_handle_can_be_awaited_on_a_foreign_executor [S9];
    a_join_handle_can_be_awaited_by_another_task [S9];
    a_join_handle_can_be_awaited_on_another_runtime(launcher) [S9];
    a_join_handle_can_move_to_another_executor_while_it_waits [S9];

    a_parked_task_is_not_polled [S1];
    a_future_is_not_polled_after_it_was_ready [S1];

    abort_drops_a_parked_future_before_the_join_resolves [S3];
    abort_before_the_first_poll_cancels [S3];
    abort_is_idempotent [S3];
    abort_does_not_wait_for_the_poll_that_runs [S3, S4];
    a_task_that_returns_ready_in_the_poll_of_its_abort_keeps_its_output [S3];
    a_task_that_aborts_itself_and_returns_ready_keeps_its_output [S3];
    a_task_that_aborts_itself_and_returns_pending_is_cancelled [S3];
    abort_of_a_finished_task_keeps_its_output [S3];
    abort_never_drops_the_future_inside_the_call [S3];
    abort_never_drops_the_future_on_a_foreign_thread [S3];
    an_aborted_task_is_dropped_though_nobody_awaits_it [S3];
    an_abort_handle_outlives_the_task [S3];

    is_finished_turns_true_after_the_future_was_dropped [S4];
    the_join_resolves_after_the_future_was_dropped [S4];
    is_finished_stays_false_while_the_task_is_parked [S4];
    polling_a_join_handle_after_its_output_panics [S8];
    polling_a_join_handle_after_its_error_panics [S8];

    a_panic_in_poll_comes_back_from_the_join [S5];
    a_panic_after_an_await_comes_back_from_the_join [S5];
    a_panic_can_be_resumed_where_the_task_is_awaited [S5];
    a_panic_in_the_destructor_of_a_completed_future_comes_back_from_the_join [S5];
    a_panic_in_the_destructor_of_an_aborted_future_comes_back_from_the_join [S5];
    a_panic_in_the_destructor_of_an_unwanted_output_is_contained [S5];
    a_future_whose_poll_panics_is_dropped_while_the_panic_unwinds [S16];
    a_panic_in_the_destructor_of_a_future_whose_poll_panicked_is_contained [S5, S16] alone;
    panics_of_detached_tasks_harm_nobody [S5];
    a_panicking_join_waker_harms_nobody [S5];
    a_panicking_join_waker_of_an_aborted_task_harms_nobody [S5];

    future_and_output_are_dropped_once_in_any_order_of_finish_abort_join_and_drop [S7];
    an_output_that_nobody_awaited_is_dropped_with_the_handle [S7];
    the_future_of_a_task_that_panics_is_dropped_once [S5, S7];

    a_lock_that_is_held_while_a_handle_is_polled_can_be_taken_by_the_task [S14];
    a_borrow_that_lasts_while_a_handle_is_polled_is_not_met_by_the_task [S14];
    a_thread_local_that_is_set_while_a_handle_is_polled_is_not_seen_by_the_task [S14];
    the_poll_of_a_handle_does_not_wait_for_the_task [S15];
    a_join_waker_that_calls_block_on_stops_nobody [S5, K2];

    a_task_knows_the_id_of_its_handle [S19];
    a_closure_knows_the_id_of_its_handle [S19];
    an_abort_handle_knows_the_id_of_its_task [S19];
    a_task_keeps_its_id [S19];
    ids_are_distinct [S19];
    a_destructor_knows_the_id_of_its_task [S19];
    a_destructor_of_what_nobody_takes_knows_the_id_of_its_task [S19];
    errors_know_the_ids_of_their_tasks [S19];
    the_future_in_block_on_has_no_id [S19];
    a_handle_refuses_to_tell_the_id_after_its_result [S19];

    tasks_that_spawn_and_await_starve_nobody [S12];
    trees_of_tasks_starve_nobody [S12];
    sleeps_that_are_due_starve_nobody [S12];
    ticks_that_are_due_starve_nobody [S12];
    limits_that_are_over_starve_nobody [S12, T9];
    reads_that_are_ready_starve_nobody [S12];
    poll_reads_that_are_ready_starve_nobody [S12];
    writes_that_are_ready_starve_nobody [S12];
    readiness_that_lasts_starves_nobody [S12];
    steps_that_ask_for_budget_starve_nobody [S12];
    an_operation_that_has_to_wait_takes_nothing_from_the_budget [S12];
    an_operation_out_of_budget_is_not_attempted [S12];
    a_task_that_waits_in_a_foreign_executor_comes_to_its_end [S17];
    an_unconstrained_future_goes_on_where_others_let_go [S12];
    a_large_future_can_be_spawned_with_little_stack [S13] alone;

    random_numbers_differ_on_all_threads [S21];
    tasks_that_have_not_ended_are_counted [S22];
    threads_for_closures_are_counted [S22];
}
