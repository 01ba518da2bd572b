//! What loom explores of an event that comes once.

use std::sync::Arc;

use loom::thread;

use super::*;
use crate::sync::models::block_on;

/// The wakers, and what was done before the event.
#[derive(Default)]
struct Waited {
    wakers: Wakers,
    is_done: AtomicBool,
}

impl Waited {
    fn start() -> (Arc<Self>, thread::JoinHandle<()>) {
        let waited = Arc::new(Self::default());
        let comes = Arc::clone(&waited);
        let event = thread::spawn(move || {
            comes.is_done.store(true, Ordering::Relaxed);
            comes.wakers.wake_all();
        });
        (waited, event)
    }

    fn check(&self) {
        assert!(self.is_done.load(Ordering::Relaxed), "what was done before the event is not seen");
    }
}

#[test]
fn all_who_wait_are_woken_or_see_the_event() {
    loom::model(|| {
        let (waited, event) = Waited::start();
        let other = {
            let waited = Arc::clone(&waited);
            thread::spawn(move || {
                block_on(waited.wakers.come());
                waited.check();
            })
        };
        block_on(waited.wakers.come());
        waited.check();
        other.join().unwrap();
        event.join().unwrap();
    });
}

#[test]
fn who_waits_with_another_waker_is_woken_by_that() {
    loom::model(|| {
        let (waited, event) = Waited::start();
        let mut come = waited.wakers.come();
        // Polled once with the waker of another task.
        let first = Pin::new(&mut come).poll(&mut Context::from_waker(Waker::noop()));
        if first.is_pending() {
            block_on(&mut come);
        }
        waited.check();
        event.join().unwrap();
    });
}

#[test]
fn who_looks_without_waiting_sees_what_was_done_before() {
    loom::model(|| {
        let (waited, event) = Waited::start();
        if waited.wakers.is_over() {
            waited.check();
        }
        event.join().unwrap();
    });
}

#[test]
fn who_leaves_while_the_event_comes_takes_no_other_waker_along() {
    loom::model(|| {
        let (waited, event) = Waited::start();
        let mut leaves = waited.wakers.come();
        let first = Pin::new(&mut leaves).poll(&mut Context::from_waker(Waker::noop()));
        assert!(first.is_pending() || waited.wakers.is_over());
        let stays = {
            let waited = Arc::clone(&waited);
            thread::spawn(move || block_on(waited.wakers.come()))
        };
        drop(leaves);
        stays.join().unwrap();
        event.join().unwrap();
    });
}
