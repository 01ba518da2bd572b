//! A hierarchical timing wheel: what waits, sorted by when, as far as that is of use yet.
//!
//! Nine levels of 64 slots; a slot of the lowest level is one tick wide, and a slot of each other level
//! as wide as the level below. A node stands on the level where its moment first differs from the
//! wheel's own, and moves down as that comes closer. `README.md` has the invariants.

use std::mem;
use std::ptr::NonNull;

use super::clock::{Moment, TICK_BITS};
use super::due::Due;
use super::list::List;
use super::node::Node;

const DIGIT_BITS: u32 = 6;
const SLOTS: usize = 1 << DIGIT_BITS;
/// With the ticks these are all bits of a moment, so that the highest level is a ring as it is.
const LEVELS: usize = ((u64::BITS - TICK_BITS) / DIGIT_BITS) as usize;

/// On levels up to this one, nodes that are due fire where they stand: those of one slot, 65 us, in the
/// order in which they came. From higher ones they go down first, so that what is further apart fires
/// in the order of the deadlines.
const FIRE_UP_TO: usize = 1;

/// How many nodes are moved while the lock is held.
const MOVES: usize = 256;

/// A wheel. Belongs under a lock; none of the user's code runs in here.
#[derive(Debug)]
pub(super) struct Wheel {
    /// Those of the lowest level first.
    slots: Box<[Slot]>,
    /// By level, the slots that have nodes, as bits.
    occupied: [u64; LEVELS],
    /// The levels that have nodes, as bits.
    levels: u32,
    /// Where the wheel is: a tick, not after now. It moves on when something is due, and not when a node
    /// comes, which would need the time for that; a node that comes late stands higher and moves down once more.
    elapsed: Moment,
    /// No node is due at an earlier moment than this. Stays when nodes are taken out.
    earliest: Option<Moment>,
    is_closed: bool,
}

#[derive(Debug)]
struct Slot {
    list: List,
    /// No node in here stands under an earlier moment than this.
    earliest: Moment,
}

/// The place and the beginning of a slot.
#[derive(Clone, Copy, Debug)]
struct Place {
    level: usize,
    digit: usize,
    start: Moment,
}

// SAFETY: the nodes that the lists point to are `Sync`, and stay there until they are taken out.
unsafe impl Send for Wheel {}

impl Wheel {
    pub(super) fn new(now: Moment) -> Self {
        let slot = || Slot { list: List::default(), earliest: now };
        Self {
            slots: (0..LEVELS * SLOTS).map(|_| slot()).collect(),
            occupied: [0; LEVELS],
            levels: 0,
            elapsed: now.floor(),
            earliest: None,
            is_closed: false,
        }
    }

