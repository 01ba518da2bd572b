//! Tests of alarms on wheels, by a clock that stands still until it is moved.

mod standing;
mod wakers;

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use super::alarm::{Alarm, Home};
use super::clock::Moment;
use super::timers::Timers;

const MICRO: Duration = Duration::from_micros(1);
const MILLI: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);
/// Sleeps may fire so much after their deadline.
const TICK: Duration = Duration::from_nanos(1024);

/// Where the count of time begins: among others, where each level wraps soon.
const OFFSETS: [u64; 6] =
    [0, 1, u64::MAX, u64::MAX - 3000, (1 << 40) - 5000, (1 << 62) + 123_456_789];

#[derive(Debug)]
struct Fixture {
    timers: Timers,
    now: Mutex<Instant>,
    wheel: AtomicUsize,
    kicks: AtomicUsize,
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
        self.kicks.fetch_add(1, Ordering::Relaxed);
    }

    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }
}

impl Fixture {
    fn new() -> Shared {
        Self::starting_at(0)
    }

    fn starting_at(offset: u64) -> Shared {
        let timers = Timers::starting_at(2, Moment::from_nanos(offset));
        let now = Mutex::new(timers.clock().start());
        Arc::new(Self { timers, now, wheel: AtomicUsize::new(0), kicks: AtomicUsize::new(0) })
    }

    fn pass(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// Fires until nothing is due, and returns how many woke.
    fn fire(&self) -> usize {
        let now = *self.now.lock().unwrap();
        let mut woken = 0;
        loop {
            woken += self.timers.fire_at(0, now);
            if self.timers.begin_sleep_at(|| now) != Some(Duration::ZERO) {
                self.timers.end_sleep();
                return woken;
            }
        }
    }

    fn sleep(&self) -> Option<Duration> {
        self.timers.begin_sleep_at(|| *self.now.lock().unwrap())
    }

    fn kicks(&self) -> usize {
        self.kicks.swap(0, Ordering::Relaxed)
    }
}

fn alarm(home: &Shared, after: Duration) -> Pinned {
    Box::pin(Alarm::new(Arc::clone(home), home.now() + after))
}

fn waiting(home: &Shared, after: Duration, waker: &Waker) -> Pinned {
    let mut alarm = alarm(home, after);
    assert!(poll(&mut alarm, waker).is_pending());
    alarm
}

fn poll(alarm: &mut Pinned, waker: &Waker) -> Poll<()> {
    alarm.as_mut().poll(&Context::from_waker(waker))
}

#[derive(Debug, Default)]
struct Count(AtomicUsize);

impl Count {
    fn new() -> (Arc<Self>, Waker) {
        let count = Arc::new(Self::default());
        (Arc::clone(&count), Waker::from(count))
    }

    fn take(&self) -> usize {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// From nothing to 30 years, each magnitude as likely as the others.
    fn duration(&mut self) -> Duration {
        let magnitude = 1 << self.below(60);
        Duration::from_nanos(self.below(magnitude))
    }
}

/// An alarm, and what is to be expected of it.
struct Expected {
    alarm: Pinned,
    count: Arc<Count>,
    waker: Waker,
    deadline: Instant,
    waits: bool,
}

/// The model: alarms by themselves, each with its deadline, looked through one by one.
fn check_random_operations(offset: u64, seed: u64, operations: usize) {
    println!("offset {offset}, seed {seed}");
    let mut random = Random(seed);
    let home = Fixture::starting_at(offset);
    let mut alarms: Vec<Expected> = Vec::new();
    for _ in 0..operations {
        home.wheel.store(random.below(2) as usize, Ordering::Relaxed);
        let chosen = random.below(alarms.len().max(1) as u64) as usize;
        match random.below(10) {
            0..4 => alarms.push(Expected::new(&home, random.duration())),
            4 if !alarms.is_empty() => drop(alarms.swap_remove(chosen)),
            5 if !alarms.is_empty() => {
                let now = home.now();
                alarms[chosen].reset(now, now + random.duration(), random.below(2) == 0);
            }
            6..8 => {
                let next = home.sleep();
                home.timers.end_sleep();
                home.pass(next.unwrap_or(MILLI).min(random.duration()));
            }
            _ => home.pass(random.duration().min(Duration::from_secs(10_000_000))),
        }
        // Not each time, as much may happen before a runtime comes to look.
        if random.below(3) == 0 {
            check_all(&home, &mut alarms);
        }
    }
    drop(alarms);
    assert_eq!(home.fire(), 0);
}

impl Expected {
    fn new(home: &Shared, duration: Duration) -> Self {
        let (count, waker) = Count::new();
        let mut alarm = alarm(home, duration);
        let deadline = alarm.deadline();
        let waits = poll(&mut alarm, &waker).is_pending();
        Self { alarm, count, waker, deadline, waits }
    }

