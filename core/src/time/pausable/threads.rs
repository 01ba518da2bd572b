//! What the clock knows of the threads in `block_on`.

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem;
use std::ptr;
use std::sync::Arc;
use std::task::Waker;

use super::driven::Flag;
use super::state::Thread;
use super::{ClockReactor, PausableClock, wake};
use crate::sync::{LocalKey, Ordering, thread_local};

thread_local! {
    /// The clock whose closure this thread runs.
    static OF_CLOSURE: Cell<*const ()> = const { Cell::new(ptr::null()) };
}

impl<R: ClockReactor> PausableClock<R> {
    /// Calls a closure for which the clock is [held](Self::hold), and has to be: while the closure is in `block_on`
    /// itself, it is not.
    pub fn call_closure<T>(&self, closure: impl FnOnce() -> T) -> T {
        let _here = Here::set(&OF_CLOSURE, self);
        closure()
    }

    /// A thread comes, and is busy.
    pub(super) fn begin_arrival(&self) {
        // Relaxed: whoever knows of the thread by what it does sees that it has come.
        self.arriving.fetch_add(1, Ordering::Relaxed);
    }

    /// The thread leaves, or is known.
    pub(super) fn end_arrival(&self) {
        // Ordering: releases what the thread has done to whoever finds that none arrives; acquires, from one that still
        // found this one, that the clock is paused.
        self.arriving.fetch_sub(1, Ordering::AcqRel);
        if self.changes() != 0 {
            let mut state = self.lock();
            let left = self.take_left(&mut state);
            self.unlock_and_nudge(state);
            wake(left);
        }
    }

    /// A thread is to be known, which is busy; and to be nudged by a waker. Returns its number, and whether it is one
    /// that runs a closure of this clock: then it no longer counts as that.
    pub(super) fn begin_driving(&self, nudge: Waker) -> (u64, bool) {
        let is_of_closure = OF_CLOSURE.with(Cell::get) == self.address();
        let mut state = self.lock();
        let number = state.next_number();
        state.threads.push(Thread { number, nudge, waits: None });
        if is_of_closure {
            OF_CLOSURE.with(|clock| clock.set(ptr::null()));
            state.holds -= 1;
        }
        (number, is_of_closure)
    }

    /// The thread leaves.
    pub(super) fn end_driving(&self, number: u64, is_of_closure: bool) {
        let mut state = self.lock();
        let place = state.threads.iter().position(|thread| thread.number == number);
        let thread = place.map(|place| state.threads.swap_remove(place));
        if is_of_closure {
            OF_CLOSURE.with(|clock| clock.set(self.address()));
            state.holds += 1;
        }
        state.epoch += 1;
        let left = self.take_left(&mut state);
        self.unlock_and_nudge(state);
        wake(left);
        drop(thread);
    }

    /// The thread is to be nudged by another waker.
    pub(super) fn set_nudge(&self, number: u64, nudge: Waker) {
        let mut state = self.lock();
        let replaced = mem::replace(&mut state.thread(number).nudge, nudge);
        drop(state);
        drop(replaced);
    }

    /// The thread is about to do something.
    pub(super) fn begin_turn(&self, number: u64) {
        let mut state = self.lock();
        state.epoch += 1;
        let flag = state.thread(number).waits.take();
        drop(state);
        drop(flag);
    }

    /// The thread has nothing to do until `flag` is set.
    pub(super) fn end_turn(&self, number: u64, flag: &Arc<Flag>) {
        self.lock().thread(number).waits = Some(Arc::clone(flag));
    }

    /// Since which epoch nothing is left to do but to wait for a deadline, if it is so.
    pub(super) fn idle_since(&self) -> Option<u64> {
        let state = self.lock();
        (self.is_idle(&state) && state.next_deadline().is_some()).then_some(state.epoch)
    }

    /// Moves the clock to the next deadline, if nothing has happened since that epoch.
    pub(super) fn jump(&self, epoch: u64) {
        let mut state = self.lock();
        let is_idle = self.is_idle(&state) && state.epoch == epoch;
        let Some(next) = state.next_deadline().filter(|_| is_idle) else { return };
        state.clock.jump(next);
        self.wake_due(state);
    }
}

/// Which clock a thread-local variable names, until this is dropped.
pub(super) struct Here<'a> {
    variable: &'static LocalKey<Cell<*const ()>>,
    outer: *const (),
    // There as long as it is named.
    _clock: PhantomData<&'a ()>,
}

impl<'a> Here<'a> {
    pub(super) fn set<R: ClockReactor>(
        variable: &'static LocalKey<Cell<*const ()>>,
        clock: &'a PausableClock<R>,
    ) -> Self {
        Self {
            variable,
            outer: variable.with(|named| named.replace(clock.address())),
            _clock: PhantomData,
        }
    }
}

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.variable.with(|named| named.set(self.outer));
    }
}
