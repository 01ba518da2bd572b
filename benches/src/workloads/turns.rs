//! Tasks that take turns: at a lock, or on a worker.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use async_lock::Mutex;

use crate::measure::{Clock, Cost, Size};
use crate::runtime::Runtime;

/// The lock is held over an await, so that everybody waits for it each time.
pub fn mutex<R: Runtime>(runtime: &R, _: Size) -> Cost {
    contend(runtime, R::yield_now)
}

/// The same, where what is awaited belongs to no runtime either.
pub fn mutex_self_wake<R: Runtime>(runtime: &R, _: Size) -> Cost {
    contend(runtime, wake_oneself)
}

fn contend<R: Runtime, W: Future<Output = ()> + Send>(
    runtime: &R,
    work: impl Fn() -> W + Copy + Send + 'static,
) -> Cost {
    const TASKS: usize = 8;
    const EACH: usize = 500;

    runtime.run(async move {
        let clock = Clock::start();
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
            task.await;
        }
        assert_eq!(*mutex.lock().await, TASKS * EACH);
        clock.each(TASKS * EACH)
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

/// A task that is alone.
pub fn yield_one<R: Runtime>(runtime: &R, _: Size) -> Cost {
    const TIMES: usize = 10_000;

    runtime.run(async {
        let clock = Clock::start();
        for _ in 0..TIMES {
            R::yield_now().await;
        }
        clock.each(TIMES)
    })
}

/// As many as a server has.
pub fn yield_many<R: Runtime>(runtime: &R, size: Size) -> Cost {
    yields(runtime, 1000, size.of(200, 50))
}

/// As many for each worker.
pub fn yield_per_worker<R: Runtime>(runtime: &R, size: Size) -> Cost {
    yields(runtime, 64 * size.workers, 500)
}

fn yields<R: Runtime>(runtime: &R, tasks: usize, times: usize) -> Cost {
    runtime.run(async move {
        let clock = Clock::start();
        let yields = || async move {
            for _ in 0..times {
                R::yield_now().await;
            }
        };
        let all: Vec<_> = (0..tasks).map(|_| R::spawn(yields())).collect();
        for task in all {
            task.await;
        }
        clock.each(tasks * times)
    })
}
