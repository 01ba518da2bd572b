//! Tasks that are woken by threads outside, or found by workers without work.

use std::array;
use std::future::poll_fn;
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::task::AtomicWaker;

use super::countdown::Countdown;
use super::median;
use crate::measure::{Clock, Cost, Size, nanoseconds};
use crate::runtime::Runtime;
use crate::statistics::quantile;

/// How long a worker without work is left alone, so that it sleeps.
const PAUSE: Duration = Duration::from_micros(300);

/// From the wake, by a thread outside, to the poll.
pub fn idle_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    wake_idle(runtime, size, 0.5)
}

/// The slowest of a hundred.
pub fn idle_worker_p99<R: Runtime>(runtime: &R, size: Size) -> Cost {
    wake_idle(runtime, size, 0.99)
}

fn wake_idle<R: Runtime>(runtime: &R, size: Size, part: f64) -> Cost {
    let (wake, woken) = async_channel::bounded::<Instant>(1);
    let (tell, told) = mpsc::channel();
    let task = runtime.spawn_on(async move {
        while let Ok(start) = woken.recv().await {
            tell.send(nanoseconds(start.elapsed(), 1)).unwrap();
        }
    });
    let clock = Clock::start();
    let times = size.of(100, 20);
    let latencies = (0..times).map(|_| {
        thread::sleep(PAUSE);
        wake.try_send(Instant::now()).unwrap();
        told.recv().unwrap()
    });
    let latency = quantile(latencies, part);
    let cost = Cost { value: latency, ..clock.each(times) };
    drop(wake);
    runtime.block_on(task);
    cost
}

/// From the spawn of the first of two to its poll, which has to be by another worker.
pub fn children_of_spinner<R: Runtime>(runtime: &R, size: Size) -> Cost {
    let times = size.of(20, 5);
    runtime.run(async move {
        let clock = Clock::start();
        let mut latencies = Vec::new();
        for _ in 0..times {
            R::sleep(PAUSE).await;
            let has_run = Arc::new(AtomicBool::new(false));
            let start = Instant::now();
            let flag = Arc::clone(&has_run);
            R::detach(async move { flag.store(true, Ordering::Release) });
            // In place of the first as the one to run next, which on tokio no other worker ever takes.
            R::detach(async {});
            while !has_run.load(Ordering::Acquire) {
                spin_loop();
            }
            latencies.push(nanoseconds(start.elapsed(), 1));
        }
        Cost { value: median(latencies), ..clock.each(times) }
    })
}

/// A thread outside for each worker, each of which wakes tasks of its own: all of them, and once all have run, again.
pub fn from_threads<R: Runtime>(runtime: &R, size: Size) -> Cost {
    const ROUNDS: usize = 200;

    let households: Vec<_> = (0..size.workers).map(|_| Arc::new(Household::default())).collect();
    let mut tasks = Vec::new();
    for household in &households {
        for n in 0..TASKS {
            let household = Arc::clone(household);
            tasks.push(runtime.spawn_on(async move {
                for round in 1..=ROUNDS {
                    household.bells[n].wait(round).await;
                    household.asleep.count();
                }
            }));
        }
    }
    let clock = Clock::start();
    thread::scope(|scope| {
        for household in &households {
            scope.spawn(|| (0..ROUNDS).for_each(|_| household.ring_all()));
        }
    });
    let cost = clock.each(size.workers * TASKS * ROUNDS);
    tasks.into_iter().for_each(|task| runtime.block_on(task));
    cost
}

/// How many tasks a thread wakes.
const TASKS: usize = 64;

/// The tasks that one thread wakes.
struct Household {
    bells: [Bell; TASKS],
    /// Those that have not run yet in this round.
    asleep: Countdown,
}

/// On a cache line of its own, as two workers wait for neighbours.
#[derive(Default)]
#[repr(align(128))]
struct Bell {
    rings: AtomicUsize,
    waker: AtomicWaker,
}

impl Default for Household {
    fn default() -> Self {
        Self { bells: array::from_fn(|_| Bell::default()), asleep: Countdown::new() }
    }
}

impl Household {
    fn ring_all(&self) {
        self.asleep.begin(TASKS);
        for bell in &self.bells {
            bell.rings.fetch_add(1, Ordering::Release);
            bell.waker.wake();
        }
        block_on(self.asleep.wait());
    }
}

impl Bell {
    async fn wait(&self, rings: usize) {
        poll_fn(|cx| {
            self.waker.register(cx.waker());
            if self.rings.load(Ordering::Acquire) < rings { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}
