//! Where nothing is left to do but to wait.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::Duration;
use std::{iter, thread};

use anyrt_core::time::{Interval, timeout};
use anyrt_core::{Launch, PauseClock, Sleep as _, Spawn, Timer, yield_now};
use futures::channel::oneshot;
use futures::future::join_all;
use futures::poll;

use super::{HOUR, MOMENT, NANOSECOND, SECOND, YEAR, start_paused};
use crate::Launcher;
use crate::witness::{Drive, executor, on_foreign_thread};

pub fn a_sleep_of_a_year_is_over_at_once<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    let odd = Duration::from_nanos(1_234_567_891);
    handle.drive(handle.sleep(YEAR));
    assert_eq!(handle.now(), start + YEAR);
    handle.drive(async { handle.spawn(handle.sleep(odd)).await.unwrap() });
    assert_eq!(handle.now(), start + YEAR + odd);
    // By what nobody will see in real time, as by `Duration::MAX`.
    handle.drive(handle.sleep(Duration::MAX));
    assert!(handle.now() > start + 10 * YEAR);
}

pub fn deadlines_come_in_their_order_each_at_its_own_time<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    const TASKS: u64 = 2000;

    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    let log = Arc::new(Mutex::new(Vec::new()));
    // Some together, some nanoseconds apart, some years, and in no order.
    let numbers = iter::successors(Some(7_u64), |n| Some((n * 48_271) % 2_147_483_647));
    let afters = numbers.enumerate().map(|(n, random)| match n % 4 {
        0 => Duration::from_nanos(random % 5000),
        1 => Duration::from_millis(random % 50),
        2 => Duration::from_secs(random % 100_000_000),
        _ => Duration::from_nanos(random),
    });
    let mut expected = Vec::new();
    let mut tasks = Vec::new();
    for after in afters.take(TASKS as usize) {
        let (clock, log) = (handle.clone(), Arc::clone(&log));
        expected.push(start + after);
        tasks.push(handle.spawn(async move {
            clock.sleep_until(start + after).await;
            assert_eq!(clock.now(), start + after);
            log.lock().unwrap().push(start + after);
        }));
    }
    for result in handle.drive(join_all(tasks)) {
        result.unwrap();
    }
    expected.sort();
    assert_eq!(*log.lock().unwrap(), expected);
}

pub fn deadlines_from_before_the_pause_come_at_their_own_time<L: Launch>(runtime: L)
where
    L::Handle: PauseClock,
{
    let handle = runtime.handle();
    handle.drive(async {
        let deadlines = [HOUR, HOUR + NANOSECOND, YEAR].map(|after| handle.now() + after);
        let mut sleeps = deadlines.map(|deadline| Box::pin(handle.sleep_until(deadline)));
        for sleep in &mut sleeps {
            assert!(poll!(sleep).is_pending());
        }
        handle.pause_clock().unwrap();
        for (sleep, deadline) in sleeps.into_iter().zip(deadlines) {
            sleep.await;
            assert_eq!(handle.now(), deadline);
        }
    });
}

pub fn time_limits_and_ticks_come_at_their_own_time<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    handle.drive(async {
        assert!(timeout(handle, HOUR, pending::<()>()).await.is_err());
        assert_eq!(handle.now(), start + HOUR);
        assert!(timeout(handle, HOUR, handle.sleep(HOUR - NANOSECOND)).await.is_ok());
        assert_eq!(handle.now(), start + 2 * HOUR - NANOSECOND);
        let mut interval = Interval::starting_at(handle, start + 2 * HOUR, HOUR);
        for n in 2..100 {
            assert_eq!(interval.tick().await, start + n * HOUR);
            assert_eq!(handle.now(), start + n * HOUR);
        }
    });
}

pub fn a_reset_moves_where_the_clock_jumps_to<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    handle.drive(async {
        let mut sleep = pin!(handle.sleep(SECOND));
        assert!(poll!(&mut sleep).is_pending());
        sleep.as_mut().reset(start + HOUR);
        sleep.as_mut().await;
        assert_eq!(handle.now(), start + HOUR);
        sleep.as_mut().reset(start + 3 * HOUR);
        assert!(poll!(&mut sleep).is_pending());
        sleep.as_mut().reset(start + 2 * HOUR);
        sleep.as_mut().await;
        assert_eq!(handle.now(), start + 2 * HOUR);
    });
}

pub fn a_sleep_that_was_dropped_moves_nothing<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    handle.drive(async {
        assert!(timeout(handle, HOUR, yield_now()).await.is_ok());
        let put_off = pin!(handle.sleep(SECOND));
        let (send, receive) = oneshot::channel();
        let thread = thread::spawn(move || {
            thread::sleep(MOMENT / 10);
            send.send(()).unwrap();
        });
        // Nothing waits for the clock meanwhile.
        receive.await.unwrap();
        assert_eq!(handle.now(), start);
        put_off.await;
        assert_eq!(handle.now(), start + SECOND);
        thread.join().unwrap();
    });
}

pub fn the_clock_stands_while_tasks_can_run<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let (start, clock) = (handle.now(), handle.clone());
    let busy = handle.spawn(async move {
        for _ in 0..1000 {
            yield_now().await;
            assert_eq!(clock.now(), start);
        }
    });
    handle.drive(async {
        let mut sleep = pin!(handle.sleep(NANOSECOND));
        assert!(poll!(&mut sleep).is_pending());
        busy.await.unwrap();
        for _ in 0..1000 {
            yield_now().await;
            assert_eq!(handle.now(), start);
        }
        sleep.await;
        assert_eq!(handle.now(), start + NANOSECOND);
    });
}

pub fn a_sleep_on_a_foreign_executor_ends<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let (handle, start) = (runtime.handle().clone(), runtime.handle().now());
    on_foreign_thread(&runtime, move || {
        for n in 1..20 {
            executor::block_on(handle.sleep(HOUR));
            assert_eq!(handle.now(), start + n * HOUR);
        }
    });
}

pub fn pausing_the_clock_ends_a_wait_for_the_time<L: Launch>(runtime: L)
where
    L::Handle: PauseClock,
{
    let handle = runtime.handle();
    let start = handle.now();
    // The thread in `block_on` waits for the deadline, in real time, when another one pauses the clock.
    let clock = handle.clone();
    let thread = thread::spawn(move || {
        thread::sleep(MOMENT / 10);
        clock.pause_clock().unwrap();
    });
    handle.drive(handle.sleep_until(start + HOUR));
    assert_eq!(handle.now(), start + HOUR);
    thread.join().unwrap();
}

pub fn a_waker_that_panics_keeps_nobody_from_the_time<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    struct Panics;

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }

    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    handle.drive(async {
        let panics = Waker::from(Arc::new(Panics));
        let cx = &mut Context::from_waker(&panics);
        let mut with_others = pin!(handle.sleep(HOUR));
        assert!(with_others.as_mut().poll(cx).is_pending());
        let mut moved = pin!(handle.sleep(HOUR));
        assert!(moved.as_mut().poll(cx).is_pending());
        handle.sleep(HOUR).await;
        assert_eq!(handle.now(), start + HOUR);
        let mut moved = pin!(handle.sleep(HOUR));
        assert!(moved.as_mut().poll(cx).is_pending());
        moved.as_mut().reset(start);
        handle.sleep(HOUR).await;
        assert_eq!(handle.now(), start + 2 * HOUR);
    });
}
