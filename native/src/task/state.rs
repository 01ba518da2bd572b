//! The state of a task: one word, and its transitions by intent.
//!
//! The README beside this file draws the phases, and proves what the rest relies on. No code outside
//! of this file touches the bits.

use crate::sync::{AtomicUsize, Ordering};

/// The task is to be polled: it was spawned or woken, or is to be cancelled. While no thread has claimed
/// it, an entry for it lies in a queue, or is on its way there or from there; the entry owns a reference.
const SCHEDULED: usize = 1;
/// One thread has claimed the task: it polls it, or drops its future.
const RUNNING: usize = 1 << 1;
/// The future is gone and the outcome is there, or was. Stays set; excludes `SCHEDULED` and `RUNNING`
/// from having a meaning.
const DONE: usize = 1 << 2;
/// There is a join handle. Whoever clears it last of "done" and "no handle" drops the output.
const JOIN: usize = 1 << 3;
/// The slot of the join waker is full. The task takes the waker when it is done; until then the handle may
/// take the slot back. Otherwise the slot belongs to the handle.
const JOIN_WAKER: usize = 1 << 4;
/// The handle has taken the slot back at some time. Stays set.
const JOIN_CHANGED: usize = 1 << 5;
/// There is a handle, and it waits.
const JOINED: usize = JOIN | JOIN_WAKER;
/// The future is to be dropped instead of polled, unless the poll under way makes it ready.
const CANCELLED: usize = 1 << 6;
/// The task was asked for its id, which is to be forgotten with it.
const HAS_ID: usize = 1 << 7;
/// The unit of the reference count, which is all bits from here on. One reference is that of life: it
/// is held until the task is done, whoever else refers to it or not.
const REFERENCE: usize = 1 << 8;

/// No task is in the block.
const FREE: usize = 0;
/// A task is being put into the block, and nobody refers to it yet. A task that lives and is not running has
/// references.
const RESERVED: usize = CANCELLED;

/// More references than a program can have, but for a leak on purpose. Words beyond this range are counts below
/// zero: the references that a poll has [made by itself](References) are added at its end.
const TOO_MANY: std::ops::Range<usize> = usize::MAX / 2..usize::MAX / 4 * 3;

/// The word.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct State(AtomicUsize);

/// The references that were made and given back by the poll of a task itself, on the thread that polls it.
///
/// While a task is claimed its block stays, whatever the count says. So the poll keeps an account of its own,
/// and the transition at its end settles it. Until then the count in the word may be too small, even below
/// zero; nobody takes that for the last reference, for the task is not done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct References(isize);

impl References {
    /// No difference.
    pub(crate) const NONE: Self = Self(0);

    /// So many more.
    #[inline]
    pub(crate) fn plus(self, made: isize) -> Self {
        Self(self.0 + made)
    }

    #[inline]
    fn add_to(self, word: usize) -> usize {
        word.wrapping_add((self.0 as usize).wrapping_mul(REFERENCE))
    }
}

/// What the holder of an entry is to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The task is ours: poll it.
    Poll,
    /// The task is ours: drop its future.
    Cancel,
    /// The end of the runtime has claimed the task before, and the entry's reference is gone.
    Stale(Released),
}

/// What came of giving a reference back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Released {
    /// It was the last one: the block is to be freed.
    Last,
    /// There are others.
    Shared,
}

impl Released {
    /// A task that is not done has its reference of life, even if the count does not show it.
    fn from_previous(word: usize) -> Self {
        if word & DONE != 0 && word < 2 * REFERENCE { Self::Last } else { Self::Shared }
    }
}

/// What a waker is to do after the transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Nothing: the thread that has claimed the task, or the entry, sees to it.
    Nothing,
    /// Put an entry into a queue; it has its reference.
    Push,
    /// Free the block: the waker was the last to know of it.
    Free,
}

/// What follows a poll that was not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterPoll {
    /// It waits to be woken.
    Idle,
    /// It was woken meanwhile: put an entry into a queue.
    Push,
    /// It is still ours: drop its future.
    Cancel,
}

