//! Sleeps.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use anyrt_core::{Launch, Sleep, Spawn, Timer};
use futures::channel::oneshot;
use futures::future::{Either, join_all, select};
use futures::poll;

use super::{HOUR, MILLISECOND};
use crate::reactor::polling::{
    count_polls, on_a_foreign_executor, poll_once, when_pending, with_changing_wakers,
};
use crate::witness::{Counter, Drive, on_foreign_thread, until, wait_until};

pub fn the_deadline_of_a_sleep_is_that_of_the_call<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let before = handle.now();
        let mut sleep = pin!(handle.sleep(20 * MILLISECOND));
        let after = handle.now();
        assert!(before + 20 * MILLISECOND <= sleep.deadline());
        assert!(sleep.deadline() <= after + 20 * MILLISECOND);

        assert!(!handle.sleep(HOUR).is_elapsed());
        handle.sleep(30 * MILLISECOND).await;
        assert!(sleep.is_elapsed());
        assert!(poll!(sleep.as_mut()).is_ready(), "the time until the first poll was not counted");
    });
}

pub fn sleeps_are_never_early<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for micros in [0, 1, 50, 99, 500, 999, 1000, 1001, 1500, 1999, 2000, 3333, 7777] {
            let duration = Duration::from_micros(micros);
            for _ in 0..10 {
                let start = handle.now();
                handle.sleep(duration).await;
                let slept = handle.now() - start;
                assert!(slept >= duration, "slept {slept:?} instead of {duration:?}");

                let deadline = handle.now() + duration;
                handle.sleep_until(deadline).await;
                assert!(handle.now() >= deadline, "early for a deadline in {duration:?}");
            }
        }
    });
}

pub fn sleeps_of_many_tasks_are_never_early<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let tasks = (0..1000).map(|n| {
        let runtime = handle.clone();
        handle.spawn(async move {
            let deadline = runtime.now() + Duration::from_micros(n * 7919 % 20_000);
            runtime.sleep_until(deadline).await;
            assert!(runtime.now() >= deadline);
        })
    });
    for result in handle.drive(join_all(tasks)) {
        result.unwrap();
    }
}

pub fn a_short_sleep_overtakes_a_long_one<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let (is_waiting, waiting) = oneshot::channel();
    let (short_is_over, short) = oneshot::channel();
    let long = when_pending(handle.sleep(HOUR), move || is_waiting.send(()).unwrap());
    let thread = std::thread::spawn(move || {
        futures::executor::block_on(async {
            waiting.await.unwrap();
            // Many, because the interesting moment is that when the runtime begins to wait.
            for n in 0..200 {
                handle.sleep(Duration::from_micros(n * 10)).await;
            }
            short_is_over.send(()).unwrap();
        });
    });
    match runtime.handle().drive(select(Box::pin(long), short)) {
        Either::Left(_) => panic!("an hour is over"),
        Either::Right((result, _)) => result.unwrap(),
    }
    thread.join().unwrap();
}

pub fn a_past_deadline_is_ready_at_the_first_poll<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let past = |ago| handle.now().checked_sub(ago).expect("the clock began before this test");
    let check = || {
        for ago in [Duration::ZERO, Duration::from_nanos(1), MILLISECOND, 20 * MILLISECOND] {
            let mut sleep = pin!(handle.sleep_until(past(ago)));
            assert!(sleep.is_elapsed());
            assert!(poll_once(sleep.as_mut()).is_ready(), "{ago:?} late and not ready");
        }
        assert!(poll_once(pin!(handle.sleep(Duration::ZERO))).is_ready());
    };
    check();
    handle.drive(async { check() });
}

pub fn sleeps_of_no_time_wait_for_no_timer<L: Launch>(runtime: L) {
    const SLEEPS: usize = 1000;
    let handle = runtime.handle();
    let polls = Counter::new();
    let task = {
        let runtime = handle.clone();
        async move {
            for _ in 0..SLEEPS {
                runtime.sleep(Duration::ZERO).await;
            }
        }
    };
    handle.drive(handle.spawn(count_polls(task, &polls))).unwrap();
    // A task out of budget must wait now and then; one that waits for timers does so every time.
    let polls = polls.count();
    assert!(polls < SLEEPS / 4, "{polls} polls for {SLEEPS} sleeps");
}

