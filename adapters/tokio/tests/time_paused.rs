//! Time that stands still, on a current-thread runtime.

mod common;

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::panic::{Location, catch_unwind, set_hook, take_hook};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};

use tokio::runtime::{Builder, Runtime};
use tokio::task::{spawn, spawn_blocking, yield_now};
use tokio::time::{
    Duration, Instant, MissedTickBehavior, advance, interval, interval_at, pause, resume, sleep,
    sleep_until, timeout,
};

use common::{panic_of, poll_once};

const SECOND: Duration = Duration::from_secs(1);

/// A runtime whose clock stands.
fn paused() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

fn run(test: impl Future<Output = ()>) {
    paused().block_on(test);
}

async fn panic_of_future<F: Future>(future: F) -> String {
    let mut future = pin!(future);
    let poll = |cx: &mut Context<'_>| Poll::Ready(panic_of(|| future.as_mut().poll(cx)));
    poll_fn(poll).await
}

#[test]
fn the_clock_stands() {
    run(async {
        let start = Instant::now();
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!((Instant::now(), start.elapsed()), (start, Duration::ZERO));
        let of_task = spawn(async { Instant::now() }).await.unwrap();
        assert_eq!(of_task, start);
    });
}

#[test]
fn it_jumps_where_nothing_else_is_to_be_done() {
    run(async {
        let start = Instant::now();
        sleep(3600 * SECOND).await;
        assert_eq!(start.elapsed(), 3600 * SECOND);
        assert!(timeout(SECOND, pending::<()>()).await.is_err());
        assert_eq!(start.elapsed(), 3601 * SECOND);
    });
}

#[test]
fn it_jumps_from_one_deadline_to_the_next() {
    run(async {
        let start = Instant::now();
        let (sender, receiver) = mpsc::channel();
        for seconds in [3, 1, 2] {
            let sender = sender.clone();
            spawn(async move {
                sleep(seconds * SECOND).await;
                sender.send((seconds, start.elapsed())).unwrap();
            });
        }
        sleep(10 * SECOND).await;
        let order: Vec<_> = receiver.try_iter().collect();
        assert_eq!(order, [(1, SECOND), (2, 2 * SECOND), (3, 3 * SECOND)]);
    });
}

#[test]
fn it_does_not_jump_while_a_closure_runs() {
    run(async {
        let start = Instant::now();
        let asleep = spawn(sleep(SECOND));
        let closure = spawn_blocking(|| {
            std::thread::sleep(Duration::from_millis(20));
            Instant::now()
        });
        assert_eq!(closure.await.unwrap(), start);
        assert!(!asleep.is_finished());
        asleep.await.unwrap();
        assert_eq!(start.elapsed(), SECOND);
    });
}

#[test]
fn it_is_advanced() {
    run(async {
        let start = Instant::now();
        let mut sleep = pin!(sleep(SECOND));
        assert!(poll_once(sleep.as_mut()).is_pending());
        advance(SECOND / 2).await;
        assert_eq!(start.elapsed(), SECOND / 2);
        assert!(poll_once(sleep.as_mut()).is_pending());
        advance(SECOND / 2).await;
        assert_eq!(start.elapsed(), SECOND);
        sleep.await;
        // All sleeps that it passes find the same time, the new one.
        let task = spawn(async move {
            tokio::time::sleep(SECOND).await;
            start.elapsed()
        });
        yield_now().await;
        advance(5 * SECOND).await;
        assert_eq!(task.await.unwrap(), 6 * SECOND);
        advance(Duration::ZERO).await;
        assert_eq!(start.elapsed(), 6 * SECOND);
    });
}

#[test]
fn it_goes_on_from_where_it_was() {
    run(async {
        let start = Instant::now();
        advance(100 * SECOND).await;
        resume();
        sleep(Duration::from_millis(2)).await;
        assert!(start.elapsed() >= 100 * SECOND + Duration::from_millis(2));
        pause();
        let stands = Instant::now();
        sleep(SECOND).await;
        assert!(stands.elapsed() >= SECOND);
    });
}

