//! What a task takes that waits: as the system sees it, so that what an allocator adds is in there.
//!
//! In a process of its own, where no memory was used and given back before. Linux only.

use std::env;
use std::fs;
use std::future::pending;
use std::hint::black_box;
use std::process::Command;

use super::countdown::Countdown;
use crate::runtime::{Native, Runtime, Tokio};

const TASKS: usize = 100_000;

/// Has a process of its own measure it.
pub(crate) fn in_a_child<R: Runtime>() -> f64 {
    let program = env::current_exe().expect("the program is still there");
    let output = Command::new(program).args(["--resident", R::NAME]).output();
    let bytes = String::from_utf8(output.expect("another process").stdout).ok();
    bytes.and_then(|bytes| bytes.trim().parse().ok()).expect("the child prints a number")
}

/// What the child does.
pub(crate) fn report(runtime: &str) {
    let bytes = if runtime == Native::NAME { measure::<Native>() } else { measure::<Tokio>() };
    println!("{bytes}");
}

fn measure<R: Runtime>() -> usize {
    static LEFT: Countdown = Countdown::new();

    let runtime = R::start(2).expect("a runtime");
    let park = |count| {
        LEFT.begin(count);
        runtime.run(async move {
            for n in 0..count {
                drop(R::spawn(async move {
                    LEFT.count();
                    pending::<()>().await;
                    black_box(n);
                }));
            }
            LEFT.wait().await;
        });
        resident()
    };
    // Not what comes with the first tasks.
    let before = park(1000);
    (park(TASKS) - before) / TASKS
}

/// The memory of this process that is in use, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.expect("a process has memory") * 1024
}
