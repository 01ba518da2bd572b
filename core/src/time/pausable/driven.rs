//! What a thread in `block_on` polls, so that its clock knows whether it does anything but wait.
//!
//! Until the clock is paused for the first time this is its future, and the clock knows of the thread. From then on the
//! future is polled with a waker that also says, by a flag, that there is something to do. While no thread has such a
//! flag set, and nothing else holds the clock, whoever has come to that looks at the sockets once more, and moves the
//! clock then.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::ptr;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::threads::Here;
use super::{ClockReactor, PausableClock};
use crate::sync::{AtomicBool, Ordering, thread_local};

thread_local! {
    /// The clock of what this thread polls.
    static DRIVEN: Cell<*const ()> = const { Cell::new(ptr::null()) };
}

pub(super) fn is_driven_here(clock: *const ()) -> bool {
    DRIVEN.with(Cell::get) == clock
}

/// Polls a future, and moves a paused clock where nothing is left to do; made by [`PausableClock::drive`].
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Driven<'a, R: ClockReactor, F> {
    future: Pin<&'a mut F>,
    driver: Driver<'a, R>,
}

impl<'a, R: ClockReactor, F: Future> Driven<'a, R, F> {
    #[inline]
    pub(super) fn new(clock: &'a PausableClock<R>, future: Pin<&'a mut F>) -> Self {
        Self { future, driver: Driver::new(clock) }
    }
}

impl<R: ClockReactor, F: Future> Future for Driven<'_, R, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Self { future, driver } = &mut *self;
        let clock = driver.clock;
        let _here = Here::set(&DRIVEN, clock);
        if clock.changes() == 0 {
            let polled = future.as_mut().poll(cx);
            if polled.is_pending() {
                driver.be_nudged_by(cx.waker());
                // Whoever pauses the clock from now on has this polled again. It may have been paused before.
                if clock.changes() != 0 {
                    cx.waker().wake_by_ref();
                }
            }
            return polled;
        }
        let number = driver.be_nudged_by(cx.waker());
        let flag = driver.flag(cx.waker());
        if flag.is_set() {
            // In this order: in between it does not look as if the thread waited.
            clock.begin_turn(number);
            flag.clear();
            let waker = Waker::from(Arc::clone(&flag));
            let polled = future.as_mut().poll(&mut Context::from_waker(&waker));
            if polled.is_ready() {
                return polled;
            }
            clock.end_turn(number, &flag);
        }
        driver.move_clock(cx);
        Poll::Pending
    }
}

/// A thread in `block_on`, as long as it is there.
#[derive(Debug)]
struct Driver<'a, R: ClockReactor> {
    clock: &'a PausableClock<R>,
    /// `None` until it has to wait, or the clock to be paused: a future that is ready is not worth a lock.
    known: Option<Known>,
    flag: Option<Arc<Flag>>,
    look: Option<(u64, R::Look)>,
}

/// As what the clock knows a thread.
#[derive(Debug)]
struct Known {
    number: u64,
    is_of_closure: bool,
    nudge: Waker,
}

impl<'a, R: ClockReactor> Driver<'a, R> {
    fn new(clock: &'a PausableClock<R>) -> Self {
        clock.begin_arrival();
        Self { clock, known: None, flag: None, look: None }
    }

    /// To be called before it waits, or the clock may be moved. Returns its number.
    #[inline]
    fn be_nudged_by(&mut self, waker: &Waker) -> u64 {
        match &self.known {
            Some(known) if known.nudge.will_wake(waker) => known.number,
            _ => self.become_known(waker),
        }
    }

    fn become_known(&mut self, waker: &Waker) -> u64 {
        let nudge = waker.clone();
        match &mut self.known {
            None => {
                let (number, is_of_closure) = self.clock.begin_driving(nudge.clone());
                self.known = Some(Known { number, is_of_closure, nudge });
                self.clock.end_arrival();
                number
            }
            Some(known) => {
                self.flag = None;
                self.clock.set_nudge(known.number, nudge.clone());
                known.nudge = nudge;
                known.number
            }
        }
    }

    /// That by which the future is woken. A new one is set.
    fn flag(&mut self, waker: &Waker) -> Arc<Flag> {
        let flag = self.flag.get_or_insert_with(|| Flag::new(waker.clone()));
        Arc::clone(flag)
    }

    /// Moves a paused clock, if nothing is left to do but to wait for that, and what is ready in the reactor was told.
    fn move_clock(&mut self, cx: &mut Context<'_>) {
        let Some(epoch) = self.clock.idle_since() else {
            self.look = None;
            return;
        };
        self.look.take_if(|(of, _)| *of != epoch);
        let (_, look) = self.look.get_or_insert_with(|| (epoch, self.clock.reactor.look()));
        if Pin::new(look).poll(cx).is_pending() {
            return;
        }
        self.look = None;
        self.clock.jump(epoch);
        // What was woken may be on other threads alone, and more be left to wait for.
        cx.waker().wake_by_ref();
    }
}

impl<R: ClockReactor> Drop for Driver<'_, R> {
    fn drop(&mut self) {
        match &self.known {
            Some(known) => self.clock.end_driving(known.number, known.is_of_closure),
            None => self.clock.end_arrival(),
        }
    }
}

/// The waker of a future that is driven, since the clock was paused. It is set while the future is to be polled.
#[derive(Debug)]
pub(super) struct Flag {
    is_set: AtomicBool,
    thread: Waker,
}

impl Flag {
    fn new(thread: Waker) -> Arc<Self> {
        Arc::new(Self { is_set: AtomicBool::new(true), thread })
    }

    pub(super) fn is_set(&self) -> bool {
        // Relaxed: who has set it and then says that it waits itself did so in this order, and says so under the lock.
        self.is_set.load(Ordering::Relaxed)
    }

    fn clear(&self) {
        // Ordering: acquires what was done before each wake, which releases. A wake that is missed here comes after the
        // poll.
        self.is_set.swap(false, Ordering::Acquire);
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // Ordering: releases what the future is to see; pairs with `clear`. Swapped, so that a wake before this one is
        // acquired there as well.
        self.is_set.swap(true, Ordering::Release);
        self.thread.wake_by_ref();
    }
}