#[test]
fn what_can_not_be_done_to_it_panics() {
    run(async {
        assert_eq!(panic_of(pause), "time is already frozen");
        let too_far = panic_of_future(advance(Duration::MAX)).await;
        assert_eq!(too_far, "overflow when adding duration to instant");
        resume();
        assert_eq!(panic_of(resume), "time is not frozen");
        assert_eq!(panic_of_future(advance(SECOND)).await, "time is not frozen");
    });
}

#[test]
fn outside_of_a_runtime_there_is_no_clock_to_be_stopped() {
    let text = "time cannot be frozen from outside the Tokio runtime";
    assert_eq!(panic_of(pause), text);
    assert_eq!(panic_of(resume), text);
    assert_eq!(panic_of(|| poll_once(pin!(advance(SECOND)))), text);
}

#[test]
fn panics_name_the_line_of_the_caller() {
    thread_local!(static LINE: Cell<u32> = const { Cell::new(0) });
    let hook = take_hook();
    set_hook(Box::new(move |panic| {
        let at = panic.location().filter(|at| at.file() == file!()).map_or(0, Location::line);
        LINE.set(at);
        hook(panic);
    }));
    let line_of = |code: fn()| {
        drop(catch_unwind(code));
        LINE.take()
    };
    assert_eq!(line_of(|| pause()), line!());
    assert_eq!(line_of(|| resume()), line!());
    run(async move {
        assert_eq!(line_of(|| pause()), line!());
        resume();
        assert_eq!(line_of(|| resume()), line!());
    });
}

#[test]
fn that_of_a_runtime_with_workers_can_not_be_stopped() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let text = "`time::pause()` requires the `current_thread` Tokio runtime. This is the default Runtime used by \
                `#[tokio::test].";
    runtime.block_on(async { assert_eq!(panic_of(pause), text) });
}

#[test]
fn the_clocks_of_two_runtimes_are_two() {
    let (one, other) = (paused(), paused());
    one.block_on(sleep_made_inside(1000 * SECOND));
    let (of_one, of_other) =
        (one.block_on(async { Instant::now() }), other.block_on(async { Instant::now() }));
    assert!(of_one - of_other > 900 * SECOND);
    // Outside it is that of the system.
    assert!(of_one - Instant::now() > 900 * SECOND);
    let _inside = one.enter();
    assert_eq!(Instant::now(), of_one);
}

async fn sleep_made_inside(duration: Duration) {
    sleep(duration).await;
}

#[test]
fn an_interval_ticks_on_schedule() {
    run(async {
        let start = Instant::now();
        let mut ticks = interval_at(start + SECOND, 2 * SECOND);
        for n in 0..3 {
            let due = start + SECOND + n * 2 * SECOND;
            assert_eq!(ticks.tick().await, due);
            assert_eq!(Instant::now(), due);
        }
        ticks.reset();
        assert_eq!(ticks.tick().await - start, 7 * SECOND);
        sleep(SECOND).await;
        ticks.reset();
        assert_eq!(ticks.tick().await - start, 10 * SECOND);
    });
}

#[test]
fn ticks_that_were_missed_come_as_was_said() {
    async fn ticks(behavior: MissedTickBehavior) -> Vec<(u64, u64)> {
        let start = Instant::now();
        let mut interval = interval(2 * SECOND);
        interval.set_missed_tick_behavior(behavior);
        interval.tick().await;
        sleep(7 * SECOND).await;
        let mut seen = Vec::new();
        for _ in 0..4 {
            let due = interval.tick().await;
            seen.push(((due - start).as_secs(), start.elapsed().as_secs()));
        }
        seen
    }
    run(async {
        let burst = ticks(MissedTickBehavior::Burst).await;
        assert_eq!(burst, [(2, 7), (4, 7), (6, 7), (8, 8)]);
        let delay = ticks(MissedTickBehavior::Delay).await;
        assert_eq!(delay, [(2, 7), (9, 9), (11, 11), (13, 13)]);
        let skip = ticks(MissedTickBehavior::Skip).await;
        assert_eq!(skip, [(2, 7), (8, 8), (10, 10), (12, 12)]);
    });
}

