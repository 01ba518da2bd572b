//! The suite on a backend that does nothing. It fails, and ends: case by case, within five minutes.

anyrt_conformance::suite! {
    name = "nothing";
    runtime = anyrt_test_outside::nothing::Runtime;
    capabilities = [
        worker_count,
        current_thread,
        background_progress,
        attends_block_on,
        keep_alive,
        shutdown,
        blocking_limit,
        stack_size,
        shared_watch,
        steals_handoff,
        block_in_place,
        thread_hooks,
        park_hooks,
    ];
    lacks = {
        pausable_clock: "there is a trait for it, which nothing can't have",
    };
}
