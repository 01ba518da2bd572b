//! Who waits for one source, beside the word that says what is known of it.
//!
//! "Waiting" in the README beside this file proves that no wake-up is lost. The word itself is in
//! `word.rs`. Wakers are cloned, called and dropped by the user's code, so none of that happens under
//! the lock.

use std::io;
use std::task::Waker;

use anyrt_core::Interest;
use anyrt_core::task::contain;

use super::system::GOES_ON_TO_TELL;
use super::wakers::Wakers;
use super::word::{Event, Seen, UsedUp, Waited, Word};
use crate::sync::{Mutex, lock};

/// What is known of one source, and who waits for it.
#[derive(Debug)]
pub(crate) struct Readiness {
    word: Word,
    waiting: Mutex<Waiting>,
}

/// One wait, by an async function. Whoever else waits in the same direction, it has a place of its
/// own, which it leaves when it is dropped.
#[derive(Debug)]
pub(crate) struct Waiter<'a> {
    readiness: &'a Readiness,
    interest: Interest,
    place: Option<Place>,
}

impl Readiness {
    /// Of a source that the system watches already, or does once somebody waits for it.
    pub(crate) fn new(is_watched: bool) -> Self {
        let asked = is_watched.then_some(false);
        Self { word: Word::new(), waiting: Mutex::new(Waiting { asked, ..Waiting::default() }) }
    }

    /// Whether the system watches the source.
    pub(super) fn is_watched(&self) -> bool {
        lock(&self.waiting).asked.is_some()
    }

    #[inline]
    pub(crate) fn look(&self) -> Seen {
        self.word.look()
    }

    /// An attempt has used up what was seen before it.
    #[inline]
    pub(crate) fn clear(&self, seen: Seen, interest: Interest, how: UsedUp) {
        self.word.clear(seen, interest, how);
    }

    /// Notes an event, and moves the wakers of those who waited for it to `woken`.
    pub(super) fn tell(&self, event: Event, woken: &mut Wakers) {
        self.take(self.word.tell(event), woken);
    }

    /// Notes that the runtime has ended, and moves all wakers to `woken`.
    pub(super) fn shut_down(&self, woken: &mut Wakers) {
        self.take(self.word.shut_down(), woken);
    }

    fn take(&self, waited: Waited, woken: &mut Wakers) {
        if waited.is_nobody() {
            return;
        }
        let mut waiting = lock(&self.waiting);
        if waited.readers {
            waiting.readers.take(woken);
        }
        if waited.writers {
            waiting.writers.take(woken);
        }
    }

    /// Waits on behalf of the poll functions, in place of the task that polled before. `false` if
    /// there is something to look at instead.
    ///
    /// `arm` asks the system for events, where it does not tell of them anyway, and is told whether it watches the source already.
    /// Errors of it are passed on.
    pub(crate) fn enter_last(
        &self,
        interest: Interest,
        waker: Waker,
        arm: impl FnOnce(bool, Waited) -> io::Result<()>,
    ) -> io::Result<bool> {
        self.enter(interest, |queue| queue.last_to_poll.replace(waker), arm)
    }

    /// A wait that was not begun yet.
    pub(crate) fn waiter(&self, interest: Interest) -> Waiter<'_> {
        Waiter { readiness: self, interest, place: None }
    }

    /// Calls `enter` and `arm` under the lock if there is reason to wait, and drops the waker that
    /// was replaced, or is not needed, elsewhere.
    fn enter(
        &self,
        interest: Interest,
        enter: impl FnOnce(&mut Queue) -> Option<Waker>,
        arm: impl FnOnce(bool, Waited) -> io::Result<()>,
    ) -> io::Result<bool> {
        let mut waiting = lock(&self.waiting);
        let Some(waited) = self.word.expect(interest) else {
            drop(waiting);
            drop(enter);
            return Ok(false);
        };
        // Under the lock, so that of two who ask the later one asks for both, and an event comes after the waker.
        if let Err(error) = waiting.ask(waited, arm) {
            drop(waiting);
            drop(enter);
            return Err(error);
        }
        let replaced = enter(waiting.queue(interest));
        drop(waiting);
        drop(replaced);
        Ok(true)
    }

    /// Drops the wakers that are left, once nobody can wait any more.
    pub(crate) fn forget_waiting(&self) {
        let mut wakers = Wakers::default();
        self.take(Waited { readers: true, writers: true }, &mut wakers);
        wakers.forget();
    }
}

