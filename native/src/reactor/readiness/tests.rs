//! Waits, taken, replaced and left, and wakers that panic.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{RawWaker, RawWakerVTable, Wake, Waker};

use anyrt_core::Interest::{Readable, Writable};

use super::*;
use crate::reactor::word::Event;

#[derive(Default)]
struct Count(AtomicUsize);

impl Count {
    fn new() -> Arc<Self> {
        Arc::default()
    }

    fn wakes(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn waker(count: &Arc<Count>) -> Waker {
    Arc::clone(count).into()
}

/// Readiness in a state in which everybody has to wait.
fn idle() -> Readiness {
    let readiness = Readiness::new(true);
    clear(&readiness);
    readiness
}

fn clear(readiness: &Readiness) {
    for interest in [Readable, Writable] {
        readiness.clear(readiness.look(), interest, UsedUp::WouldBlock);
    }
}

fn enter(waiter: &mut Waiter<'_>, count: &Arc<Count>) -> bool {
    waiter.enter(waker(count), |_, _| Ok(())).unwrap()
}

fn enter_last(readiness: &Readiness, interest: Interest, count: &Arc<Count>) -> bool {
    readiness.enter_last(interest, waker(count), |_, _| Ok(())).unwrap()
}

fn tell(readiness: &Readiness, event: Event) -> usize {
    let mut woken = Wakers::default();
    readiness.tell(event, &mut woken);
    woken.wake()
}

#[test]
fn an_event_wakes_all_who_wait_for_it_and_nobody_else() {
    let readiness = idle();
    let [reader, other_reader, last, writer] = [(); 4].map(|()| Count::new());
    let mut waiters = [readiness.waiter(Readable), readiness.waiter(Readable)];
    assert!(enter(&mut waiters[0], &reader));
    assert!(enter(&mut waiters[1], &other_reader));
    assert!(enter_last(&readiness, Readable, &last));
    assert!(enter_last(&readiness, Writable, &writer));
    assert_eq!(tell(&readiness, Event::READABLE), 3);
    assert_eq!([&reader, &other_reader, &last, &writer].map(|count| count.wakes()), [1, 1, 1, 0]);
    assert!(!enter(&mut waiters[0], &reader));
    assert_eq!(tell(&readiness, Event::READABLE), 0);
    assert_eq!(tell(&readiness, Event::WRITE_CLOSED), 1);
    assert_eq!(writer.wakes(), 1);
}

#[test]
fn the_waker_of_the_last_poll_replaces_that_of_the_one_before() {
    let readiness = idle();
    let [old, new] = [(); 2].map(|()| Count::new());
    let mut waiter = readiness.waiter(Writable);
    for count in [&old, &new] {
        assert!(enter(&mut waiter, count));
        assert!(enter_last(&readiness, Writable, count));
    }
    assert_eq!(Arc::strong_count(&old), 1, "a replaced waker is dropped");
    assert_eq!(tell(&readiness, Event::WRITABLE), 2);
    assert_eq!([old.wakes(), new.wakes()], [0, 2]);
}

#[test]
fn a_wait_that_is_dropped_leaves_and_others_stay() {
    // Whoever has the place of the first, and the seats that are kept: that of the one who stays, and the one before it.
    for (is_first_taken, seats) in [(false, 1), (true, 2)] {
        let readiness = idle();
        let [head, goes, stays] = [(); 3].map(|()| Count::new());
        let mut first = readiness.waiter(Readable);
        assert!(!is_first_taken || enter(&mut first, &head));
        let mut staying = readiness.waiter(Readable);
        for _ in 0..1000 {
            let mut before = readiness.waiter(Readable);
            assert!(enter(&mut before, &goes));
            assert!(enter(&mut staying, &stays));
            let mut after = readiness.waiter(Readable);
            assert!(enter(&mut after, &goes));
        }
        assert_eq!(lock(&readiness.waiting).readers.others.as_ref().unwrap().seats.len(), seats);
        assert_eq!(tell(&readiness, Event::READABLE), 1 + usize::from(is_first_taken));
        let wakes = [&head, &goes, &stays].map(|count| count.wakes());
        assert_eq!(wakes, [usize::from(is_first_taken), 0, 1]);
        assert_eq!(Arc::strong_count(&goes), 1);
    }
}

#[test]
fn one_wait_at_a_time_allocates_nothing() {
    let readiness = idle();
    for _ in 0..3 {
        for interest in [Readable, Writable] {
            assert!(enter(&mut readiness.waiter(interest), &Count::new()));
        }
    }
    let waiting = lock(&readiness.waiting);
    assert!(waiting.readers.others.is_none() && waiting.writers.others.is_none());
}

#[test]
fn who_was_woken_and_is_dropped_takes_nobodys_later_place() {
    let readiness = idle();
    let [old, new] = [(); 2].map(|()| Count::new());
    let mut woken = readiness.waiter(Readable);
    assert!(enter(&mut woken, &old));
    assert_eq!(tell(&readiness, Event::READABLE), 1);
    readiness.clear(readiness.look(), Readable, UsedUp::WouldBlock);
    let mut later = readiness.waiter(Readable);
    assert!(enter(&mut later, &new));
    drop(woken);
    assert_eq!(tell(&readiness, Event::READABLE), 1);
    assert_eq!(new.wakes(), 1);
}

#[test]
fn the_end_of_the_runtime_wakes_everybody_and_lets_nobody_wait() {
    let readiness = idle();
    let count = Count::new();
    let mut waiter = readiness.waiter(Readable);
    assert!(enter(&mut waiter, &count));
    assert!(enter_last(&readiness, Writable, &count));
    let mut woken = Wakers::default();
    readiness.shut_down(&mut woken);
    readiness.shut_down(&mut woken);
    assert_eq!(woken.wake(), 2);
    assert!(readiness.look().is_shut_down());
    assert!(!enter(&mut waiter, &count));
    assert!(!enter_last(&readiness, Writable, &count));
    assert_eq!(Arc::strong_count(&count), 1);
}

#[test]
fn the_system_is_asked_for_all_who_wait_and_errors_are_passed_on() {
    let readiness = Readiness::new(false);
    clear(&readiness);
    let refuse = |_, _| Err(io::ErrorKind::OutOfMemory.into());
    let mut waiter = readiness.waiter(Readable);
    let count = Count::new();
    let error = waiter.enter(waker(&count), refuse).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    let error = readiness.enter_last(Readable, waker(&count), refuse).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
    // Whoever was refused is not held.
    assert_eq!(Arc::strong_count(&count), 1);
    assert!(!readiness.is_watched());

    let mut asked = Vec::new();
    let mut ask = |is_watched, all: Waited| {
        asked.push((is_watched, [all.readers, all.writers]));
        Ok(())
    };
    assert!(waiter.enter(Waker::noop().clone(), &mut ask).unwrap());
    assert!(readiness.is_watched());
    assert!(readiness.enter_last(Writable, Waker::noop().clone(), &mut ask).unwrap());
    assert_eq!(asked, [(false, [true, false]), (true, [true, true])]);
}

#[test]
fn a_system_that_goes_on_to_tell_is_asked_once() {
    let readiness = idle();
    let mut asked = Vec::new();
    let mut ask = |_, all: Waited| {
        asked.push([all.readers, all.writers]);
        Ok(())
    };
    for interest in [Writable, Readable, Writable, Readable] {
        assert!(readiness.enter_last(interest, Waker::noop().clone(), &mut ask).unwrap());
        tell(&readiness, Event::READABLE | Event::WRITABLE);
        clear(&readiness);
    }
    // Who writes reads next.
    let each_time = [[false, true], [true, false], [false, true], [true, false]];
    let expected = if GOES_ON_TO_TELL { &[[true, true]][..] } else { &each_time };
    assert_eq!(asked, expected);
}

/// A waker that panics when it is woken, and when it is dropped.
fn panicking_waker() -> Waker {
    static VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| RawWaker::new(data, &VTABLE),
        |_| panic!("in wake"),
        |_| panic!("in wake_by_ref"),
        |_| panic!("in drop"),
    );
    // SAFETY: the functions of the vtable keep the contract of `RawWaker`: there is no data.
    unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &VTABLE)) }
}

#[test]
fn a_waker_that_panics_keeps_no_other_from_being_woken() {
    let readiness = idle();
    let count = Count::new();
    let mut waiters: Vec<_> = (0..4).map(|_| readiness.waiter(Readable)).collect();
    for (n, waiter) in waiters.iter_mut().enumerate() {
        let waker = if n % 2 == 0 { panicking_waker() } else { waker(&count) };
        assert!(waiter.enter(waker, |_, _| Ok(())).unwrap());
    }
    assert_eq!(tell(&readiness, Event::READABLE), 4);
    assert_eq!(count.wakes(), 2);
}

#[test]
fn a_waker_that_panics_when_dropped_is_contained() {
    let readiness = idle();
    let count = Count::new();
    let mut waiter = readiness.waiter(Readable);
    assert!(waiter.enter(panicking_waker(), |_, _| Ok(())).unwrap());
    drop(waiter);
    for interest in [Readable, Writable] {
        assert!(readiness.enter_last(interest, panicking_waker(), |_, _| Ok(())).unwrap());
    }
    let mut waiter = readiness.waiter(Writable);
    assert!(enter(&mut waiter, &count));
    drop(waiter);
    readiness.forget_waiting();
    assert_eq!(Arc::strong_count(&count), 1);
}
