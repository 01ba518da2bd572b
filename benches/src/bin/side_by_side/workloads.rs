//! The workloads, with the goals that the native runtime has on a machine with two processors.

use std::env;
use std::process::Command;

use anyrt_bench::measure::{Cost, Size, Subject};
use anyrt_bench::runtime::{Native, Tokio};
use anyrt_bench::workloads::{blocking, channels, memory, net, spawn, time, tree, turns, wake};

use crate::measure::{Unit, Workload};

macro_rules! workload {
    ($name:literal, $goal:expr, $($measure:ident)::+) => {
        Workload {
            name: $name,
            unit: Unit::Nanoseconds,
            goal: $goal,
            native: |size| {
                let runtime = Native::start(size.workers).expect("a runtime");
                Subject::new(move || $($measure)::+(&runtime, size))
            },
            tokio: |size| {
                let runtime = Tokio::start(size.workers).expect("a runtime");
                Subject::new(move || $($measure)::+(&runtime, size))
            },
        }
    };
}

/// In the order of the table.
pub(crate) fn all() -> Vec<Workload> {
    vec![
        workload!("spawn 10k from a task, join all", Some(7.0), spawn::join_all),
        workload!("spawn 10k detached", Some(6.0), spawn::detached),
        workload!("spawn 10k from a foreign thread", Some(8.0), spawn::from_outside),
        workload!("spawn + await in turn", Some(11.0), spawn::in_turn),
        workload!("chained spawn", Some(10.0), spawn::chained),
        workload!("fib, spawn per call", Some(25.0), tree::fib),
        workload!("skynet", Some(6.0), tree::skynet),
        workload!("n queens", Some(4.0), tree::queens),
        workload!("ping-pong over oneshot channels", Some(2.5), channels::ping_pong),
        workload!("block_on(spawn)", Some(50.0), spawn::block_on_spawn),
        workload!("block_on, ready", Some(4.0), spawn::block_on_ready),
        workload!("wake an idle worker from a thread, p50", Some(1.3), wake::idle_worker),
        // By design: what a worker wakes it keeps for itself for a while.
        workload!("children of a task that spins, p50", None, wake::children_of_spinner),
        workload!("mpsc over a neutral channel", Some(1.8), channels::mpsc),
        workload!("async mutex, contended", Some(3.0), turns::mutex),
        workload!("async mutex, contended, self-wake", None, turns::mutex_self_wake),
        workload!("yield, one task", Some(16.0), turns::yield_one),
        workload!("yield, 1000 tasks", Some(1.3), turns::yield_many),
        workload!("timers: create + cancel", Some(7.0), time::create_and_cancel),
        workload!("timers: create + cancel, 10k live", Some(5.0), time::create_and_cancel_among),
        workload!("timers: 100k sleeps fire", Some(3.0), time::fire),
        workload!("sleep(1 ms), overshoot p50", Some(25.0), time::overshoot),
        workload!("spawn_blocking in turn", Some(1.5), blocking::in_turn),
        workload!("spawn_blocking, 1000 at once", Some(2.5), blocking::at_once),
        workload!("echo, 1 connection", Some(1.03), net::echo_1),
        workload!("echo, 64 connections", Some(1.2), net::echo_64),
        workload!("echo, 1000 connections", Some(1.2), net::echo_1000),
        workload!("accept", Some(1.1), net::accept),
        Workload {
            name: "memory per parked task",
            unit: Unit::Bytes,
            goal: Some(3.3),
            native: |_| Subject::new(|| in_a_child("native")),
            tokio: |_| Subject::new(|| in_a_child("tokio")),
        },
        workload!("task pair over a channel", Some(1.7), channels::pair),
    ]
}

/// Has a process of its own measure the memory of a task.
fn in_a_child(runtime: &str) -> Cost {
    let program = env::current_exe().expect("the program is still there");
    let output = Command::new(program).args(["--resident", runtime]).output();
    let bytes = String::from_utf8(output.expect("another process").stdout).ok();
    let bytes = bytes.and_then(|bytes| bytes.trim().parse().ok());
    Cost { value: bytes.expect("the child prints a number"), cpu: 0.0 }
}

/// What the child does.
pub(crate) fn report_resident(runtime: &str) {
    let size = Size { quick: false, workers: 2 };
    let cost = if runtime == "native" {
        memory::parked_task(&Native::start(size.workers).expect("a runtime"), size)
    } else {
        memory::parked_task(&Tokio::start(size.workers).expect("a runtime"), size)
    };
    println!("{}", cost.value);
}
