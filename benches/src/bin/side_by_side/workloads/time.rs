//! Timers.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::countdown::Countdown;
use super::{each, median};
use crate::measure::Size;
use crate::runtime::Runtime;

pub(super) fn create_and_cancel<R: Runtime>(runtime: &R, _: Size) -> f64 {
    runtime.run(create_and_cancel_task::<R>(0))
}

pub(super) fn create_and_cancel_among<R: Runtime>(runtime: &R, _: Size) -> f64 {
    runtime.run(create_and_cancel_task::<R>(10_000))
}

async fn create_and_cancel_task<R: Runtime>(live: u64) -> f64 {
    const TIMES: usize = 10_000;

    let mut others = Vec::new();
    for n in 0..live {
        let mut sleep = Box::pin(R::sleep(Duration::from_millis(60_000 + n)));
        begin(sleep.as_mut()).await;
        others.push(sleep);
    }
    let start = Instant::now();
    for n in 0..TIMES {
        let duration = Duration::from_millis(5000 + (n % 1000) as u64);
        begin(pin!(R::sleep(duration))).await;
    }
    each(start, TIMES)
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
pub(super) fn fire<R: Runtime>(runtime: &R, size: Size) -> f64 {
    static LEFT: Countdown = Countdown::new();

    let sleeps = size.of(100_000, 10_000);
    runtime.run(async move {
        let start = Instant::now();
        LEFT.begin(sleeps);
        for n in 0..sleeps {
            let duration = Duration::from_micros(1000 + (n * 7919 % 10_000) as u64);
            drop(R::spawn(async move {
                R::sleep(duration).await;
                LEFT.count();
            }));
        }
        LEFT.wait().await;
        each(start, sleeps)
    })
}

/// How much later than asked for.
pub(super) fn overshoot<R: Runtime>(runtime: &R, size: Size) -> f64 {
    const DURATION: Duration = Duration::from_millis(1);

    runtime.run(async move {
        let mut latencies = Vec::new();
        for _ in 0..size.of(20, 5) {
            let start = Instant::now();
            R::sleep(DURATION).await;
            latencies.push(each(start + DURATION, 1));
        }
        median(latencies)
    })
}
