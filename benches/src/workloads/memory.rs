//! What a task takes that waits: as the system sees it, so that what an allocator adds is in there.
//!
//! For a process of its own, where no memory was used and given back before. Linux only.

use std::fs;
use std::future::pending;
use std::hint::black_box;

use super::countdown::Countdown;
use crate::measure::{Cost, Size};
use crate::runtime::Runtime;

const TASKS: usize = 100_000;

/// Bytes for each task.
#[allow(clippy::cast_precision_loss, reason = "it is a measurement")]
pub fn parked_task<R: Runtime>(runtime: &R, _: Size) -> Cost {
    static LEFT: Countdown = Countdown::new();

    let park = |count| {
        LEFT.begin(count);
        runtime.run(async move {
            for n in 0..count {
                R::detach(async move {
                    LEFT.count();
                    pending::<()>().await;
                    black_box(n);
                });
            }
            LEFT.wait().await;
        });
        resident()
    };
    // Not what comes with the first tasks.
    let before = park(1000);
    Cost { value: (park(TASKS) - before) as f64 / TASKS as f64, cpu: 0.0 }
}

/// The memory of this process that is in use, in bytes.
pub(super) fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<usize>().ok());
    kilobytes.expect("a process has memory") * 1024
}
