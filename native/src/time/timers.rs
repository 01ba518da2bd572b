//! The wheels of a runtime, and how the thread that sleeps in the reactor is told of earlier deadlines.
//!
//! Each core has a wheel, and threads without a core have one together. To use another's wheel is
//! allowed, as its lock is there for, but seldom needed: when a sleep has moved to another thread, and
//! to fire. `README.md` has the protocol between inserting and falling asleep.

use std::io;
use std::pin::Pin;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use super::clock::{Clock, Moment, TICK_BITS};
use super::due::Due;
use super::node::{Links, Node};
use super::wheel::Wheel;
use crate::sync::{AtomicU64, CachePadded, Mutex, Ordering, fence, lock};

/// Words that stand for no moment. Moments in words are ticks, and so even.
const NEVER: u64 = u64::MAX;
const AWAKE: u64 = u64::MAX - 2;

/// How often `fire` takes the lock of a wheel, for 32 wakers each time, before it returns: about as many
/// tasks are woken as run until the next call, so that the sockets, and what comes from them, wait for few.
const ROUNDS: usize = 2;

/// The timers of a runtime.
#[derive(Debug)]
pub(crate) struct Timers {
    clock: Clock,
    shards: Box<[CachePadded<Shard>]>,
    /// No wheel needs attention before this moment, or else a thread is looking at all of them, or is about to lower
    /// this. So that who is busy looks at one word, and not at those of all wheels.
    next: CachePadded<AtomicU64>,
    /// Until when the thread in the reactor sleeps: a moment, `NEVER` for without end, or `AWAKE` when
    /// nobody needs to be told.
    sleeper: CachePadded<AtomicU64>,
}

/// A wheel, and what can be known of it without its lock.
#[derive(Debug)]
struct Shard {
    /// The wheel's `earliest`, or `NEVER`. Changes under the lock.
    earliest: AtomicU64,
    wheel: Mutex<Wheel>,
}

impl Timers {
    /// For a runtime with so many wheels.
    pub(crate) fn new(wheels: usize) -> Self {
        Self::starting_at(wheels, Moment::from_nanos(0))
    }

    /// Like `new`, but the count of time begins at `offset`.
    pub(super) fn starting_at(wheels: usize, offset: Moment) -> Self {
        let shard =
            || Shard { earliest: AtomicU64::new(NEVER), wheel: Mutex::new(Wheel::new(offset)) };
        Self {
            clock: Clock::starting_at(offset),
            shards: (0..wheels).map(|_| CachePadded::new(shard())).collect(),
            next: CachePadded::new(AtomicU64::new(NEVER)),
            sleeper: CachePadded::new(AtomicU64::new(AWAKE)),
        }
    }

    /// The time by the runtime's clock.
    #[inline]
    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Whether the clock is paused.
    #[inline]
    pub(crate) fn is_paused(&self) -> bool {
        self.clock.paused_at().is_some()
    }

    /// Stops the clock. Whoever sleeps in the reactor is then to be kicked.
    ///
    /// # Errors
    /// It is paused already.
    pub(crate) fn pause(&self) -> io::Result<()> {
        self.clock.pause()
    }

    /// Lets the clock go on. Whoever sleeps in the reactor is then to be kicked.
    ///
    /// # Errors
    /// It is not paused.
    pub(crate) fn resume(&self) -> io::Result<()> {
        lock(&self.clock.state).resume()
    }

    /// Moves the clock and wakes what is due then. Returns how many that were.
    ///
    /// # Errors
    /// It is not paused, or would be too far ahead.
    pub(crate) fn advance(&self, by: Duration) -> io::Result<usize> {
        lock(&self.clock.state).advance(by)?;
        let mut woken = 0;
        while self.next_deadline().is_some_and(|next| next <= self.now()) {
            woken += self.fire_exactly(self.now());
        }
        Ok(woken)
    }

    /// Moves the clock to a deadline, if it is still paused.
    pub(crate) fn jump(&self, deadline: Instant) {
        lock(&self.clock.state).jump(deadline);
    }

