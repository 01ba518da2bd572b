//! What is measured with each number of workers.

use anyrt_bench::workload;
use anyrt_bench::workload::Workload;
use anyrt_bench::workloads::{blocking, channels, net, spawn, time, tree, turns, wake};

/// In the order of the tables.
pub(crate) const ALL: &[Workload] = &[
    workload!("spawn 10k from one task, join all", None, spawn::join_all),
    workload!("spawn 10k detached from each worker", None, spawn::detached_per_worker),
    workload!("tasks of 50 us, 8 per worker", None, spawn::few_long_per_worker),
    workload!("fib, spawn per call", None, tree::large_fib),
    workload!("skynet", None, tree::large_skynet),
    workload!("yield, 64 tasks per worker", None, turns::yield_per_worker),
    workload!("task pairs over channels, one per worker", None, channels::pair_per_worker),
    workload!("mpsc, a channel per worker", None, channels::mpsc_per_worker),
    workload!("timers: 1000 tasks per worker sleep 1 ms", None, time::sleeps_per_worker),
    workload!("timers: create + cancel on each worker", None, time::cancel_per_worker),
    workload!("blocking closures, 4 tasks per worker", None, blocking::per_worker),
    workload!("echo, 16 connections per worker", None, net::echo_per_worker),
    workload!("wake 64 tasks from a foreign thread per worker", None, wake::from_threads),
];
