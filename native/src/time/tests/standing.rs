//! Wheels by a clock that stands, and goes from deadline to deadline.

use super::*;

impl Fixture {
    /// Lets the fixture show what the clock of its timers shows.
    fn show(&self) {
        *self.now.lock().unwrap() = self.timers.now();
    }
}

/// Jumps to each deadline, which the model finds by looking through all of them.
fn check_jumps(offset: u64, seed: u64, operations: usize) {
    println!("offset {offset}, seed {seed}");
    let mut random = Random(seed);
    let home = Fixture::starting_at(offset);
    home.timers.pause().unwrap();
    home.show();
    let mut alarms: Vec<Expected> = Vec::new();
    for _ in 0..operations {
        home.wheel.store(random.below(2) as usize, Ordering::Relaxed);
        let chosen = random.below(alarms.len().max(1) as u64) as usize;
        match random.below(8) {
            // Many of them close together: within a tick.
            0 | 1 => alarms.push(Expected::new(&home, Duration::from_nanos(random.below(5000)))),
            2 | 3 => alarms.push(Expected::new(&home, random.duration() / 64)),
            4 if !alarms.is_empty() => drop(alarms.swap_remove(chosen)),
            5 if !alarms.is_empty() => {
                let after = random.duration() / 64;
                let now = home.now();
                alarms[chosen].reset(now, now + after, random.below(2) == 0);
            }
            6 => {
                home.timers.advance(random.duration() / 4096).unwrap();
                home.show();
            }
            _ => {
                let waiting = alarms.iter().filter(|expected| expected.waits);
                let earliest = waiting.map(|expected| expected.deadline).min();
                assert_eq!(home.timers.next_deadline(), earliest);
                if let Some(earliest) = earliest {
                    home.timers.jump(earliest);
                    assert_eq!(home.timers.now(), earliest.max(home.now()));
                    home.show();
                    while home.timers.next_deadline().is_some_and(|next| next <= home.now()) {
                        home.timers.fire();
                    }
                }
            }
        }
        check_exactly(&home, &mut alarms);
    }
    drop(alarms);
    assert_eq!(home.timers.next_deadline(), None);
    assert!(!home.timers.has_timers());
}

/// Who was woken is due, to the nanosecond.
fn check_exactly(home: &Shared, alarms: &mut [Expected]) {
    while home.timers.next_deadline().is_some_and(|next| next <= home.now()) {
        home.timers.fire();
    }
    for Expected { alarm, count, waker, deadline, waits } in alarms {
        let is_due = *deadline <= home.now();
        assert_eq!(count.take(), usize::from(*waits && is_due), "{deadline:?} at {:?}", home.now());
        if *waits && is_due {
            *waits = false;
            assert!(poll(alarm, waker).is_ready());
        } else if *waits {
            assert!(poll(alarm, waker).is_pending());
        }
    }
}

#[test]
fn jumps_go_to_each_deadline_exactly_and_fire_what_is_due_alone() {
    let (seeds, operations) = if cfg!(miri) { (1, 60) } else { (40, 500) };
    for offset in OFFSETS {
        for seed in 1..=seeds {
            check_jumps(offset, u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15), operations);
        }
    }
}

#[test]
fn more_than_a_portion_is_due_at_one_time() {
    let home = Fixture::new();
    home.timers.pause().unwrap();
    home.show();
    let (woken, waker) = Count::new();
    let after = MILLI + Duration::from_nanos(1);
    let alarms: Vec<_> = (0..1000).map(|_| waiting(&home, after, &waker)).collect();
    let (late, late_waker) = Count::new();
    let _late = waiting(&home, after + Duration::from_nanos(1), &late_waker);
    assert_eq!(home.timers.advance(after).unwrap(), alarms.len());
    assert_eq!((woken.take(), late.take()), (alarms.len(), 0));
    assert_eq!(home.timers.advance(Duration::from_nanos(1)).unwrap(), 1);
    assert_eq!(late.take(), 1);
}

#[test]
fn what_was_taken_out_is_no_deadline_and_hides_none() {
    let home = Fixture::new();
    home.timers.pause().unwrap();
    home.show();
    drop(waiting(&home, MILLI, Waker::noop()));
    assert_eq!(home.timers.next_deadline(), None);
    assert_eq!(home.sleep(), None);
    home.kicks();
    // It comes while a thread sleeps that knows of no deadline.
    let _later = waiting(&home, HOUR, Waker::noop());
    assert_eq!(home.kicks(), 1);
    home.timers.end_sleep();
    assert_eq!(home.timers.next_deadline(), Some(home.now() + HOUR));
}

#[test]
fn the_wheels_go_on_when_the_clock_does() {
    for offset in OFFSETS {
        let home = Fixture::starting_at(offset);
        home.timers.pause().unwrap();
        home.show();
        let (count, waker) = Count::new();
        let alarms = [HOUR, HOUR + MICRO, 2 * HOUR].map(|after| waiting(&home, after, &waker));
        home.timers.jump(home.timers.next_deadline().unwrap());
        home.timers.fire();
        assert_eq!(count.take(), 1);
        home.show();
        home.timers.resume().unwrap();
        assert!(home.sleep().unwrap() <= MICRO + TICK);
        home.timers.end_sleep();
        home.pass(MICRO + TICK);
        assert_eq!((home.fire(), count.take()), (1, 1));
        home.pass(HOUR);
        assert_eq!((home.fire(), count.take()), (1, 1));
        drop(alarms);
    }
}

#[test]
fn who_is_busy_forgets_no_wheel_that_was_looked_at_by_a_clock_that_stood() {
    const SECOND: Duration = Duration::from_secs(1);
    let home = Fixture::new();
    // On the other wheel one that was put off, and stands where it did.
    home.wheel.store(1, Ordering::Relaxed);
    let mut late = waiting(&home, 20 * SECOND, Waker::noop());
    late.as_mut().reset(home.now() + 30 * SECOND);
    home.wheel.store(0, Ordering::Relaxed);
    let _own = waiting(&home, SECOND, Waker::noop());
    home.timers.pause().unwrap();
    home.timers.next_deadline();
    home.timers.resume().unwrap();
    home.pass(SECOND + TICK);
    assert_eq!(home.timers.fire_at(0, home.now()), 1);
    home.timers.pause().unwrap();
    assert_eq!(home.timers.fire(), 0);
    home.timers.resume().unwrap();

    home.wheel.store(1, Ordering::Relaxed);
    let (count, waker) = Count::new();
    let _due = waiting(&home, 20 * SECOND, &waker);
    home.pass(20 * SECOND + TICK);
    assert_eq!((home.timers.fire_at(0, home.now()), count.take()), (1, 1));
}
