//! The clock of a runtime without worker threads, for backends: the system's, until somebody pauses it.
//!
//! All is under one lock, in `state.rs`, except for two numbers: how often the clock was paused and resumed, because
//! until the first pause nobody asks for more to know the time, and how many threads are in their first poll, which is
//! often their last. `sleep.rs` is what waits for the time, `driven.rs` what a thread in `block_on` polls, which tells
//! the clock, by `threads.rs`, that nothing is left to do.
//!
//! What loom explores of it, in `loom_models.rs`, with a reactor that has one source:
//!
//! | claim | model |
//! |---|---|
//! | the clock stands while a thread is busy or arrives | `the_clock_jumps_not_before_who_arrives_has_nothing_to_do_and_then`, `who_has_come_keeps_the_clock_until_it_has_nothing_to_do`, `a_thread_that_was_woken_keeps_the_clock_from_being_moved_by_another` |
//! | and while something holds it | `what_is_woken_under_a_hold_has_its_turn_before_the_clock_jumps`, `a_closure_holds_without_a_gap_but_not_while_it_waits_itself` |
//! | a jump comes after what is ready in the reactor | `what_comes_under_a_hold_is_told_before_the_clock_jumps`, `what_comes_in_a_turn_is_told_before_the_clock_jumps` |
//! | and after what was done before it, which is seen then | `what_was_done_by_who_has_come_and_gone_is_seen_after_the_jump`, `what_was_done_before_a_wake_is_seen_though_a_nudge_comes_first` |
//! | when all wait it jumps: no nudge is lost | `the_clock_jumps_when_the_last_hold_ends`, `a_pause_is_noticed_by_a_thread_that_goes_to_wait`, `a_clock_that_is_moved_by_hand_jumps_afterwards`, and those above |
//! | sleeps are over at the end, and not before nobody is left | `sleeps_are_over_when_the_runtime_has_ended_and_nobody_is_left` |
//!
//! Loom takes SeqCst for acquire and release, and knows no clock of the system: that whoever asks that one sees the pause
//! is no part of the models.

mod driven;
#[cfg(all(test, anyrt_loom))]
mod loom_models;
mod sleep;
mod state;
mod threads;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::ptr;
use std::sync::{Arc, PoisonError, Weak};
use std::task::{Wake, Waker};
use std::{fmt, io};

use super::{Duration, Instant};
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Ordering};
use crate::task::contain;
use state::State;

pub use driven::Driven;
pub use sleep::ClockSleep;

/// What a [`PausableClock`] needs of the reactor beneath it.
pub trait ClockReactor: Debug + Send + Sync + Sized + 'static {
    /// Is ready when whoever waits for a source that was ready at its first poll has been woken.
    type Look: Future<Output = ()> + Debug + Send + Unpin;

    /// Sets the one alarm of the clock to what `time` returns, which is a time of the system, or leaves it as it is if
    /// that is `None`. At that time the waker is to be woken that the reactor was [made](PausableClock::new) with.
    /// Returns false if the time has come already.
    ///
    /// `time` is to be asked under a lock, so that of two threads the one that asks later also sets it later.
    fn set_alarm(&self, time: impl FnOnce() -> Option<Instant>) -> bool;

    /// Called before the clock is paused, each time.
    ///
    /// # Errors
    /// What is needed to look at the sources can't be had, and the clock is not paused.
    fn prepare_to_look(&self) -> io::Result<()>;

    /// A look at the sources. Only after `prepare_to_look`.
    fn look(&self) -> Self::Look;
}

