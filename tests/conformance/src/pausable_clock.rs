//! T14 to T17, a capability: a clock that can be paused.
//!
//! Each case compares times exactly. What would happen if the clock jumped where it must not is waited for, a moment
//! of real time, and comes at once on a backend that lets it.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

mod advancing;
mod holding;
mod jumping;
mod standing;

use std::time::Duration;

use anyrt_core::Launch;

use crate::Launcher;

pub use advancing::*;
pub use holding::*;
pub use jumping::*;
pub use standing::*;

cases! { pausable_clock if pausable_clock:
    a_paused_clock_stands_still [T14];
    a_clock_can_be_paused_from_the_start(launcher) [T14];
    a_clock_that_is_resumed_goes_on_from_where_it_was [T2, T14];
    pausing_twice_is_an_error_and_changes_nothing [T14];
    resuming_and_advancing_a_clock_that_goes_on_are_errors [T14];
    each_runtime_has_a_clock_of_its_own(launcher) [T14];
    a_runtime_with_workers_refuses_to_pause_its_clock(launcher) [T14];
    a_paused_clock_harms_nobody_when_its_runtime_is_gone(launcher) [T14, R6];
    sleeps_that_were_over_stay_over_whatever_becomes_of_the_clock(launcher) [T5, T14, R6];

    advancing_moves_the_clock_by_what_was_asked(launcher) [T15];
    advancing_moves_the_clock_when_it_is_polled_and_not_before(launcher) [T15];
    advancing_too_far_is_an_error_and_moves_nothing(launcher) [T15];
    advancing_wakes_what_is_due_and_nothing_else(launcher) [T2, T15];
    what_has_become_due_has_had_its_turn_and_sees_the_new_time(launcher) [T15];
    what_has_become_due_has_had_its_turn_though_it_wakes_others(launcher) [T15];
    what_has_become_due_has_had_its_turn_right_after_the_pause [T14, T15];
    deadlines_that_were_moved_are_honored_by_a_clock_that_is_advanced(launcher) [T7, T12, T15];
    missed_ticks_follow_their_behavior_when_the_clock_is_advanced(launcher) [T8, T15];
    advancing_from_another_thread_wakes_who_waits(launcher) [T15];
    a_waker_that_panics_when_the_clock_was_advanced_harms_nobody(launcher) [S5, T15];

    a_sleep_of_a_year_is_over_at_once(launcher) [T2, T16];
    deadlines_come_in_their_order_each_at_its_own_time(launcher) [T16];
    deadlines_from_before_the_pause_come_at_their_own_time [T16];
    time_limits_and_ticks_come_at_their_own_time(launcher) [T8, T9, T16];
    a_reset_moves_where_the_clock_jumps_to(launcher) [T7, T12, T16];
    a_waker_that_panics_keeps_nobody_from_the_time(launcher) [S5, T7, T16];
    a_sleep_that_was_dropped_moves_nothing(launcher) [T10, T16];
    the_clock_stands_while_tasks_can_run(launcher) [T16];
    a_sleep_on_a_foreign_executor_ends(launcher) [T6, T16];
    pausing_the_clock_ends_a_wait_for_the_time [T14, T16];

    a_closure_that_runs_holds_the_clock(launcher) [T17];
    closures_that_are_queued_hold_the_clock(launcher) [T17];
    names_that_are_looked_up_hold_the_clock(launcher) [T17];
    a_closure_that_nobody_awaits_lets_the_clock_go_on_when_it_ends(launcher) [T16, T17];
    a_closure_that_waits_in_block_on_lets_the_clock_go_on(launcher) [B7, T16];
    a_thread_in_block_on_that_does_not_wait_holds_the_clock(launcher) [T17];
    several_threads_in_block_on_go_by_one_time(launcher) [K3, T16, T17];
    what_is_ready_goes_before_the_clock(launcher) [R3, T17];
    what_is_ready_beside_busy_reactors_goes_before_the_clock(launcher) [R3, T17];
    a_socket_that_is_not_ready_holds_nothing(launcher) [T16];
}

const NANOSECOND: Duration = Duration::from_nanos(1);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);
const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// How long what must not happen is waited for, in real time.
const MOMENT: Duration = Duration::from_millis(50);

/// A runtime whose clock is paused from the start.
fn start_paused<L: Launch>(launcher: &Launcher<L>) -> L {
    launcher.start_with(|config| config.start_paused = true)
}
