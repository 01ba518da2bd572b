//! Time as it goes by: what holds on every backend.

mod common;

use std::cell::Cell;
use std::cmp::Ordering;
use std::collections::HashSet;
use std::future::{pending, poll_fn, ready};
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, set_hook, take_hook};
use std::pin::pin;
use std::task::Poll;
use std::time::Instant as StdInstant;

use tokio::runtime::{Builder, Runtime};
use tokio::time::error::{Elapsed, Error};
use tokio::time::{
    Duration, Instant, Interval, MissedTickBehavior, Sleep, Timeout, interval, interval_at, sleep,
    sleep_until, timeout, timeout_at,
};

use common::{NO_RUNTIME, panic_of, poll_once};

const MOMENT: Duration = Duration::from_millis(5);
const AGES: Duration = Duration::from_secs(3600);

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[tokio::test]
async fn a_sleep_is_never_early() {
    let start = Instant::now();
    sleep(MOMENT).await;
    assert!(start.elapsed() >= MOMENT);
    sleep_until(start + 2 * MOMENT).await;
    assert!(start.elapsed() >= 2 * MOMENT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sleeps_of_many_tasks_end() {
    let start = Instant::now();
    let tasks: Vec<_> =
        (0..100).map(|n| tokio::spawn(async move { sleep(MOMENT * (n % 3)).await })).collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert!(start.elapsed() >= 2 * MOMENT);
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_no_wait() {
    let mut past = pin!(sleep_until(Instant::now() - MOMENT));
    past.as_mut().await;
    assert!(past.is_elapsed());
    // Again, too.
    past.as_mut().await;
    let mut zero = pin!(sleep(Duration::ZERO));
    zero.as_mut().await;
}

#[tokio::test]
async fn a_sleep_that_nobody_has_begun_is_not_over() {
    let due = Instant::now() - MOMENT;
    let mut sleep = pin!(sleep_until(due));
    assert!(!sleep.is_elapsed());
    sleep.as_mut().reset(due);
    assert!(sleep.is_elapsed());
}

#[tokio::test]
async fn a_sleep_is_counted_from_its_making() {
    let before = Instant::now();
    let sleep = sleep(MOMENT);
    let after = Instant::now();
    assert!(before + MOMENT <= sleep.deadline() && sleep.deadline() <= after + MOMENT);
    let deadline = before + AGES;
    assert_eq!(sleep_until(deadline).deadline(), deadline);
}

#[tokio::test]
async fn a_sleep_is_reset_to_earlier_and_later() {
    let start = Instant::now();
    let mut sleep = pin!(sleep(AGES));
    assert!(poll_once(sleep.as_mut()).is_pending());
    assert!(!sleep.is_elapsed());
    sleep.as_mut().reset(start + MOMENT);
    assert_eq!(sleep.deadline(), start + MOMENT);
    sleep.as_mut().await;
    assert!(start.elapsed() >= MOMENT);
    // Also when it has passed, and before it is polled.
    sleep.as_mut().reset(start + 3 * MOMENT);
    sleep.as_mut().await;
    assert!(start.elapsed() >= 3 * MOMENT);
}

#[tokio::test]
async fn durations_that_are_too_long_are_far_ahead() {
    let mut endless = pin!(sleep(Duration::MAX));
    assert!(poll_once(endless.as_mut()).is_pending());
    assert!(endless.deadline() > Instant::now() + 1000 * AGES);
    let mut ticks = interval(Duration::MAX);
    assert_eq!(ticks.period(), Duration::from_secs(86_400 * 365 * 30));
    ticks.tick().await;
    ticks.reset();
    assert!(poll_once(pin!(ticks.tick())).is_pending());
}

#[tokio::test]
async fn a_future_that_is_ready_wins_however_late() {
    let due = Instant::now();
    assert_eq!(timeout_at(due, ready(7)).await, Ok(7));
    assert_eq!(timeout(Duration::ZERO, ready(7)).await, Ok(7));
    assert_eq!(timeout(AGES, async { sleep(MOMENT).await }).await, Ok(()));
}

#[tokio::test]
async fn a_time_limit_ends_what_waits() {
    let start = Instant::now();
    let error = timeout(MOMENT, pending::<()>()).await.unwrap_err();
    assert!(start.elapsed() >= MOMENT);
    assert_eq!(error.to_string(), "deadline has elapsed");
    assert_eq!(format!("{error:?}"), "Elapsed(())");
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
    assert!(timeout_at(start, pending::<()>()).await.is_err());
}

#[tokio::test]
async fn a_time_limit_gives_its_future_back() {
    let mut limited = timeout(AGES, ready(7));
    assert!(format!("{limited:?}").starts_with("Timeout { value: Ready(Some(7)), delay: "));
    *limited.get_mut() = ready(8);
    assert_eq!(limited.get_ref().clone().await, 8);
    assert_eq!(limited.into_inner().await, 8);
    // What becomes a future is taken too.
    struct Soon;
    impl IntoFuture for Soon {
        type Output = u8;
        type IntoFuture = std::future::Ready<u8>;
        fn into_future(self) -> Self::IntoFuture {
            ready(9)
        }
    }
    assert_eq!(timeout(AGES, Soon).await, Ok(9));
}

#[tokio::test]
async fn a_future_that_uses_up_the_budget_does_not_outlast_its_limit() {
    let greedy = || async {
        loop {
            tokio::task::consume_budget().await;
        }
    };
    assert!(timeout(MOMENT, greedy()).await.is_err());
    // In the poll itself that uses up the budget, if the limit is over by then.
    tokio::task::yield_now().await;
    let mut late = pin!(timeout_at(Instant::now() - MOMENT, greedy()));
    assert!(matches!(poll_once(late.as_mut()), Poll::Ready(Err(_))));
    tokio::time::pause();
    let mut soon = pin!(timeout(MOMENT, greedy()));
    assert!(poll_once(soon.as_mut()).is_pending());
    tokio::time::advance(2 * MOMENT).await;
    assert!(matches!(poll_once(soon.as_mut()), Poll::Ready(Err(_))));
}

#[tokio::test]
async fn an_interval_ticks_at_once_and_keeps_its_schedule() {
    let mut ticks = interval(MOMENT);
    assert_eq!(ticks.period(), MOMENT);
    assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Burst);
    let first = ticks.tick().await;
    assert!(first <= Instant::now());
    for n in 1..5 {
        assert_eq!(ticks.tick().await, first + n * MOMENT);
        assert!(Instant::now() >= first + n * MOMENT);
    }
}

#[tokio::test]
async fn an_interval_starts_when_it_is_told_to() {
    let start = Instant::now() + MOMENT;
    let mut ticks = interval_at(start, AGES);
    assert_eq!(ticks.tick().await, start);
    assert!(Instant::now() >= start);
    assert!(poll_once(pin!(ticks.tick())).is_pending());
    ticks.reset_immediately();
    ticks.tick().await;
    ticks.reset_after(MOMENT);
    let due = ticks.tick().await;
    ticks.reset_at(due + MOMENT);
    assert_eq!(poll_fn(|cx| ticks.poll_tick(cx)).await, due + MOMENT);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    assert_eq!(ticks.missed_tick_behavior(), MissedTickBehavior::Skip);
}

#[test]
fn periods_of_nothing_panic_everywhere() {
    let text = "`period` must be non-zero.";
    assert_eq!(panic_of(|| interval(Duration::ZERO)), text);
    assert_eq!(panic_of(|| interval_at(Instant::now(), Duration::ZERO)), text);
}

#[test]
fn outside_of_a_runtime_there_are_no_timers() {
    assert_eq!(panic_of(|| sleep(MOMENT)), NO_RUNTIME);
    assert_eq!(panic_of(|| sleep_until(Instant::now())), NO_RUNTIME);
    assert_eq!(panic_of(|| timeout(MOMENT, ready(()))), NO_RUNTIME);
    assert_eq!(panic_of(|| timeout_at(Instant::now(), ready(()))), NO_RUNTIME);
    assert_eq!(panic_of(|| interval(MOMENT)), NO_RUNTIME);
    assert_eq!(panic_of(|| interval_at(Instant::now(), MOMENT)), NO_RUNTIME);
    // It is made outside, and not inside of `block_on`.
    assert_eq!(panic_of(|| current_thread().block_on(sleep(MOMENT))), NO_RUNTIME);
}

#[test]
fn a_runtime_that_was_built_without_time_has_no_timers() {
    let runtime = Builder::new_current_thread().enable_io().build().unwrap();
    let _inside = runtime.enter();
    let text = "A Tokio 1.x context was found, but timers are disabled. Call `enable_time` on the runtime builder to \
                enable timers.";
    assert_eq!(panic_of(|| sleep(MOMENT)), text);
    assert_eq!(panic_of(|| timeout(MOMENT, ready(()))), text);
    assert_eq!(panic_of(|| interval(MOMENT)), text);
}

#[test]
fn a_timer_that_has_outlived_its_runtime_panics() {
    let (one, other) = (current_thread(), current_thread());
    let (mut polled, mut fresh) =
        one.block_on(async { (Box::pin(sleep(AGES)), Box::pin(sleep(AGES))) });
    one.block_on(async { assert!(poll_once(polled.as_mut()).is_pending()) });
    drop(one);
    other.block_on(async {
        let polls = [&mut polled, &mut fresh]
            .map(|sleep| catch_unwind(AssertUnwindSafe(|| poll_once(sleep.as_mut()))).ok());
        // Where timers belong to the process both go on; they are never early.
        if polls == [Some(Poll::Pending); 2] {
            eprintln!("on this backend timers outlive runtimes");
            return;
        }
        assert_eq!(polls, [None; 2]);
        for sleep in [&mut polled, &mut fresh] {
            let text = panic_of(|| poll_once(sleep.as_mut()));
            assert_eq!(text, "A Tokio 1.x context was found, but it is being shutdown.");
        }
    });
}

#[test]
fn a_limit_without_an_end_needs_no_runtime() {
    let mut limited = pin!(timeout(Duration::MAX, ready(7)));
    assert_eq!(poll_once(limited.as_mut()), Poll::Ready(Ok(7)));
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
    let mut lines = Vec::new();
    let mut check = |code: &mut dyn FnMut()| {
        drop(catch_unwind(AssertUnwindSafe(code)));
        lines.push(LINE.take());
    };
    let first = line!();
    check(&mut || drop(sleep(MOMENT)));
    check(&mut || drop(sleep_until(Instant::now())));
    check(&mut || drop(timeout(MOMENT, ready(()))));
    check(&mut || drop(timeout_at(Instant::now(), ready(()))));
    check(&mut || drop(interval(Duration::ZERO)));
    let expected: Vec<_> = (1..=5).map(|n| first + n).collect();
    assert_eq!(lines, expected);
}

#[test]
fn instants_are_those_of_the_standard_library() {
    let (std, later) = (StdInstant::now(), StdInstant::now() + AGES);
    let (one, two) = (Instant::from_std(std), Instant::from(later));
    assert_eq!((one.into_std(), StdInstant::from(two)), (std, later));
    assert_eq!(one.cmp(&two), Ordering::Less);
    assert_eq!(HashSet::from([one, one]).len(), 1);
    assert_eq!(format!("{one:?}"), format!("{std:?}"));
    // What would be less than nothing is nothing.
    assert_eq!((one - two, two - one), (Duration::ZERO, later - std));
    assert_eq!((one.duration_since(two), two.duration_since(one)), (Duration::ZERO, later - std));
    assert_eq!(one.saturating_duration_since(two), Duration::ZERO);
    assert_eq!(one.checked_duration_since(two), None);
    assert_eq!(two.checked_duration_since(one), Some(later - std));
    assert_eq!(two.elapsed(), Duration::ZERO);
    assert_eq!(one.checked_add(Duration::MAX), None);
    assert_eq!(one.checked_add(MOMENT), Some(one + MOMENT));
    assert_eq!(one.checked_sub(Duration::MAX), None);
    assert_eq!((one + MOMENT).checked_sub(MOMENT), Some(one));
    let mut moved = one;
    moved += MOMENT;
    assert_eq!(moved - MOMENT, one);
    moved -= MOMENT;
    assert_eq!(moved, one);
    // Outside of a runtime, it is the time of the system.
    let before = StdInstant::now();
    assert!(Instant::now().into_std() >= before);
}

#[test]
fn errors_say_what_they_are() {
    assert!(Error::shutdown().is_shutdown() && !Error::shutdown().is_invalid());
    assert!(Error::at_capacity().is_at_capacity() && !Error::at_capacity().is_shutdown());
    assert!(Error::invalid().is_invalid() && !Error::invalid().is_at_capacity());
    assert_eq!(
        Error::shutdown().to_string(),
        "the timer is shutdown, must be called from the context of Tokio runtime"
    );
    assert_eq!(
        Error::at_capacity().to_string(),
        "timer is at capacity and cannot create a new entry"
    );
    assert_eq!(Error::invalid().to_string(), "timer duration exceeds maximum duration");
}

#[tokio::test]
async fn timers_are_shown_with_what_they_wait_for() {
    let start = Instant::now();
    let shown = format!("Sleep {{ deadline: {start:?}, .. }}");
    assert_eq!(format!("{:?}", sleep_until(start)), shown);
    assert_eq!(
        format!("{:?}", interval_at(start, MOMENT)),
        format!("Interval {{ delay: {shown}, period: 5ms, missed_tick_behavior: Burst }}")
    );
    assert_eq!(
        format!("{:?}", timeout_at(start, ready(3))),
        format!("Timeout {{ value: {:?}, delay: Some({shown}) }}", ready(3))
    );
}

#[test]
fn all_may_be_sent_and_shared() {
    fn thread_safe<T: Send + Sync>() {}
    fn unpin<T: Unpin>() {}
    fn error<T: std::error::Error + Send + Sync + 'static>() {}
    thread_safe::<Sleep>();
    thread_safe::<Timeout<std::future::Ready<()>>>();
    thread_safe::<Interval>();
    unpin::<Interval>();
    error::<Error>();
    error::<Elapsed>();
}

#[tokio::test]
async fn a_sleep_of_no_time_lets_others_go_first() {
    for round in 0..2 {
        let task = tokio::spawn(async {});
        match round {
            0 => sleep(Duration::ZERO).await,
            _ => assert!(timeout(Duration::ZERO, pending::<()>()).await.is_err()),
        }
        assert!(task.is_finished());
    }
    let task = tokio::spawn(async {});
    timeout(Duration::ZERO, task).await.unwrap().unwrap();
    let mut past = pin!(sleep_until(Instant::now() - MOMENT));
    assert!(poll_once(past.as_mut()).is_ready());
}