impl Waiter<'_> {
    /// As [`enter_last`](Readiness::enter_last), in place of the task that polled the same wait before.
    pub(crate) fn enter(
        &mut self,
        waker: Waker,
        arm: impl FnOnce(bool, Waited) -> io::Result<()>,
    ) -> io::Result<bool> {
        let place = &mut self.place;
        self.readiness.enter(self.interest, |queue| queue.enter(place, waker), arm)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let waker = lock(&self.readiness.waiting).queue(self.interest).leave(place);
        contain(|| drop(waker));
    }
}

#[derive(Debug, Default)]
struct Waiting {
    readers: Queue,
    writers: Queue,
    /// Whether the system was asked to tell those who write as well as those who read; `None` if it does not watch the source yet.
    asked: Option<bool>,
}

impl Waiting {
    fn queue(&mut self, interest: Interest) -> &mut Queue {
        match interest {
            Interest::Readable => &mut self.readers,
            Interest::Writable => &mut self.writers,
        }
    }

    fn ask(
        &mut self,
        waited: Waited,
        arm: impl FnOnce(bool, Waited) -> io::Result<()>,
    ) -> io::Result<()> {
        if GOES_ON_TO_TELL && self.asked >= Some(waited.writers) {
            return Ok(());
        }
        // Who has written reads the answer next.
        let readers = waited.readers || GOES_ON_TO_TELL;
        arm(self.asked.is_some(), Waited { readers, ..waited })?;
        self.asked = Some(waited.writers);
        Ok(())
    }
}

/// Those who wait in one direction.
///
/// An event wakes all of them: one that was woken alone, and was dropped before it ran, would have to
/// pass the wake on.
#[derive(Debug, Default)]
struct Queue {
    /// The task that called a poll function last.
    last_to_poll: Option<Waker>,
    /// How often everybody was woken: a place of an earlier round is gone.
    round: u64,
    /// Most often there is one wait at a time, for which nothing is allocated.
    first: Option<Waker>,
    others: Option<Box<Others>>,
}

/// Those who wait while another one has the place of the first.
#[derive(Debug, Default)]
struct Others {
    seats: Vec<Option<Waker>>,
    /// The seats that nobody has.
    free: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// `None` is that of the first.
    seat: Option<u32>,
    round: u64,
}

impl Queue {
    /// Puts the waker at `place`, or at a new one, and returns the one that was there.
    fn enter(&mut self, place: &mut Option<Place>, waker: Waker) -> Option<Waker> {
        let seat = match *place {
            Some(Place { seat, round }) if round == self.round => seat,
            _ => {
                let seat =
                    self.first.is_some().then(|| self.others.get_or_insert_default().sit_down());
                *place = Some(Place { seat, round: self.round });
                seat
            }
        };
        match (seat, &mut self.others) {
            (Some(seat), Some(others)) => others.seats[seat as usize].replace(waker),
            _ => self.first.replace(waker),
        }
    }

    fn leave(&mut self, place: Place) -> Option<Waker> {
        if place.round != self.round {
            return None;
        }
        match place.seat {
            Some(seat) => self.others.as_mut()?.stand_up(seat),
            None => self.first.take(),
        }
    }

    /// Moves all wakers to `woken`, and begins a new round.
    fn take(&mut self, woken: &mut Wakers) {
        woken.extend(self.last_to_poll.take().into_iter().chain(self.first.take()));
        if let Some(others) = &mut self.others {
            woken.extend(others.seats.drain(..).flatten());
            others.free.clear();
        }
        self.round += 1;
    }
}

impl Others {
    fn sit_down(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.seats.push(None);
            u32::try_from(self.seats.len() - 1).expect("so many tasks have no room in memory")
        })
    }

    fn stand_up(&mut self, seat: u32) -> Option<Waker> {
        // Whoever came last may leave nothing behind.
        if seat as usize + 1 == self.seats.len() {
            return self.seats.pop()?;
        }
        self.free.push(seat);
        self.seats[seat as usize].take()
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests;

#[cfg(all(test, anyrt_loom))]
mod loom_models;
