//! Starting tasks.

use std::hint::black_box;
use std::time::Instant;

use futures::channel::oneshot;

use super::countdown::Countdown;
use super::each;
use crate::measure::Size;
use crate::runtime::Runtime;

const MANY: usize = 10_000;

pub(super) fn join_all<R: Runtime>(runtime: &R, _: Size) -> f64 {
    runtime.run(async {
        let start = Instant::now();
        let tasks: Vec<_> = (0..MANY).map(|n| R::spawn(async move { black_box(n) })).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        assert_eq!(sum, MANY * (MANY - 1) / 2);
        each(start, MANY)
    })
}

pub(super) fn detached<R: Runtime>(runtime: &R, _: Size) -> f64 {
    static LEFT: Countdown = Countdown::new();

    runtime.run(async {
        let start = Instant::now();
        LEFT.begin(MANY);
        for _ in 0..MANY {
            drop(R::spawn(async { LEFT.count() }));
        }
        LEFT.wait().await;
        each(start, MANY)
    })
}

pub(super) fn from_outside<R: Runtime>(runtime: &R, _: Size) -> f64 {
    static LEFT: Countdown = Countdown::new();

    let start = Instant::now();
    LEFT.begin(MANY);
    for _ in 0..MANY {
        drop(runtime.spawn_on(async { LEFT.count() }));
    }
    runtime.block_on(LEFT.wait());
    each(start, MANY)
}

pub(super) fn in_turn<R: Runtime>(runtime: &R, _: Size) -> f64 {
    runtime.run(async {
        let start = Instant::now();
        for n in 0..MANY {
            black_box(R::spawn(async move { black_box(n) }).await.unwrap());
        }
        each(start, MANY)
    })
}

/// Each task starts the next one.
pub(super) fn chained<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const LENGTH: usize = 1000;

    fn link<R: Runtime>(left: usize, end: oneshot::Sender<()>) {
        if left == 0 {
            end.send(()).unwrap();
        } else {
            drop(R::spawn(async move { link::<R>(left - 1, end) }));
        }
    }

    runtime.run(async {
        let start = Instant::now();
        let (send, end) = oneshot::channel();
        link::<R>(LENGTH, send);
        end.await.unwrap();
        each(start, LENGTH)
    })
}

pub(super) fn block_on_spawn<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const TIMES: usize = 500;

    let start = Instant::now();
    for n in 0..TIMES {
        let task = async { R::spawn(async move { black_box(n) }).await.unwrap() };
        black_box(runtime.block_on(task));
    }
    each(start, TIMES)
}

pub(super) fn block_on_ready<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const TIMES: usize = 10_000;

    let start = Instant::now();
    for n in 0..TIMES {
        black_box(runtime.block_on(async { black_box(n) }));
    }
    each(start, TIMES)
}
