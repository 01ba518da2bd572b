//! The ring, explored by loom. It has room for two entries at first, and for four at most.
//!
//! Loom never lets a load see a store that is yet to come. So it can't tell whether the acquire of
//! `top` in `push` is needed, which keeps a thief from reading what is written over its entry later, nor that in `pop_newest`.

use super::super::injector::item::{Item, Items};
use super::*;
use crate::sync::{Arc, model, thread};

const START: usize = u32::MAX as usize - 1;

#[derive(Clone)]
struct Shared {
    ring: Arc<Ring<Item>>,
    items: Arc<Items>,
}

impl Shared {
    fn new(items: usize) -> Self {
        Self { ring: Arc::new(Ring::starting_at(START)), items: Arc::new(Items::new(items)) }
    }

    /// For the main thread, which holds the ring.
    fn push(&self, index: usize) {
        // SAFETY: the main thread holds the ring.
        let pushed = unsafe { self.ring.push(self.items.fill(index)) };
        pushed.expect("there is room");
    }

    fn pop(&self) -> Option<usize> {
        // SAFETY: as above.
        unsafe { self.ring.pop() }.map(|item| self.items.take(item))
    }

    fn pop_newest(&self) -> Option<usize> {
        // SAFETY: as above.
        unsafe { self.ring.pop_newest(START as u32 - 1) }.map(|item| self.items.take(item))
    }

    /// Starts a thread that steals once. It returns what it has got.
    fn steal(&self) -> thread::JoinHandle<Vec<usize>> {
        let Self { ring, items } = self.clone();
        thread::spawn(move || {
            let own = Ring::new();
            // SAFETY: this thread holds its own ring.
            let first = unsafe { ring.steal_into(&own) };
            let mut taken: Vec<usize> = first.into_iter().map(|item| items.take(item)).collect();
            // SAFETY: as above.
            while let Some(item) = unsafe { own.pop() } {
                taken.push(items.take(item));
            }
            assert!(taken.is_sorted(), "the oldest comes first");
            taken
        })
    }

    /// Takes the rest, and looks whether everything is there.
    fn finish(&self, pushed: usize) {
        while self.pop().is_some() {}
        assert_eq!(self.items.count_taken(), pushed);
        assert!(self.ring.is_empty());
    }
}

#[test]
fn holder_pushes_and_pops_against_a_thief() {
    model(|| {
        let shared = Shared::new(3);
        shared.push(0);
        let thief = shared.steal();
        shared.push(1);
        shared.pop();
        shared.push(2);
        shared.pop();
        thief.join().expect("no panic");
        shared.finish(3);
    });
}

#[test]
fn holder_pops_against_two_thieves() {
    model(|| {
        let shared = Shared::new(2);
        shared.push(0);
        let thieves = [shared.steal(), shared.steal()];
        shared.push(1);
        shared.pop();
        for thief in thieves {
            thief.join().expect("no panic");
        }
        shared.finish(2);
    });
}

#[test]
fn holder_takes_the_newest_against_a_thief() {
    model(|| {
        let shared = Shared::new(3);
        shared.push(0);
        shared.push(1);
        let thief = shared.steal();
        shared.pop_newest();
        shared.push(2);
        shared.pop_newest();
        thief.join().expect("no panic");
        shared.finish(3);
    });
}

#[test]
fn two_thieves_and_the_holder_want_the_last_entry() {
    model(|| {
        let shared = Shared::new(2);
        shared.push(0);
        let thieves = [shared.steal(), shared.steal()];
        shared.pop_newest();
        shared.push(1);
        for thief in thieves {
            thief.join().expect("no panic");
        }
        shared.finish(2);
    });
}

#[test]
fn both_ends_are_taken_from_while_the_ring_is_stolen_from() {
    model(|| {
        let shared = Shared::new(4);
        (0..3).for_each(|index| shared.push(index));
        let thief = shared.steal();
        shared.pop_newest();
        shared.pop();
        shared.push(3);
        thief.join().expect("no panic");
        shared.finish(4);
    });
}

#[test]
fn the_newest_are_taken_and_written_over_behind_what_is_stolen() {
    model(|| {
        let shared = Shared::new(6);
        (0..4).for_each(|index| shared.push(index));
        let thief = shared.steal();
        shared.pop_newest();
        shared.pop_newest();
        shared.push(4);
        shared.pop_newest();
        shared.pop_newest();
        shared.push(5);
        thief.join().expect("no panic");
        shared.finish(6);
    });
}

#[test]
fn slots_are_used_again_after_stealing() {
    model(|| {
        let shared = Shared::new(5);
        (0..4).for_each(|index| shared.push(index));
        let thief = shared.steal();
        shared.pop();
        shared.push(4);
        thief.join().expect("no panic");
        shared.finish(5);
    });
}

#[test]
fn ring_grows_while_it_is_stolen_from() {
    model(|| {
        let shared = Shared::new(4);
        shared.push(0);
        shared.push(1);
        let thief = shared.steal();
        shared.push(2);
        shared.push(3);
        shared.pop();
        thief.join().expect("no panic");
        shared.finish(4);
    });
}

#[test]
fn half_is_given_away_while_it_is_stolen_from() {
    model(|| {
        let shared = Shared::new(4);
        (0..4).for_each(|index| shared.push(index));
        let thief = shared.steal();
        // SAFETY: the main thread holds the ring.
        let half = unsafe { shared.ring.pop_half() };
        half.into_iter().for_each(|item| {
            shared.items.take(item);
        });
        thief.join().expect("no panic");
        shared.finish(4);
    });
}

#[test]
fn either_the_sleeper_sees_the_entry_or_the_pusher_the_sleeper() {
    use crate::sync::{AtomicBool, fence};

    model(|| {
        let shared = Shared::new(1);
        let sleeps = Arc::new(AtomicBool::new(false));
        let sleeper = {
            let (ring, sleeps) = (Arc::clone(&shared.ring), Arc::clone(&sleeps));
            thread::spawn(move || {
                sleeps.store(true, Ordering::Relaxed);
                // Ordering: SeqCst fence; pairs with the other one.
                fence(Ordering::SeqCst);
                !ring.is_empty()
            })
        };
        shared.push(0);
        // Ordering: SeqCst fence; pairs with the other one.
        fence(Ordering::SeqCst);
        let is_called = sleeps.load(Ordering::Relaxed);
        let has_seen = sleeper.join().expect("no panic");
        assert!(is_called || has_seen);
        shared.finish(1);
    });
}
