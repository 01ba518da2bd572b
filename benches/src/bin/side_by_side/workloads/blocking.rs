//! Closures that may block.

use std::hint::black_box;
use std::time::Instant;

use super::each;
use crate::measure::Size;
use crate::runtime::Runtime;

pub(super) fn in_turn<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const TIMES: usize = 500;

    runtime.run(async {
        let start = Instant::now();
        for n in 0..TIMES {
            black_box(R::spawn_blocking(move || black_box(n)).await.unwrap());
        }
        each(start, TIMES)
    })
}

pub(super) fn at_once<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const TIMES: usize = 1000;

    runtime.run(async {
        let start = Instant::now();
        let closures: Vec<_> =
            (0..TIMES).map(|n| R::spawn_blocking(move || black_box(n))).collect();
        for closure in closures {
            black_box(closure.await.unwrap());
        }
        each(start, TIMES)
    })
}
