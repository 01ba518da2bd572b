//! What is known of one source, in one word: readiness, who may wait for it, and how often it was told.
//!
//! "The word" in the README beside this file lists the legal combinations. No code outside of this
//! file touches the bits. Where the wakers are: [`Readiness`](super::readiness::Readiness).

use std::fmt;
use std::ops::BitOr;

use anyrt_core::Interest;

use crate::sync::{AtomicUsize, Ordering};

/// An attempt to read may succeed.
const READABLE: usize = 1;
/// An attempt to write may succeed.
const WRITABLE: usize = 1 << 1;
/// The peer will send no more, so that the end, or an error, is to be read after what is left. Never
/// set without `READABLE`.
const READ_CLOSED: usize = closed(READABLE);
/// Writing fails from now on, as far as the system has said. Never set without `WRITABLE`.
const WRITE_CLOSED: usize = closed(WRITABLE);
/// Somebody may wait to read; whoever sets `READABLE` clears it, and then wakes them.
const READERS: usize = waiters(READABLE);
/// As `READERS`, for those who write.
const WRITERS: usize = waiters(WRITABLE);
/// The runtime has ended. Stays set.
const SHUT_DOWN: usize = 1 << 6;
/// One event: all bits from here on count them, and wrap around.
const TICK: usize = 1 << 7;

/// The word.
pub(super) struct Word(AtomicUsize);

/// What the word said at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Seen(usize);

/// What the system tells of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Event(usize);

/// How an attempt has used the readiness up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UsedUp {
    /// The system said that the operation would block. That holds for a closed source too: the
    /// system was wrong about it, or it was opened again, as a FIFO can be.
    WouldBlock,
    /// The operation took all there was. The end of a closed source is still to come, and no event
    /// will tell of it.
    Exhausted,
}

/// In which directions somebody may have waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "those who wait are to be woken"]
pub(crate) struct Waited {
    pub(super) readers: bool,
    pub(super) writers: bool,
}

impl Event {
    pub(super) const NOTHING: Self = Self(0);
    pub(super) const READABLE: Self = Self(READABLE);
    pub(super) const WRITABLE: Self = Self(WRITABLE);
    #[allow(dead_code, reason = "not every system says so")]
    pub(super) const READ_CLOSED: Self = Self(READABLE | READ_CLOSED);
    #[allow(dead_code, reason = "not every system says so")]
    pub(super) const WRITE_CLOSED: Self = Self(WRITABLE | WRITE_CLOSED);
}

impl BitOr for Event {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Seen {
    #[inline]
    pub(crate) fn is_ready(self, interest: Interest) -> bool {
        self.0 & ready(interest) != 0
    }

    #[inline]
    pub(crate) fn is_shut_down(self) -> bool {
        self.0 & SHUT_DOWN != 0
    }
}

impl Word {
    /// The word of a source of which nothing is known yet: it may be tried in both directions.
    pub(super) fn new() -> Self {
        Self(AtomicUsize::new(READABLE | WRITABLE))
    }

    #[inline]
    pub(super) fn look(&self) -> Seen {
        // Ordering: pairs with the release of `tell`, so that an attempt comes after what the event
        // told of.
        Seen(self.0.load(Ordering::Acquire))
    }

    /// Notes an event, and says who is to be woken.
    pub(super) fn tell(&self, event: Event) -> Waited {
        let waiters = waiters(event.0 & (READABLE | WRITABLE));
        let told = |word: usize| Some(((word | event.0) & !waiters).wrapping_add(TICK));
        // Ordering: the release pairs with `look`. Those who wait have entered under the lock that whoever
        // wakes them takes afterwards.
        let told = self.0.fetch_update(Ordering::Release, Ordering::Relaxed, told);
        Waited::from_bits(told.unwrap_or_else(|word| word) & waiters)
    }

    /// Notes that the runtime has ended, and says who is to be woken.
    pub(super) fn shut_down(&self) -> Waited {
        // Ordering: the release pairs with `look`, as that of an event does.
        Waited::from_bits(self.0.fetch_or(SHUT_DOWN, Ordering::Release))
    }

    /// Notes that an attempt has used up the readiness that was `seen` before it, unless an event
    /// came meanwhile: that may tell of what the attempt did not see.
    pub(super) fn clear(&self, seen: Seen, interest: Interest, how: UsedUp) {
        let ready = ready(interest);
        let cleared = |word: usize| {
            let stays = how == UsedUp::Exhausted && word & closed(ready) != 0;
            let is_told = word / TICK != seen.0 / TICK;
            (!stays && !is_told).then_some(word & !(ready | closed(ready)))
        };
        // Relaxed: nothing is published by saying less.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, cleared);
    }

    /// Notes that somebody is going to wait, and says who may wait then; `None` if there is nothing to
    /// wait for. To be called under the lock of those who wait, which is kept until they have entered.
    pub(super) fn expect(&self, interest: Interest) -> Option<Waited> {
        let ready = ready(interest);
        let waiters = waiters(ready);
        let expecting = |word: usize| (word & (ready | SHUT_DOWN) == 0).then_some(word | waiters);
        // Relaxed: what the bit announces is handed over by the lock.
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, expecting);
        before.ok().map(|word| Waited::from_bits(word | waiters))
    }
}