/// The rest of the work of the thread that has made the task done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Completion<W> {
    /// Nothing: the handle will look at the outcome. The block is not ours any more.
    Nothing,
    /// Wake this one. The block is not ours any more.
    Wake(W),
    /// Drop the outcome, and free the block: nobody else refers to it.
    Free,
    /// Do what the fields say, and then give the reference of life back.
    Rest {
        /// Nobody will look at the outcome.
        drop_output: bool,
        /// The join waker is ours to wake.
        wake_join: bool,
    },
}

/// The rest of the work of a join handle that goes, and then gives its reference back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detachment {
    /// The outcome is ours to drop.
    Outcome,
    /// The slot of the join waker is ours, and full.
    Waker,
}

/// Whether the task could be claimed from outside of any queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seizure {
    /// It is ours: drop its future.
    Seized,
    /// The thread that polls it will drop its future afterwards, unless that is ready.
    Running,
    /// It was done already.
    Done,
}

/// Whether there is a task in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// There is, and it is not done; the caller has a reference to it now.
    Referred,
    /// There is none that matters.
    Absent,
    /// One is being put there.
    Reserved,
}

impl State {
    /// A block without a task.
    pub(crate) fn free() -> Self {
        Self(AtomicUsize::new(FREE))
    }

    /// Marks a block that nobody else knows as the place of a task that is about to be there.
    pub(crate) fn reserve(&self) {
        self.0.store(RESERVED, Ordering::Relaxed);
    }

    /// Marks a block that nobody refers to any more.
    pub(crate) fn set_free(&self) {
        self.0.store(FREE, Ordering::Relaxed);
    }

    /// Makes the task known, which is complete but for this word: scheduled, with an entry, a join
    /// handle, and the reference of life.
    #[inline]
    pub(crate) fn publish(&self) {
        // Ordering: pairs with the acquire of `refer_if_alive`, which finds the task by its block. Others
        // get the task through a queue or the handle.
        self.0.store(SCHEDULED | JOIN | (3 * REFERENCE), Ordering::Release);
    }

    /// The holder of an entry has taken it out of its queue. Gives back the entry's reference.
    #[inline]
    pub(crate) fn claim(&self) -> Claim {
        let before = self.update(|word| {
            let is_ours = word & (SCHEDULED | RUNNING | DONE) == SCHEDULED;
            let rest = word.wrapping_sub(REFERENCE);
            if is_ours { rest & !SCHEDULED | RUNNING } else { rest }
        });
        if before & (SCHEDULED | RUNNING | DONE) != SCHEDULED {
            Claim::Stale(Released::from_previous(before))
        } else if before & CANCELLED != 0 {
            Claim::Cancel
        } else {
            Claim::Poll
        }
    }

    /// Claims the task for its end, wherever it is. The caller has a reference of its own.
    pub(crate) fn seize(&self) -> Seizure {
        let before = self.update(|word| match word & (DONE | RUNNING) {
            0 => word & !SCHEDULED | RUNNING | CANCELLED,
            RUNNING => word | CANCELLED,
            _ => word,
        });
        match before & (DONE | RUNNING) {
            0 => Seizure::Seized,
            RUNNING => Seizure::Running,
            _ => Seizure::Done,
        }
    }

    /// Asks for a poll, by a reference that stays. True if an entry is to be put into a queue for that.
    #[inline]
    pub(crate) fn wake_by_ref(&self) -> bool {
        self.ask(SCHEDULED, DONE)
    }

    /// Asks for a poll, and gives the caller's reference back, or makes it that of an entry.
    #[inline]
    pub(crate) fn wake_by_value(&self) -> Wake {
        let before = self.update(|word| {
            if word & DONE != 0 {
                word - REFERENCE
            } else if word & (RUNNING | SCHEDULED) != 0 {
                (word | SCHEDULED).wrapping_sub(REFERENCE)
            } else {
                word | SCHEDULED
            }
        });
        if before & (DONE | RUNNING | SCHEDULED) == 0 {
            Wake::Push
        } else if Released::from_previous(before) == Released::Last {
            Wake::Free
        } else {
            Wake::Nothing
        }
    }