pub fn far_deadlines_neither_fire_nor_overflow<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let year = 365 * 24 * HOUR;
    let durations = [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_millis(u64::MAX),
        Duration::from_nanos(u64::MAX),
        // Past the range of some timer implementations: 2^36 and 2^41 ms.
        3 * year,
        100 * year,
    ];
    let mut sleeps: Vec<_> =
        durations.iter().map(|duration| Box::pin(handle.sleep(*duration))).collect();
    sleeps.push(Box::pin(handle.sleep_until(handle.now() + 10_000 * year)));
    let mut moved = Box::pin(handle.sleep(MILLISECOND));
    moved.as_mut().reset(handle.now() + 10_000 * year);
    sleeps.push(moved);

    stay_pending(&runtime, sleeps);
}

pub fn the_last_instant_neither_fires_nor_overflows<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let last = last_instant(handle.now());
    let mut moved = Box::pin(handle.sleep(MILLISECOND));
    moved.as_mut().reset(last);
    let sleeps = vec![
        Box::pin(handle.sleep_until(last)),
        Box::pin(handle.sleep_until(last - Duration::from_nanos(999_999))),
        Box::pin(handle.sleep_until(last - HOUR)),
        moved,
    ];
    stay_pending(&runtime, sleeps);
}

/// Asserts that the sleeps go on while others end.
fn stay_pending<L: Launch>(
    runtime: &L,
    mut sleeps: Vec<std::pin::Pin<Box<<L::Handle as Timer>::Sleep>>>,
) {
    let handle = runtime.handle();
    handle.drive(async {
        for _ in 0..3 {
            for (n, sleep) in sleeps.iter_mut().enumerate() {
                let deadline = sleep.deadline();
                assert!(deadline > handle.now() + 1000 * HOUR, "sleep {n}: {deadline:?}");
                assert!(!sleep.is_elapsed(), "sleep {n}: {deadline:?}");
                assert!(poll!(sleep.as_mut()).is_pending(), "sleep {n}: {deadline:?}");
            }
            handle.sleep(10 * MILLISECOND).await;
        }
    });
}

/// The last one that can be written down.
fn last_instant(start: Instant) -> Instant {
    let mut last = start;
    let mut step = Duration::MAX;
    while !step.is_zero() {
        match last.checked_add(step) {
            Some(later) => last = later,
            None => step /= 2,
        }
    }
    last
}

pub fn a_sleep_that_was_ready_is_ready_again<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut waited = pin!(handle.sleep(5 * MILLISECOND));
        waited.as_mut().await;
        let mut past = pin!(handle.sleep(Duration::ZERO));
        past.as_mut().await;
        for _ in 0..10 {
            assert!(poll!(waited.as_mut()).is_ready());
            assert!(poll!(past.as_mut()).is_ready());
        }
        waited.await;
        past.await;
    });
}

pub fn a_foreign_thread_makes_and_polls_sleeps<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    on_a_foreign_executor(&runtime, async move {
        for millis in [0, 1, 5, 20] {
            let start = handle.now();
            let duration = Duration::from_millis(millis);
            handle.sleep(duration).await;
            assert!(handle.now() - start >= duration);
            with_changing_wakers(handle.sleep(duration)).await;
            assert!(handle.now() - start >= 2 * duration);
        }
    });
}

pub fn a_foreign_executor_takes_over_a_sleep<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let mut sleep = Box::pin(handle.sleep(30 * MILLISECOND));
    runtime.handle().drive(async {
        let _ = poll!(sleep.as_mut());
    });
    on_a_foreign_executor(&runtime, async move {
        sleep.as_mut().await;
        assert!(handle.now() >= sleep.deadline());
    });
}

pub fn a_sleep_wakes_the_task_that_polled_it_last<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let (send, receive) = oneshot::channel();
        let mut sleep = Box::pin(handle.sleep(30 * MILLISECOND));
        let first = handle.spawn(async move {
            let _ = poll!(sleep.as_mut());
            assert!(send.send(sleep).is_ok());
        });
        let runtime = handle.clone();
        let second = handle.spawn(async move {
            let mut sleep = receive.await.unwrap();
            sleep.as_mut().await;
            assert!(runtime.now() >= sleep.deadline());
        });
        first.await.unwrap();
        second.await.unwrap();
        with_changing_wakers(handle.sleep(5 * MILLISECOND)).await;
    });
}

