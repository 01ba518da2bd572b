//! What loom explores of a clock that is paused: `pausable.rs` says which model checks which claim.
//!
//! A nudge that is lost is a thread that waits for ever, which loom reports as a deadlock.

use std::cell::Cell;
use std::future::{poll_fn, ready};
use std::pin::pin;
use std::task::{Context, Poll};

use loom::thread::{self, JoinHandle};

use super::*;
use crate::sync::AtomicBool;
use crate::sync::models::block_on;

const HOUR: Duration = Duration::from_secs(3600);

/// A reactor with one source, and with an alarm that does not ring: no model takes an hour.
#[derive(Debug, Default)]
struct Reactor(Arc<Source>);

/// Something that a future waits for. Once that waits, the wake alone orders what was done before.
#[derive(Debug, Default)]
struct Source {
    has_come: AtomicBool,
    is_told: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

impl Source {
    /// What a future polls that waits for it.
    fn wait(&self) -> impl FnMut(&Context<'_>) -> Poll<()> {
        let mut waits = false;
        move |cx| {
            if !mem::replace(&mut waits, true) {
                *self.waker.lock().unwrap() = Some(cx.waker().clone());
            }
            if self.is_told.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    /// Whoever has told before has also woken before this returns.
    fn tell(&self) {
        self.is_told.store(true, Ordering::Relaxed);
        let mut waker = self.waker.lock().unwrap();
        wake(waker.take());
    }
}

impl ClockReactor for Reactor {
    type Look = Look;

    fn set_alarm(&self, time: impl FnOnce() -> Option<Instant>) -> bool {
        time();
        true
    }

    fn prepare_to_look(&self) -> io::Result<()> {
        Ok(())
    }

    fn look(&self) -> Look {
        Look(Arc::clone(&self.0))
    }
}

/// Wakes whoever waits for the source, if that has come.
#[derive(Debug)]
struct Look(Arc<Source>);

impl Future for Look {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if self.0.has_come.load(Ordering::Acquire) {
            self.0.tell();
        }
        Poll::Ready(())
    }
}

type Clock = PausableClock<Reactor>;

fn clock() -> Arc<Clock> {
    PausableClock::new(|_| Reactor::default())
}

fn paused() -> (Arc<Clock>, Instant) {
    let clock = clock();
    clock.pause().unwrap();
    let start = clock.now();
    (clock, start)
}

fn start(clock: &Arc<Clock>, act: impl FnOnce(&Arc<Clock>) + 'static) -> JoinHandle<()> {
    let clock = Arc::clone(clock);
    thread::spawn(move || act(&clock))
}

/// What a thread does in `block_on`.
fn drive<F: Future>(clock: &Clock, future: F) -> F::Output {
    block_on(clock.drive(pin!(future)))
}

fn sleep_for_an_hour(clock: &Arc<Clock>, start: Instant) {
    drive(clock, clock.sleep_until(start + HOUR));
    assert_eq!(clock.now(), start + HOUR);
}

/// Looks at the clock twice, in what it must not be moved meanwhile.
fn stands(clock: &Clock) {
    if clock.is_paused() {
        let now = clock.now();
        assert_eq!(clock.now(), now, "the clock is moved while a thread is busy");
    }
}

#[test]
fn the_clock_jumps_when_the_last_hold_ends() {
    loom::model(|| {
        let (clock, start_time) = paused();
        let hold = clock.hold();
        let ends = start(&clock, move |clock| {
            stands(clock);
            drop(hold);
        });
        sleep_for_an_hour(&clock, start_time);
        ends.join().unwrap();
    });
}

#[test]
fn a_pause_is_noticed_by_a_thread_that_goes_to_wait() {
    loom::model(|| {
        let clock = clock();
        let deadline = clock.now() + HOUR;
        let pauses = start(&clock, |clock| clock.pause().unwrap());
        drive(&clock, clock.sleep_until(deadline));
        assert_eq!(clock.now(), deadline);
        pauses.join().unwrap();
    });
}

#[test]
fn the_clock_jumps_not_before_who_arrives_has_nothing_to_do_and_then() {
    loom::model(|| {
        let clock = clock();
        let deadline = clock.now() + HOUR;
        let arrives = start(&clock, |clock| {
            let clock = &**clock;
            drive(clock, async { stands(clock) });
        });
        let pauses = start(&clock, |clock| clock.pause().unwrap());
        drive(&clock, clock.sleep_until(deadline));
        arrives.join().unwrap();
        pauses.join().unwrap();
    });
}

#[test]
fn who_has_come_keeps_the_clock_until_it_has_nothing_to_do() {
    loom::model(|| {
        let clock = clock();
        let deadline = clock.now() + HOUR;
        let comes = start(&clock, |clock| {
            let paused_at = Cell::new(None);
            let mut future = pin!(async {
                assert_eq!(Some(clock.now()), paused_at.get(), "the clock jumps too early");
            });
            let driven = clock.drive(future.as_mut());
            clock.pause().unwrap();
            paused_at.set(Some(clock.now()));
            block_on(driven);
        });
        drive(&clock, clock.sleep_until(deadline));
        comes.join().unwrap();
    });
}

#[test]
fn what_was_done_by_who_has_come_and_gone_is_seen_after_the_jump() {
    loom::model(|| {
        let clock = clock();
        let deadline = clock.now() + HOUR;
        let is_done = Arc::new(AtomicBool::new(false));
        let does = Arc::clone(&is_done);
        let comes = start(&clock, move |clock| {
            let mut future = ready(());
            let driven = clock.drive(Pin::new(&mut future));
            clock.pause().unwrap();
            does.store(true, Ordering::Relaxed);
            drop(driven);
        });
        drive(&clock, clock.sleep_until(deadline));
        assert!(is_done.load(Ordering::Relaxed));
        comes.join().unwrap();
    });
}

/// The thread that is about to move it has to look again, though nobody nudges it.
#[test]
fn a_clock_that_is_moved_by_hand_jumps_afterwards() {
    loom::model(|| {
        let (clock, start_time) = paused();
        let moves = start(&clock, |clock| {
            clock.advance(HOUR / 2).unwrap();
        });
        drive(&clock, clock.sleep_until(start_time + HOUR));
        moves.join().unwrap();
    });
}

#[test]
fn what_was_done_before_a_wake_is_seen_though_a_nudge_comes_first() {
    loom::model(|| {
        let (clock, _) = paused();
        let source = Arc::new(Source::default());
        let nudges = start(&clock, |clock| drop(clock.hold()));
        let tells = Arc::clone(&source);
        let wakes = thread::spawn(move || tells.tell());
        let mut poll = source.wait();
        drive(&clock, poll_fn(|cx| poll(cx)));
        nudges.join().unwrap();
        wakes.join().unwrap();
    });
}

#[test]
fn what_comes_in_a_turn_is_told_before_the_clock_jumps() {
    loom::model(|| {
        let (clock, start_time) = paused();
        let turns = start(&clock, move |clock| {
            let source = &clock.reactor.0;
            // There is a deadline also when the other thread has left, so that somebody looks at the source.
            let mut later = pin!(clock.sleep_until(start_time + 2 * HOUR));
            let future = async {
                let now = clock.now();
                source.has_come.store(true, Ordering::Release);
                let mut poll = source.wait();
                poll_fn(|cx| {
                    assert!(later.as_mut().poll(cx).is_pending());
                    poll(cx)
                })
                .await;
                assert_eq!(clock.now(), now, "the clock jumps too early");
            };
            drive(clock, future);
        });
        sleep_for_an_hour(&clock, start_time);
        turns.join().unwrap();
    });
}

#[test]
fn what_is_woken_under_a_hold_has_its_turn_before_the_clock_jumps() {
    loom::model(|| {
        let (clock, start_time) = paused();
        let source = Arc::new(Source::default());
        let (hold, tells) = (clock.hold(), Arc::clone(&source));
        let wakes = thread::spawn(move || {
            tells.tell();
            drop(hold);
        });
        let (mut poll, mut sleep) = (source.wait(), pin!(clock.sleep_until(start_time + HOUR)));
        let future = poll_fn(|cx| {
            assert!(sleep.as_mut().poll(cx).is_pending(), "the clock jumps too early");
            poll(cx)
        });
        drive(&clock, future);
        wakes.join().unwrap();
    });
}

/// Each of the two may be the one that moves the clock.
#[test]
fn a_thread_that_was_woken_keeps_the_clock_from_being_moved_by_another() {
    loom::model(|| {
        let (clock, start_time) = paused();
        let source = Arc::new(Source::default());
        let (hold, waits) = (clock.hold(), Arc::clone(&source));
        let is_woken = start(&clock, move |clock| {
            let (mut poll, mut has_waited) = (waits.wait(), false);
            let future = poll_fn(|cx| {
                let polled = poll(cx);
                // Who comes when it was told already was not woken.
                if mem::replace(&mut has_waited, true) && polled.is_ready() {
                    assert_eq!(clock.now(), start_time, "the clock jumps too early");
                }
                polled
            });
            drive(clock, future);
        });
        let wakes = thread::spawn(move || {
            source.tell();
            drop(hold);
        });
        sleep_for_an_hour(&clock, start_time);
        is_woken.join().unwrap();
        wakes.join().unwrap();
    });
}

#[test]
fn what_comes_under_a_hold_is_told_before_the_clock_jumps() {
    loom::model(|| {
        let (clock, start_time) = paused();
        let source = Arc::clone(&clock.reactor.0);
        let comes = start(&clock, move |clock| {
            let hold = clock.hold();
            // Unless it is too late.
            clock.reactor.0.has_come.store(clock.now() == start_time, Ordering::Release);
            drop(hold);
        });
        let (mut poll, mut sleep) = (source.wait(), pin!(clock.sleep_until(start_time + HOUR)));
        let future = poll_fn(|cx| {
            let (is_told, is_over) = (poll(cx), sleep.as_mut().poll(cx));
            if is_told.is_pending() && is_over.is_ready() {
                assert!(!source.has_come.load(Ordering::Acquire), "the clock jumps too early");
                return is_over;
            }
            is_told
        });
        drive(&clock, future);
        comes.join().unwrap();
    });
}

#[test]
fn a_closure_holds_without_a_gap_but_not_while_it_waits_itself() {
    loom::model(|| {
        let (clock, start_time) = paused();
        let hold = clock.hold();
        let closure = start(&clock, move |clock| {
            clock.call_closure(|| {
                drive(clock, ready(()));
                assert_eq!(clock.now(), start_time, "the clock is moved during a closure");
                drive(clock, clock.sleep_until(start_time + HOUR / 2));
                assert_eq!(clock.now(), start_time + HOUR / 2);
            });
            drop(hold);
        });
        sleep_for_an_hour(&clock, start_time);
        closure.join().unwrap();
    });
}

#[test]
fn sleeps_are_over_when_the_runtime_has_ended_and_nobody_is_left() {
    loom::model(|| {
        let clock = clock();
        let is_left = start(&clock, |clock| {
            let mut sleep = pin!(clock.sleep_until(clock.now() + HOUR));
            let future = poll_fn(|cx| {
                assert!(sleep.as_mut().poll(cx).is_pending(), "the thread is there still");
                Poll::Ready(())
            });
            drive(clock, future);
        });
        let closes = start(&clock, |clock| clock.close());
        // By another executor.
        block_on(clock.sleep_until(clock.now() + HOUR));
        is_left.join().unwrap();
        closes.join().unwrap();
    });
}
