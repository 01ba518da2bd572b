//! The contract on async-std.
#![cfg(all(unix, feature = "async-std"))]

anyrt_conformance::suite! {
    name = "async-std";
    runtime = anyrt::adapters::async_std::Runtime;
    capabilities = [background_progress, attends_block_on];
    lacks = {
        worker_count: "the runtime belongs to the process, and ASYNC_STD_THREAD_COUNT sets the number",
        current_thread: "the runtime belongs to the process, and has threads of its own",
        keep_alive: "the threads for blocking closures belong to the process",
        shutdown: "the runtime belongs to the process, and ends with it",
        blocking_limit: "the threads for blocking closures belong to the process",
        stack_size: "the runtime belongs to the process, and chooses the stacks",
        steals_handoff: "there may be a single thread, and nobody can ask for more",
        shared_watch: "the reactor belongs to the process, and watches a descriptor once",
    };
}