pub fn reset_to_later_is_honored<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut sleep = pin!(handle.sleep(10 * MILLISECOND));
        let _ = poll!(sleep.as_mut());
        let later = handle.now() + 40 * MILLISECOND;
        sleep.as_mut().reset(later);
        assert_eq!(sleep.deadline(), later);
        sleep.as_mut().await;
        assert!(handle.now() >= later);
    });
}

pub fn reset_to_earlier_is_honored<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for wait in [HOUR, 1000 * HOUR, Duration::MAX] {
            let mut sleep = pin!(handle.sleep(wait));
            assert!(poll!(sleep.as_mut()).is_pending());
            let earlier = handle.now() + 10 * MILLISECOND;
            sleep.as_mut().reset(earlier);
            assert_eq!(sleep.deadline(), earlier);
            sleep.as_mut().await;
            assert!(handle.now() >= earlier);
        }
    });
}

pub fn reset_to_the_past_is_ready_at_the_next_poll<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut sleep = pin!(handle.sleep(HOUR));
        assert!(poll!(sleep.as_mut()).is_pending());
        sleep.as_mut().reset(handle.now());
        assert!(sleep.is_elapsed());
        assert!(poll!(sleep.as_mut()).is_ready());
    });
}

pub fn reset_before_the_first_poll_is_honored<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut later = pin!(handle.sleep(Duration::ZERO));
        later.as_mut().reset(handle.now() + HOUR);
        assert!(!later.is_elapsed());
        assert!(poll!(later.as_mut()).is_pending());

        let mut earlier = pin!(handle.sleep(HOUR));
        let deadline = handle.now() + 10 * MILLISECOND;
        earlier.as_mut().reset(deadline);
        earlier.await;
        assert!(handle.now() >= deadline);
    });
}

pub fn reset_starts_a_sleep_again_that_was_ready<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        for first in [Duration::ZERO, 5 * MILLISECOND] {
            let mut sleep = pin!(handle.sleep(first));
            sleep.as_mut().await;
            sleep.as_mut().reset(handle.now() + HOUR);
            assert!(!sleep.is_elapsed());
            assert!(poll!(sleep.as_mut()).is_pending());
            for _ in 0..3 {
                let deadline = handle.now() + 5 * MILLISECOND;
                sleep.as_mut().reset(deadline);
                sleep.as_mut().await;
                assert!(handle.now() >= deadline);
            }
        }
    });
}

pub fn reset_takes_back_a_deadline_that_nobody_saw_pass<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {
        let mut sleep = pin!(handle.sleep(5 * MILLISECOND));
        let _ = poll!(sleep.as_mut());
        handle.sleep(20 * MILLISECOND).await;
        sleep.as_mut().reset(handle.now() + HOUR);
        assert!(poll!(sleep.as_mut()).is_pending());

        let deadline = handle.now() + 5 * MILLISECOND;
        sleep.as_mut().reset(deadline);
        sleep.await;
        assert!(handle.now() >= deadline);
    });
}

pub fn dropping_a_sleep_frees_its_timer<L: Launch>(runtime: L) {
    struct Nobody;
    impl Wake for Nobody {
        fn wake(self: Arc<Self>) {}
    }

    let handle = runtime.handle();
    let nobody = Arc::new(Nobody);
    let waker = Waker::from(Arc::clone(&nobody));
    let references = Arc::strong_count(&nobody);
    for n in 0..100_000 {
        let mut sleep = pin!(handle.sleep(HOUR + n * MILLISECOND));
        assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    }
    // A timer that is kept keeps its waker. They may go when the runtime next looks at its timers.
    while Arc::strong_count(&nobody) > references {
        handle.drive(handle.sleep(MILLISECOND));
    }
}