    /// The deadline that comes first, of those that a paused clock can come to, which are within what a [`Moment`] can
    /// be. From now on `begin_sleep` says of the wheels what they have, and not what they had.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        let of = |shard: &CachePadded<Shard>| {
            let mut wheel = lock(&shard.wheel);
            let next = wheel.next_deadline();
            shard.publish(&wheel);
            next
        };
        let next = self.shards.iter().map(of).fold(None, Moment::earlier)?;
        Some(self.clock.instant(next)).filter(|next| *next <= lock(&self.clock.state).latest())
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Whether there are timers, or were some that are not forgotten yet.
    pub(crate) fn has_timers(&self) -> bool {
        self.earliest().is_some()
    }

    /// Says that this thread is about to sleep in the reactor, and returns for how long it may: `None` is
    /// without end. Whoever starts an earlier timer from now on kicks it.
    ///
    /// Only one thread at a time does this.
    pub(crate) fn begin_sleep(&self) -> Option<Duration> {
        self.begin_sleep_at(|| self.now())
    }

    /// Asks for the time only where there are timers.
    pub(super) fn begin_sleep_at(&self, now: impl FnOnce() -> Instant) -> Option<Duration> {
        let until = self.earliest();
        // Ordering: Release pairs with the Acquire of `is_to_kick`: the kick comes after whatever this
        // thread did about earlier ones, and so is not taken for one of them.
        self.sleeper.store(word(until), Ordering::Release);
        // Ordering: SeqCst fence. Pairs with the one in `started`: either that thread sees the store
        // above, or the loads below see its timer. Nothing weaker orders a write before a read of
        // another place.
        fence(Ordering::SeqCst);
        let until = Moment::earlier(self.earliest(), until)?;
        Some(until.since(self.clock.moment(now())))
    }

    /// Says that the thread in the reactor is awake again, and will look at the timers by itself.
    pub(crate) fn end_sleep(&self) {
        // Relaxed: who sees an older value kicks in vain, and that is all.
        self.sleeper.store(AWAKE, Ordering::Relaxed);
    }

    /// Wakes what is due, and returns how many that were. Of very many it wakes a part, and `begin_sleep` then answers
    /// with zero.
    pub(crate) fn fire(&self) -> usize {
        let Some(earliest) = self.earliest() else { return 0 };
        if let Some(now) = self.clock.paused_at() {
            return self.fire_exactly(now);
        }
        let now = self.clock.moment(self.now());
        if earliest.is_after(now) { 0 } else { self.fire_due(now) }
    }

    /// The same for a thread that is busy: on its own wheel, and on the others where nobody else is at that.
    #[inline]
    pub(crate) fn fire_between_tasks(&self, own: usize) -> usize {
        if self.is_paused() {
            return self.fire();
        }
        let next = Moment::earlier(self.next(), self.shards[own].earliest());
        let Some(next) = next else { return 0 };
        let now = self.clock.moment(self.now());
        if next.is_after(now) { 0 } else { self.fire_own_or_due(own, now) }
    }

    #[cfg(test)]
    pub(super) fn fire_at(&self, own: usize, now: Instant) -> usize {
        self.fire_own_or_due(own, self.clock.moment(now))
    }

    fn fire_own_or_due(&self, own: usize, now: Moment) -> usize {
        if self.next().is_none_or(|next| next.is_after(now)) {
            self.shards[own].fire(now, &mut { ROUNDS })
        } else {
            self.fire_due(now)
        }
    }

    fn fire_due(&self, now: Moment) -> usize {
        let mut rounds = ROUNDS;
        // Ordering: acquires what was written before the moments that this replaces.
        self.next.swap(NEVER, Ordering::Acquire);
        // Ordering: SeqCst fence. Pairs with the one in `started`: either that thread sees this word, and lowers it
        // again, or the loads below see its timer.
        fence(Ordering::SeqCst);
        // Another wheel each time, so that none is left out while there is too much to do.
        let first = (now.nanos() >> TICK_BITS) as usize % self.shards.len();
        let (before, after) = self.shards.split_at(first);
        let fire = |shard: &CachePadded<Shard>| shard.fire(now, &mut rounds);
        let count = after.iter().chain(before).map(fire).sum();
        self.lower_next(self.earliest());
        count
    }

    fn next(&self) -> Option<Moment> {
        // Relaxed: who must not miss what is new has a fence.
        moment(self.next.load(Ordering::Relaxed))
    }

    /// Says that a wheel needs attention at this moment.
    fn lower_next(&self, earliest: Option<Moment>) {
        let lower = |next| {
            let lower = Moment::earlier(moment(next), earliest);
            (lower != moment(next)).then(|| word(lower))
        };
        // Ordering: releases the `earliest` of the wheel to who replaces the word.
        let _ = self.next.fetch_update(Ordering::Release, Ordering::Relaxed, lower);
    }

    /// Like `fire_due`, but to the nanosecond, and not to the tick: for a clock that stands.
    #[cold]
    fn fire_exactly(&self, now: Instant) -> usize {
        let now = self.clock.moment(now);
        let mut rounds = ROUNDS;
        let take = |wheel: &mut Wheel, due: &mut Due| {
            wheel.collect(now, due) && wheel.collect_begun(now, due)
        };
        let count = self.shards.iter().map(|shard| shard.drain(&mut rounds, take)).sum();
        // What `next_deadline` has raised may be lower again.
        // Ordering: SeqCst fence. As in `started`.
        fence(Ordering::SeqCst);
        self.lower_next(self.earliest());
        count
    }

    /// Wakes all that wait. From now on no sleep waits any more.
    pub(crate) fn close(&self) {
        for shard in &self.shards {
            shard.drain(&mut { usize::MAX }, Wheel::close);
        }
    }

    /// The earliest moment at which a wheel needs attention.
    fn earliest(&self) -> Option<Moment> {
        self.shards.iter().map(|shard| shard.earliest()).fold(None, Moment::earlier)
    }

    /// Gives a node to a wheel, which wakes `waker` at the deadline. Calls `kick` if the thread in the reactor would sleep
    /// too long. Ready if there is nothing to wait for, because the runtime has ended.
    ///
    /// # Safety
    /// The caller is the owner of the node, which is in no wheel. It gives it to no other timers, and
    /// calls `cancel` before the node goes.
    pub(super) unsafe fn start(
        &self,
        node: Pin<&Node>,
        wheel: usize,
        deadline: Moment,
        waker: Waker,
        kick: impl FnOnce(),
    ) -> Poll<()> {
        let shard = &self.shards[wheel];
        let earliest = {
            let mut guard = lock(&shard.wheel);
            if guard.is_closed() {
                // The waker is an argument, and so dropped after the lock.
                return Poll::Ready(());
            }
            // SAFETY: the lock is held, the node is in no list, and the caller is its owner.
            unsafe { node.prepare(wheel, deadline, waker) };
            // SAFETY: the node is in no list, and is cancelled before it goes.
            unsafe { shard.insert(&mut guard, node) }
        };
        self.started(earliest, kick);
        Poll::Pending
    }

    /// Moves a node that was started to an earlier deadline, if it still waits. The waker stays. `kick` as for
    /// [`start`](Self::start).
    ///
    /// # Safety
    /// As for [`renew`](Self::renew).
    pub(super) unsafe fn hasten(&self, node: Pin<&Node>, deadline: Moment, kick: impl FnOnce()) {
        let shard = &self.shards[node.wheel()];
        let earliest = {
            let mut guard = lock(&shard.wheel);
            if !node.is_waiting() {
                return;
            }
            // SAFETY: the node waits, and so is in this wheel.
            unsafe { guard.remove(node.get_ref().into()) };
            node.set_deadline(deadline);
            // SAFETY: it is in no list now, and is cancelled before it goes.
            unsafe { shard.insert(&mut guard, node) }
        };
        self.started(earliest, kick);
    }

    /// What follows, if the node changed the `earliest` of its wheel to this, which is published.
    fn started(&self, earliest: Option<Moment>, kick: impl FnOnce()) {
        if earliest.is_none() {
            return;
        }
        // Ordering: SeqCst fence. Pairs with those in `begin_sleep_at` and `fire_due`, which say why.
        fence(Ordering::SeqCst);
        self.lower_next(earliest);
        if self.is_to_kick(earliest) {
            kick();
        }
    }

    /// Whether the thread in the reactor sleeps past `earliest`, and nobody else is about to kick it. After the fence.
    fn is_to_kick(&self, earliest: Option<Moment>) -> bool {
        let sleeper = self.sleeper.load(Ordering::Relaxed);
        if sleeper == AWAKE || Moment::earlier(moment(sleeper), earliest) == moment(sleeper) {
            return false;
        }
        // Ordering: Acquire pairs with the Release of `begin_sleep_at`. Whoever fails was overtaken by
        // another that kicks, or by the sleeper, which woke up after the fence and so sees the timer
        // before it sleeps again.
        self.sleeper.compare_exchange(sleeper, AWAKE, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Goes on waiting with a node that was started, now for `waker`. Ready if it has fired.
    ///
    /// # Safety
    /// As for [`start`](Self::start), but that these timers were given the node.
    pub(super) unsafe fn renew(&self, node: Pin<&Node>, waker: &Waker) -> Poll<()> {
        let wheel = &self.shards[node.wheel()].wheel;
        {
            let _guard = lock(wheel);
            if !node.is_waiting() {
                return Poll::Ready(());
            }
            let own =
                |links: &mut Links| links.waker.as_ref().is_some_and(|own| own.will_wake(waker));
            // SAFETY: the lock is held.
            let is_same = unsafe { node.links(own) };
            if is_same {
                return Poll::Pending;
            }
        }
        // To clone a waker and to drop one is code of the user: not under the lock.
        let fresh = waker.clone();
        let _old = {
            let _guard = lock(wheel);
            if !node.is_waiting() {
                // `fresh` is dropped after the lock.
                return Poll::Ready(());
            }
            // SAFETY: the lock is held.
            unsafe { node.links(|links| links.waker.replace(fresh)) }
        };
        Poll::Pending
    }

    /// Takes back a node that was started, if it still waits. Returns its waker then.
    ///
    /// # Safety
    /// As for [`renew`](Self::renew).
    pub(super) unsafe fn cancel(&self, node: Pin<&Node>) -> Option<Waker> {
        if !node.is_waiting() {
            return None;
        }
        let mut guard = lock(&self.shards[node.wheel()].wheel);
        if !node.is_waiting() {
            return None;
        }
        // SAFETY: the node waits, and so is in this wheel.
        unsafe { guard.remove(node.get_ref().into()) };
        // SAFETY: the lock is held, the node is in no list, and the caller is its owner.
        unsafe { node.let_go() }
    }
}

impl Shard {
    fn earliest(&self) -> Option<Moment> {
        // Relaxed: who must not miss what is new has a fence.
        moment(self.earliest.load(Ordering::Relaxed))
    }

    /// Puts a node into the wheel, under the deadline that it has. Returns the wheel's `earliest`, if the
    /// node has changed it.
    ///
    /// # Safety
    /// The wheel is that of this shard. The node is in no list, and it is cancelled before it goes.
    unsafe fn insert(&self, wheel: &mut Wheel, node: Pin<&Node>) -> Option<Moment> {
        // SAFETY: the node is pinned, and its links are used under the lock of its wheel only. The rest
        // is the caller's promise.
        let is_earliest = unsafe { wheel.insert(node.get_ref().into(), node.deadline()) };
        if is_earliest { self.publish(wheel) } else { None }
    }

    /// Makes known what the wheel says of itself; to be called under its lock.
    fn publish(&self, wheel: &Wheel) -> Option<Moment> {
        let earliest = wheel.earliest();
        self.earliest.store(word(earliest), Ordering::Relaxed);
        earliest
    }

    /// Wakes what is due, in as many rounds as are left.
    fn fire(&self, now: Moment, rounds: &mut usize) -> usize {
        if self.earliest().is_none_or(|earliest| earliest.is_after(now)) {
            return 0;
        }
        self.drain(rounds, |wheel, due| wheel.collect(now, due))
    }

    /// Takes wakers out of the wheel and wakes them, until `take` says that it is done.
    #[cold]
    fn drain(&self, rounds: &mut usize, take: impl Fn(&mut Wheel, &mut Due) -> bool) -> usize {
        let mut due = Due::new();
        let mut count = 0;
        while *rounds > 0 {
            *rounds -= 1;
            let is_done = {
                let mut wheel = lock(&self.wheel);
                let is_done = take(&mut wheel, &mut due);
                self.publish(&wheel);
                is_done
            };
            count += due.wake();
            if is_done {
                break;
            }
        }
        count
    }
}

/// A moment as a word, rounded up, so that who reads it takes it for no earlier than it is.
fn word(moment: Option<Moment>) -> u64 {
    moment.map_or(NEVER, |moment| moment.ceil().nanos())
}

fn moment(word: u64) -> Option<Moment> {
    (word != NEVER).then_some(Moment::from_nanos(word))
}
