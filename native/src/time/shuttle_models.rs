//! Models of timers with more threads and sleeps than loom could explore: shuttle draws schedules of them.
//!
//! Time passes in the reactor alone, and not while a thread is amid an operation, which may be about to kick for others as well. So a
//! timer that the thread in the reactor does not know of is late, or never comes.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use shuttle::rand::{Rng, thread_rng};

use super::alarm::{Alarm, Home};
use super::clock::Moment;
use super::timers::Timers;
use crate::sync::thread::{self, JoinHandle, Thread};
use crate::sync::{Condvar, Mutex, lock, model};

const WHEELS: usize = 2;
const SLEEPERS: usize = 3;
const SLEEPS: usize = 4;

/// What a wake may be late by: the tick of the deadline, and that of the sleep in the reactor.
const TICKS: Duration = Duration::from_micros(3);

struct Fixture {
    timers: Timers,
    reactor: Mutex<Reactor>,
    kicks: Condvar,
}

#[derive(Default)]
struct Reactor {
    /// What time it is.
    elapsed: Duration,
    /// How many threads are amid an operation.
    busy: usize,
    is_kicked: bool,
    is_over: bool,
}

type Shared = Arc<Fixture>;

// SAFETY: the fixture, with its timers, lives as long as the `Arc`, and does not move.
unsafe impl Home for Shared {
    fn timers(&self) -> &Timers {
        &self.timers
    }

    fn wheel_here(&self) -> usize {
        thread_rng().gen_range(0..WHEELS)
    }

    fn kick(&self) {
        lock(&self.reactor).is_kicked = true;
        self.kicks.notify_one();
    }

    fn now(&self) -> Instant {
        self.after(self.elapsed())
    }
}

impl Fixture {
    fn new() -> Shared {
        // Near the wrap, as that must make no difference.
        let timers = Timers::starting_at(WHEELS, Moment::from_nanos(u64::MAX - 2_000_000_000));
        Arc::new(Self { timers, reactor: Mutex::default(), kicks: Condvar::new() })
    }

    fn elapsed(&self) -> Duration {
        lock(&self.reactor).elapsed
    }

    fn after(&self, elapsed: Duration) -> Instant {
        self.timers.clock().start() + elapsed
    }

    /// The thread in the reactor.
    fn attend(&self) {
        while !lock(&self.reactor).is_over {
            self.fire(0);
            let sleep = self.timers.begin_sleep_at(|| self.after(self.elapsed()));
            self.wait(sleep);
            self.timers.end_sleep();
            // Others may be at what is due, which is no reason to wait.
            thread::yield_now();
        }
    }

    /// Until a kick, or until so much time has passed.
    fn wait(&self, sleep: Option<Duration>) {
        let mut reactor = lock(&self.reactor);
        while !reactor.is_kicked && (sleep.is_none() || reactor.busy > 0) {
            reactor = self.kicks.wait(reactor).expect("no panic");
        }
        if !std::mem::take(&mut reactor.is_kicked) {
            reactor.elapsed += sleep.unwrap_or_default();
        }
    }

    /// An operation on a sleep.
    fn operate<R>(&self, operation: impl FnOnce() -> R) -> R {
        lock(&self.reactor).busy += 1;
        let result = operation();
        lock(&self.reactor).busy -= 1;
        self.kicks.notify_one();
        result
    }

    /// As a thread does whose own wheel this is.
    fn fire(&self, own: usize) {
        self.timers.fire_at(own, self.after(self.elapsed()));
    }
}

/// Notes when it was woken.
struct Woken {
    home: Shared,
    at: Mutex<Option<Duration>>,
    thread: Thread,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        *lock(&self.at) = Some(self.home.elapsed());
        self.thread.unpark();
    }
}

impl Woken {
    fn wait(&self) -> Duration {
        loop {
            if let Some(at) = lock(&self.at).take() {
                return at;
            }
            thread::park();
        }
    }
}

/// Sleeps again and again, puts some of the sleeps off or has them end earlier, and gives some up. Unless the runtime may end
/// meanwhile, none ends early; where nobody else fires, none is woken late.
fn sleep_some(home: &Shared, may_end: bool, is_alone: bool) {
    let seconds = || Duration::from_secs(thread_rng().gen_range(1..6));
    let woken = Woken { home: Arc::clone(home), at: Mutex::new(None), thread: thread::current() };
    let woken = Arc::new(woken);
    let waker = Waker::from(Arc::clone(&woken));
    for _ in 0..SLEEPS {
        let mut deadline = home.elapsed() + seconds();
        let mut alarm = Box::pin(Alarm::new(Arc::clone(home), home.after(deadline)));
        let poll = |alarm: &mut Pin<Box<Alarm<Shared>>>| {
            home.operate(|| alarm.as_mut().poll(&Context::from_waker(&waker)).is_pending())
        };
        let mut is_pending = poll(&mut alarm);
        match thread_rng().gen_range(0..4) {
            0 => continue,
            1 => {
                deadline = home.elapsed() + seconds();
                home.operate(|| alarm.as_mut().reset(home.after(deadline)));
                is_pending = poll(&mut alarm);
            }
            _ => {}
        }
        while is_pending {
            let latest = home.elapsed().max(deadline) + TICKS;
            let at = woken.wait();
            assert!(!is_alone || at <= latest, "woken at {at:?}, after {latest:?}");
            is_pending = poll(&mut alarm);
        }
        assert!(may_end || home.elapsed() >= deadline, "ready before {deadline:?}");
    }
}

fn start(home: &Shared, act: impl FnOnce(&Shared) + Send + 'static) -> JoinHandle<()> {
    let home = Arc::clone(home);
    thread::spawn(move || act(&home))
}

fn start_sleepers(home: &Shared, may_end: bool, is_alone: bool) -> Vec<JoinHandle<()>> {
    let sleeper = || start(home, move |home| sleep_some(home, may_end, is_alone));
    (0..SLEEPERS).map(|_| sleeper()).collect()
}

/// Waits for those who sleep, and then for the others.
fn finish(home: &Shared, sleepers: Vec<JoinHandle<()>>, others: Vec<JoinHandle<()>>) {
    sleepers.into_iter().for_each(|sleeper| sleeper.join().expect("no panic"));
    lock(&home.reactor).is_over = true;
    home.kick();
    others.into_iter().for_each(|other| other.join().expect("no panic"));
}

#[test]
fn no_sleep_is_early_and_none_is_woken_late() {
    model(|| {
        let home = Fixture::new();
        let sleepers = start_sleepers(&home, false, true);
        let reactor = start(&home, |home| home.attend());
        finish(&home, sleepers, vec![reactor]);
    });
}

#[test]
fn each_sleep_ends_where_busy_threads_fire_too() {
    model(|| {
        let home = Fixture::new();
        let sleepers = start_sleepers(&home, false, false);
        let busy =
            (0..WHEELS).map(|own| start(&home, move |home| (0..8).for_each(|_| home.fire(own))));
        let mut others: Vec<_> = busy.collect();
        others.push(start(&home, |home| home.attend()));
        finish(&home, sleepers, others);
    });
}

#[test]
fn nobody_waits_after_the_end_however_many_sleep() {
    model(|| {
        let home = Fixture::new();
        let sleepers = start_sleepers(&home, true, false);
        let busy = start(&home, |home| (0..8).for_each(|_| home.fire(1)));
        // Nobody is in the reactor: without the end none of them would be woken.
        home.timers.close();
        finish(&home, sleepers, vec![busy]);
        assert!(!home.timers.has_timers());
    });
}