/// A clock that can be paused, for a runtime whose tasks are polled by the threads in `block_on` alone.
///
/// Those poll their future by [`drive`](Self::drive), closures keep what [`hold`](Self::hold) returns, and sleeps are
/// made by [`sleep_until`](Self::sleep_until): so the clock jumps where [`PauseClock`](crate::PauseClock) says that it does.
///
/// ```
/// use std::future::{Ready, ready};
/// use std::io;
/// use std::pin::pin;
/// use std::task::Waker;
/// use std::thread;
/// use std::time::{Duration, Instant};
/// use anyrt_core::backend::{ClockReactor, PausableClock};
///
/// /// There are no sockets, and a thread for each alarm.
/// #[derive(Debug)]
/// struct Alarms(Waker);
///
/// impl ClockReactor for Alarms {
///     type Look = Ready<()>;
///
///     fn set_alarm(&self, time: impl FnOnce() -> Option<Instant>) -> bool {
///         let Some(time) = time() else { return true };
///         let bell = self.0.clone();
///         thread::spawn(move || {
///             thread::sleep(time.saturating_duration_since(Instant::now()));
///             bell.wake();
///         });
///         true
///     }
///
///     fn prepare_to_look(&self) -> io::Result<()> {
///         Ok(())
///     }
///
///     fn look(&self) -> Ready<()> {
///         ready(())
///     }
/// }
///
/// let clock = PausableClock::new(Alarms);
/// clock.pause()?;
/// let start = clock.now();
/// let sleep = pin!(clock.sleep_until(start + Duration::from_secs(3600)));
/// futures::executor::block_on(clock.drive(sleep)); // at once
/// assert_eq!(clock.now() - start, Duration::from_secs(3600));
///
/// clock.resume()?;
/// let sleep = pin!(clock.sleep_until(clock.now() + Duration::from_millis(2)));
/// futures::executor::block_on(clock.drive(sleep));
/// # Ok::<(), io::Error>(())
/// ```
pub struct PausableClock<R> {
    /// How often it was paused and resumed, and twice for its end: odd while it is paused.
    changes: AtomicUsize,
    /// The threads in `block_on` that have not waited yet.
    arriving: AtomicUsize,
    state: Mutex<State>,
    reactor: R,
}

impl<R: ClockReactor> PausableClock<R> {
    /// One that shows the time of the system. `reactor` gets the waker for its alarm.
    pub fn new(reactor: impl FnOnce(Waker) -> R) -> Arc<Self> {
        Arc::new_cyclic(|clock| Self {
            changes: AtomicUsize::new(0),
            arriving: AtomicUsize::new(0),
            state: Mutex::new(State::new()),
            reactor: reactor(Waker::from(Arc::new(Bell(Weak::clone(clock))))),
        })
    }

    /// The time that it shows.
    #[inline]
    pub fn now(&self) -> Instant {
        if self.changes() == 0 { Instant::now() } else { self.lock().clock.now() }
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        is_odd(self.changes())
    }

    /// Stops it.
    ///
    /// # Errors
    /// `InvalidInput`: it is paused already. Or the reactor can't be looked at.
    pub fn pause(&self) -> io::Result<()> {
        self.reactor.prepare_to_look()?;
        let mut state = self.lock();
        let mut clock = state.clock;
        clock.pause()?;
        // Counted before it is the time: whoever sees no pause after asking the system has asked before this one.
        self.count_change();
        state.clock.pause()?;
        state.alarm_at = None;
        // Those in `block_on` are to tell from now on whether they wait.
        let wakers: Vec<_> = state.threads.iter().map(|thread| thread.nudge.clone()).collect();
        drop(state);
        wake(wakers);
        Ok(())
    }

    /// Lets it go on from where it is.
    ///
    /// # Errors
    /// `InvalidInput`: it is not paused.
    pub fn resume(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.clock.resume()?;
        self.count_change();
        drop(state);
        self.set_alarm();
        Ok(())
    }

    /// Moves it and wakes what is due then. Returns whether that was anything.
    ///
    /// # Errors
    /// `InvalidInput`: it is not paused, or would be too far ahead.
    pub fn advance(&self, by: Duration) -> io::Result<bool> {
        let mut state = self.lock();
        state.clock.advance(by)?;
        Ok(self.wake_due(state))
    }

    /// The runtime has ended. Sleeps are over at once, when nobody in `block_on` is left for whom the clock goes on.
    pub fn close(&self) {
        let mut state = self.lock();
        state.is_closed = true;
        // From now on sleeps have to look under the lock.
        self.count_change();
        self.count_change();
        let left = self.take_left(&mut state);
        drop(state);
        wake(left);
    }

    /// What a thread in `block_on` polls in the place of `future`, which polls the tasks as well. When it is dropped,
    /// `future` is not polled any more.
    #[inline]
    pub fn drive<'a, F: Future>(&'a self, future: Pin<&'a mut F>) -> Driven<'a, R, F> {
        Driven::new(self, future)
    }

    /// Whether it is this thread that polls a [`Driven`] of this clock.
    pub fn is_driven_here(&self) -> bool {
        driven::is_driven_here(self.address())
    }

    /// Completes once `deadline` has passed by this clock; as the sleeps of a [`Timer`](crate::Timer) do.
    #[inline]
    pub fn sleep_until(self: &Arc<Self>, deadline: Instant) -> ClockSleep<R> {
        ClockSleep::new(self, deadline)
    }

