//! Cases of timers, and of what is built on them.
//!
//! Nothing here says that something comes in time: a machine may be busy. What comes too early is
//! an error, and so is what never comes.
#![allow(missing_docs, reason = "the names of the cases are sentences")]

mod interval;
mod sleep;
mod timeout;

pub use interval::*;
pub use sleep::*;
pub use timeout::*;

use std::time::Duration;

cases! { time:
    the_deadline_of_a_sleep_is_that_of_the_call [T1];
    sleeps_are_never_early [T2];
    sleeps_of_many_tasks_are_never_early [T2];
    a_short_sleep_overtakes_a_long_one [T2, T6];
    a_past_deadline_is_ready_at_the_first_poll [T3];
    sleeps_of_no_time_wait_for_no_timer [T3];
    far_deadlines_neither_fire_nor_overflow [T4];
    the_last_instant_neither_fires_nor_overflows [T4];
    a_sleep_that_was_ready_is_ready_again [T5];
    a_foreign_thread_makes_and_polls_sleeps [T6];
    a_foreign_executor_takes_over_a_sleep [T6];
    a_sleep_wakes_the_task_that_polled_it_last [T6];
    reset_to_later_is_honored [T7];
    reset_to_earlier_is_honored [T7];
    reset_to_the_past_is_ready_at_the_next_poll [T3, T7];
    reset_before_the_first_poll_is_honored [T7];
    reset_starts_a_sleep_again_that_was_ready [T5, T7];
    reset_takes_back_a_deadline_that_nobody_saw_pass [T7];
    dropping_a_sleep_frees_its_timer [T10];
    a_sleep_past_its_deadline_is_ready_though_nobody_woke_it [T11];
    a_waker_of_a_sleep_that_panics_harms_nobody [S5] alone;
    reset_wakes_a_task_that_waits_at_the_new_deadline [T12];

    the_first_tick_is_immediate [T8];
    ticks_are_one_period_apart [T8];
    an_interval_starts_when_it_is_told_to [T8];
    resetting_an_interval_delays_its_tick_by_a_period [T8];
    an_interval_can_be_reset_to_now_to_later_and_to_an_instant [T8];
    resetting_an_interval_wakes_who_waits_at_the_new_tick [T8, T12];
    missed_ticks_come_in_a_burst [T8];
    missed_ticks_delay_the_schedule [T8];
    missed_ticks_are_skipped [T8];
    a_period_of_zero_panics [T8];
    an_endless_period_does_not_overflow [T4, T8];
    a_cancelled_tick_is_not_lost [T8];
    a_tick_that_is_due_is_ready_though_nobody_woke_it [T11];

    a_ready_future_wins_over_an_elapsed_limit [T9];
    a_timeout_passes_the_output_on [T9];
    a_timeout_elapses_around_a_future_that_waits [T2, T9];
    a_timeout_elapses_around_a_future_that_yields [T9];
    a_timeout_elapses_around_io_that_is_always_ready [T9];
    a_timeout_elapses_around_sleeps_that_are_always_ready [T9];
    the_limit_of_a_timeout_is_fixed_at_the_call [T1, T9];
    the_future_inside_is_dropped_with_its_timeout [T9];
    an_elapsed_limit_is_an_io_error_of_its_kind [T9];
}

const MILLISECOND: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);