    fn reset(&mut self, now: Instant, deadline: Instant, is_polled: bool) {
        self.deadline = deadline;
        let before = self.count.0.load(Ordering::Relaxed);
        self.alarm.as_mut().reset(deadline);
        // Whoever waited before waits on, also without another poll, or is woken at once if there is nothing left to wait for.
        let woken = self.count.0.load(Ordering::Relaxed) - before;
        if woken > 0 {
            assert!(woken == 1 && self.waits && deadline <= now);
            self.waits = false;
            self.count.0.fetch_sub(1, Ordering::Relaxed);
        }
        if is_polled {
            self.waits = poll(&mut self.alarm, &self.waker).is_pending();
        }
    }
}

/// Fires, and compares each alarm with the clock.
fn check_all(home: &Shared, alarms: &mut [Expected]) {
    let woken = home.fire();
    let now = home.now();
    let mut next: Option<Instant> = None;
    let mut counted = 0;
    for expected in alarms {
        let Expected { alarm, count, waker, deadline, waits } = expected;
        let wakes = count.take();
        counted += wakes;
        assert!(wakes <= 1);
        if *waits {
            assert!(wakes == 0 || *deadline <= now, "early by {:?}", *deadline - now);
            assert!(wakes == 1 || *deadline + TICK > now, "late by {:?}", now - *deadline);
        }
        let is_ready = poll(alarm, waker).is_ready();
        assert!(!is_ready || *deadline <= now, "ready {:?} early", *deadline - now);
        assert!(is_ready || *deadline + TICK > now, "pending {:?} late", now - *deadline);
        assert_eq!(is_ready, poll(alarm, waker).is_ready());
        *waits = !is_ready;
        if *waits {
            next = Some(next.map_or(*deadline, |next| next.min(*deadline)));
        }
    }
    assert_eq!(woken, counted);
    let sleep = home.sleep();
    home.timers.end_sleep();
    if let Some(next) = next {
        let sleep = sleep.expect("somebody waits");
        let most = next.saturating_duration_since(now) + TICK;
        assert!(sleep <= most, "sleeps {sleep:?} instead of {most:?}");
    }
}

#[test]
fn random_operations_agree_with_a_plain_list() {
    let (offsets, operations) =
        if cfg!(miri) { (&OFFSETS[2..4], 150) } else { (&OFFSETS[..], 1500) };
    for &offset in offsets {
        let seed = Instant::now().elapsed().as_nanos() as u64 ^ std::process::id() as u64;
        check_random_operations(offset, seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, operations);
    }
    check_random_operations(0, 88_172_645_463_325_252, operations);
}

#[test]
fn sleeps_of_all_lengths_fire_in_the_tick_after_their_deadline() {
    let (offsets, step) = if cfg!(miri) { (&OFFSETS[2..3], 7) } else { (&OFFSETS[..], 1) };
    let mut random = Random(1);
    for &offset in offsets {
        for bits in (0..59).step_by(step) {
            for nanos in [1 << bits, (1 << bits) + 1, (1 << bits) * 2 - 1] {
                let home = Fixture::starting_at(offset);
                home.pass(Duration::from_nanos(random.below(1 << 40)));
                check_length(&home, Duration::from_nanos(nanos));
            }
        }
    }
}

fn check_length(home: &Shared, duration: Duration) {
    let (count, waker) = Count::new();
    let mut alarm = waiting(home, duration, &waker);
    home.pass(duration - Duration::from_nanos(1));
    assert_eq!((home.fire(), count.take()), (0, 0), "{duration:?} early");
    assert!(poll(&mut alarm, &waker).is_pending());
    home.pass(TICK);
    assert_eq!((home.fire(), count.take()), (1, 1), "{duration:?} not fired");
    assert!(poll(&mut alarm, &waker).is_ready());
    assert!(!home.timers.has_timers());
}

#[test]
fn a_lone_sleep_takes_one_wake_up() {
    for offset in OFFSETS {
        for duration in [50 * MICRO, 3 * MILLI, Duration::from_secs(1), 100_000 * HOUR] {
            let home = Fixture::starting_at(offset);
            let _alarm = waiting(&home, duration, Waker::noop());
            let sleep = home.sleep().unwrap();
            assert!(sleep >= duration && sleep < duration + TICK, "{sleep:?} for {duration:?}");
            home.timers.end_sleep();
            home.pass(sleep);
            assert_eq!(home.fire(), 1);
            assert_eq!(home.sleep(), None);
        }
    }
}

#[test]
fn a_sleep_put_off_again_and_again_wakes_once() {
    let home = Fixture::new();
    let (count, waker) = Count::new();
    let mut alarm = waiting(&home, 10 * MILLI, &waker);
    for _ in 0..1000 {
        home.pass(MILLI);
        home.fire();
        alarm.as_mut().reset(home.now() + 10 * MILLI);
        assert!(poll(&mut alarm, &waker).is_pending());
    }
    assert_eq!(count.take(), 0);
    home.pass(10 * MILLI + TICK);
    assert_eq!((home.fire(), count.take()), (1, 1));
    assert!(poll(&mut alarm, &waker).is_ready());
}

#[test]
fn a_sleep_that_waits_can_be_reset_to_earlier_and_to_the_past() {
    let home = Fixture::new();
    home.pass(HOUR);
    let (count, waker) = Count::new();
    let mut alarm = waiting(&home, HOUR, &waker);
    alarm.as_mut().reset(home.now() + MILLI);
    assert!(poll(&mut alarm, &waker).is_pending());
    home.pass(MILLI + TICK);
    assert_eq!((home.fire(), count.take()), (1, 1));
    assert!(poll(&mut alarm, &waker).is_ready());

    alarm.as_mut().reset(home.now() + HOUR);
    assert!(poll(&mut alarm, &waker).is_pending());
    alarm.as_mut().reset(home.now());
    assert!(poll(&mut alarm, &waker).is_ready());
    alarm.as_mut().reset(home.now() - HOUR / 2);
    assert!(poll(&mut alarm, &waker).is_ready());
    home.pass(2 * HOUR);
    assert_eq!(home.fire(), 0);
}

#[test]
fn who_waits_is_woken_at_an_earlier_deadline_without_a_poll() {
    let home = Fixture::new();
    let (count, waker) = Count::new();
    let mut alarm = waiting(&home, HOUR, &waker);
    let references = Arc::strong_count(&count);
    // On another wheel than its own, from which it was put off before, and to the past.
    home.wheel.store(1, Ordering::Relaxed);
    for after in [2 * HOUR, 30 * MILLI, 20 * MILLI, 10 * MILLI] {
        alarm.as_mut().reset(home.now() + after);
        assert_eq!(Arc::strong_count(&count), references);
    }
    home.pass(10 * MILLI - MICRO);
    assert_eq!((home.fire(), count.take()), (0, 0));
    home.pass(MICRO + TICK);
    assert_eq!((home.fire(), count.take()), (1, 1));

    // At once, for nobody may come to look at the wheels soon.
    let mut alarm = waiting(&home, HOUR, &waker);
    alarm.as_mut().reset(home.now() - MILLI);
    assert_eq!((count.take(), home.fire()), (1, 0));
    assert!(poll(&mut alarm, &waker).is_ready());
    home.pass(2 * HOUR);
    assert_eq!((home.fire(), count.take()), (0, 0));
}

#[test]
fn a_sleep_is_ready_after_its_deadline_though_nobody_has_fired() {
    let home = Fixture::new();
    let (count, waker) = Count::new();
    let references = Arc::strong_count(&count);
    let mut alarm = waiting(&home, MILLI, &waker);
    assert!(poll(&mut alarm, &waker).is_pending());
    home.pass(MILLI);
    for _ in 0..2 {
        assert!(poll(&mut alarm, &waker).is_ready());
    }
    assert_eq!(Arc::strong_count(&count), references);
    assert_eq!((home.fire(), count.take()), (0, 0));
}

#[test]
fn a_sleep_put_off_to_what_is_past_by_now_is_ready() {
    let home = Fixture::new();
    let mut alarm = waiting(&home, MILLI, Waker::noop());
    home.pass(3 * MILLI);
    alarm.as_mut().reset(home.now() - MILLI);
    assert!(poll(&mut alarm, Waker::noop()).is_ready());
}

#[test]
fn what_is_past_touches_no_wheel() {
    let home = Fixture::new();
    home.pass(HOUR);
    for after in [Duration::ZERO, MICRO] {
        let mut alarm = Box::pin(Alarm::new(Arc::clone(&home), home.now() - after));
        assert!(alarm.is_elapsed());
        for _ in 0..3 {
            assert!(poll(&mut alarm, Waker::noop()).is_ready());
        }
    }
    assert!(!home.timers.has_timers());
}

#[test]
fn who_waits_beyond_the_wheels_does_not_wake() {
    let year = 365 * 24 * HOUR;
    for offset in OFFSETS {
        let home = Fixture::starting_at(offset);
        let mut alarms = [200, 10_000].map(|years| waiting(&home, years * year, Waker::noop()));
        for _ in 0..14 {
            home.pass(10 * year);
            assert_eq!(home.fire(), 0);
            for alarm in &mut alarms {
                assert!(poll(alarm, Waker::noop()).is_pending());
            }
        }
        assert!(home.sleep().is_some_and(|sleep| sleep > year));
    }
}

/// Notes its number when it is woken.
struct Note(usize, Arc<Mutex<Vec<usize>>>);

impl Wake for Note {
    fn wake(self: Arc<Self>) {
        self.1.lock().unwrap().push(self.0);
    }
}

#[test]
fn what_was_due_long_ago_fires_in_order() {
    let home = Fixture::new();
    let notes = Arc::new(Mutex::new(Vec::new()));
    let count = if cfg!(miri) { 40 } else { 1000 };
    let alarms: Vec<_> = (0..count)
        .map(|n| {
            // In no order, and more than a slot of the second level apart.
            let n = n * 7 % count;
            let waker = Waker::from(Arc::new(Note(n, Arc::clone(&notes))));
            waiting(&home, (n as u32 + 1) * 132 * MICRO, &waker)
        })
        .collect();
    home.pass(HOUR);
    assert_eq!(home.fire(), count);
    assert!(notes.lock().unwrap().is_sorted());
    drop(alarms);
}

#[test]
fn very_many_sleeps_fire_in_portions() {
    let count = if cfg!(miri) { 100 } else { 100_000 };
    let home = Fixture::new();
    let (woken, waker) = Count::new();
    let references = Arc::strong_count(&woken);
    let alarms: Vec<_> = (0..count)
        .map(|n| waiting(&home, MILLI + n % 1000 * Duration::from_nanos(7), &waker))
        .collect();
    home.pass(2 * MILLI);
    let mut fired = 0;
    while fired < alarms.len() {
        assert_eq!(home.sleep(), Some(Duration::ZERO));
        home.timers.end_sleep();
        // None where a portion of them only moved within the wheel.
        let portion = home.timers.fire_at(0, home.now());
        assert!(portion <= 64, "{portion} at once");
        fired += portion;
    }
    assert_eq!(home.sleep(), None);
    assert_eq!(fired, alarms.len());
    assert_eq!(woken.take(), alarms.len());
    assert_eq!(Arc::strong_count(&woken), references);
}

#[test]
fn no_wheel_is_left_out_while_there_is_too_much_to_fire() {
    let home = Fixture::new();
    let (woken, waker) = Count::new();
    let alarms: Vec<_> = (0..200).map(|_| waiting(&home, MILLI, &waker)).collect();
    home.wheel.store(1, Ordering::Relaxed);
    let (single, single_waker) = Count::new();
    let _alarm = waiting(&home, MILLI, &single_waker);
    home.pass(MILLI);
    // The next wheel is looked at first in the next tick.
    for _ in 0..2 {
        home.pass(TICK);
        home.timers.fire_at(0, home.now());
    }
    assert_eq!(single.take(), 1);
    assert!(woken.take() < alarms.len());
}

#[test]
fn dropped_sleeps_leave_nothing() {
    let home = Fixture::new();
    let (count, waker) = Count::new();
    let references = Arc::strong_count(&count);
    let sleeps = if cfg!(miri) { 100 } else { 1_000_000 };
    for n in 0..sleeps {
        drop(waiting(&home, HOUR + n * MILLI, &waker));
        assert_eq!(Arc::strong_count(&count), references);
    }
    home.pass(2 * HOUR);
    assert_eq!(home.fire(), 0);
    assert!(!home.timers.has_timers());
}

#[test]
fn only_who_is_earlier_than_the_sleeper_kicks_it() {
    let home = Fixture::new();
    let waker = Waker::noop();
    let _awake = waiting(&home, 50 * MILLI, waker);
    assert_eq!(home.kicks(), 0);

    assert!(home.sleep().unwrap() > 49 * MILLI);
    home.wheel.store(1, Ordering::Relaxed);
    let _later = waiting(&home, 60 * MILLI, waker);
    let _same = waiting(&home, 50 * MILLI, waker);
    assert_eq!(home.kicks(), 0);
    let _earlier = waiting(&home, 40 * MILLI, waker);
    assert_eq!(home.kicks(), 1);
    // It is being woken already.
    let _earliest = waiting(&home, 30 * MILLI, waker);
    assert_eq!(home.kicks(), 0);
    home.timers.end_sleep();

    assert!(home.sleep().unwrap() > 29 * MILLI);
    let mut before = waiting(&home, 5 * MILLI, waker);
    assert_eq!(home.kicks(), 1);
    home.timers.end_sleep();

    assert!(home.sleep().unwrap() < 6 * MILLI);
    before.as_mut().reset(home.now() + MILLI);
    assert_eq!(home.kicks(), 1);
    assert!(poll(&mut before, waker).is_pending());
    assert_eq!(home.kicks(), 0);
}

#[test]
fn any_sleep_kicks_who_sleeps_for_ever() {
    let home = Fixture::new();
    assert_eq!(home.sleep(), None);
    let _alarm = waiting(&home, 100_000 * HOUR, Waker::noop());
    assert_eq!(home.kicks(), 1);
    home.timers.end_sleep();
    assert!(home.sleep().is_some());
}

#[test]
fn closing_ends_all_that_wait_and_all_that_would() {
    let home = Fixture::new();
    let (count, waker) = Count::new();
    let mut alarms: Vec<_> = (0..100_u32)
        .map(|n| {
            home.wheel.store(n as usize % 2, Ordering::Relaxed);
            waiting(&home, HOUR * n + MILLI, &waker)
        })
        .collect();
    alarms[0].as_mut().reset(home.now() + HOUR);
    home.timers.close();
    assert_eq!(count.take(), alarms.len());
    assert!(!home.timers.has_timers());
    alarms.push(alarm(&home, HOUR));
    for alarm in &mut alarms {
        for _ in 0..2 {
            assert!(poll(alarm, &waker).is_ready());
        }
        alarm.as_mut().reset(home.now() + 2 * HOUR);
        assert!(!alarm.is_elapsed());
        assert!(poll(alarm, &waker).is_ready());
    }
    assert_eq!(home.fire(), 0);
}
