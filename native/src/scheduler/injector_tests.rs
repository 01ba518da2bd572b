//! The injector by itself, and with threads that compete.

use std::sync::Barrier;
use std::sync::atomic::AtomicUsize;
use std::thread;

use super::item::{Item, Items};
use super::*;

fn injector_with(items: &Items, indices: std::ops::Range<usize>) -> Injector<Item> {
    let injector = Injector::new();
    indices.for_each(|index| assert!(injector.push(items.fill(index)).is_ok()));
    injector
}

fn fill(items: &Items, indices: std::ops::Range<usize>) -> Vec<NonNull<Item>> {
    indices.map(|index| items.fill(index)).collect()
}

fn pop_all(injector: &Injector<Item>, items: &Items) -> Vec<usize> {
    std::iter::from_fn(|| injector.pop()).map(|item| items.take(item)).collect()
}

/// Takes a batch, in order.
fn pop_batch(injector: &Injector<Item>, items: &Items, share: usize) -> Vec<usize> {
    let ring = Ring::new();
    // SAFETY: nobody else knows the ring.
    let first = unsafe { injector.pop_batch(share, &ring) };
    // SAFETY: as above.
    let others = std::iter::from_fn(|| unsafe { ring.pop() });
    first.into_iter().chain(others).map(|item| items.take(item)).collect()
}

#[test]
fn entries_come_in_order() {
    let items = Items::new(10);
    let injector = injector_with(&items, 0..3);
    assert!(injector.push_many(fill(&items, 3..5)).is_ok());
    assert_eq!(injector.pop().map(|item| items.take(item)), Some(0));
    // The queue is not empty, and gets more.
    assert!(injector.push(items.fill(5)).is_ok());
    assert!(injector.push_many(fill(&items, 6..10)).is_ok());
    assert_eq!(injector.len(), 9);
    assert!(!injector.is_empty());
    assert_eq!(pop_all(&injector, &items), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert_eq!(injector.len(), 0);
    assert!(injector.is_empty());
}

#[test]
fn batch_is_a_share_and_not_too_many() {
    for (length, share, expected) in [
        (0, 2, 0),
        (1, 1, 1),
        (1, 4, 1),
        (8, 4, 3),
        (9, 0, 9),
        (10, 2, 6),
        (1000, 2, LARGEST_BATCH),
    ] {
        let items = Items::new(length);
        let injector = injector_with(&items, 0..length);
        let batch = pop_batch(&injector, &items, share);
        assert_eq!(batch, (0..expected).collect::<Vec<_>>(), "of {length} for {share}");
        assert_eq!(injector.len(), length - expected);
        assert_eq!(injector.is_empty(), length == expected);
        assert_eq!(pop_all(&injector, &items).len(), length - expected);
        assert_eq!(items.count_taken(), length);
    }
}

#[test]
fn what_does_not_fit_stays_in_front() {
    /// More than a ring has room for.
    const MANY: usize = 600_000;

    let (items, others) = (Items::new(10), Items::new(MANY));
    let injector = injector_with(&items, 0..10);
    let ring = Ring::new();
    // SAFETY: nobody else knows the ring.
    let fill = |index| unsafe { ring.push(others.fill(index)) }.is_ok();
    let room = (0..MANY).take_while(|index| fill(*index)).count();
    // SAFETY: as above.
    let pop = || unsafe { ring.pop() }.map(|item| others.take(item));
    assert!(room < MANY && pop().is_some() && pop().is_some());
    // SAFETY: as above.
    let first = unsafe { injector.pop_batch(1, &ring) };
    assert_eq!(first.map(|item| items.take(item)), Some(0));
    assert_eq!(ring.len(), room);
    assert!(!injector.is_empty());
    assert_eq!(pop_all(&injector, &items), [3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn closed_queue_refuses_and_can_be_drained() {
    let items = Items::new(6);
    let injector = injector_with(&items, 0..2);
    injector.close();
    injector.close();
    assert_eq!(injector.push(items.fill(2)), Err(items.address(2)));
    let refused = injector.push_many(fill(&items, 3..6)).expect_err("it is closed");
    assert_eq!(refused, [3, 4, 5].map(|index| items.address(index)));
    assert!(!injector.is_empty());
    assert_eq!(pop_all(&injector, &items), [0, 1]);
    assert!(injector.is_empty());
    assert_eq!(injector.push(items.address(2)), Err(items.address(2)));
}

const PUSHERS: usize = 2;
const EACH: usize = 60_000;

/// Several threads push, one by one and many at once, while others take. Everything is taken once, and what
/// one has pushed comes in order to each that takes.
#[test]
fn everything_is_taken_once_and_in_order() {
    let (items, injector) = (Items::new(PUSHERS * EACH), Injector::new());
    let (taken, barrier) = (AtomicUsize::new(0), Barrier::new(PUSHERS + 2));
    let push = |pusher: usize| {
        barrier.wait();
        let (mut next, end) = (pusher * EACH, (pusher + 1) * EACH);
        while next < end {
            let count = (next % 4 + 1).min(end - next);
            // Those of one kind come in order.
            match pusher {
                0 => assert!(injector.push_many(fill(&items, next..next + count)).is_ok()),
                _ => (next..next + count).for_each(|index| {
                    assert!(injector.push(items.fill(index)).is_ok());
                }),
            }
            next += count;
        }
    };
    let take = || {
        barrier.wait();
        let mut last = [None; PUSHERS];
        while taken.load(Ordering::Relaxed) < PUSHERS * EACH {
            for index in pop_batch(&injector, &items, 2) {
                let before = last[index / EACH].replace(index);
                assert!(before < Some(index), "{index} after {before:?}");
                taken.fetch_add(1, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        let push = &push;
        (0..PUSHERS).for_each(|pusher| drop(scope.spawn(move || push(pusher))));
        scope.spawn(take);
        take();
    });
    assert_eq!(items.count_taken(), PUSHERS * EACH);
    assert!(injector.is_empty());
}

#[test]
fn nothing_is_stranded_by_close() {
    for round in 0..200 {
        let (items, injector) = (Items::new(PUSHERS * 1000), Injector::new());
        let (pushed, barrier) = (AtomicUsize::new(0), Barrier::new(PUSHERS + 1));
        let push = |pusher: usize| {
            barrier.wait();
            let indices = pusher * 1000..(pusher + 1) * 1000;
            let accepted = indices.take_while(|index| injector.push(items.fill(*index)).is_ok());
            pushed.fetch_add(accepted.count(), Ordering::Relaxed);
        };
        let mut drained = 0;
        thread::scope(|scope| {
            let push = &push;
            (0..PUSHERS).for_each(|pusher| drop(scope.spawn(move || push(pusher))));
            barrier.wait();
            for _ in 0..round {
                drained += pop_batch(&injector, &items, 2).len();
            }
            injector.close();
            drained += pop_all(&injector, &items).len();
        });
        assert_eq!(drained, pushed.into_inner());
        assert_eq!(items.count_taken(), drained);
    }
}
