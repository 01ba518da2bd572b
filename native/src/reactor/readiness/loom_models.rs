//! Models of the protocol between those who wait, events, and the end of the runtime.
//!
//! A source is an atomic number of items; to send one is to add it and then to tell. A model in which
//! somebody is not woken ends with loom's report of a deadlock.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Wake, Waker};

use anyrt_core::Interest::{self, Readable, Writable};

use super::*;
use crate::reactor::word::Event;
use crate::sync::thread::{self, Thread};
use crate::sync::{Arc, AtomicUsize, Ordering, model};

struct Source {
    readiness: Readiness,
    items: AtomicUsize,
}

impl Source {
    fn new() -> Arc<Self> {
        Arc::new(Self { readiness: Readiness::new(true), items: AtomicUsize::new(0) })
    }

    fn send(&self, event: Event) {
        // Relaxed: that the item is seen after the event was told is the word's business.
        self.items.fetch_add(1, Ordering::Relaxed);
        self.tell(event);
    }

    fn tell(&self, event: Event) {
        let mut woken = Wakers::default();
        self.readiness.tell(event, &mut woken);
        woken.wake();
    }

    fn shut_down(&self) {
        let mut woken = Wakers::default();
        self.readiness.shut_down(&mut woken);
        woken.wake();
    }

    /// One attempt to take an item.
    fn take(&self) -> bool {
        let take = |items: usize| items.checked_sub(1);
        self.items.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    /// What a registration does: `true` once an item was taken, `false` once the runtime has ended.
    fn poll_take(
        &self,
        cx: &mut Context<'_>,
        interest: Interest,
        enter: &mut dyn FnMut(Waker) -> bool,
    ) -> Poll<bool> {
        loop {
            let seen = self.readiness.look();
            if seen.is_shut_down() {
                return Poll::Ready(false);
            }
            if !seen.is_ready(interest) {
                if enter(cx.waker().clone()) {
                    return Poll::Pending;
                }
                continue;
            }
            if self.take() {
                return Poll::Ready(true);
            }
            self.readiness.clear(seen, interest, UsedUp::WouldBlock);
        }
    }

    async fn io(&self, interest: Interest) -> bool {
        let mut waiter = self.readiness.waiter(interest);
        let mut enter = |waker| waiter.enter(waker, |_, _| Ok(())).unwrap();
        poll_fn(|cx| self.poll_take(cx, interest, &mut enter)).await
    }

    async fn poll_io(&self, interest: Interest) -> bool {
        let mut enter = |waker| self.readiness.enter_last(interest, waker, |_, _| Ok(())).unwrap();
        poll_fn(|cx| self.poll_take(cx, interest, &mut enter)).await
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: std::sync::Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = std::sync::Arc::new(Unpark(thread::current())).into();
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        thread::park();
    }
}

/// Polls once on behalf of nobody.
fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn an_event_between_attempt_and_wait_is_not_lost() {
    model(|| {
        let source = Source::new();
        let sender = thread::spawn({
            let source = Arc::clone(&source);
            move || source.send(Event::READABLE)
        });
        assert!(block_on(source.io(Readable)));
        sender.join().unwrap();
    });
}

#[test]
fn the_poll_functions_lose_no_event() {
    model(|| {
        let source = Source::new();
        let sender = thread::spawn({
            let source = Arc::clone(&source);
            move || {
                source.send(Event::READABLE);
                source.send(Event::READABLE);
            }
        });
        assert!(block_on(source.poll_io(Readable)));
        assert!(block_on(source.poll_io(Readable)));
        sender.join().unwrap();
    });
}

#[test]
fn a_clear_with_a_stale_tick_erases_nothing() {
    model(|| {
        let source = Source::new();
        let sender = thread::spawn({
            let source = Arc::clone(&source);
            move || source.send(Event::READABLE)
        });
        let seen = source.readiness.look();
        if !source.take() {
            source.readiness.clear(seen, Readable, UsedUp::WouldBlock);
            sender.join().unwrap();
            // What the attempt did not see has been told since the look.
            assert!(source.readiness.look().is_ready(Readable));
        } else {
            sender.join().unwrap();
        }
    });
}

#[test]
fn of_two_who_wait_one_is_dropped_and_the_other_is_woken() {
    model(|| {
        let source = Source::new();
        source.readiness.clear(source.readiness.look(), Readable, UsedUp::WouldBlock);
        let sender = thread::spawn({
            let source = Arc::clone(&source);
            move || source.send(Event::READABLE)
        });
        let goes = thread::spawn({
            let source = Arc::clone(&source);
            move || {
                let mut waiter = source.readiness.waiter(Readable);
                waiter.enter(Waker::noop().clone(), |_, _| Ok(())).unwrap();
            }
        });
        assert!(block_on(source.io(Readable)));
        sender.join().unwrap();
        goes.join().unwrap();
    });
}

#[test]
fn a_wait_that_goes_away_while_it_is_woken_leaves_the_other_to_be_woken() {
    model(|| {
        let source = Source::new();
        let stays = Arc::clone(&source);
        let mut goes = Box::pin(source.io(Readable));
        let is_waiting = poll_once(goes.as_mut()).is_pending();
        assert!(is_waiting);
        let sender = thread::spawn({
            let source = Arc::clone(&source);
            move || source.send(Event::READABLE)
        });
        let reader = thread::spawn(move || block_on(stays.io(Readable)));
        drop(goes);
        assert!(reader.join().unwrap());
        sender.join().unwrap();
    });
}

#[test]
fn the_end_of_the_runtime_reaches_who_is_about_to_wait() {
    model(|| {
        let source = Source::new();
        let closer = thread::spawn({
            let source = Arc::clone(&source);
            move || source.shut_down()
        });
        assert!(!block_on(source.io(Readable)));
        closer.join().unwrap();
    });
}

#[test]
fn an_event_and_the_end_of_the_runtime_at_once_leave_nobody_waiting() {
    model(|| {
        let source = Source::new();
        let closer = thread::spawn({
            let source = Arc::clone(&source);
            move || source.shut_down()
        });
        let teller = thread::spawn({
            let source = Arc::clone(&source);
            // An event for nothing, as the system may tell it.
            move || source.tell(Event::READABLE)
        });
        assert!(!block_on(source.io(Readable)));
        closer.join().unwrap();
        teller.join().unwrap();
    });
}

#[test]
fn both_directions_are_told_apart_and_both_are_woken() {
    model(|| {
        let source = Source::new();
        let writer = thread::spawn({
            let source = Arc::clone(&source);
            move || block_on(source.poll_io(Writable))
        });
        let sender = thread::spawn({
            let source = Arc::clone(&source);
            move || {
                source.send(Event::READABLE);
                source.send(Event::WRITE_CLOSED);
                // One item may have been taken by whoever was not meant; both are told of.
                source.tell(Event::READABLE);
            }
        });
        assert!(block_on(source.poll_io(Readable)));
        assert!(writer.join().unwrap());
        sender.join().unwrap();
    });
}
