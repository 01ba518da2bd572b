//! Closures that may block.

use std::hint::black_box;

use crate::measure::{Clock, Cost, Size};
use crate::runtime::Runtime;

/// One closure at a time.
pub fn in_turn<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const TIMES: usize = 500;

    runtime.run(async {
        let clock = Clock::start();
        for n in 0..TIMES {
            black_box(R::spawn_blocking(move || black_box(n)).await);
        }
        clock.each(TIMES)
    })
}

/// Many closures at once.
pub fn at_once<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const TIMES: usize = 1000;

    runtime.run(async {
        let clock = Clock::start();
        let closures: Vec<_> =
            (0..TIMES).map(|n| R::spawn_blocking(move || black_box(n))).collect();
        for closure in closures {
            black_box(closure.await);
        }
        clock.each(TIMES)
    })
}

/// Closures of some tasks for each worker, one at a time of each.
pub fn per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    const TIMES: usize = 200;

    let tasks = 4 * size.workers;
    runtime.run(async move {
        let clock = Clock::start();
        let ask = || async {
            for n in 0..TIMES {
                black_box(R::spawn_blocking(move || black_box(n)).await);
            }
        };
        super::at_once::<R, _>(tasks, ask).await;
        clock.each(tasks * TIMES)
    })
}