    /// Asks that the future be dropped. True if an entry is to be put into a queue for that.
    pub(crate) fn abort(&self) -> bool {
        self.ask(SCHEDULED | CANCELLED, DONE | CANCELLED)
    }

    /// Sets `bits` unless one of those is there. True if an entry is to be put into a queue; it has its reference.
    #[inline]
    fn ask(&self, bits: usize, unless: usize) -> bool {
        let before = self.try_update(|word| {
            if word & unless != 0 {
                None
            } else if word & (RUNNING | SCHEDULED) != 0 {
                // Written even if nothing changes: what the waker's thread did before has to be seen
                // by the poll that this wake stands for.
                Some(word | bits)
            } else {
                Some((word | bits) + REFERENCE)
            }
        });
        before.is_some_and(|before| before & (RUNNING | SCHEDULED) == 0)
    }

    /// The claimed task was polled, and is not ready. Settles the account of the poll, unless the task is
    /// to be cancelled.
    #[inline]
    pub(crate) fn after_poll(&self, references: References) -> AfterPoll {
        let before = self.try_update(|word| {
            if word & CANCELLED != 0 {
                return None;
            }
            let rest = references.add_to(word & !RUNNING);
            Some(if word & SCHEDULED != 0 { rest.wrapping_add(REFERENCE) } else { rest })
        });
        match before {
            None => AfterPoll::Cancel,
            Some(before) if before & SCHEDULED != 0 => AfterPoll::Push,
            Some(_) => AfterPoll::Idle,
        }
    }

    /// The claimed task has its outcome, and no future any more. `waker` reads the slot of the join waker, which
    /// the handle may change meanwhile: then the result is not used.
    ///
    /// Settles the account of the poll. Most often it gives the reference of life back in the same step.
    #[inline]
    pub(crate) fn complete<W>(
        &self,
        references: References,
        waker: impl Fn() -> W,
    ) -> Completion<W> {
        let mut completion = Completion::Nothing;
        // Ordering, by `try_update`: release, for the outcome, which the handle reads after the acquire of
        // `is_done`; acquire, for the uses of references that were given back, and for the waker that the
        // handle has put into its slot before `set_join_waker`.
        self.try_update(|before| {
            debug_assert_eq!(before & (RUNNING | DONE), RUNNING);
            let word = references.add_to(before) & !RUNNING | DONE;
            completion = match word & (JOIN | JOIN_WAKER | JOIN_CHANGED) {
                JOIN => Completion::Nothing,
                // The slot was filled once. As long as the word says so, that waker is in it.
                JOINED => Completion::Wake(waker()),
                0 if word < 2 * REFERENCE => Completion::Free,
                _ => {
                    let (drop_output, wake_join) = (word & JOIN == 0, word & JOIN_WAKER != 0);
                    completion = Completion::Rest { drop_output, wake_join };
                    return Some(word);
                }
            };
            Some(word - REFERENCE)
        });
        completion
    }

