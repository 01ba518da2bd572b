//! The contract on the native runtime.
#![cfg(all(unix, feature = "native"))]

anyrt_conformance::suite! {
    name = "native";
    runtime = anyrt::adapters::native::Runtime;
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
    ];
}
