//! Every lie, and the case that is meant to catch it.
//!
//! A row names the lie, its test, how the case ends (it `Fails` by itself, or it `Hangs` and the
//! watchdog ends it), and the case in the configuration in which the lie is certain to show. Where it
//! breaks promises that cases of their own are to prove, there is a test for each of those.

macro_rules! each_lie {
    ($then:ident) => {
        $then! {
            /// No task and no closure runs, sleeps are over at once, and no source gets ready.
            DoesNothing: doing_nothing =
                Fails one_worker::spawn::a_task_starts_without_being_awaited;

            // Tasks.
            /// `spawn` drops the future, and the task never ends.
            DropsFutures: dropping_futures_instead_of_running_them =
                Fails one_worker::spawn::a_task_starts_without_being_awaited;
            /// A task starts when its handle is first polled.
            StartsTasksWhenAwaited: starting_tasks_when_they_are_awaited =
                Hangs several_workers::spawn::a_task_starts_without_being_awaited;
            /// `spawn` returns when the task has been polled.
            BlocksUntilTasksStart: blocking_in_spawn_until_the_task_starts =
                Hangs one_worker::spawn::a_task_spawns_tasks;
            /// `spawn` asks for the runtime around it.
            SpawnsInsideTheRuntimeOnly: spawning_on_threads_of_the_runtime_only =
                Fails several_workers::spawn::a_foreign_thread_spawns_tasks;
            /// Dropping a task's handle aborts the task.
            DropCancels: cancelling_when_the_handle_is_dropped =
                Fails one_worker::spawn::dropping_the_handle_detaches;
            /// A task's waker does nothing.
            NeverWakesTasks: never_waking_tasks =
                Hangs one_worker::spawn::a_parked_task_is_not_polled;
            /// A task is polled once more after it was ready, and a panic about that is hidden.
            PollsAfterReady: polling_futures_after_they_were_ready =
                Fails one_worker::spawn::a_future_is_not_polled_after_it_was_ready;
            /// A task that waits is polled all the time.
            NeverParksTasks: polling_tasks_that_nobody_woke =
                Fails one_worker::spawn::a_parked_task_is_not_polled;
            /// A task that wakes itself is polled again before the others.
            PollsYieldingTasksAtOnce: polling_tasks_that_yield_before_the_others =
                Fails one_worker::yielding::yield_now_goes_behind_tasks_that_were_woken;
            /// A new task is polled after those that come later.
            PutsNewTasksLast: putting_new_tasks_behind_later_ones =
                Fails current_thread::yielding::yield_now_goes_behind_tasks_that_were_spawned;
            /// Tasks have no budget.
            LetsTasksStarveOthers: letting_tasks_starve_others =
                Hangs one_worker::spawn::reads_that_are_ready_starve_nobody;
            /// The future of a task is never dropped.
            LeaksFutures: leaking_futures =
                Fails one_worker::spawn::future_and_output_are_dropped_once_in_any_order_of_finish_abort_join_and_drop;
            /// The future of a task that panics is never dropped.
            LeaksFuturesThatPanic: leaking_futures_that_panic =
                Fails one_worker::spawn::the_future_of_a_task_that_panics_is_dropped_once;
            /// The future of a task that panics is dropped when the panic has been caught.
            DropsFuturesAfterUnwinding: dropping_futures_that_panic_after_the_unwinding =
                Fails one_worker::spawn::a_future_whose_poll_panics_is_dropped_while_the_panic_unwinds;
            /// The future of a finished task lives until the handle says so.
            KeepsFuturesUntilJoined: keeping_futures_until_they_are_joined =
                Fails one_worker::spawn::is_finished_turns_true_after_the_future_was_dropped;
            /// `spawn` needs stack for twenty futures.
            NeedsMuchStack: needing_much_stack_to_spawn =
                Fails one_worker::spawn::a_large_future_can_be_spawned_with_little_stack;

            /// A task is polled for the first time in the poll of its handle.
            RunsTasksInTheirJoin: polling_tasks_in_the_polls_of_their_handles =
                Hangs one_worker::spawn::a_lock_that_is_held_while_a_handle_is_polled_can_be_taken_by_the_task,
                meeting_the_borrows_of_those_who_join =
                Fails one_worker::spawn::a_borrow_that_lasts_while_a_handle_is_polled_is_not_met_by_the_task,
                showing_tasks_the_thread_locals_of_those_who_join =
                Fails one_worker::spawn::a_thread_local_that_is_set_while_a_handle_is_polled_is_not_seen_by_the_task,
                waiting_for_tasks_in_the_polls_of_their_handles =
                Hangs one_worker::spawn::the_poll_of_a_handle_does_not_wait_for_the_task;

            /// A task does not know its id.
            HidesIds: hiding_the_ids_of_tasks =
                Fails one_worker::spawn::a_task_knows_the_id_of_its_handle;
            /// A task has another id each time it asks.
            HasFreshIds: making_up_the_ids_of_tasks =
                Fails one_worker::spawn::a_task_keeps_its_id;
            /// An abort handle has another id each time it is asked.
            AbortsHaveFreshIds: making_up_the_ids_of_abort_handles =
                Fails one_worker::spawn::an_abort_handle_knows_the_id_of_its_task;
            /// Tasks are counted when they are spawned, and for ever.
            CountsTasksForEver: counting_tasks_that_have_ended =
                Hangs one_worker::spawn::tasks_that_have_not_ended_are_counted;
            /// All threads for closures are said to be idle.
            CallsAllThreadsIdle: calling_busy_threads_idle =
                Fails one_worker::spawn::threads_for_closures_are_counted;
            /// `spawn` tells no observer.
            SpawnsUnseen: telling_observers_of_no_task =
                Fails one_worker::observe::an_observer_is_told_of_every_poll;
            /// `spawn_blocking` tells no observer.
            CallsClosuresUnseen: telling_observers_of_no_closure =
                Fails one_worker::observe::an_observer_knows_the_id_when_spawn_returns;

            // Join handles.
            /// A handle never says that its task is finished.
            NeverFinished: calling_no_task_finished =
                Hangs one_worker::spawn::abort_of_a_finished_task_keeps_its_output;
            /// A join never resolves.
            NeverResolvesJoins: never_resolving_joins =
                Hangs one_worker::spawn::a_task_spawns_tasks;
            /// A join resolves, but wakes nobody about it.
            NeverWakesJoins: never_waking_those_who_join =
                Hangs one_worker::spawn::a_join_handle_can_be_awaited_by_another_task;
            /// A join wakes whoever polled it first.
            JoinsWakeTheFirst: waking_those_who_joined_first =
                Hangs one_worker::spawn::a_join_handle_can_move_to_another_executor_while_it_waits;
            /// A join is pending when it is polled after it was ready.
            JoinsPendAfterReady: joins_that_pend_after_they_were_ready =
                Fails one_worker::spawn::polling_a_join_handle_after_its_output_panics;
            /// A handle says that its task is finished.
            AlwaysFinished: calling_every_task_finished =
                Fails one_worker::spawn::is_finished_stays_false_while_the_task_is_parked;
            /// A panic goes through to whoever awaits the task.
            UnwindsIntoTheAwaiter: unwinding_panics_into_the_awaiter =
                Fails one_worker::spawn::a_panic_in_poll_comes_back_from_the_join;
            /// A panic comes back as one with another payload.
            LosesPayloads: losing_the_payloads_of_panics =
                Fails one_worker::spawn::a_panic_after_an_await_comes_back_from_the_join;
            /// A task that panicked counts as cancelled.
            ReportsPanicsAsCancelled: reporting_panics_as_cancelled =
                Fails one_worker::spawn::a_panic_can_be_resumed_where_the_task_is_awaited;

            // Abort.
            /// `abort` does nothing to tasks.
            IgnoresAbort: ignoring_abort =
                Hangs one_worker::spawn::an_aborted_task_is_dropped_though_nobody_awaits_it;
            /// `abort` returns when the task is finished.
            AbortWaits: waiting_in_abort =
                Hangs one_worker::spawn::abort_does_not_wait_for_the_poll_that_runs;
            /// `abort` drops the future itself.
            DropsFuturesInAbort: dropping_futures_in_abort =
                Fails one_worker::spawn::abort_never_drops_the_future_inside_the_call;
            /// The join of an aborted task resolves while the future still lives.
            CancelsBeforeItDrops: cancelling_before_the_future_is_dropped =
                Fails current_thread::spawn::abort_drops_a_parked_future_before_the_join_resolves;
            /// An aborted task is finished at once.
            FinishedOnceAborted: calling_aborted_tasks_finished =
                Fails one_worker::spawn::abort_does_not_wait_for_the_poll_that_runs;
            /// A task that was ready in the poll of its abort counts as cancelled.
            LosesOutputsOfAbortedTasks: losing_outputs_of_aborted_tasks =
                Fails one_worker::spawn::a_task_that_aborts_itself_and_returns_ready_keeps_its_output;

            /// `poll_proceed` always proceeds.
            BudgetsAreEndless: letting_steps_of_others_go_on_for_ever =
                Hangs one_worker::spawn::steps_that_ask_for_budget_starve_nobody;
            /// `poll_proceed` takes from the budget for what has to wait.
            WaitsCostBudget: charging_for_operations_that_wait =
                Fails one_worker::spawn::an_operation_that_has_to_wait_takes_nothing_from_the_budget;
            /// `poll_proceed` looks at the budget when it is too late.
            AttemptsWithoutBudget: attempting_operations_without_budget =
                Fails one_worker::spawn::an_operation_out_of_budget_is_not_attempted;
            /// A random number is chosen once and for all.
            RandomNumbersAreTheSame: giving_one_random_number_to_all =
                Fails one_worker::spawn::random_numbers_differ_on_all_threads;

            // Blocking closures.
            /// The closure runs before `spawn_blocking` returns.
            RunsClosuresInTheCall: running_closures_in_the_call =
                Hangs one_worker::blocking::abort_does_not_stop_a_closure_that_runs;
            /// `spawn_blocking` returns when a thread has taken the closure.
            WaitsForThreads: waiting_for_a_thread_in_spawn_blocking =
                Hangs one_worker::blocking_limit::closures_queue_at_the_limit;
            /// `block_in_place` is a call, and the tasks of the worker wait.
            BlocksItsWorker: blocking_a_worker_with_all_its_tasks =
                Hangs one_worker::block_in_place::tasks_go_on_though_every_worker_blocks_in_place,
            refusing_block_on_in_place =
                Fails one_worker::block_in_place::block_on_works_in_place;
            /// Closures run on the threads that poll tasks.
            RunsClosuresAsTasks: running_closures_as_tasks =
                Hangs one_worker::blocking::closures_that_block_stop_no_task;
            /// Dropping a closure's handle aborts the closure.
            DropCancelsClosures: cancelling_closures_when_the_handle_is_dropped =
                Fails one_worker::blocking_limit::closures_queue_at_the_limit_when_their_handles_are_dropped;
            /// The join of a closure that runs resolves to cancelled.
            AbortsRunningClosures: aborting_closures_that_run =
                Fails one_worker::blocking::abort_does_not_stop_a_closure_that_runs;
            /// `abort` does nothing to closures.
            IgnoresAbortOfClosures: ignoring_abort_of_closures =
                Fails one_worker::blocking_limit::abort_prevents_a_closure_that_waits_for_a_thread;
            /// A closure that panicked counts as cancelled.
            LosesPanicsOfClosures: losing_panics_of_closures =
                Fails one_worker::blocking::a_panic_comes_back_from_the_join;
            /// Any number of closures runs at once.
            IgnoresTheBlockingLimit: ignoring_the_limit_of_blocking_threads =
                Fails one_worker::blocking_limit::no_more_closures_run_at_once_than_the_limit_allows;
            /// Idle threads for closures stay for an hour.
            KeepsIdleThreads: keeping_idle_threads =
                Hangs one_worker::keep_alive::an_idle_thread_ends;
            /// Idle threads for closures end at once.
            EndsIdleThreadsAtOnce: ending_idle_threads_at_once =
                Fails one_worker::keep_alive::an_idle_thread_does_not_end_before_its_keep_alive;
            /// Threads do not tell that they stop.
            ForgetsTheLastHook: forgetting_the_last_hook =
                Hangs one_worker::thread_hooks::each_thread_calls_its_hooks_once_around_what_it_runs;
            /// Threads tell twice that they start.
            CallsTheFirstHookTwice: calling_the_first_hook_twice =
                Fails one_worker::thread_hooks::each_thread_calls_its_hooks_once_around_what_it_runs,
                calling_the_first_hook_of_workers_twice =
                Fails one_worker::worker_hooks::a_task_runs_on_a_thread_that_has_called_its_hook;
            /// A thread whose hook panics runs nothing.
            DiesOfPanicsInHooks: dying_of_panics_in_hooks =
                Hangs one_worker::thread_hooks::panics_of_hooks_harm_nobody;
            /// All threads have one name.
            NamesThreadsAlike: naming_threads_alike =
                Fails one_worker::thread_hooks::each_thread_has_the_name_that_is_made_for_it;
            /// Workers tell twice that they go to sleep.
            TellsTwiceOfSleeps: telling_twice_of_sleeps =
                Fails one_worker::park_hooks::a_thread_tells_in_turns_that_it_sleeps_and_that_it_has_slept;
            /// Workers tell only that they have slept.
            TellsOfNoSleep: telling_of_no_sleep =
                Hangs one_worker::park_hooks::a_task_that_a_thread_spawns_before_it_sleeps_runs;

            // `block_on`, and the runtime around a thread.
            /// The refusal in async code does not say what to do instead.
            RefusesWithoutAWayOut: refusing_block_on_without_a_way_out =
                Fails one_worker::block_on::a_call_from_a_task_panics_and_names_the_way_out;
            /// In async code the thread is blocked.
            BlocksInAsyncCode: blocking_in_async_code =
                Fails one_worker::block_on::a_call_from_within_block_on_panics_and_names_the_way_out;
            /// In a blocking closure it panics too.
            RefusesInClosures: refusing_block_on_in_closures =
                Fails one_worker::blocking::block_on_works_in_a_closure;
            /// One thread after the other gets in.
            OneThreadAtATime: letting_one_thread_at_a_time_into_block_on =
                Hangs one_worker::block_on::several_threads_can_be_in_it_at_once;
            /// The caller gets another panic than that of the future.
            BlockOnLosesPayloads: losing_the_payloads_of_panics_in_block_on =
                Fails one_worker::block_on::a_panic_goes_through_to_the_caller;
            /// The future is dropped when the runtime has been left.
            BlockOnDropsOutside: dropping_the_future_of_block_on_outside_the_runtime =
                Fails one_worker::block_on::the_future_is_dropped_inside_the_runtime;
            /// The future is never dropped.
            BlockOnLeaks: leaking_the_future_of_block_on =
                Fails one_worker::block_on::the_future_is_dropped_before_it_returns;
            /// The waker of the future does nothing.
            NeverWakesBlockOn: never_waking_block_on =
                Hangs one_worker::block_on::a_wake_from_a_foreign_thread_resumes_it;
            /// `block_on` needs stack for twenty futures.
            BlockOnNeedsMuchStack: needing_much_stack_to_block_on =
                Fails one_worker::block_on::a_large_future_can_be_driven_with_little_stack;
            /// `enter` does nothing.
            EntersNothing: entering_nothing =
                Fails one_worker::block_on::a_guard_puts_the_thread_inside_the_runtime;
            /// No thread is ever inside a runtime.
            KnowsNoCurrentRuntime: knowing_no_current_runtime =
                Fails one_worker::reactor::a_registration_finds_the_runtime_around_it,
                knowing_no_current_runtime_while_it_ends =
                Fails one_worker::shutdown::drop_drops_futures_inside_the_runtime;

            // Time.
            /// A sleep takes half of its time.
            SleepsEndEarly: ending_sleeps_early =
                Fails one_worker::time::sleeps_of_many_tasks_are_never_early;
            /// The clock goes back with each look at it.
            TimeRunsBackwards: running_the_clock_backwards =
                Fails one_worker::time::sleeps_are_never_early;
            /// The deadline of a sleep is counted from its first poll.
            CountsFromTheFirstPoll: counting_sleeps_from_their_first_poll =
                Fails one_worker::time::the_deadline_of_a_sleep_is_that_of_the_call;
            /// A past deadline makes the first poll pending.
            PastDeadlinesWait: waiting_for_past_deadlines =
                Fails one_worker::time::a_past_deadline_is_ready_at_the_first_poll;
            /// Deadlines that are too far ahead are over.
            FarDeadlinesOverflow: overflowing_at_far_deadlines =
                Fails one_worker::time::far_deadlines_neither_fire_nor_overflow;
            /// A sleep is pending when it is polled after it was ready.
            SleepsPendAfterReady: sleeps_that_pend_after_they_were_ready =
                Fails one_worker::time::a_sleep_that_was_ready_is_ready_again;
            /// A sleep that was polled before is pending until it has woken somebody.
            SleepsWaitToBeWoken: sleeps_that_wait_to_be_woken =
                Fails one_worker::time::a_sleep_past_its_deadline_is_ready_though_nobody_woke_it;
            /// Moving the deadline of a sleep makes it forget who waits for it.
            ResetForgetsWhoWaits: forgetting_who_waits_in_reset =
                Hangs one_worker::time::reset_wakes_a_task_that_waits_at_the_new_deadline;
            /// A sleep wakes nobody.
            NeverWakesSleepers: never_waking_sleepers =
                Hangs one_worker::time::a_foreign_thread_makes_and_polls_sleeps;
            /// A sleep wakes the task that polled it first.
            SleepsWakeTheFirst: waking_the_first_who_polled_a_sleep =
                Hangs one_worker::time::a_sleep_wakes_the_task_that_polled_it_last;
            /// The deadline stays what it was.
            IgnoresReset: ignoring_the_reset_of_a_sleep =
                Fails one_worker::time::reset_to_later_is_honored;
            /// The timer of a dropped sleep stays.
            KeepsDroppedTimers: keeping_the_timers_of_dropped_sleeps =
                Hangs one_worker::time::dropping_a_sleep_frees_its_timer;
            /// The first tick of an interval comes after a period.
            DelaysTheFirstTick: delaying_the_first_tick_by_a_period =
                Fails one_worker::time::the_first_tick_is_immediate;
            /// A sleep tells that its deadline has passed only to a task that has budget left.
            SleepsNeedBudgetToElapse: starving_timeouts_of_futures_that_are_always_ready =
                Hangs one_worker::time::a_timeout_elapses_around_io_that_is_always_ready;

            // Readiness.
            /// Of the tasks that wait in one direction, one is woken.
            WakesOneWaiter: waking_one_of_several_who_wait =
                Hangs one_worker::reactor::many_tasks_wait_to_read_one_descriptor;
            /// Whoever waits for readiness is never woken.
            NeverWakesIo: never_waking_those_who_wait_for_readiness =
                Hangs one_worker::reactor::ten_thousand_exchanges_lose_no_wake_up;
            /// A wait wakes the task that polled it first.
            IoWakesTheFirst: waking_the_first_who_polled_a_wait =
                Hangs one_worker::reactor::a_wait_moves_to_a_foreign_executor;
            /// The poll functions wake the task that called first.
            PollsWakeTheFirst: waking_the_first_who_called_a_poll_function =
                Hangs one_worker::reactor::the_task_that_polled_last_is_woken;
            /// The poll functions do not hear of an error.
            PollsMissErrors: polling_without_hearing_of_errors =
                Hangs one_worker::lone_errors::a_refused_datagram_wakes_whoever_polls_to_read;
            /// Readiness that comes while an operation is tried is forgotten.
            LosesWakeUps: losing_readiness_between_the_attempt_and_the_wait =
                Hangs one_worker::reactor::readiness_between_the_attempt_and_the_wait_is_not_lost;
            /// Each operation counts as one that took all there was.
            BelievesShortReads: believing_that_a_read_took_everything =
                Hangs current_thread::net::a_read_that_stops_at_descriptors_leaves_the_rest_to_the_next,
                believing_that_a_record_was_the_last =
                Hangs current_thread::net::a_read_that_stops_at_the_end_of_a_record_leaves_the_next_one,
                believing_what_is_called_a_tcp_stream =
                Hangs current_thread::net::a_socket_that_is_only_called_a_tcp_stream_keeps_its_records;
            /// An operation that would block is over.
            ReturnsWouldBlock: returning_would_block =
                Fails one_worker::reactor::tasks_read_and_write_one_descriptor_at_once;
            /// Everything is said to be ready.
            AlwaysReady: calling_everything_ready =
                Fails one_worker::reactor::writable_waits_for_room;
            /// A read that returns nothing counts as one that would block.
            SwallowsTheEnd: swallowing_the_end_of_a_stream =
                Hangs one_worker::net::reading_stops_at_the_end_of_the_stream;
            /// An error counts as an operation that would block.
            SwallowsErrors: swallowing_errors =
                Fails one_worker::net::a_reset_wakes_those_who_read,
                swallowing_errors_of_accept =
                Hangs one_worker::exhaustion::accept_returns_the_error_and_accepts_when_there_are_descriptors_again;
            /// The poll functions wait on where an operation fails.
            SwallowsErrorsWhenPolled: swallowing_errors_in_the_poll_functions =
                Fails one_worker::reactor::a_reset_wakes_every_form_of_waiting_and_is_told_once;
            /// After one error everything fails.
            ErrorsAreFatal: failing_for_ever_after_an_error =
                Fails one_worker::reactor::errors_of_the_operation_end_it,
                failing_to_accept_for_ever_after_an_error =
                Fails one_worker::exhaustion::accept_returns_the_error_and_accepts_when_there_are_descriptors_again;
            /// A source is watched in blocking mode.
            LeavesSourcesBlocking: leaving_sources_in_blocking_mode =
                Fails one_worker::reactor::registering_makes_the_source_non_blocking;
            /// A source comes back in blocking mode.
            GivesBlockingSourcesBack: giving_sources_back_in_blocking_mode =
                Hangs one_worker::reactor::the_source_comes_back_and_can_be_registered_again;
            /// A dropped registration stays, and its source with it.
            LeaksRegistrations: leaking_registrations =
                Fails one_worker::reactor::dropping_a_registration_closes_the_descriptor;
            /// Waits of a runtime that is gone never end.
            OrphansHang: hanging_when_the_runtime_is_gone =
                Hangs one_worker::orphans::a_wait_that_began_in_the_runtime_ends;

            // Runtimes.
            /// One worker is started whatever was asked for.
            StartsOneWorker: starting_one_worker_instead_of_several =
                Hangs several_workers::worker_count::as_many_tasks_run_at_once_as_there_are_workers,
                having_one_worker_do_what_lasts =
                Hangs several_workers::worker_count::tasks_that_wake_each_other_without_end_do_not_stay_on_one_worker,
                starting_one_worker_where_too_many_were_asked_for =
                Fails several_workers::worker_count::a_number_of_workers_that_is_absurd_is_an_error;
            /// Tasks are polled by the threads in `block_on` although workers were asked for.
            StartsNoWorkers: starting_no_workers =
                Hangs one_worker::background_progress::a_task_runs_though_nobody_was_ever_in_block_on,
                meeting_the_locks_of_those_in_block_on =
                Hangs one_worker::background_progress::a_lock_that_is_held_around_block_on_can_be_taken_by_a_task;
            /// A runtime that was dropped goes on.
            LeaksRuntimes: leaking_the_runtime =
                Fails one_worker::shutdown::drop_drops_every_future_before_it_returns;
            /// Dropping a runtime leaves the closures that run.
            DropDoesNotWait: dropping_the_runtime_without_waiting_for_closures =
                Fails one_worker::shutdown::drop_waits_for_closures_that_run;
            /// Dropping a runtime in one of its tasks waits for this task.
            DropWaitsForItself: waiting_for_itself_when_dropped_in_a_task =
                Hangs one_worker::shutdown::dropping_the_runtime_within_its_own_task_returns;
            /// `shutdown_timeout` waits for every closure.
            IgnoresTheShutdownTimeout: ignoring_the_timeout_of_a_shutdown =
                Hangs one_worker::shutdown::shutdown_timeout_leaves_a_closure_that_is_stuck;
            /// `spawn` panics when the runtime is gone.
            SpawnPanicsAfterShutdown: panicking_in_spawn_after_shutdown =
                Fails one_worker::shutdown::spawn_after_shutdown_drops_the_future_and_cancels_the_join;
            /// A closure that comes too late is never dropped.
            LeaksClosuresAfterShutdown: leaking_closures_that_are_spawned_after_shutdown =
                Fails one_worker::shutdown::spawn_blocking_after_shutdown_resolves;
            /// Workers are started where none were asked for.
            StartsWorkersAlways: starting_workers_on_a_current_thread_runtime =
                Fails current_thread::driven::tasks_are_polled_by_the_threads_in_block_on;
            /// Threads have the stack that tokio gives them.
            IgnoresTheStackSize: ignoring_the_size_of_stacks =
                Fails one_worker::worker_stacks::a_task_has_the_stack_that_was_asked_for;
            /// The future of a task that was spawned too late is never dropped.
            LeaksFuturesAfterShutdown: leaking_futures_that_are_spawned_after_shutdown =
                Fails one_worker::shutdown::spawn_after_shutdown_drops_the_future_and_cancels_the_join;

            // Clocks.
            /// A paused clock goes on.
            GoesOnWhilePaused: letting_a_paused_clock_go_on =
                Fails current_thread::pausable_clock::a_paused_clock_stands_still;
            /// The clock of a runtime that was to start paused goes on.
            IgnoresStartPaused: starting_with_a_clock_that_goes_on =
                Fails current_thread::pausable_clock::a_clock_can_be_paused_from_the_start;
            /// A clock that is resumed is that of the system again.
            ResumesToTheTimeOfTheSystem: resuming_to_the_time_of_the_system =
                Fails current_thread::pausable_clock::a_clock_that_is_resumed_goes_on_from_where_it_was;
            /// A clock that is resumed stays paused.
            StaysPaused: staying_paused_when_resumed =
                Hangs current_thread::pausable_clock::a_clock_that_is_resumed_goes_on_from_where_it_was;
            /// To pause a paused clock is no error.
            PausesTwice: pausing_twice =
                Fails current_thread::pausable_clock::pausing_twice_is_an_error_and_changes_nothing;
            /// To resume a clock that goes on is no error.
            ResumesWhatGoesOn: resuming_what_goes_on =
                Fails current_thread::pausable_clock::resuming_and_advancing_a_clock_that_goes_on_are_errors;
            /// All runtimes go by the clock of the first.
            HasOneClockForAll: having_one_clock_for_all_runtimes =
                Fails current_thread::pausable_clock::each_runtime_has_a_clock_of_its_own;
            /// A runtime with workers starts although its clock was to be paused.
            PausesAmongWorkers: pausing_among_workers =
                Fails current_thread::pausable_clock::a_runtime_with_workers_refuses_to_pause_its_clock;
            /// `advance` forgets parts of a millisecond.
            AdvancesByWholeMilliseconds: advancing_by_whole_milliseconds =
                Fails current_thread::pausable_clock::advancing_moves_the_clock_by_what_was_asked;
            /// `advance` moves the clock when it is called.
            AdvancesAtTheCall: advancing_at_the_call =
                Fails current_thread::pausable_clock::advancing_moves_the_clock_when_it_is_polled_and_not_before;
            /// `advance` returns before what is due has had its turn.
            AdvanceReturnsAtOnce: returning_from_advance_at_once =
                Fails current_thread::pausable_clock::what_has_become_due_has_had_its_turn_and_sees_the_new_time;
            /// A sleep ends a nanosecond early.
            SleepsAreAlmostInTime: ending_sleeps_a_nanosecond_early =
                Fails current_thread::pausable_clock::advancing_wakes_what_is_due_and_nothing_else;
            /// A paused clock never jumps.
            NeverJumps: never_jumping =
                Hangs current_thread::pausable_clock::a_sleep_of_a_year_is_over_at_once;
            /// Deadlines are rounded up to a millisecond.
            JumpsByWholeMilliseconds: jumping_by_whole_milliseconds =
                Fails current_thread::pausable_clock::deadlines_come_in_their_order_each_at_its_own_time;
            /// The clock jumps to the deadline of a sleep that was dropped.
            JumpsForDroppedSleeps: jumping_for_dropped_sleeps =
                Fails current_thread::pausable_clock::a_sleep_that_was_dropped_moves_nothing;
            /// The clock moves with each poll.
            JumpsWhileTasksRun: jumping_while_tasks_run =
                Fails current_thread::pausable_clock::the_clock_stands_while_tasks_can_run;
            /// A sleep on another executor is not woken.
            NeverWakesForeignSleepers: never_waking_sleepers_on_other_executors =
                Hangs current_thread::pausable_clock::a_sleep_on_a_foreign_executor_ends;
            /// The clock jumps while a closure runs.
            ClosuresHoldNothing: jumping_while_closures_run =
                Fails current_thread::pausable_clock::a_closure_that_runs_holds_the_clock,
                jumping_while_closures_are_queued =
                Fails current_thread::pausable_clock::closures_that_are_queued_hold_the_clock;
            /// The clock jumps while names are looked up.
            NamesHoldNothing: jumping_while_names_are_looked_up =
                Fails current_thread::pausable_clock::names_that_are_looked_up_hold_the_clock;
            /// A closure holds the clock after its end.
            ClosuresHoldForEver: standing_after_the_end_of_closures =
                Hangs current_thread::pausable_clock::a_closure_that_nobody_awaits_lets_the_clock_go_on_when_it_ends;
            /// A closure that waits in `block_on` holds the clock.
            ClosuresInBlockOnHoldTheClock: standing_while_closures_wait_for_the_time =
                Hangs current_thread::pausable_clock::a_closure_that_waits_in_block_on_lets_the_clock_go_on;
            /// The clock jumps while another thread in `block_on` is busy.
            BusyThreadsHoldNothing: jumping_while_threads_in_block_on_are_busy =
                Fails current_thread::pausable_clock::a_thread_in_block_on_that_does_not_wait_holds_the_clock;
            /// The clock jumps before the sockets are looked at.
            JumpsPastSockets: jumping_past_sockets =
                Fails current_thread::pausable_clock::what_is_ready_goes_before_the_clock;
            /// A socket holds the clock, ready or not.
            SocketsHoldTheClock: standing_while_there_are_sockets =
                Hangs current_thread::pausable_clock::a_socket_that_is_not_ready_holds_nothing;
        }
    };
}

pub(crate) use each_lie;
