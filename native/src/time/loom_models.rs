//! Loom's view of the protocols: every schedule of two or three threads, within its bounds.
//!
//! The clock of a model stands still but for what its threads pass to `fire_at`. The README says which
//! model checks what.

use std::mem;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::alarm::{Alarm, Home};
use super::clock::Moment;
use super::node::Node;
use super::timers::Timers;
use crate::sync::thread::spawn;
use crate::sync::{Arc, Mutex, lock, model};

const SECOND: Duration = Duration::from_secs(1);

#[derive(Debug)]
struct Fixture {
    timers: Timers,
    is_kicked: Mutex<bool>,
    /// On which sleeps begin.
    wheel: AtomicUsize,
}

type Shared = Arc<Fixture>;
type Pinned = Pin<Box<Alarm<Shared>>>;

// SAFETY: the fixture, with its timers, lives as long as the `Arc`, and does not move.
unsafe impl Home for Shared {
    fn timers(&self) -> &Timers {
        &self.timers
    }

    fn wheel_here(&self) -> usize {
        self.wheel.load(Ordering::Relaxed)
    }

    fn kick(&self) {
        *lock(&self.is_kicked) = true;
    }

    fn now(&self) -> Instant {
        self.timers.clock().start()
    }
}

/// The end of a node counts as an access to all of it, so that loom sees who comes after it.
impl Drop for Node {
    fn drop(&mut self) {
        // SAFETY: the owner is gone, and so the node is in no wheel: nobody may use it. If somebody
        // does, loom notices.
        unsafe { self.links(|_| ()) };
    }
}

fn fixture() -> Shared {
    // Near the wrap, as that must make no difference.
    let timers = Timers::starting_at(2, Moment::from_nanos(u64::MAX - 100_000));
    Arc::new(Fixture { timers, is_kicked: Mutex::new(false), wheel: AtomicUsize::new(0) })
}

impl Fixture {
    /// What time it is so long after the start.
    fn after(&self, seconds: u32) -> Instant {
        self.timers.clock().start() + SECOND * seconds
    }

    /// Fires as a thread does whose own wheel is the second.
    fn fire(&self, seconds: u32) -> usize {
        self.timers.fire_at(1, self.after(seconds))
    }

    fn begin_sleep(&self) -> Option<Duration> {
        self.timers.begin_sleep_at(|| self.after(0))
    }

    /// Whether a thread in the reactor would wake up now. It takes note of that.
    fn is_woken(&self) -> bool {
        mem::take(&mut *lock(&self.is_kicked))
    }
}

fn alarm(home: &Shared, seconds: u32) -> Pinned {
    Box::pin(Alarm::new(Arc::clone(home), home.after(seconds)))
}

fn poll(alarm: &mut Pinned, waker: &Waker) -> Poll<()> {
    alarm.as_mut().poll(&Context::from_waker(waker))
}

fn waiting(home: &Shared, seconds: u32, waker: &Waker) -> Pinned {
    let mut alarm = alarm(home, seconds);
    assert!(poll(&mut alarm, waker).is_pending());
    alarm
}

/// Counts outside of what loom explores.
#[derive(Debug, Default)]
struct Count(AtomicUsize);

impl Count {
    fn new() -> (std::sync::Arc<Self>, Waker) {
        let count = std::sync::Arc::new(Self::default());
        (std::sync::Arc::clone(&count), Waker::from(count))
    }