impl Waited {
    pub(super) const READERS: Self = Self { readers: true, writers: false };

    fn from_bits(word: usize) -> Self {
        Self { readers: word & READERS != 0, writers: word & WRITERS != 0 }
    }

    pub(super) fn is_nobody(self) -> bool {
        !self.readers && !self.writers
    }
}

/// The bit that says that a direction is ready.
#[inline]
fn ready(interest: Interest) -> usize {
    match interest {
        Interest::Readable => READABLE,
        Interest::Writable => WRITABLE,
    }
}

/// The bits that say "closed" of the directions of which `ready` says "ready".
const fn closed(ready: usize) -> usize {
    ready << 2
}

/// The bits that say "waiters" of the directions of which `ready` says "ready".
const fn waiters(ready: usize) -> usize {
    ready << 4
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const NAMES: &str = "readable writable read-closed write-closed readers writers shut-down";
        let word = self.0.load(Ordering::Relaxed);
        let set = NAMES.split(' ').enumerate().filter(|(bit, _)| word & (1 << bit) != 0);
        f.debug_set().entries(set.map(|(_, name)| name)).finish()
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    const BOTH: [Interest; 2] = [Interest::Readable, Interest::Writable];

    fn idle() -> Word {
        let word = Word::new();
        for interest in BOTH {
            word.clear(word.look(), interest, UsedUp::WouldBlock);
        }
        word
    }

    fn ready(word: &Word) -> [bool; 2] {
        BOTH.map(|interest| word.look().is_ready(interest))
    }

    #[test]
    fn a_fresh_source_may_be_tried_and_a_clear_goes_one_way() {
        let word = Word::new();
        assert_eq!(ready(&word), [true, true]);
        word.clear(word.look(), Interest::Readable, UsedUp::WouldBlock);
        assert_eq!(ready(&word), [false, true]);
        word.clear(word.look(), Interest::Writable, UsedUp::Exhausted);
        assert_eq!(ready(&word), [false, false]);
    }

    #[test]
    fn a_clear_spares_what_was_told_meanwhile() {
        for how in [UsedUp::WouldBlock, UsedUp::Exhausted] {
            let word = Word::new();
            let seen = word.look();
            assert!(word.tell(Event::READABLE).is_nobody());
            word.clear(seen, Interest::Readable, how);
            assert_eq!(ready(&word), [true, true]);
        }
    }

    #[test]
    fn a_clear_holds_whatever_the_other_direction_does() {
        let word = Word::new();
        let seen = word.look();
        word.clear(seen, Interest::Writable, UsedUp::WouldBlock);
        assert!(word.expect(Interest::Writable).is_some());
        word.clear(seen, Interest::Readable, UsedUp::WouldBlock);
        assert_eq!(ready(&word), [false, false]);
    }

    #[test]
    fn the_tick_wraps_and_leaves_the_bits_alone() {
        let word = idle();
        let last_tick = usize::MAX & !(TICK - 1);
        word.0.fetch_or(last_tick, Ordering::Relaxed);
        let seen = word.look();
        assert!(word.expect(Interest::Writable).is_some());
        assert!(word.tell(Event::READABLE).is_nobody());
        assert_eq!(word.look().0, READABLE | WRITERS);
        word.clear(seen, Interest::Readable, UsedUp::WouldBlock);
        assert_eq!(ready(&word), [true, false]);
    }

    #[test]
    fn the_end_of_a_closed_source_is_still_to_be_read() {
        let word = idle();
        assert!(word.tell(Event::READ_CLOSED).is_nobody());
        assert_eq!(ready(&word), [true, false]);
        word.clear(word.look(), Interest::Readable, UsedUp::Exhausted);
        assert_eq!(ready(&word), [true, false]);
        // Whatever was told, an attempt that would block does not go on and on.
        word.clear(word.look(), Interest::Readable, UsedUp::WouldBlock);
        assert_eq!(ready(&word), [false, false]);
    }

    #[test]
    fn only_those_are_to_be_woken_who_wait_for_the_event() {
        let word = idle();
        assert!(word.expect(Interest::Readable).is_some());
        assert!(word.expect(Interest::Writable).is_some());
        assert_eq!(word.tell(Event::READABLE), Waited { readers: true, writers: false });
        assert!(word.tell(Event::READABLE).is_nobody());
        let hang_up = Event::READ_CLOSED | Event::WRITE_CLOSED;
        assert_eq!(word.tell(hang_up), Waited { readers: false, writers: true });
        assert!(word.expect(Interest::Readable).is_none());
    }

    #[test]
    fn nobody_waits_for_a_runtime_that_has_ended() {
        let word = idle();
        assert!(word.expect(Interest::Readable).is_some());
        assert_eq!(word.shut_down(), Waited { readers: true, writers: false });
        assert!(word.look().is_shut_down());
        assert!(word.expect(Interest::Readable).is_none());
        assert!(word.expect(Interest::Writable).is_none());
    }
}
