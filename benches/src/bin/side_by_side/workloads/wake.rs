//! Tasks that wake each other, by channels and locks that belong to no runtime.

use std::future::{Future, poll_fn};
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc as std_mpsc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use async_lock::Mutex;
use futures::channel::oneshot;

use super::countdown::Countdown;
use super::{each, median};
use crate::measure::Size;
use crate::runtime::Runtime;

/// How long a worker without work is left alone, so that it sleeps.
const PAUSE: Duration = Duration::from_micros(300);

pub(super) fn ping_pong<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const PAIRS: usize = 1000;
    static LEFT: Countdown = Countdown::new();

    runtime.run(async {
        let start = Instant::now();
        LEFT.begin(PAIRS);
        for _ in 0..PAIRS {
            drop(R::spawn(async {
                let ((ping, pinged), (pong, ponged)) = (oneshot::channel(), oneshot::channel());
                drop(R::spawn(async {
                    pinged.await.unwrap();
                    pong.send(()).unwrap();
                }));
                ping.send(()).unwrap();
                ponged.await.unwrap();
                LEFT.count();
            }));
        }
        LEFT.wait().await;
        each(start, PAIRS)
    })
}

/// From the wake, by a thread outside, to the poll.
pub(super) fn idle_worker<R: Runtime>(runtime: &R, size: Size) -> f64 {
    let (wake, woken) = async_channel::bounded::<Instant>(1);
    let (tell, told) = std_mpsc::channel();
    let task = runtime.spawn_on(async move {
        while let Ok(start) = woken.recv().await {
            tell.send(each(start, 1)).unwrap();
        }
    });
    let latencies = (0..size.of(100, 20)).map(|_| {
        thread::sleep(PAUSE);
        wake.try_send(Instant::now()).unwrap();
        told.recv().unwrap()
    });
    let latency = median(latencies.collect());
    drop(wake);
    runtime.block_on(task).unwrap();
    latency
}

/// From the spawn of the first of two to its poll, which has to be by another worker.
pub(super) fn children_of_spinner<R: Runtime>(runtime: &R, size: Size) -> f64 {
    runtime.run(async move {
        let mut latencies = Vec::new();
        for _ in 0..size.of(20, 5) {
            R::sleep(PAUSE).await;
            let has_run = Arc::new(AtomicBool::new(false));
            let start = Instant::now();
            let flag = Arc::clone(&has_run);
            drop(R::spawn(async move { flag.store(true, Ordering::Release) }));
            // In place of the first as the one to run next, which on tokio no other worker ever takes.
            drop(R::spawn(async {}));
            while !has_run.load(Ordering::Acquire) {
                spin_loop();
            }
            latencies.push(each(start, 1));
        }
        median(latencies)
    })
}

pub(super) fn mpsc<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const PRODUCERS: usize = 4;
    const EACH: usize = 5000;

    runtime.run(async {
        let start = Instant::now();
        let (send, receive) = async_channel::bounded(100);
        for _ in 0..PRODUCERS {
            let send = send.clone();
            drop(R::spawn(async move {
                for n in 0..EACH {
                    send.send(n).await.unwrap();
                }
            }));
        }
        drop(send);
        let mut count = 0;
        while receive.recv().await.is_ok() {
            count += 1;
        }
        assert_eq!(count, PRODUCERS * EACH);
        each(start, count)
    })
}

/// Two tasks that wait for each other all the time.
pub(super) fn pair<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const TIMES: usize = 10_000;

    runtime.run(async {
        let (there, from_here) = async_channel::bounded(1);
        let (back, from_there) = async_channel::bounded(1);
        let other = R::spawn(async move {
            while let Ok(n) = from_here.recv().await {
                back.send(n).await.unwrap();
            }
        });
        let start = Instant::now();
        for n in 0..TIMES {
            there.send(n).await.unwrap();
            assert_eq!(from_there.recv().await, Ok(n));
        }
        let cost = each(start, TIMES);
        drop(there);
        other.await.unwrap();
        cost
    })
}

/// The lock is held over an await, so that everybody waits for it each time.
pub(super) fn mutex<R: Runtime>(runtime: &R, _: Size) -> f64 {
    contend(runtime, R::yield_now)
}

/// The same, where what is awaited belongs to no runtime either.
pub(super) fn mutex_self_wake<R: Runtime>(runtime: &R, _: Size) -> f64 {
    contend(runtime, wake_oneself)
}

fn contend<R: Runtime, W: Future<Output = ()> + Send>(
    runtime: &R,
    work: impl Fn() -> W + Copy + Send + 'static,
) -> f64 {
    const TASKS: usize = 8;
    const EACH: usize = 500;

    runtime.run(async move {
        let start = Instant::now();
        let mutex = Arc::new(Mutex::new(0));
        let tasks = [(); TASKS].map(|()| {
            let mutex = Arc::clone(&mutex);
            R::spawn(async move {
                for _ in 0..EACH {
                    let mut guard = mutex.lock().await;
                    work().await;
                    *guard += 1;
                }
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*mutex.lock().await, TASKS * EACH);
        each(start, TASKS * EACH)
    })
}

/// What futures do that belong to no runtime.
fn wake_oneself() -> impl Future<Output = ()> + Send {
    let mut is_woken = false;
    poll_fn(move |cx| {
        if is_woken {
            return Poll::Ready(());
        }
        is_woken = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

pub(super) fn yield_one<R: Runtime>(runtime: &R, _: Size) -> f64 {
    const TIMES: usize = 10_000;

    runtime.run(async {
        let start = Instant::now();
        for _ in 0..TIMES {
            R::yield_now().await;
        }
        each(start, TIMES)
    })
}

pub(super) fn yield_many<R: Runtime>(runtime: &R, size: Size) -> f64 {
    const TASKS: usize = 1000;

    let times = size.of(200, 50);
    runtime.run(async move {
        let start = Instant::now();
        let yields = || async move {
            for _ in 0..times {
                R::yield_now().await;
            }
        };
        let tasks: Vec<_> = (0..TASKS).map(|_| R::spawn(yields())).collect();
        for task in tasks {
            task.await.unwrap();
        }
        each(start, TASKS * times)
    })
}