    fn woken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_sleeper_knows_of_the_timer_or_is_kicked() {
    model(|| {
        let home = fixture();
        let starting = {
            let home = Arc::clone(&home);
            spawn(move || waiting(&home, 1, Waker::noop()))
        };
        let sleep = home.begin_sleep();
        let alarm = starting.join().unwrap();
        assert!(is_in_time(sleep, 1) || home.is_woken());
        drop(alarm);
    });
}

#[test]
fn who_waits_by_a_clock_that_stands_knows_of_the_timer_or_is_kicked() {
    for dropped in [None, Some(1), Some(3)] {
        model(move || {
            let home = fixture();
            // What it leaves is earlier than the timer that comes, or later, and nobody's.
            drop(dropped.map(|seconds| waiting(&home, seconds, Waker::noop())));
            let starting = {
                let home = Arc::clone(&home);
                spawn(move || waiting(&home, 2, Waker::noop()))
            };
            let next = home.timers.next_deadline();
            home.begin_sleep();
            let is_same = home.timers.next_deadline() == next;
            let alarm = starting.join().unwrap();
            assert!(next.is_some() || !is_same || home.is_woken());
            drop(alarm);
        });
    }
}

#[test]
fn a_sleeper_with_a_later_timer_knows_of_the_earlier_or_is_kicked() {
    model(|| {
        let home = fixture();
        let later = waiting(&home, 9, Waker::noop());
        let starting = {
            let home = Arc::clone(&home);
            spawn(move || waiting(&home, 1, Waker::noop()))
        };
        let sleep = home.begin_sleep();
        let earlier = starting.join().unwrap();
        assert!(is_in_time(sleep, 1) || home.is_woken());
        drop((later, earlier));
    });
}

#[test]
fn of_two_timers_one_kicks_and_the_next_sleep_knows_of_both() {
    model(|| {
        let home = fixture();
        let threads = [2, 1].map(|seconds| {
            let home = Arc::clone(&home);
            spawn(move || waiting(&home, seconds, Waker::noop()))
        });
        // Woken by something else, or by a kick; either way it sleeps again.
        let _first = home.begin_sleep();
        home.is_woken();
        home.timers.end_sleep();
        let second = home.begin_sleep();
        let alarms = threads.map(|thread| thread.join().unwrap());
        assert!(is_in_time(second, 1) || home.is_woken());
        drop(alarms);
    });
}

#[test]
fn a_timer_moved_to_earlier_is_known_to_the_sleeper_or_kicks_it() {
    model(|| {
        let home = fixture();
        let mut alarm = waiting(&home, 9, Waker::noop());
        let resetting = {
            let earlier = home.after(1);
            spawn(move || {
                alarm.as_mut().reset(earlier);
                alarm
            })
        };
        let sleep = home.begin_sleep();
        let alarm = resetting.join().unwrap();
        assert!(is_in_time(sleep, 1) || home.is_woken());
        drop(alarm);
    });
}

#[test]
fn who_is_busy_knows_of_a_timer_that_starts_while_others_look_at_all() {
    model(|| {
        let home = fixture();
        home.wheel.store(1, Ordering::Relaxed);
        let first = waiting(&home, 1, Waker::noop());
        home.wheel.store(0, Ordering::Relaxed);
        let starting = {
            let home = Arc::clone(&home);
            spawn(move || waiting(&home, 3, Waker::noop()))
        };
        let looking = {
            let home = Arc::clone(&home);
            spawn(move || home.fire(2))
        };
        let fired = home.fire(2);
        assert_eq!(fired + looking.join().unwrap(), 1);
        let second = starting.join().unwrap();
        assert_eq!((home.fire(2), home.fire(4)), (0, 1));
        drop((first, second));
    });
}

/// Whether who sleeps so long is awake after `seconds` and a tick.
fn is_in_time(sleep: Option<Duration>, seconds: u32) -> bool {
    sleep.is_some_and(|sleep| sleep <= SECOND * seconds + Duration::from_micros(2))
}

#[test]
fn a_node_is_not_touched_after_it_was_dropped() {
    model(|| {
        let home = fixture();
        let (count, waker) = Count::new();
        let first = waiting(&home, 1, &waker);
        let second = waiting(&home, 1, &waker);
        let third = waiting(&home, 1, &waker);
        drop(waker);
        let firing = {
            let home = Arc::clone(&home);
            spawn(move || home.fire(2))
        };
        drop(second);
        let fired = firing.join().unwrap();
        assert!(fired == 2 || fired == 3);
        assert_eq!(count.woken(), fired);
        assert_eq!(std::sync::Arc::strong_count(&count), 1, "a waker was lost or kept");
        drop((first, third));
    });
}

#[test]
fn a_node_that_has_fired_may_be_dropped_at_once() {
    model(|| {
        let home = fixture();
        let mut alarm = waiting(&home, 1, Waker::noop());
        let firing = {
            let home = Arc::clone(&home);
            spawn(move || home.fire(2))
        };
        // Without a lock, if it was seen to have fired.
        let is_ready = poll(&mut alarm, Waker::noop()).is_ready();
        drop(alarm);
        assert!(firing.join().unwrap() == 1 || !is_ready);
    });
}

#[test]
fn two_that_fire_wake_once() {
    model(|| {
        let home = fixture();
        let (count, waker) = Count::new();
        let alarms = [waiting(&home, 1, &waker), waiting(&home, 1, &waker)];
        let firing = {
            let home = Arc::clone(&home);
            spawn(move || home.fire(2))
        };
        let fired = home.fire(3);
        assert_eq!(fired + firing.join().unwrap(), 2);
        assert_eq!(count.woken(), 2);
        drop(alarms);
    });
}

#[test]
fn the_last_waker_is_woken_or_the_poll_is_ready() {
    model(|| {
        let home = fixture();
        let (_, old) = Count::new();
        let (new, new_waker) = Count::new();
        let mut alarm = waiting(&home, 1, &old);
        let firing = {
            let home = Arc::clone(&home);
            spawn(move || home.fire(2))
        };
        let is_ready = poll(&mut alarm, &new_waker).is_ready();
        assert_eq!(firing.join().unwrap(), 1);
        assert!(is_ready || new.woken() == 1);
        assert!(poll(&mut alarm, &new_waker).is_ready());
    });
}

#[test]
fn what_is_put_off_while_it_fires_wakes_at_the_new_deadline() {
    model(|| {
        let home = fixture();
        let (count, waker) = Count::new();
        let mut alarm = waiting(&home, 1, &waker);
        let firing = {
            let home = Arc::clone(&home);
            spawn(move || home.fire(2))
        };
        let later = home.after(5);
        alarm.as_mut().reset(later);
        // By the clock of the model it is not the time yet, whether the old one fired or not.
        assert!(poll(&mut alarm, &waker).is_pending());
        let in_vain = firing.join().unwrap();
        assert_eq!(home.fire(4), 0);
        assert!(poll(&mut alarm, &waker).is_pending());
        assert_eq!(home.fire(6), 1);
        assert_eq!(count.woken(), in_vain + 1);
        assert!(poll(&mut alarm, &waker).is_ready());
    });
}

#[test]
fn what_is_moved_to_earlier_while_it_fires_is_woken_once() {
    model(|| {
        let home = fixture();
        let (count, waker) = Count::new();
        let mut alarm = waiting(&home, 3, &waker);
        let firing = {
            let home = Arc::clone(&home);
            spawn(move || home.fire(4))
        };
        let earlier = home.after(1);
        alarm.as_mut().reset(earlier);
        assert_eq!(firing.join().unwrap() + home.fire(2), 1);
        assert_eq!(count.woken(), 1);
        assert!(!home.timers.has_timers());
    });
}

#[test]
fn what_begins_to_wait_while_the_runtime_ends_is_woken_or_ready() {
    model(|| {
        let home = fixture();
        let (count, waker) = Count::new();
        let closing = {
            let home = Arc::clone(&home);
            spawn(move || home.timers.close())
        };
        let mut alarm = alarm(&home, 1);
        let is_ready = poll(&mut alarm, &waker).is_ready();
        closing.join().unwrap();
        assert_eq!(count.woken(), usize::from(!is_ready));
        assert!(poll(&mut alarm, &waker).is_ready());
        assert!(!home.timers.has_timers());
    });
}

#[test]
fn what_is_polled_while_the_runtime_ends_is_woken_or_ready() {
    model(|| {
        let home = fixture();
        let (_, old) = Count::new();
        let (new, new_waker) = Count::new();
        let mut alarm = waiting(&home, 1, &old);
        let closing = {
            let home = Arc::clone(&home);
            spawn(move || home.timers.close())
        };
        let is_ready = poll(&mut alarm, &new_waker).is_ready();
        closing.join().unwrap();
        assert!(is_ready || new.woken() == 1);
        assert!(poll(&mut alarm, &new_waker).is_ready());
    });
}

#[test]
fn what_is_reset_while_the_runtime_ends_does_not_wait() {
    model(|| {
        let home = fixture();
        let mut alarm = waiting(&home, 5, Waker::noop());
        let (count, waker) = Count::new();
        let closing = {
            let home = Arc::clone(&home);
            spawn(move || home.timers.close())
        };
        let deadlines = [home.after(9), home.after(1)];
        for deadline in deadlines {
            alarm.as_mut().reset(deadline);
        }
        let is_ready = poll(&mut alarm, &waker).is_ready();
        closing.join().unwrap();
        assert!(is_ready || count.woken() == 1);
        assert!(poll(&mut alarm, &waker).is_ready());
    });
}
