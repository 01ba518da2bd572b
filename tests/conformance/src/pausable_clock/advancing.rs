//! Moving the clock by hand.

use std::future::Future;
use std::io::ErrorKind;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Duration;

use anyrt_core::time::{Interval, MissedTickBehavior};
use anyrt_core::{Launch, PauseClock, Sleep as _, Spawn, SpawnBlocking, Timer, yield_now};
use futures::channel::mpsc::unbounded;
use futures::{FutureExt, StreamExt, poll};

use super::{HOUR, NANOSECOND, SECOND, YEAR, start_paused};
use crate::Launcher;
use crate::witness::{Counter, Drive, executor, gate};

pub fn advancing_moves_the_clock_by_what_was_asked<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let mut expected = handle.now();
    let steps = [Duration::ZERO, NANOSECOND, Duration::from_nanos(1_234_567_891), HOUR, 50 * YEAR];
    handle.drive(async {
        for step in steps {
            handle.advance_clock(step).await.unwrap();
            expected += step;
            assert_eq!(handle.now(), expected);
        }
    });
    // In a task as well.
    let clock = handle.clone();
    let task = handle.spawn(async move {
        clock.advance_clock(SECOND).await.unwrap();
        clock.now()
    });
    assert_eq!(handle.drive(task).unwrap(), expected + SECOND);
}

pub fn advancing_moves_the_clock_when_it_is_polled_and_not_before<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    handle.drive(async {
        drop(handle.advance_clock(HOUR));
        assert_eq!(handle.now(), start);
        drop(pin!(handle.advance_clock(HOUR)).now_or_never());
        assert_eq!(handle.now(), start + HOUR);
    });
}

pub fn advancing_too_far_is_an_error_and_moves_nothing<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    handle.drive(async {
        for step in [Duration::MAX, Duration::from_secs(u64::MAX / 2), 10_000 * YEAR] {
            let refused = handle.advance_clock(step).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput);
            assert_eq!(handle.now(), start);
        }
        // What is that far ahead does not come either.
        let mut never = pin!(handle.sleep_until(start + 200 * YEAR));
        assert!(poll!(&mut never).is_pending());
        handle.sleep(YEAR).await;
        assert_eq!(handle.now(), start + YEAR);
        handle.advance_clock(98 * YEAR).await.unwrap();
        assert!(poll!(&mut never).is_pending() && !never.is_elapsed());
    });
}

pub fn advancing_wakes_what_is_due_and_nothing_else<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let polls = [(); 4].map(|()| Counter::new());
    // Close together and far apart, and not in their order.
    let deadlines =
        [HOUR, HOUR - NANOSECOND, HOUR + NANOSECOND, 2 * HOUR].map(|after| handle.now() + after);
    let tasks: Vec<_> = (0..4)
        .map(|n| {
            let (polls, mut sleep) = (polls[n].clone(), Box::pin(handle.sleep_until(deadlines[n])));
            handle.spawn(std::future::poll_fn(move |cx| {
                polls.add();
                sleep.poll_unpin(cx)
            }))
        })
        .collect();
    let counts = || polls.each_ref().map(Counter::count);
    handle.drive(async {
        handle.advance_clock(Duration::ZERO).await.unwrap();
        assert_eq!(counts(), [1; 4]);
        let steps = [
            (HOUR - 2 * NANOSECOND, [1, 1, 1, 1]),
            (NANOSECOND, [1, 2, 1, 1]),
            (NANOSECOND, [2, 2, 1, 1]),
            (NANOSECOND, [2, 2, 2, 1]),
            (HOUR - 2 * NANOSECOND, [2, 2, 2, 1]),
            (NANOSECOND, [2, 2, 2, 2]),
        ];
        for (step, expected) in steps {
            handle.advance_clock(step).await.unwrap();
            assert_eq!(counts(), expected, "after {:?}", handle.now());
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
}

pub fn what_has_become_due_has_had_its_turn_and_sees_the_new_time<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    const TASKS: u32 = 1000;

    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let (start, done) = (handle.now(), Counter::new());
    for n in 0..TASKS {
        let (clock, done) = (handle.clone(), done.clone());
        drop(handle.spawn(async move {
            clock.sleep(n * Duration::from_micros(13)).await;
            clock.sleep_until(start + HOUR - n * SECOND).await;
            if clock.now() == start + HOUR {
                done.add();
            }
        }));
    }
    handle.drive(async {
        handle.sleep(SECOND).await;
        handle.advance_clock(HOUR - SECOND).await.unwrap();
        assert_eq!(done.count(), TASKS as usize);
    });
}

pub fn what_has_become_due_has_had_its_turn_though_it_wakes_others<L: Launch>(
    launcher: &Launcher<L>,
) where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    for tasks in 1..=20 {
        let done = Counter::new();
        let (send, mut receive) = unbounded();
        let collector = handle.spawn(async move { while receive.next().await.is_some() {} });
        for _ in 0..tasks {
            let (clock, done, send) = (handle.clone(), done.clone(), send.clone());
            drop(handle.spawn(async move {
                clock.sleep(HOUR).await;
                done.add();
                send.unbounded_send(()).unwrap();
            }));
        }
        drop(send);
        handle.drive(async {
            // All of them sleep then.
            handle.sleep(SECOND).await;
            handle.advance_clock(HOUR).await.unwrap();
            assert_eq!(done.count(), tasks);
            collector.await.unwrap();
        });
    }
}

