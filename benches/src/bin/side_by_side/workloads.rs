//! The workloads, with the goals that the native runtime has on a machine with two processors.

use anyrt_bench::epoll;
use anyrt_bench::measure::Part;
use anyrt_bench::workload;
use anyrt_bench::workload::{Goal, Unit, Workload};
use anyrt_bench::workloads::{
    blocking, channels, echo, memory, net, rayon, spawn, time, tree, turns, wake,
};

use crate::slowdown;

/// Whose versions the report states.
pub(crate) const CRATES: &[&str] = &["tokio", "smol", "async-std", "smolscale", "rayon"];

const fn times(ratio: f64) -> Option<Goal> {
    Some(Goal { part: Part::Value, ratio })
}

const fn times_cpu(ratio: f64) -> Option<Goal> {
    Some(Goal { part: Part::Cpu, ratio })
}

/// In the order of the table.
pub(crate) const ALL: &[Workload] = &[
    workload!("spawn 10k from a task, join all", times(8.0), spawn::join_all),
    workload!("spawn 10k detached", times(4.5), spawn::detached),
    workload!("spawn 10k from a foreign thread", times(8.0), spawn::from_outside),
    workload!("spawn + await in turn", times(6.0), spawn::in_turn, or NativeSlowed: slowdown::in_turn),
    workload!("chained spawn", times(7.0), spawn::chained),
    workload!("fib, spawn per call", times(6.0), tree::fib, or Rayon: rayon::fib),
    workload!("skynet", times(5.0), tree::skynet, or Rayon: rayon::skynet),
    workload!("n queens", times(3.0), tree::queens, or Rayon: rayon::queens),
    workload!("ping-pong over oneshot channels", times(4.0), channels::ping_pong),
    workload!("block_on(spawn)", times(3.5), spawn::block_on_spawn),
    workload!("block_on, ready", times(3.5), spawn::block_on_ready),
    workload!("wake an idle worker from a thread, p50", times(5.0), wake::idle_worker),
    workload!("wake an idle worker from a thread, p99", times(1.0), wake::idle_worker_p99),
    // By design: what a worker wakes it keeps for itself for a while.
    workload!("children of a task that spins, p50", None, wake::children_of_spinner),
    workload!("mpsc over a neutral channel", times(2.1), channels::mpsc),
    workload!("async mutex, contended", times(3.0), turns::mutex),
    workload!("async mutex, contended, self-wake", None, turns::mutex_self_wake),
    workload!("yield, one task", times(12.0), turns::yield_one),
    workload!("yield, 1000 tasks", times(1.8), turns::yield_many),
    workload!("timers: create + cancel", times(7.0), time::create_and_cancel),
    workload!("timers: create + cancel, 10k live", times(5.0), time::create_and_cancel_among),
    workload!("timers: 100k sleeps fire", times(2.5), time::fire),
    workload!("sleep(1 ms), overshoot p50", times(25.0), time::overshoot),
    workload!("spawn_blocking in turn", times(3.0), blocking::in_turn),
    workload!("spawn_blocking, 1000 at once", times(15.0), blocking::at_once),
    workload!("echo, 1 connection", times_cpu(1.03), start echo::one, or Epoll: echo::one_by_epoll),
    workload!("echo, 64 connections", times_cpu(1.08), start echo::some, or Epoll: echo::some_by_epoll, or NativeSlowed: slowdown::echo_some),
    workload!("echo, 1000 connections", times_cpu(1.08), start echo::many, or Epoll: echo::many_by_epoll),
    workload!("accept", times_cpu(1.15), net::accept, or Epoll: epoll::accept),
    Workload {
        unit: Unit::Bytes,
        ..workload!("memory per parked task", times(3.0), memory::parked_task)
    },
    Workload {
        unit: Unit::Bytes,
        ..workload!("memory per idle connection", times(1.3), start echo::idle, or Epoll: echo::idle_by_epoll)
    },
    workload!("task pair over a channel", None, channels::pair),
];
