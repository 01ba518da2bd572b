//! What is measured with each number of workers.

use anyrt_bench::measure::{Size, Subject};
use anyrt_bench::runtime::{Native, Tokio};
use anyrt_bench::workloads::{blocking, channels, net, spawn, time, tree, turns, wake};

/// A workload on each of the two runtimes.
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    pub(crate) native: fn(Size) -> Subject,
    pub(crate) tokio: fn(Size) -> Subject,
}

macro_rules! workload {
    ($name:literal, $($measure:ident)::+) => {
        Workload {
            name: $name,
            native: |size| {
                let runtime = Native::start(size.workers).expect("the system has enough threads");
                Subject::new(move || $($measure)::+(&runtime, size))
            },
            tokio: |size| {
                let runtime = Tokio::start(size.workers).expect("the system has enough threads");
                Subject::new(move || $($measure)::+(&runtime, size))
            },
        }
    };
}

/// In the order of the tables.
pub(crate) const ALL: &[Workload] = &[
    workload!("spawn 10k from one task, join all", spawn::join_all),
    workload!("spawn 10k detached from each worker", spawn::detached_per_worker),
    workload!("fib, spawn per call", tree::large_fib),
    workload!("skynet", tree::large_skynet),
    workload!("yield, 64 tasks per worker", turns::yield_per_worker),
    workload!("task pairs over channels, one per worker", channels::pair_per_worker),
    workload!("mpsc, a channel per worker", channels::mpsc_per_worker),
    workload!("timers: 1000 tasks per worker sleep 1 ms", time::sleeps_per_worker),
    workload!("timers: create + cancel on each worker", time::cancel_per_worker),
    workload!("blocking closures, 4 tasks per worker", blocking::per_worker),
    workload!("echo, 16 connections per worker", net::echo_per_worker),
    workload!("wake 64 tasks from a foreign thread per worker", wake::from_threads),
];