pub fn what_has_become_due_has_had_its_turn_right_after_the_pause<L: Launch>(runtime: L)
where
    L::Handle: PauseClock,
{
    let handle = runtime.handle();
    let done = Counter::new();
    let (clock, count) = (handle.clone(), done.clone());
    let task = handle.spawn(async move {
        clock.sleep(HOUR).await;
        count.add();
    });
    handle.drive(async {
        // It sleeps then.
        yield_now().await;
        yield_now().await;
        handle.pause_clock().unwrap();
        handle.advance_clock(2 * HOUR).await.unwrap();
        assert_eq!(done.count(), 1);
        task.await.unwrap();
    });
}

pub fn deadlines_that_were_moved_are_honored_by_a_clock_that_is_advanced<L: Launch>(
    launcher: &Launcher<L>,
) where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    handle.drive(async {
        let mut later = pin!(handle.sleep(SECOND));
        let mut earlier = pin!(handle.sleep(2 * HOUR));
        let mut past = pin!(handle.sleep(2 * HOUR));
        assert!(poll!(&mut later).is_pending() && poll!(&mut earlier).is_pending());
        assert!(poll!(&mut past).is_pending());
        later.as_mut().reset(start + 2 * HOUR);
        earlier.as_mut().reset(start + HOUR);
        handle.advance_clock(HOUR - NANOSECOND).await.unwrap();
        assert!(poll!(&mut later).is_pending() && poll!(&mut earlier).is_pending());
        past.as_mut().reset(start + SECOND);
        assert!(poll!(&mut past).is_ready());
        handle.advance_clock(NANOSECOND).await.unwrap();
        assert!(poll!(&mut earlier).is_ready() && poll!(&mut later).is_pending());
        later.as_mut().reset(start + HOUR + SECOND);
        handle.advance_clock(SECOND).await.unwrap();
        assert!(poll!(&mut later).is_ready());
    });
}

pub fn missed_ticks_follow_their_behavior_when_the_clock_is_advanced<L: Launch>(
    launcher: &Launcher<L>,
) where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    let expected = [
        (MissedTickBehavior::Burst, vec![10, 20, 30]),
        (MissedTickBehavior::Delay, vec![10]),
        (MissedTickBehavior::Skip, vec![10]),
    ];
    handle.drive(async {
        let mut intervals: Vec<_> = expected
            .iter()
            .map(|(behavior, _)| {
                let mut interval = Interval::new(handle, 10 * SECOND);
                interval.set_missed_tick_behavior(*behavior);
                interval
            })
            .collect();
        for interval in &mut intervals {
            assert_eq!(interval.tick().now_or_never(), Some(start));
            assert_eq!(interval.tick().now_or_never(), None);
        }
        handle.advance_clock(35 * SECOND).await.unwrap();
        for (interval, (_, ticks)) in intervals.iter_mut().zip(&expected) {
            for tick in ticks {
                assert_eq!(interval.tick().now_or_never(), Some(start + *tick * SECOND));
            }
            assert_eq!(interval.tick().now_or_never(), None);
        }
        for (interval, next) in intervals.iter_mut().zip([40, 45, 40]) {
            assert_eq!(interval.tick().await, start + next * SECOND);
            assert!(handle.now() >= start + next * SECOND);
        }
    });
}

pub fn advancing_from_another_thread_wakes_who_waits<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let start = handle.now();
    let (keeper, gate) = gate();
    // It holds the clock, which goes on by the other thread alone.
    let closure = handle.spawn_blocking(move || gate.wait());
    let clock = handle.clone();
    let thread = thread::spawn(move || executor::block_on(clock.advance_clock(2 * HOUR)));
    handle.drive(async {
        handle.sleep_until(start + HOUR).await;
        assert_eq!(handle.now(), start + 2 * HOUR);
        keeper.open();
        closure.await.unwrap();
    });
    thread.join().unwrap().unwrap();
}

/// Panics when it is woken.
struct Panicking;

impl Wake for Panicking {
    fn wake(self: Arc<Self>) {
        panic_any("on purpose");
    }
}

pub fn a_waker_that_panics_when_the_clock_was_advanced_harms_nobody<L: Launch>(
    launcher: &Launcher<L>,
) where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    let end = handle.now() + SECOND;
    let sleep = handle.spawn(handle.sleep(SECOND));
    handle.drive(async {
        yield_now().await;
        let waker = Waker::from(Arc::new(Panicking));
        {
            let mut advances = pin!(handle.advance_clock(SECOND));
            let poll = || advances.as_mut().poll(&mut Context::from_waker(&waker));
            // It may be woken in its own poll.
            let _ = catch_unwind(AssertUnwindSafe(poll));
            for _ in 0..10 {
                yield_now().await;
            }
        }
        sleep.await.unwrap();
        assert_eq!(handle.now(), end);
    });
}
