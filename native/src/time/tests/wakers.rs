//! Tests of what sleeps do with the wakers of others, and of threads that use them together.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{RawWaker, RawWakerVTable};

use super::*;

#[test]
fn the_last_waker_is_woken_and_others_are_dropped() {
    let home = Fixture::new();
    let (first, first_waker) = Count::new();
    let (second, second_waker) = Count::new();
    let mut alarm = waiting(&home, MILLI, &first_waker);
    assert_eq!(Arc::strong_count(&first), 3);
    assert!(poll(&mut alarm, &second_waker).is_pending());
    assert_eq!(Arc::strong_count(&first), 2);
    home.pass(2 * MILLI);
    assert_eq!((home.fire(), first.take(), second.take()), (1, 0, 1));
}

/// Panics when it is woken.
struct Panics(AtomicBool);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
        panic!("in a waker, as the test wants it");
    }
}

#[test]
fn a_waker_that_panics_keeps_none_from_waking() {
    let home = Fixture::new();
    let (count, waker) = Count::new();
    let panics = Arc::new(Panics(AtomicBool::new(false)));
    let mut alarms: Vec<_> = (0..100).map(|_| waiting(&home, MILLI, &waker)).collect();
    alarms.insert(50, waiting(&home, MILLI, &Waker::from(Arc::clone(&panics))));
    alarms.extend((0..100).map(|_| waiting(&home, MILLI, &waker)));
    home.pass(2 * MILLI);
    let fired = catch_unwind(AssertUnwindSafe(|| home.fire()));
    assert_eq!(fired.expect("the panic got out"), 201);
    assert_eq!(count.take(), 200);
    assert!(panics.0.load(Ordering::Relaxed));
}

/// A waker that uses the timers whatever is done with it, and would lock up under their locks.
fn nosy_waker(home: &Shared) -> Waker {
    fn use_timers(home: *const ()) {
        let home = home.cast::<Fixture>();
        // SAFETY: the pointer comes from `Arc::into_raw`, and that reference is there as long as the waker is.
        // The new one is given back by the clone that is dropped here.
        unsafe { Arc::increment_strong_count(home) };
        // SAFETY: as above.
        let home = unsafe { Arc::from_raw(home) };
        for wheel in [0, 1] {
            home.wheel.store(wheel, Ordering::Relaxed);
            // Ready once closed.
            let _ = poll(&mut alarm(&home, HOUR), Waker::noop());
        }
        home.timers.fire_at(0, home.now());
    }
    fn clone(home: *const ()) -> RawWaker {
        use_timers(home);
        RawWaker::new(home, &VTABLE)
    }
    static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, use_timers, use_timers, use_timers);
    let home = Arc::into_raw(Arc::clone(home)).cast();
    // SAFETY: the functions may be called from any thread, and own nothing.
    unsafe { Waker::from_raw(RawWaker::new(home, &VTABLE)) }
}

#[test]
fn wakers_run_without_a_lock() {
    let home = Fixture::new();
    let nosy = nosy_waker(&home);
    let mut alarms: Vec<_> = (0..3).map(|_| waiting(&home, MILLI, &nosy)).collect();
    assert!(poll(&mut alarms[0], Waker::noop()).is_pending());
    assert!(poll(&mut alarms[0], &nosy).is_pending());
    drop(alarms.pop());
    home.pass(2 * MILLI);
    assert_eq!(home.timers.fire_at(0, home.now()), 2);
    let last = waiting(&home, HOUR, &nosy);
    home.timers.close();
    assert!(poll(&mut alarm(&home, HOUR), &nosy).is_ready());
    // `nosy_waker` kept a reference of the home for ever: give it back, when nobody has the waker.
    drop((alarms, last, nosy));
    // SAFETY: `nosy_waker` made this reference; all wakers that would use it are gone.
    unsafe { Arc::decrement_strong_count(Arc::as_ptr(&home)) };
}

#[test]
fn threads_start_move_and_drop_sleeps_while_others_fire() {
    let rounds = if cfg!(miri) { 20 } else { 5_000 };
    let home = Fixture::new();
    let is_over = AtomicBool::new(false);
    let (count, waker) = Count::new();
    let references = Arc::strong_count(&count);
    std::thread::scope(|scope| {
        let firing = scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                home.pass(10 * MICRO);
                home.timers.fire_at(0, home.now());
            }
        });
        let users: Vec<_> = (1..=3)
            .map(|seed| {
                let (home, waker) = (&home, &waker);
                scope.spawn(move || use_timers_at_random(home, waker, seed, rounds))
            })
            .collect();
        for user in users {
            user.join().unwrap();
        }
        is_over.store(true, Ordering::Relaxed);
        firing.join().unwrap();
    });
    assert_eq!(Arc::strong_count(&count), references, "a waker was lost or kept");
}

fn use_timers_at_random(home: &Shared, waker: &Waker, seed: u64, rounds: usize) {
    let mut random = Random(seed);
    let mut alarms: Vec<Pinned> = Vec::new();
    for _ in 0..rounds {
        home.wheel.store(random.below(2) as usize, Ordering::Relaxed);
        let chosen = random.below(alarms.len().max(1) as u64) as usize;
        match random.below(4) {
            0 => alarms.push(alarm(home, random.below(300) as u32 * MICRO)),
            1 if !alarms.is_empty() => drop(alarms.swap_remove(chosen)),
            2 if !alarms.is_empty() => {
                let deadline = home.now() + random.below(300) as u32 * MICRO;
                alarms[chosen].as_mut().reset(deadline);
            }
            _ => {
                if let Some(alarm) = alarms.get_mut(chosen) {
                    let is_ready = poll(alarm, waker).is_ready();
                    assert!(!is_ready || alarm.is_elapsed(), "early");
                }
            }
        }
    }
}