    /// A moment before which nothing is to be done, which may be earlier than necessary.
    pub(super) fn earliest(&self) -> Option<Moment> {
        self.earliest
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// Takes in a node. Returns whether `earliest` has changed, which then is when the node fires.
    ///
    /// # Safety
    /// The node is in no wheel. It stays where it is until this wheel has fired it or it was removed,
    /// and until then its links are used only with this wheel borrowed as `&mut`.
    pub(super) unsafe fn insert(&mut self, node: NonNull<Node>, deadline: Moment) -> bool {
        let before = self.earliest;
        // A deadline that the wheel has passed already is for the next look.
        let moment = deadline.ceil().later(self.elapsed);
        let place = self.place_of(moment);
        let slot = &mut self.slots[place.index()];
        if slot.list.is_empty() || slot.earliest.is_after(moment) {
            slot.earliest = moment;
        }
        // SAFETY: the caller's promise; the list is part of the wheel.
        unsafe { slot.list.push(node, place.index()) };
        self.occupied[place.level] |= 1 << place.digit;
        self.levels |= 1 << place.level;
        self.earliest = Moment::earlier(self.earliest, Some(moment));
        self.earliest != before
    }

    /// Takes out a node.
    ///
    /// # Safety
    /// It is in this wheel.
    pub(super) unsafe fn remove(&mut self, node: NonNull<Node>) {
        // SAFETY: a node in this wheel is there.
        let shared = unsafe { node.as_ref() };
        // SAFETY: this wheel is borrowed as `&mut`.
        let slot = unsafe { shared.links(|links| links.slot) };
        // SAFETY: this is the slot in whose list it is.
        unsafe { self.slots[slot].list.remove(node) };
        self.update_occupied(slot / SLOTS, slot % SLOTS);
    }

    /// Moves on to `now`, and takes out what is due as far as there is room. True when that is done,
    /// false if it must be continued.
    pub(super) fn collect(&mut self, now: Moment, due: &mut Due) -> bool {
        let mut moves = MOVES;
        let is_done = loop {
            let Some(place) = self.first_place().filter(|place| !place.start.is_after(now)) else {
                self.advance(now);
                break true;
            };
            self.advance(place.start);
            if !self.drain(place, now, due, &mut moves) {
                break false;
            }
        };
        self.look_ahead();
        is_done
    }

    /// Takes out what is due in the tick that has begun, and of which `now` is a part: for a clock that stands, where
    /// nobody comes back when the tick is over. To be called after `collect` has done with `now`. True when that is
    /// done, false if it must be continued.
    pub(super) fn collect_begun(&mut self, now: Moment, due: &mut Due) -> bool {
        let end = now.ceil();
        for place in self.first_places().filter(|place| !place.start.is_after(end)) {
            let rest = &mut self.slots[place.index()].list;
            let mut list = mem::take(rest);
            while let Some(node) = list.pop() {
                // SAFETY: a node in this wheel is there, and nobody frees it without the lock.
                let deadline = unsafe { node.as_ref() }.deadline();
                if deadline.is_after(now) || due.is_full() {
                    // SAFETY: the promise of `insert` goes on; it is in no list now.
                    unsafe { rest.push(node, place.index()) };
                } else {
                    // SAFETY: the node was in this wheel, and is not any more.
                    due.push(unsafe { let_go(node) });
                }
            }
            self.update_occupied(place.level, place.digit);
        }
        self.look_ahead();
        !due.is_full()
    }

    /// The deadline that comes first, of those of the nodes and exactly, for which it looks at the nodes of some
    /// slots. Afterwards [`earliest`](Self::earliest) is no earlier than that.
    pub(super) fn next_deadline(&mut self) -> Option<Moment> {
        let mut next: Option<Moment> = None;
        for level in 0..LEVELS {
            let here = digit_of(self.elapsed, level);
            let mut ahead = self.occupied[level].rotate_right(here as u32);
            while ahead != 0 {
                let digit = (here + ahead.trailing_zeros() as usize) % SLOTS;
                ahead &= ahead - 1;
                let slot = &mut self.slots[level * SLOTS + digit];
                // Neither this slot nor those behind it on the level have an earlier one.
                if next.is_some_and(|next| slot.earliest.is_after(next.ceil())) {
                    break;
                }
                next = Moment::earlier(next, slot.list.earliest());
            }
        }
        self.earliest = next.map(Moment::ceil);
        next
    }

    /// Takes in no more nodes, and lets go of those that are there. True when that is done, false if
    /// it must be continued.
    pub(super) fn close(&mut self, due: &mut Due) -> bool {
        self.is_closed = true;
        while let Some(node) = self.first_place().and_then(|place| self.pop(place)) {
            // SAFETY: the node was in this wheel, and is not any more.
            due.push(unsafe { let_go(node) });
            if due.is_full() {
                return false;
            }
        }
        self.earliest = None;
        true
    }

    /// Empties a slot that has begun: what is due fires, and the rest finds its place anew. False if
    /// there was no room, or too much to do.
    fn drain(&mut self, place: Place, now: Moment, due: &mut Due, moves: &mut usize) -> bool {
        while *moves > 0 && !due.is_full() {
            let Some(node) = self.pop(place) else { break };
            *moves -= 1;
            // SAFETY: a node in this wheel is there, and nobody frees it without the lock.
            let deadline = unsafe { node.as_ref() }.deadline().ceil();
            if place.level <= FIRE_UP_TO && !deadline.is_after(now) {
                // SAFETY: the node was in this wheel, and is not any more.
                due.push(unsafe { let_go(node) });
            } else {
                // SAFETY: the promise of `insert` goes on.
                unsafe { self.insert(node, deadline) };
            }
        }
        self.slots[place.index()].list.is_empty()
    }

    /// Takes out the first node of a slot.
    fn pop(&mut self, place: Place) -> Option<NonNull<Node>> {
        let node = self.slots[place.index()].list.pop()?;
        self.update_occupied(place.level, place.digit);
        Some(node)
    }

    /// Goes to `moment`, before which no slot with nodes begins. Does nothing if it is past that.
    fn advance(&mut self, moment: Moment) {
        self.elapsed = self.elapsed.later(moment.floor());
    }

    /// Notes what a slot that may have become empty means for its level.
    fn update_occupied(&mut self, level: usize, digit: usize) {
        if self.slots[level * SLOTS + digit].list.is_empty() {
            self.occupied[level] &= !(1 << digit);
            if self.occupied[level] == 0 {
                self.levels &= !(1 << level);
            }
        }
    }

    /// Finds out anew when the next node fires.
    fn look_ahead(&mut self) {
        let of = |place: Place| Some(self.slots[place.index()].earliest);
        self.earliest = self.first_places().map(of).fold(None, Moment::earlier);
    }

    /// The slot with nodes that begins first. Of two that begin together that of the higher level, as
    /// its nodes go to the other.
    fn first_place(&self) -> Option<Place> {
        self.first_places().reduce(
            |first, place| {
                if place.start.is_after(first.start) { first } else { place }
            },
        )
    }

    /// The first slot with nodes of each level.
    fn first_places(&self) -> impl Iterator<Item = Place> + use<> {
        let Self { mut levels, occupied, elapsed, .. } = *self;
        std::iter::from_fn(move || {
            (levels != 0).then(|| {
                let level = levels.trailing_zeros() as usize;
                levels &= levels - 1;
                let here = digit_of(elapsed, level);
                // On the highest level the slots before this one are those after the last.
                let ahead = occupied[level].rotate_right(here as u32).trailing_zeros() as usize;
                Place::on(level, (here + ahead) % SLOTS, elapsed)
            })
        })
    }

    fn place_of(&self, moment: Moment) -> Place {
        let differing = (self.elapsed.nanos() ^ moment.nanos()) >> TICK_BITS;
        let highest = u64::BITS - 1 - (differing | 1).leading_zeros();
        let level = (highest / DIGIT_BITS) as usize;
        Place::on(level, digit_of(moment, level), self.elapsed)
    }
}

impl Place {
    fn index(self) -> usize {
        self.level * SLOTS + self.digit
    }

    /// The next slot of this digit from `elapsed`, or the one in which that is.
    fn on(level: usize, digit: usize, elapsed: Moment) -> Self {
        let shift = shift_of(level);
        let above = u64::MAX.checked_shl(shift + DIGIT_BITS).unwrap_or(0);
        let start = (elapsed.nanos() & above) | ((digit as u64) << shift);
        Self { level, digit, start: Moment::from_nanos(start) }
    }
}

fn shift_of(level: usize) -> u32 {
    TICK_BITS + level as u32 * DIGIT_BITS
}

fn digit_of(moment: Moment, level: usize) -> usize {
    (moment.nanos() >> shift_of(level)) as usize % SLOTS
}

/// Lets go of a node.
///
/// # Safety
/// It was just taken out of a list of the wheel, which is still borrowed as `&mut`.
unsafe fn let_go(node: NonNull<Node>) -> Option<std::task::Waker> {
    // SAFETY: nodes stay where they are until they were fired.
    let node = unsafe { node.as_ref() };
    // SAFETY: the caller's promise.
    unsafe { node.let_go() }
}
