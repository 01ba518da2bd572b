//! Loom's view of what holds a paused clock. The README says which model checks what.

use super::clock::{Clock, Moment};
use super::holds::Holds;
use crate::sync::thread::spawn;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, lock, model};

struct Fixture {
    clock: Clock,
    holds: Holds,
    is_kicked: Mutex<bool>,
}

fn fixture() -> Arc<Fixture> {
    let (clock, holds) = (Clock::starting_at(Moment::from_nanos(0)), Holds::default());
    Arc::new(Fixture { clock, holds, is_kicked: Mutex::new(false) })
}

impl Fixture {
    fn is_free(&self, do_others_sleep: impl FnOnce(usize) -> bool) -> bool {
        self.holds.look(do_others_sleep, || ()).0
    }

    /// What is done where something has ended that may hold the clock.
    fn release(&self) {
        if self.clock.paused_at().is_some() {
            *lock(&self.is_kicked) = true;
        }
    }
}

#[test]
fn the_end_of_a_closure_is_seen_or_kicks() {
    model(|| {
        let home = fixture();
        home.holds.begin_closure();
        let ending = {
            let home = Arc::clone(&home);
            spawn(move || {
                home.holds.end_closure();
                home.release();
            })
        };
        home.clock.pause().unwrap();
        let is_free = home.is_free(|_| true);
        ending.join().unwrap();
        assert!(is_free || *lock(&home.is_kicked));
    });
}

#[test]
fn the_end_of_a_thread_is_seen_or_kicks() {
    model(|| {
        let home = fixture();
        home.holds.begin_thread();
        let ending = {
            let home = Arc::clone(&home);
            spawn(move || {
                home.holds.end_thread();
                home.release();
            })
        };
        home.clock.pause().unwrap();
        let is_free = home.is_free(|threads| threads == 0);
        ending.join().unwrap();
        assert!(is_free || *lock(&home.is_kicked));
    });
}

#[test]
fn what_a_closure_has_woken_is_seen_by_whoever_sees_its_end() {
    model(|| {
        let home = fixture();
        let woken = Arc::new(AtomicBool::new(false));
        home.holds.begin_closure();
        let ending = {
            let (home, woken) = (Arc::clone(&home), Arc::clone(&woken));
            spawn(move || {
                woken.store(true, Ordering::Relaxed);
                home.holds.end_closure();
            })
        };
        if home.is_free(|_| true) {
            assert!(woken.load(Ordering::Relaxed));
        }
        ending.join().unwrap();
    });
}

#[test]
fn a_closure_that_was_in_block_on_holds_without_a_gap() {
    model(|| {
        let home = fixture();
        home.holds.begin_closure();
        // This thread blocks in its `join`, which costs none of the switches that are explored.
        let looking = {
            let home = Arc::clone(&home);
            spawn(move || assert!(!home.is_free(|threads| threads == 0)))
        };
        home.holds.begin_thread();
        home.holds.end_closure();
        // It does not sleep in there.
        home.holds.begin_closure();
        home.holds.end_thread();
        looking.join().unwrap();
    });
}

#[test]
fn a_timer_that_was_started_before_the_clock_was_free_is_among_those_it_goes_by() {
    model(|| {
        let home = fixture();
        let deadline = Arc::new(Mutex::new(4));
        home.holds.begin_thread();
        let sleeping = {
            let (home, deadline) = (Arc::clone(&home), Arc::clone(&deadline));
            spawn(move || {
                *lock(&deadline) = 1;
                home.holds.end_thread();
            })
        };
        let (is_free, next) = home.holds.look(|threads| threads == 0, || *lock(&deadline));
        assert!(!is_free || next == 1);
        sleeping.join().unwrap();
    });
}