    /// Whether the outcome is there.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        // Ordering: acquires the outcome, which `complete` has released.
        self.0.load(Ordering::Acquire) & DONE != 0
    }

    /// Shows the slot of the join waker, which the handle has filled, to the task. False if the task is
    /// done: then the slot is the handle's still.
    pub(crate) fn set_join_waker(&self) -> bool {
        self.try_update(|word| (word & DONE == 0).then_some(word | JOIN_WAKER)).is_some()
    }

    /// Whether the task waits for its turn, as far as this thread knows.
    pub(crate) fn is_queued(&self) -> bool {
        self.0.load(Ordering::Relaxed) & (SCHEDULED | RUNNING) == SCHEDULED
    }

    /// Takes the slot back. False if the task is done, and has taken the waker.
    pub(crate) fn unset_join_waker(&self) -> bool {
        let unset = |word| (word & DONE == 0).then_some(word & !JOIN_WAKER | JOIN_CHANGED);
        self.try_update(unset).is_some()
    }

    /// Whether the handle has shown a waker in the slot.
    pub(crate) fn has_join_waker(&self) -> bool {
        // Relaxed: only the handle sets it, and only the handle asks.
        self.0.load(Ordering::Relaxed) & JOIN_WAKER != 0
    }

    /// The join handle goes: with its reference, if nobody waits on it and the task is not done, and otherwise but for that,
    /// which is then to be given back.
    #[inline]
    pub(crate) fn detach(&self) -> Option<Detachment> {
        let before = self.update(|word| match word & (DONE | JOIN_WAKER) {
            0 => (word & !JOIN).wrapping_sub(REFERENCE),
            JOIN_WAKER => word & !(JOIN | JOIN_WAKER),
            _ => word & !JOIN,
        });
        match before & (DONE | JOIN_WAKER) {
            0 => None,
            JOIN_WAKER => Some(Detachment::Waker),
            _ => Some(Detachment::Outcome),
        }
    }

    /// The task has an id from now on.
    pub(crate) fn set_has_id(&self) {
        // Relaxed: the id itself is behind a lock.
        self.0.fetch_or(HAS_ID, Ordering::Relaxed);
    }

    /// Whether the task has an id. For the last that refers to it.
    #[inline]
    pub(crate) fn has_id(&self) -> bool {
        self.0.load(Ordering::Relaxed) & HAS_ID != 0
    }

    /// One more reference, made from one.
    #[inline]
    pub(crate) fn add_reference(&self) {
        // Relaxed: a thread that has a reference knows the task already.
        let before = self.0.fetch_add(REFERENCE, Ordering::Relaxed);
        if TOO_MANY.contains(&before) {
            // An overflow would free a block that is in use.
            std::process::abort();
        }
    }

    /// Gives a reference back.
    #[inline]
    pub(crate) fn release(&self) -> Released {
        // Ordering: release and acquire, so that all that was done through other references has happened
        // before the block is freed by the last.
        Released::from_previous(self.0.fetch_sub(REFERENCE, Ordering::AcqRel))
    }

    /// Gives the reference of the handle back, which has taken the outcome.
    #[inline]
    pub(crate) fn release_joined(&self) -> Released {
        // Ordering: acquires what the others did before they released their references. Nobody can make
        // a new one of none but ours, so there is no need to write.
        if self.0.load(Ordering::Acquire) < 2 * REFERENCE {
            return Released::Last;
        }
        self.release()
    }

    /// Makes a reference from nothing but the block, if there is a task in it that is not done.
    pub(crate) fn refer_if_alive(&self) -> Presence {
        let mut presence = Presence::Absent;
        let _ = self.try_update(|word| {
            presence = match word {
                RESERVED => Presence::Reserved,
                FREE => Presence::Absent,
                _ if word & DONE != 0 => Presence::Absent,
                _ => Presence::Referred,
            };
            (presence == Presence::Referred).then(|| word.wrapping_add(REFERENCE))
        });
        presence
    }

    /// A transition that always takes place. Returns the word before it.
    #[inline]
    fn update(&self, next: impl Fn(usize) -> usize) -> usize {
        // Ordering: acquire and release at each transition: what one thread did with the task, or
        // before it woke the task, happens before what the next one does.
        let (set, fetch) = (Ordering::AcqRel, Ordering::Relaxed);
        let updated = self.0.fetch_update(set, fetch, |word| Some(next(word)));
        updated.unwrap_or_else(|before| before)
    }

    /// A transition that takes place unless `next` says that it must not. Returns the word before it.
    #[inline]
    fn try_update(&self, next: impl FnMut(usize) -> Option<usize>) -> Option<usize> {
        // Ordering: as in `update`. Where there is no transition, what was done before the present one is
        // still seen: the outcome, above all.
        self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).ok()
    }
}
