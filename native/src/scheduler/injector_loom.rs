//! The injector, explored by loom.

use super::item::{Item, Items};
use super::*;
use crate::sync::{Arc, AtomicBool, fence, model, thread};

#[derive(Clone)]
struct Shared {
    injector: Arc<Injector<Item>>,
    items: Arc<Items>,
}

impl Shared {
    fn new(items: usize) -> Self {
        Self { injector: Arc::new(Injector::new()), items: Arc::new(Items::new(items)) }
    }

    fn push(&self, index: usize) -> bool {
        self.injector.push(self.items.fill(index)).is_ok()
    }

    /// Pushes several at once.
    fn push_all(&self, indices: std::ops::Range<usize>) -> bool {
        let items = indices.map(|index| self.items.fill(index)).collect();
        self.injector.push_many(items).is_ok()
    }

    fn pop(&self) -> Option<usize> {
        self.injector.pop().map(|item| self.items.take(item))
    }

    /// Takes a share for one of `share` takers.
    fn pop_batch(&self, share: usize) -> Vec<usize> {
        let ring = Ring::new();
        // SAFETY: nobody else knows the ring.
        let first = unsafe { self.injector.pop_batch(share, &ring) };
        // SAFETY: as above.
        let others = std::iter::from_fn(|| unsafe { ring.pop() });
        first.into_iter().chain(others).map(|item| self.items.take(item)).collect()
    }

    fn finish(&self, pushed: usize) {
        while self.pop().is_some() {}
        assert_eq!(self.items.count_taken(), pushed);
        assert!(self.injector.is_empty());
    }
}

#[test]
fn two_push_while_a_batch_is_taken() {
    model(|| {
        let shared = Shared::new(3);
        let pushers = [0..2, 2..3].map(|indices| {
            let shared = shared.clone();
            thread::spawn(move || assert!(shared.push_all(indices)))
        });
        let batch = shared.pop_batch(1);
        assert!(batch.iter().filter(|index| **index < 2).is_sorted(), "in order");
        for pusher in pushers {
            pusher.join().expect("no panic");
        }
        shared.finish(3);
    });
}

#[test]
fn two_take_while_one_pushes() {
    model(|| {
        let shared = Shared::new(3);
        assert!(shared.push_all(0..2));
        let taker = {
            let shared = shared.clone();
            thread::spawn(move || shared.pop_batch(2))
        };
        assert!(shared.push(2));
        shared.pop();
        taker.join().expect("no panic");
        shared.finish(3);
    });
}

#[test]
fn nothing_is_stranded_by_close() {
    model(|| {
        let shared = Shared::new(3);
        let pushers = [0..1, 1..3].map(|indices| {
            let shared = shared.clone();
            thread::spawn(move || {
                let count = indices.len();
                if shared.push_all(indices) { count } else { 0 }
            })
        });
        shared.injector.close();
        // Not after the pushers: what they could push is there already.
        while shared.pop().is_some() {}
        let taken = shared.items.count_taken();
        let pushed = pushers.map(|pusher| pusher.join().expect("no panic"));
        assert_eq!(taken, pushed.iter().sum());
        shared.finish(taken);
        assert!(!shared.push(0));
    });
}

#[test]
fn close_while_another_takes() {
    model(|| {
        let shared = Shared::new(3);
        assert!(shared.push_all(0..2));
        let taker = {
            let shared = shared.clone();
            thread::spawn(move || shared.pop())
        };
        let pusher = {
            let shared = shared.clone();
            thread::spawn(move || usize::from(shared.push(2)))
        };
        shared.injector.close();
        taker.join().expect("no panic");
        let pushed = pusher.join().expect("no panic");
        shared.finish(2 + pushed);
    });
}

/// With another taker at work, the entries pass through its hands: they are to be seen even then.
#[test]
fn either_the_sleeper_sees_the_entry_or_the_pusher_the_sleeper() {
    for at_once in [true, false] {
        model(move || {
            let shared = Shared::new(2);
            let sleeps = Arc::new(AtomicBool::new(false));
            let sleeper = {
                let (injector, sleeps) = (Arc::clone(&shared.injector), Arc::clone(&sleeps));
                thread::spawn(move || {
                    sleeps.store(true, Ordering::Relaxed);
                    // Ordering: SeqCst fence; pairs with the other one.
                    fence(Ordering::SeqCst);
                    !injector.is_empty()
                })
            };
            let taker = {
                let shared = shared.clone();
                thread::spawn(move || shared.pop())
            };
            if at_once {
                assert!(shared.push_all(0..2));
            } else {
                assert!(shared.push(0) && shared.push(1));
            }
            // Ordering: SeqCst fence; pairs with the other one.
            fence(Ordering::SeqCst);
            let is_called = sleeps.load(Ordering::Relaxed);
            // The taker leaves at least one of the two.
            let has_seen = sleeper.join().expect("no panic");
            assert!(is_called || has_seen);
            taker.join().expect("no panic");
            shared.finish(2);
        });
    }
}
