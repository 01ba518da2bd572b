//! The contract on tokio.
#![cfg(all(unix, feature = "tokio"))]

anyrt_conformance::suite! {
    name = "tokio";
    runtime = anyrt::adapters::tokio::Runtime;
    capabilities = [
        worker_count,
        current_thread,
        background_progress,
        keep_alive,
        shutdown,
        blocking_limit,
        stack_size,
        shared_watch,
    ];
    lacks = {
        attends_block_on: "the timers and sockets of a runtime with workers are attended by these",
        steals_handoff: "the task that a worker woke last waits for that worker",
    };
}
