//! The ring by itself, and with threads that compete.

use std::collections::VecDeque;
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::thread;

use super::super::injector::item::{Item, Items};
use super::*;

/// Where the counters start: anywhere, and shortly before each of their halves wraps.
const STARTS: [usize; 4] = [0, u32::MAX as usize - 3, usize::MAX - 300, i32::MAX as usize - 3];

/// A ring and its items, for one thread at a time.
struct Single {
    ring: Ring<Item>,
    items: Items,
}

impl Single {
    fn starting_at(index: usize) -> Self {
        Self { ring: Ring::starting_at(index), items: Items::new(3 * CAPACITIES.1) }
    }

    fn push(&self, index: usize) -> Result<usize, usize> {
        // SAFETY: the test is the only one that uses the ring.
        let pushed = unsafe { self.ring.push(self.items.fill(index)) };
        pushed.map_err(|item| self.items.take(item))
    }

    fn push_all(&self, indices: std::ops::Range<usize>) {
        indices.for_each(|index| assert!(self.push(index).is_ok(), "{index} has no room"));
    }

    fn pop(&self) -> Option<usize> {
        // SAFETY: as above.
        unsafe { self.ring.pop() }.map(|item| self.items.take(item))
    }

    fn pop_newest(&self, floor: u32) -> Option<usize> {
        // SAFETY: as above.
        unsafe { self.ring.pop_newest(floor) }.map(|item| self.items.take(item))
    }

    /// Steals into another ring. Returns what is to be run first, and what is in that ring then.
    fn steal_into(&self, into: &Ring<Item>) -> Option<(usize, Vec<usize>)> {
        // SAFETY: as above.
        let first = unsafe { self.ring.steal_into(into) }?;
        // SAFETY: as above.
        let others = std::iter::from_fn(|| unsafe { into.pop() });
        let first = self.items.take(first);
        Some((first, others.map(|item| self.items.take(item)).collect()))
    }
}

#[test]
fn entries_come_in_order_while_it_grows_to_its_limit() {
    for start in STARTS {
        let single = Single::starting_at(start);
        for index in 0..CAPACITIES.1 {
            assert_eq!(single.push(index), Ok(index + 1));
        }
        assert_eq!(single.push(CAPACITIES.1), Err(CAPACITIES.1));
        assert_eq!(single.ring.len(), CAPACITIES.1);
        assert!((0..CAPACITIES.1).all(|index| single.pop() == Some(index)));
        assert_eq!(single.pop(), None);
        assert!(single.ring.is_empty());
    }
}

#[test]
fn top_changes_with_each_entry_that_is_taken_and_only_then() {
    let single = Single::starting_at(usize::MAX);
    single.push_all(0..2);
    let before = single.ring.top();
    single.push_all(2..4);
    assert_eq!(single.ring.top(), before);
    single.pop();
    assert_ne!(single.ring.top(), before);
}

#[test]
fn the_newest_entries_are_taken_down_to_a_floor() {
    for start in STARTS {
        let single = Single::starting_at(start);
        single.push_all(0..2);
        let floor = single.ring.bottom();
        assert_eq!(single.pop_newest(floor), None);
        single.push_all(2..4);
        assert_eq!(single.pop_newest(floor), Some(3));
        assert_eq!(single.pop_newest(floor), Some(2));
        assert_eq!(single.pop_newest(floor), None);
        assert_eq!((single.pop(), single.pop(), single.pop()), (Some(0), Some(1), None));
        // All before it are gone.
        single.push_all(4..5);
        assert_eq!(single.pop_newest(floor), Some(4));
        assert_eq!(single.pop_newest(start as u32), None);
        assert!(single.ring.is_empty());
    }
}

#[test]
fn thief_gets_the_older_half_up_to_a_limit() {
    for start in STARTS {
        let into = Ring::starting_at(start);
        for (length, stolen) in [(1, 1), (2, 1), (3, 2), (10, 5), (64, 32), (300, 32)] {
            let single = Single::starting_at(start);
            single.push_all(0..length);
            let expected = (0, (1..stolen).collect());
            assert_eq!(single.steal_into(&into), Some(expected), "of {length}");
            assert_eq!(single.ring.len(), length - stolen);
            assert_eq!(single.pop(), (stolen < length).then_some(stolen));
        }
        assert_eq!(Single::starting_at(start).steal_into(&into), None);
    }
}

#[test]
fn thief_takes_no_more_than_it_has_room_for() {
    for room in [0, 1, 5] {
        let (single, thief) = (Single::starting_at(0), Single::starting_at(0));
        single.push_all(0..100);
        thief.push_all(0..CAPACITIES.1 - room);
        // SAFETY: the test is the only one that uses the rings.
        let first = unsafe { single.ring.steal_into(&thief.ring) };
        assert_eq!(first.map(|item| single.items.take(item)), Some(0));
        assert_eq!(single.ring.len(), 100 - 1 - room);
        assert_eq!(thief.ring.len(), CAPACITIES.1);
    }
}

