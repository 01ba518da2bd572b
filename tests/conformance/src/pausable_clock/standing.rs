//! Pausing, and going on.

use std::io::ErrorKind;
use std::pin::pin;
use std::thread;
use std::time::Instant;

use anyrt_core::{Flavor, Launch, PauseClock, Timer};
use futures::poll;

use super::{HOUR, MOMENT, SECOND, YEAR, start_paused};
use crate::Launcher;
use crate::witness::{Drive, executor, wait_until};

/// Waits until the clocks of the system have moved.
fn let_real_time_pass() {
    let start = Instant::now();
    wait_until(|| start.elapsed() > MOMENT / 10);
}

pub fn a_paused_clock_stands_still<L: Launch>(runtime: L)
where
    L::Handle: PauseClock,
{
    let handle = runtime.handle();
    assert!(!handle.is_clock_paused());
    handle.drive(async {
        let before = handle.now();
        handle.pause_clock().unwrap();
        assert!(handle.is_clock_paused());
        let paused_at = handle.now();
        assert!(paused_at >= before);
        let_real_time_pass();
        assert_eq!(handle.now(), paused_at);
        let of_the_day = handle.system_now();
        let_real_time_pass();
        assert!(handle.system_now() > of_the_day, "the time of day goes on");
    });
    // Outside as well, and on other threads.
    let (clock, paused_at) = (handle.clone(), handle.now());
    thread::spawn(move || assert_eq!(clock.now(), paused_at)).join().unwrap();
    let_real_time_pass();
    assert_eq!(handle.now(), paused_at);
}

pub fn a_clock_can_be_paused_from_the_start<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle();
    assert!(handle.is_clock_paused());
    let start = handle.now();
    let_real_time_pass();
    assert_eq!(handle.now(), start);
    handle.resume_clock().unwrap();
    assert!(!handle.is_clock_paused());
}

pub fn a_clock_that_is_resumed_goes_on_from_where_it_was<L: Launch>(runtime: L)
where
    L::Handle: PauseClock,
{
    let handle = runtime.handle();
    handle.drive(async {
        for _ in 0..2 {
            handle.pause_clock().unwrap();
            let paused_at = handle.now();
            let mut waiting = pin!(handle.sleep(HOUR + 2 * MOMENT));
            assert!(poll!(&mut waiting).is_pending());
            handle.advance_clock(HOUR).await.unwrap();
            let_real_time_pass();
            handle.resume_clock().unwrap();
            let resumed_at = handle.now();
            assert!(resumed_at >= paused_at + HOUR);
            wait_until(|| handle.now() > resumed_at);
            // What waited before goes on to wait, as what comes now does.
            let real = Instant::now();
            handle.sleep(MOMENT).await;
            assert!(real.elapsed() >= MOMENT, "the clock still jumps");
            waiting.await;
            assert!(handle.now() >= paused_at + HOUR + 2 * MOMENT);
        }
    });
}

pub fn pausing_twice_is_an_error_and_changes_nothing<L: Launch>(runtime: L)
where
    L::Handle: PauseClock,
{
    let handle = runtime.handle();
    handle.drive(async {
        handle.pause_clock().unwrap();
        let paused_at = handle.now();
        let_real_time_pass();
        assert_eq!(handle.pause_clock().unwrap_err().kind(), ErrorKind::InvalidInput);
        assert!(handle.is_clock_paused());
        assert_eq!(handle.now(), paused_at);
        handle.sleep(SECOND).await;
        assert_eq!(handle.now(), paused_at + SECOND);
    });
}

pub fn resuming_and_advancing_a_clock_that_goes_on_are_errors<L: Launch>(runtime: L)
where
    L::Handle: PauseClock,
{
    let handle = runtime.handle();
    handle.drive(async {
        for _ in 0..2 {
            let before = handle.now();
            assert_eq!(handle.resume_clock().unwrap_err().kind(), ErrorKind::InvalidInput);
            let refused = handle.advance_clock(YEAR).await.unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidInput);
            assert!(!handle.is_clock_paused());
            assert!(handle.now() - before < YEAR);
            handle.pause_clock().unwrap();
            handle.resume_clock().unwrap();
        }
    });
}

pub fn each_runtime_has_a_clock_of_its_own<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let (one, other, third) = (start_paused(launcher), start_paused(launcher), launcher.start());
    let (start, other_start) = (one.handle().now(), other.handle().now());
    one.handle().drive(one.handle().sleep(YEAR));
    assert_eq!(one.handle().now(), start + YEAR);
    assert_eq!(other.handle().now(), other_start);
    assert!(!third.handle().is_clock_paused());
    let_real_time_pass();
    assert!(third.handle().now() > start && third.handle().now() < start + YEAR);
    other.handle().drive(async { other.handle().advance_clock(HOUR).await.unwrap() });
    assert_eq!(other.handle().now(), other_start + HOUR);
    assert_eq!(one.handle().now(), start + YEAR);
}

pub fn a_runtime_with_workers_refuses_to_pause_its_clock<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let workers = Flavor::WorkerThreads(None);
    let refused = launcher.try_start_with(|config| {
        (config.flavor, config.start_paused) = (workers, true);
    });
    assert_eq!(refused.map(|_| ()).unwrap_err().kind(), ErrorKind::Unsupported);

    let runtime = launcher.start_with(|config| config.flavor = workers);
    let handle = runtime.handle();
    let refusals =
        [handle.pause_clock(), handle.resume_clock(), handle.drive(handle.advance_clock(YEAR))];
    for refused in refusals {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Unsupported);
    }
    assert!(!handle.is_clock_paused());
    let before = handle.now();
    let_real_time_pass();
    assert!(handle.now() > before);
}

pub fn a_paused_clock_harms_nobody_when_its_runtime_is_gone<L: Launch>(launcher: &Launcher<L>)
where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle().clone();
    let mut waiting = Box::pin(handle.sleep(HOUR));
    handle.drive(async { assert!(poll!(&mut waiting).is_pending()) });
    let start = handle.now();
    drop(runtime);
    // Nothing would wake it at its deadline (R6).
    executor::block_on(waiting);
    assert_eq!(handle.now(), start);
    handle.resume_clock().unwrap();
    handle.pause_clock().unwrap();
    executor::block_on(handle.advance_clock(HOUR)).unwrap();
    executor::block_on(handle.sleep(HOUR));
}

pub fn sleeps_that_were_over_stay_over_whatever_becomes_of_the_clock<L: Launch>(
    launcher: &Launcher<L>,
) where
    L::Handle: PauseClock,
{
    let runtime = start_paused(launcher);
    let handle = runtime.handle().clone();
    let mut waiting = Box::pin(handle.sleep(HOUR));
    handle.drive(async { assert!(poll!(&mut waiting).is_pending()) });
    drop(runtime);
    executor::block_on(&mut waiting);
    handle.resume_clock().unwrap();
    executor::block_on(&mut waiting);
    handle.pause_clock().unwrap();
    executor::block_on(waiting);
}
