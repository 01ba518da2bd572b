//! The contract on smol.
#![cfg(all(unix, feature = "smol"))]

anyrt_conformance::suite! {
    name = "smol";
    runtime = anyrt::adapters::smol::Runtime;
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
    };
}
