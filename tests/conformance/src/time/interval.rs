//! Intervals.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use anyrt_core::time::{Duration, Instant, Interval, MissedTickBehavior, timeout};
use anyrt_core::{Launch, Spawn, Timer};
use futures::FutureExt;
use futures::channel::oneshot;

use super::{HOUR, MILLISECOND};
use crate::witness::{Drive, message, wait_until};

pub fn the_first_tick_is_immediate<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let before = handle.now();
        let mut interval = Interval::new(handle, HOUR);
        let after = handle.now();
        assert_eq!(interval.period(), HOUR);
        let due = interval.tick().now_or_never().expect("the first tick is due");
        assert!(before <= due && due <= after);
        assert_eq!(interval.tick().now_or_never(), None);
    });
}

pub fn ticks_are_one_period_apart<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let period = Duration::from_micros(2500);
        let mut interval = Interval::new(handle, period);
        let start = interval.tick().await;
        for n in 1..20 {
            let due = poll_fn(|cx| interval.poll_tick(cx)).await;
            assert_eq!(due, start + n * period);
            assert!(handle.now() >= due, "tick {n} is early");
        }
    });
}

pub fn an_interval_starts_when_it_is_told_to<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let start = handle.now() + 20 * MILLISECOND;
        let mut later = Interval::starting_at(handle, start, HOUR);
        assert_eq!(later.tick().await, start);
        assert!(handle.now() >= start);
        assert_eq!(later.tick().now_or_never(), None);

        let mut missed = Interval::starting_at(handle, start, 10 * MILLISECOND);
        assert_eq!(missed.tick().now_or_never(), Some(start));

        let mut far = Interval::starting_at(handle, start + HOUR, MILLISECOND);
        assert_eq!(far.tick().now_or_never(), None);
    });
}

pub fn resetting_an_interval_delays_its_tick_by_a_period<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let period = 20 * MILLISECOND;
        let mut interval = Interval::new(handle, period);
        let before = handle.now();
        interval.reset();
        let after = handle.now();
        let due = interval.tick().await;
        assert!(before + period <= due && due <= after + period);
        assert_eq!(interval.tick().await, due + period);
    });
}

pub fn an_interval_can_be_reset_to_now_to_later_and_to_an_instant<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut interval = Interval::new(handle, HOUR);
        interval.tick().await;
        let before = handle.now();
        interval.reset_immediately();
        let due = interval.tick().now_or_never().expect("the tick is due at once");
        assert!(before <= due && due <= handle.now());
        assert_eq!(interval.tick().now_or_never(), None, "the next one is a period later");

        let before = handle.now();
        interval.reset_after(PERIOD);
        let after = handle.now();
        let due = interval.tick().await;
        assert!(before + PERIOD <= due && due <= after + PERIOD);
        assert!(handle.now() >= due);
        interval.reset_after(Duration::MAX);
        assert_eq!(interval.tick().now_or_never(), None);

        let at = handle.now() + PERIOD;
        interval.reset_at(at);
        assert_eq!(interval.tick().await, at);
        assert!(handle.now() >= at);
        assert_eq!(interval.tick().now_or_never(), None);
        assert_eq!(interval.period(), HOUR);
    });
}

pub fn resetting_an_interval_wakes_who_waits_at_the_new_tick<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let (send, receive) = oneshot::channel();
    let mut interval = Interval::starting_at(handle, handle.now() + HOUR, HOUR);
    let at = handle.now() + PERIOD;
    // The task waits for the tick in its first poll, and is polled again when something wakes it: the tick alone
    // does, at the time that it was reset to.
    let clock = handle.clone();
    let mut is_first = true;
    let task = handle.spawn(async move {
        poll_fn(|cx| {
            if is_first {
                is_first = false;
                assert!(pin!(interval.tick()).poll(cx).is_pending());
                interval.reset_at(at);
                return Poll::Pending;
            }
            Poll::Ready(())
        })
        .await;
        send.send(clock.now()).unwrap();
        interval.tick().await
    });
    handle.drive(async {
        assert!(receive.await.unwrap() >= at, "it was woken before the tick");
        assert_eq!(task.await.unwrap(), at);
    });
}

