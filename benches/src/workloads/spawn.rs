//! Starting tasks.

use std::hint::black_box;
use std::time::{Duration, Instant};

use futures::channel::oneshot;

use super::countdown::Countdown;
use super::slowed;
use crate::measure::{Clock, Cost, Size};
use crate::runtime::Runtime;

const MANY: usize = 10_000;

/// Many tasks at once, each of which is awaited.
pub fn join_all<R: Runtime>(runtime: &R, _: Size) -> Cost {
    runtime.run(async {
        let clock = Clock::start();
        let tasks: Vec<_> = (0..MANY).map(|n| R::spawn(async move { black_box(n) })).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await;
        }
        assert_eq!(sum, MANY * (MANY - 1) / 2);
        clock.each(MANY)
    })
}

/// Many tasks at once, none of which is awaited.
pub fn detached<R: Runtime>(runtime: &R, _: Size) -> Cost {
    static LEFT: Countdown = Countdown::new();

    runtime.run(async {
        let clock = Clock::start();
        detach_all::<R>(&LEFT).await;
        clock.each(MANY)
    })
}

/// [`detached`] by a task for each worker.
pub fn detached_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    // One for each of those who spawn, as one that all share would be what is measured.
    static LEFT: [Countdown; 256] = [const { Countdown::new() }; 256];

    let workers = size.workers.min(LEFT.len());
    runtime.run(async move {
        let clock = Clock::start();
        let spawners: Vec<_> =
            LEFT[..workers].iter().map(|left| R::spawn(detach_all::<R>(left))).collect();
        for spawner in spawners {
            spawner.await;
        }
        clock.each(workers * MANY)
    })
}

async fn detach_all<R: Runtime>(left: &'static Countdown) {
    left.begin(MANY);
    for _ in 0..MANY {
        R::detach(async { left.count() });
    }
    left.wait().await;
}

/// Few tasks for each worker, each of which computes for 50 us.
pub fn few_long_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    const TIME: Duration = Duration::from_micros(50);

    fn compute() {
        let start = Instant::now();
        while start.elapsed() < TIME {
            std::hint::spin_loop();
        }
    }

    let tasks = 8 * size.workers;
    runtime.run(async move {
        let clock = Clock::start();
        let others: Vec<_> = (0..tasks).map(|_| R::spawn(async { compute() })).collect();
        for other in others {
            other.await;
        }
        clock.each(tasks)
    })
}

/// [`detached`] by a thread that is none of the runtime's.
pub fn from_outside<R: Runtime>(runtime: &R, _: Size) -> Cost {
    static LEFT: Countdown = Countdown::new();

    let clock = Clock::start();
    LEFT.begin(MANY);
    for _ in 0..MANY {
        runtime.detach_on(async { LEFT.count() });
    }
    runtime.block_on(LEFT.wait());
    clock.each(MANY)
}

/// One task at a time.
pub fn in_turn<R: Runtime>(runtime: &R, _: Size) -> Cost {
    await_each(runtime, MANY)
}

/// [`in_turn`] with a tenth more tasks than are counted.
pub fn in_turn_slowed<R: Runtime>(runtime: &R, _: Size) -> Cost {
    await_each(runtime, slowed(MANY))
}

/// So many tasks, of which [`MANY`] are counted.
fn await_each<R: Runtime>(runtime: &R, tasks: usize) -> Cost {
    runtime.run(async move {
        let clock = Clock::start();
        for n in 0..tasks {
            black_box(R::spawn(async move { black_box(n) }).await);
        }
        clock.each(MANY)
    })
}

/// Each task starts the next one.
pub fn chained<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const LENGTH: usize = 1000;

    fn link<R: Runtime>(left: usize, end: oneshot::Sender<()>) {
        if left == 0 {
            end.send(()).unwrap();
        } else {
            R::detach(async move { link::<R>(left - 1, end) });
        }
    }

    runtime.run(async {
        let clock = Clock::start();
        let (send, end) = oneshot::channel();
        link::<R>(LENGTH, send);
        end.await.unwrap();
        clock.each(LENGTH)
    })
}

/// A thread outside that waits for a task.
pub fn block_on_spawn<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const TIMES: usize = 500;

    let clock = Clock::start();
    for n in 0..TIMES {
        let task = async { R::spawn(async move { black_box(n) }).await };
        black_box(runtime.block_on(task));
    }
    clock.each(TIMES)
}

/// A thread outside that waits for nothing.
pub fn block_on_ready<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const TIMES: usize = 10_000;

    let clock = Clock::start();
    for n in 0..TIMES {
        black_box(runtime.block_on(async { black_box(n) }));
    }
    clock.each(TIMES)
}