    /// Keeps a paused clock from jumping until it is dropped: for a closure, from before it is queued until whoever
    /// waits for it was woken.
    pub fn hold(self: &Arc<Self>) -> HeldClock<R> {
        self.lock().hold();
        HeldClock(Arc::clone(self))
    }

    /// How often the clock was paused and resumed. Odd while it is paused, and 0 until the first pause, or the end.
    #[inline]
    fn changes(&self) -> usize {
        // Ordering: acquires what the thread did that has paused or resumed. The rest is under the lock. SeqCst: a look
        // after one at the clock of the system.
        self.changes.load(Ordering::SeqCst)
    }

    /// Only under the lock.
    fn count_change(&self) {
        // Ordering: pairs with `changes`.
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Wakes what is due, and holds the clock meanwhile: those that are not woken yet do not say that they have
    /// something to do. Returns whether that was anything.
    fn wake_due(&self, mut state: MutexGuard<'_, State>) -> bool {
        let wakers = state.take_due();
        if wakers.is_empty() {
            state.epoch += 1;
            return false;
        }
        state.hold();
        drop(state);
        wake(wakers);
        self.release();
        true
    }

    /// The alarm rings.
    fn ring(&self) {
        self.wake_over();
        self.set_alarm();
    }

    fn wake_over(&self) {
        let mut state = self.lock();
        state.alarm_at = None;
        self.wake_due(state);
    }

    /// Sets the alarm, unless that is early enough, or the clock is paused: then whoever is in `block_on` moves it.
    fn set_alarm(&self) {
        while !self.reactor.set_alarm(|| self.lock().next_alarm()) {
            self.wake_over();
        }
    }

    fn release(&self) {
        let mut state = self.lock();
        state.holds -= 1;
        state.epoch += 1;
        self.unlock_and_nudge(state);
    }

    /// Has one of those in `block_on` look whether a paused clock is to jump, if none of them does anything but wait.
    /// The last one that has something to do looks by itself.
    #[inline]
    fn unlock_and_nudge(&self, state: MutexGuard<'_, State>) {
        if !self.is_paused() {
            return;
        }
        let thread = state.threads.first().filter(|_| self.is_idle(&state));
        let nudge = thread.map(|thread| thread.nudge.clone());
        drop(state);
        wake(nudge);
    }

    /// Whether the clock is paused, and nothing is left to do but to wait for the time.
    fn is_idle(&self, state: &State) -> bool {
        state.is_idle() && !self.is_any_arriving()
    }

    /// Whether the runtime has ended, and nobody in `block_on` is left for whom the clock goes on.
    fn is_left(&self, state: &State) -> bool {
        state.is_closed && state.threads.is_empty() && !self.is_any_arriving()
    }

    /// The wakers of all sleeps, if nobody is left. A thread that arrives looks when it has.
    fn take_left(&self, state: &mut State) -> Vec<Waker> {
        let left = if self.is_left(state) { mem::take(&mut state.sleeps) } else { BTreeMap::new() };
        left.into_values().collect()
    }

    fn is_any_arriving(&self) -> bool {
        // Ordering: read by writing, and so either this comes before the end of an arrival, which then sees what has changed
        // before this, or it sees that end.
        self.arriving.fetch_add(0, Ordering::AcqRel) != 0
    }

    /// What it is known by on a thread.
    fn address(&self) -> *const () {
        ptr::from_ref(self).cast()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of the user runs under the lock. Only the wakers of those in `block_on` are cloned there, which the
        // executor has made.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: ClockReactor> fmt::Debug for PausableClock<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_paused = self.is_paused();
        f.debug_struct("PausableClock").field("is_paused", &is_paused).finish_non_exhaustive()
    }
}

/// Keeps a paused clock from jumping; made by [`PausableClock::hold`].
#[derive(Debug)]
pub struct HeldClock<R: ClockReactor>(Arc<PausableClock<R>>);

impl<R: ClockReactor> Drop for HeldClock<R> {
    fn drop(&mut self) {
        self.0.release();
    }
}

/// The waker for the alarm of a clock, which it does not keep.
struct Bell<R>(Weak<PausableClock<R>>);

impl<R: ClockReactor> Wake for Bell<R> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(clock) = self.0.upgrade() {
            clock.ring();
        }
    }
}

fn is_odd(changes: usize) -> bool {
    changes % 2 == 1
}

/// Wakers may be the user's, and panic: each by itself.
fn wake(wakers: impl IntoIterator<Item = Waker>) {
    wakers.into_iter().for_each(|waker| contain(|| waker.wake()));
}