/// Takes the first tick of an interval, lets the next three pass, and takes the second one then.
///
/// Returns the interval, the instant of the first tick, and those before and after the late one was
/// taken.
async fn late<R: Timer>(
    runtime: &R,
    behavior: MissedTickBehavior,
) -> (Interval<R>, Instant, Instant, Instant) {
    let mut interval = Interval::new(runtime, PERIOD);
    interval.set_missed_tick_behavior(behavior);
    assert_eq!(interval.missed_tick_behavior(), behavior);
    let start = interval.tick().await;
    runtime.sleep_until(start + 7 * PERIOD / 2).await;
    let before = runtime.now();
    assert_eq!(interval.tick().await, start + PERIOD);
    (interval, start, before, runtime.now())
}

const PERIOD: Duration = Duration::from_millis(20);

pub fn missed_ticks_come_in_a_burst<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        assert_eq!(Interval::new(handle, PERIOD).missed_tick_behavior(), MissedTickBehavior::Burst);
        let (mut interval, start, ..) = late(handle, MissedTickBehavior::Burst).await;
        for n in 2..=3 {
            let due = interval.tick().now_or_never().expect("missed ticks are due at once");
            assert_eq!(due, start + n * PERIOD);
        }
        for n in 4..=5 {
            assert_eq!(interval.tick().await, start + n * PERIOD);
            assert!(handle.now() >= start + n * PERIOD);
        }
    });
}

pub fn missed_ticks_delay_the_schedule<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (mut interval, _, before, after) = late(handle, MissedTickBehavior::Delay).await;
        let due = interval.tick().await;
        assert!(handle.now() >= due);
        assert!(before + PERIOD <= due && due <= after + PERIOD);
    });
}

pub fn missed_ticks_are_skipped<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (mut interval, start, before, after) = late(handle, MissedTickBehavior::Skip).await;
        let due = interval.tick().await;
        assert!(handle.now() >= due);
        assert!(before <= due && due <= after + PERIOD);
        assert_eq!((due - start).as_nanos() % PERIOD.as_nanos(), 0, "the schedule has moved");
    });
}

pub fn a_period_of_zero_panics<L: Launch>(runtime: L) {
    fn check<R: Timer>(make: impl FnOnce() -> Interval<R>) {
        let payload = catch_unwind(AssertUnwindSafe(make)).expect_err("it panics");
        let message = message(&*payload);
        assert!(message.contains("must be longer than zero"), "{message}");
    }

    let handle = runtime.handle();
    check(|| Interval::new(handle, Duration::ZERO));
    check(|| Interval::starting_at(handle, handle.now() + HOUR, Duration::ZERO));
}

pub fn an_endless_period_does_not_overflow<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for behavior in
            [MissedTickBehavior::Burst, MissedTickBehavior::Delay, MissedTickBehavior::Skip]
        {
            let mut interval = Interval::new(handle, Duration::MAX);
            interval.set_missed_tick_behavior(behavior);
            interval.tick().await;
            assert!(timeout(handle, 5 * MILLISECOND, interval.tick()).await.is_err());
            interval.reset();
            assert_eq!(interval.tick().now_or_never(), None);
        }
    });
}

pub fn a_cancelled_tick_is_not_lost<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut interval = Interval::new(handle, PERIOD);
        let start = interval.tick().await;
        for n in 1..=5 {
            let due = loop {
                if let Some(due) = interval.tick().now_or_never() {
                    break due;
                }
                if let Ok(due) = timeout(handle, 3 * MILLISECOND, interval.tick()).await {
                    break due;
                }
            };
            assert_eq!(due, start + n * PERIOD);
        }
    });
}

pub fn a_tick_that_is_due_is_ready_though_nobody_woke_it<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut interval = Interval::new(handle, PERIOD);
        let start = interval.tick().await;
        for n in 1..=3 {
            let early = interval.tick().now_or_never();
            // In one turn, so that the runtime has no occasion to see the time.
            wait_until(|| handle.now() >= start + n * PERIOD);
            // A machine that is busy may have passed the instant before.
            let due = early.or_else(|| interval.tick().now_or_never());
            assert_eq!(due, Some(start + n * PERIOD));
        }
    });
}
