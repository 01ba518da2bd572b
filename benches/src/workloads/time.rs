//! Timers.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::countdown::Countdown;
use super::{at_once, median};
use crate::measure::{Clock, Cost, Size, nanoseconds};
use crate::runtime::Runtime;

/// A sleep that is polled once, and dropped.
pub fn create_and_cancel<R: Runtime>(runtime: &R, _: Size) -> Cost {
    runtime.run(async {
        let clock = Clock::start();
        cancel_many::<R>().await;
        clock.each(CANCELLED)
    })
}

/// The same by a task for each worker.
pub fn cancel_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    runtime.run(async move {
        let clock = Clock::start();
        at_once::<R, _>(size.workers, cancel_many::<R>).await;
        clock.each(size.workers * CANCELLED)
    })
}

/// The same while many others wait.
pub fn create_and_cancel_among<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const OTHERS: u64 = 10_000;

    runtime.run(async {
        let mut others = Vec::new();
        for n in 0..OTHERS {
            let mut sleep = Box::pin(R::sleep(Duration::from_millis(60_000 + n)));
            begin(sleep.as_mut()).await;
            others.push(sleep);
        }
        let clock = Clock::start();
        cancel_many::<R>().await;
        clock.each(CANCELLED)
    })
}

const CANCELLED: usize = 10_000;

async fn cancel_many<R: Runtime>() {
    for n in 0..CANCELLED {
        let duration = Duration::from_millis(5000 + (n % 1000) as u64);
        begin(pin!(R::sleep(duration))).await;
    }
}

/// Polls a future that is not ready yet, once.
async fn begin<F: Future>(mut future: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

/// A task for each, over 10 ms.
pub fn fire<R: Runtime>(runtime: &R, size: Size) -> Cost {
    static LEFT: Countdown = Countdown::new();

    let sleeps = size.of(100_000, 10_000);
    runtime.run(async move {
        let clock = Clock::start();
        LEFT.begin(sleeps);
        for n in 0..sleeps {
            let duration = Duration::from_micros(1000 + (n * 7919 % 10_000) as u64);
            R::detach(async move {
                R::sleep(duration).await;
                LEFT.count();
            });
        }
        LEFT.wait().await;
        clock.each(sleeps)
    })
}

/// How much later than asked for.
pub fn overshoot<R: Runtime>(runtime: &R, size: Size) -> Cost {
    const DURATION: Duration = Duration::from_millis(1);

    let times = size.of(20, 5);
    runtime.run(async move {
        let clock = Clock::start();
        let mut latencies = Vec::new();
        for _ in 0..times {
            let start = Instant::now();
            R::sleep(DURATION).await;
            latencies.push(nanoseconds(start.elapsed() - DURATION, 1));
        }
        Cost { value: median(latencies), ..clock.each(times) }
    })
}

/// Many tasks for each worker, each of which sleeps for a millisecond, again and again.
pub fn sleeps_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    const TIMES: usize = 10;

    let tasks = 1000 * size.workers;
    runtime.run(async move {
        let clock = Clock::start();
        let rest = || async {
            for _ in 0..TIMES {
                R::sleep(Duration::from_millis(1)).await;
            }
        };
        at_once::<R, _>(tasks, rest).await;
        clock.each(tasks * TIMES)
    })
}