#[test]
fn older_half_is_given_away_in_order() {
    for start in STARTS {
        let single = Single::starting_at(start);
        single.push_all(0..5);
        // SAFETY: the test is the only one that uses the ring.
        let half = unsafe { single.ring.pop_half() };
        let given: Vec<_> = half.into_iter().map(|item| single.items.take(item)).collect();
        assert_eq!(given, [0, 1, 2]);
        assert_eq!(single.pop(), Some(3));
        assert_eq!(single.pop(), Some(4));
        // SAFETY: as above.
        assert!(unsafe { single.ring.pop_half() }.is_empty());
    }
}

/// A random walk over all operations, next to a queue that is known to be right.
#[test]
fn behaves_like_a_plain_queue_with_two_ends() {
    for (seed, start) in STARTS.into_iter().enumerate() {
        let (single, into) = (Single::starting_at(start), Ring::starting_at(start));
        let (mut model, mut next) = (VecDeque::new(), 0);
        let mut random = seed as u64 + 1;
        while next < 3 * CAPACITIES.1 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            match random >> 60 {
                0..=9 => {
                    model.push_back(next);
                    assert_eq!(single.push(next), Ok(model.len()));
                    next += 1;
                }
                10..=11 => assert_eq!(single.pop(), model.pop_front()),
                // None of them was there so early.
                12..=13 => {
                    assert_eq!(single.pop_newest((start as u32).wrapping_sub(1)), model.pop_back())
                }
                _ => {
                    let count = model.len().div_ceil(2).min(MOST_STOLEN);
                    let mut stolen = model.drain(..count);
                    let expected = stolen.next().map(|first| (first, stolen.collect()));
                    assert_eq!(single.steal_into(&into), expected);
                }
            }
            assert_eq!(single.ring.len(), model.len());
        }
    }
}

/// The holder pushes, pops and gives away; thieves steal. Everything is taken once.
fn race(start: usize, count: usize, thieves: usize, most_queued: usize) {
    let (ring, items) = (Ring::<Item>::starting_at(start), Items::new(count));
    let (is_over, barrier) = (AtomicBool::new(false), Barrier::new(thieves + 1));
    let steal = || {
        let own = Ring::starting_at(start);
        barrier.wait();
        // Ordering: pairs with the release below: what is left then is seen.
        while !(is_over.load(Ordering::Acquire) && ring.is_empty()) {
            // SAFETY: this thread holds its own ring.
            let first = unsafe { ring.steal_into(&own) };
            // SAFETY: as above.
            let others = std::iter::from_fn(|| unsafe { own.pop() });
            let stolen: Vec<_> =
                first.into_iter().chain(others).map(|item| items.take(item)).collect();
            assert!(stolen.is_sorted());
        }
    };
    thread::scope(|scope| {
        (0..thieves).for_each(|_| drop(scope.spawn(steal)));
        barrier.wait();
        for index in 0..count {
            let item = items.fill(index);
            // SAFETY: this thread holds the ring.
            if unsafe { ring.push(item) }.is_err() {
                items.take(item);
            }
            if ring.len() > most_queued {
                // SAFETY: as above.
                let half = unsafe { ring.pop_half() };
                half.into_iter().for_each(|item| _ = items.take(item));
            } else if index % 4 == 0 {
                // SAFETY: as above.
                unsafe { ring.pop() }.map(|item| items.take(item));
            } else if index % 4 == 2 {
                // SAFETY: as above.
                unsafe { ring.pop_newest((start as u32).wrapping_sub(1)) }
                    .map(|item| items.take(item));
            }
        }
        // Ordering: pairs with the acquire above.
        is_over.store(true, Ordering::Release);
    });
    assert_eq!(items.count_taken(), count);
}

#[test]
fn everything_is_taken_once_from_a_short_ring() {
    race(usize::MAX - 1000, 300_000, 2, 4);
}

#[test]
fn everything_is_taken_once_from_a_ring_that_grows() {
    for round in 0..20 {
        race(u32::MAX as usize - 1000 * round, 10_000, 3, CAPACITIES.1);
    }
}

/// For the last entry, again and again, the holder and a thief compete.
#[test]
fn last_entry_is_taken_once() {
    const ROUNDS: usize = 100_000;
    let (ring, items) = (Ring::<Item>::starting_at(u32::MAX as usize - 50), Items::new(ROUNDS));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let own = Ring::new();
            while !is_over.load(Ordering::Relaxed) {
                // SAFETY: this thread holds its own ring.
                unsafe { ring.steal_into(&own) }.map(|item| items.take(item));
            }
        });
        for index in 0..ROUNDS {
            let item = items.fill(index);
            // SAFETY: this thread holds the ring.
            unsafe { ring.push(item) }.expect("there is room");
            // SAFETY: as above.
            unsafe { ring.pop() }.map(|item| items.take(item));
            assert!(ring.is_empty());
        }
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(items.count_taken(), ROUNDS);
}