#[test]
fn a_tick_that_is_five_milliseconds_late_is_not_missed() {
    run(async {
        let late = Duration::from_millis(5);
        let start = Instant::now();
        let mut ticks = interval(SECOND);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        sleep(SECOND + late).await;
        ticks.tick().await;
        assert_eq!(ticks.tick().await, start + 2 * SECOND);
        sleep(SECOND + late + Duration::from_millis(1)).await;
        let asked = Instant::now();
        ticks.tick().await;
        assert_eq!(ticks.tick().await, asked + SECOND);
    });
}

#[test]
fn a_reset_moves_a_deadline_that_is_waited_for() {
    run(async {
        let start = Instant::now();
        let mut sleep = pin!(sleep(100 * SECOND));
        assert!(poll_once(sleep.as_mut()).is_pending());
        sleep.as_mut().reset(start + SECOND);
        sleep.as_mut().await;
        assert_eq!(start.elapsed(), SECOND);
        sleep.as_mut().reset(start + 50 * SECOND);
        sleep.await;
        assert_eq!(start.elapsed(), 50 * SECOND);
    });
}

#[test]
fn a_reset_to_what_has_passed_wakes_at_once() {
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    run(async {
        let start = Instant::now();
        let woken = Arc::new(Woken(AtomicBool::new(false)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut slow = pin!(sleep(100 * SECOND));
        assert!(slow.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        sleep(50 * SECOND).await;
        assert!(!woken.0.load(Ordering::Relaxed));
        slow.as_mut().reset(start + 40 * SECOND);
        assert!(woken.0.load(Ordering::Relaxed));
        assert!(poll_once(slow).is_ready());
    });
}

#[test]
fn of_those_that_wait_for_one_time_the_root_comes_first_where_it_was_first() {
    run(async {
        let ran = Arc::new(AtomicBool::new(false));
        let first = sleep(Duration::from_millis(10));
        let mut first = pin!(first);
        assert!(poll_once(first.as_mut()).is_pending());
        for _ in 0..5 {
            let ran = Arc::clone(&ran);
            spawn(async move {
                sleep(Duration::from_millis(10)).await;
                ran.store(true, Ordering::SeqCst);
            });
        }
        first.await;
        assert!(!ran.load(Ordering::SeqCst));
        yield_now().await;
        assert!(ran.load(Ordering::SeqCst));
    });
}

#[test]
fn a_clock_that_stands_from_the_start_is_at_a_tick() {
    run(async {
        let now = Instant::now();
        sleep(Duration::ZERO).await;
        sleep_until(now - SECOND).await;
        assert_eq!(now.elapsed(), Duration::ZERO);
        advance(Duration::from_micros(1)).await;
        let now = Instant::now();
        sleep(Duration::ZERO).await;
        assert_eq!(now.elapsed(), Duration::from_millis(1));
    });
}

#[test]
fn a_sleep_that_is_rounded_keeps_its_deadline() {
    run(async {
        advance(Duration::from_micros(1)).await;
        let start = Instant::now();
        let mut ticks = interval(SECOND);
        assert_eq!(ticks.tick().await, start);
        assert_eq!(ticks.tick().await, start + SECOND);
        let mut past = pin!(sleep_until(start + SECOND));
        past.as_mut().await;
        assert_eq!(past.deadline(), start + SECOND);
        past.as_mut().reset(start + 2 * SECOND);
        assert_eq!(past.deadline(), start + 2 * SECOND);
    });
}
