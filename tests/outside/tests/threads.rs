//! The suite on a backend of plain threads. It passes.

use anyrt_test_outside::threads;

anyrt_conformance::suite! {
    name = "threads";
    runtime = threads::Runtime;
    capabilities = [
        worker_count,
        current_thread,
        background_progress,
        attends_block_on,
        keep_alive,
        shutdown,
        blocking_limit,
        stack_size,
        steals_handoff,
    ];
    lacks = {
        shared_watch: "the reactor belongs to the process, and watches a descriptor once",
        pausable_clock: "its clock is the system's",
        block_in_place: "nobody takes the place of a worker that blocks",
        thread_hooks: "its workers call nobody when they start and stop",
        park_hooks: "its workers call nobody when they sleep",
    };
}