pub fn a_sleep_past_its_deadline_is_ready_though_nobody_woke_it<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let check = |runtime: &L::Handle| {
        for millis in [1, 5, 20] {
            let mut sleep = Box::pin(runtime.sleep(millis * MILLISECOND));
            let mut moved = Box::pin(runtime.sleep(HOUR));
            let _ = poll_once(sleep.as_mut());
            assert!(poll_once(moved.as_mut()).is_pending());
            moved.as_mut().reset(sleep.deadline());
            let _ = poll_once(moved.as_mut());
            // In one turn, so that the runtime has no occasion to see the time.
            wait_until(|| runtime.now() >= sleep.deadline());
            for sleep in [sleep.as_mut(), moved.as_mut()] {
                assert!(sleep.is_elapsed());
                assert!(poll_once(sleep).is_ready(), "{millis} ms are over");
            }
            sleep.as_mut().reset(runtime.now() + HOUR);
            assert!(poll_once(sleep.as_mut()).is_pending());
        }
    };
    check(handle);
    handle.drive(async { check(handle) });
    let in_task = handle.clone();
    handle.drive(handle.spawn(async move { check(&in_task) })).unwrap();
}

pub fn reset_wakes_a_task_that_waits_at_the_new_deadline<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    // A sleep that a task waits for, and whoever holds this can move.
    let wait = || {
        let sleep = Arc::new(Mutex::new(Box::pin(handle.sleep(HOUR))));
        let (is_waiting, waiting) = oneshot::channel();
        let (shared, runtime) = (Arc::clone(&sleep), handle.clone());
        let poll =
            poll_fn(move |cx| shared.lock().unwrap().as_mut().poll(cx).map(|()| runtime.now()));
        let task = handle.spawn(when_pending(poll, move || is_waiting.send(()).unwrap()));
        (sleep, waiting, task)
    };
    for deadline in [Duration::ZERO, 5 * MILLISECOND, 50 * MILLISECOND] {
        let (sleep, waiting, task) = wait();
        let is_over = handle.drive(async {
            waiting.await.unwrap();
            let earlier = handle.now() + deadline;
            sleep.lock().unwrap().as_mut().reset(earlier);
            task.await.unwrap() >= earlier
        });
        assert!(is_over, "{deadline:?}");

        // By a thread that the runtime does not know, and to later first.
        let (sleep, waiting, task) = wait();
        let runtime_there = handle.clone();
        let earlier = on_foreign_thread(&runtime, move || {
            futures::executor::block_on(waiting).unwrap();
            sleep.lock().unwrap().as_mut().reset(runtime_there.now() + 2 * HOUR);
            let earlier = runtime_there.now() + deadline;
            sleep.lock().unwrap().as_mut().reset(earlier);
            earlier
        });
        assert!(handle.drive(task).unwrap() >= earlier, "{deadline:?}");
    }
}

pub fn a_waker_of_a_sleep_that_panics_harms_nobody<L: Launch>(runtime: L) {
    struct Panics(Counter);
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            self.0.add();
            std::panic::resume_unwind(Box::new("in a waker"));
        }
    }

    let handle = runtime.handle();
    let woken = Counter::new();
    for rounds in 1..=3 {
        // Others that are due at the same time are woken all the same, and later ones too.
        let deadline = handle.now() + 20 * MILLISECOND;
        let waker = Waker::from(Arc::new(Panics(woken.clone())));
        let mut sleeps: Vec<_> = (0..4).map(|_| Box::pin(handle.sleep_until(deadline))).collect();
        let mut is_early = false;
        for sleep in &mut sleeps {
            is_early |= sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending();
        }
        let tasks = (0..4).map(|_| {
            let runtime = handle.clone();
            handle.spawn(async move {
                runtime.sleep_until(deadline).await;
                runtime.sleep(MILLISECOND).await;
            })
        });
        for task in handle.drive(join_all(tasks)) {
            task.unwrap();
        }
        // A machine that is busy may have polled them too late for a wait.
        if is_early {
            handle.drive(until(|| woken.count() > 0));
        }
        assert!(woken.count() <= rounds * 4, "each is woken once");
        for sleep in &mut sleeps {
            assert!(poll_once(sleep.as_mut()).is_ready());
        }
    }
    assert_eq!(handle.drive(handle.spawn(async { 7 })).unwrap(), 7);
}
