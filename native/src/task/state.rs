//! The state of a task: one word, and its transitions by intent.
//!
//! The README beside this file draws the phases, and proves what the rest relies on. No code outside
//! of this file touches the bits.

use crate::sync::{AtomicUsize, Ordering};

/// The task is to be polled: it was spawned or woken, or is to be cancelled.
const SCHEDULED: usize = 1;
/// One thread has claimed the task: it polls it, or drops its future.
const RUNNING: usize = 1 << 1;
/// The future is gone and the outcome is there, or was. Stays set; excludes `SCHEDULED` and `RUNNING`
/// from having a meaning.
const DONE: usize = 1 << 2;
/// There is a join handle. Whoever clears it last of "done" and "no handle" drops the output.
const JOIN: usize = 1 << 3;
/// The slot of the join waker is full, and the task and the handle may both read it. Otherwise it
/// belongs to the handle.
const JOIN_WAKER: usize = 1 << 4;
/// The task was never polled, and may be run in place by whoever joins it.
const FRESH: usize = 1 << 5;
/// An entry for the task lies in a queue, or is on its way there or from there; it owns a reference.
/// There is never a second one, or the links of the queues would tangle.
const QUEUED: usize = 1 << 6;
/// The future is to be dropped instead of polled, unless the poll under way makes it ready.
const CANCELLED: usize = 1 << 7;
/// The unit of the reference count, which is all bits from here on. One reference is that of life: it
/// is held until the task is done, whoever else refers to it or not.
const REFERENCE: usize = 1 << 8;

/// No task is in the block.
const FREE: usize = 0;
/// A task is being put into the block, and nobody refers to it yet.
const RESERVED: usize = FRESH;

/// More references than a program can have, but for a leak on purpose.
const TOO_MANY: usize = usize::MAX / 2;

/// The word.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct State(AtomicUsize);

/// What the holder of an entry is to do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The task is ours: poll it.
    Poll,
    /// The task is ours: drop its future.
    Cancel,
    /// The entry was stale, and its reference is gone.
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
    fn from_previous(word: usize) -> Self {
        if word < 2 * REFERENCE { Self::Last } else { Self::Shared }
    }
}

/// What a waker is to do after the transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// Nothing: whoever has the task sees to it.
    Nothing,
    /// Put an entry into a queue; it has its reference.
    Push,
    /// Free the block: the waker was the last to know of it.
    Free,
}

/// What follows a poll that was not ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterPoll {
    /// It waits to be woken, or for its entry to be reached.
    Idle,
    /// It was woken meanwhile: put an entry into a queue.
    Push,
    /// It is still ours: drop its future.
    Cancel,
}

/// What is left to do for whoever has made the task done. All of them precede the release of the
/// reference of life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Completion {
    /// Nobody will look at the outcome.
    pub(crate) drop_output: bool,
    /// There is somebody to wake; nobody writes to the slot of the join waker any more.
    pub(crate) wake_join: bool,
}

/// What is left to do for a join handle that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Detachment {
    /// The outcome is ours.
    pub(crate) drop_output: bool,
    /// The slot of the join waker is ours, and full.
    pub(crate) drop_waker: bool,
}

/// Whether the task could be claimed from outside of any queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seizure {
    /// It is ours: drop its future.
    Seized,
    /// Whoever polls it will drop its future afterwards, unless it is ready.
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

/// How a task is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// Whether a joiner may run it in place.
    pub(crate) in_place: bool,
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
    pub(crate) fn publish(&self, start: Start) {
        let fresh = if start.in_place { FRESH } else { 0 };
        let word = SCHEDULED | QUEUED | JOIN | fresh | (3 * REFERENCE);
        // Ordering: pairs with the acquire of `refer_if_alive`, which finds the task by its block. Others
        // get the task through a queue or the handle.
        self.0.store(word, Ordering::Release);
    }

    /// The holder of an entry has taken it out of its queue. Gives back the entry's reference.
    #[inline]
    pub(crate) fn claim(&self) -> Claim {
        let (before, _) = self.update(|word| {
            let is_ours = word & (SCHEDULED | RUNNING | DONE) == SCHEDULED;
            let rest = (word & !QUEUED) - REFERENCE;
            if is_ours { (rest & !(SCHEDULED | FRESH)) | RUNNING } else { rest }
        });
        if before & (SCHEDULED | RUNNING | DONE) != SCHEDULED {
            Claim::Stale(Released::from_previous(before))
        } else if before & CANCELLED != 0 {
            Claim::Cancel
        } else {
            Claim::Poll
        }
    }

    /// A joiner claims the task before it was ever polled. `has_entry` says that the joiner has taken
    /// the entry out of its queue; it gives back the entry's reference if this succeeds, and has
    /// the entry still if not. Otherwise the entry stays behind, and is stale.
    #[inline]
    pub(crate) fn claim_in_place(&self, has_entry: bool) -> bool {
        let claimed = self.try_update(|word| {
            let required = SCHEDULED | FRESH;
            if word & (required | RUNNING | DONE | CANCELLED) != required {
                return None;
            }
            let rest = if has_entry { (word & !QUEUED) - REFERENCE } else { word };
            Some((rest & !required) | RUNNING)
        });
        claimed.is_some()
    }

    /// Whether [`claim_in_place`](Self::claim_in_place) is worth a try.
    #[inline]
    pub(crate) fn is_fresh(&self) -> bool {
        self.0.load(Ordering::Relaxed) & FRESH != 0
    }

    /// Claims the task for its end, wherever it is. The caller has a reference of its own.
    pub(crate) fn seize(&self) -> Seizure {
        let seized = self.try_update(|word| {
            if word & DONE != 0 {
                None
            } else if word & RUNNING != 0 {
                Some(word | CANCELLED)
            } else {
                Some((word & !(SCHEDULED | FRESH)) | RUNNING | CANCELLED)
            }
        });
        match seized {
            None => Seizure::Done,
            Some(before) if before & RUNNING != 0 => Seizure::Running,
            Some(_) => Seizure::Seized,
        }
    }

    /// Asks for a poll, by a reference that stays.
    #[inline]
    pub(crate) fn wake_by_ref(&self) -> Wake {
        let before = self.try_update(|word| {
            if word & DONE != 0 {
                None
            } else if word & (RUNNING | QUEUED) != 0 {
                // Written even if nothing changes: what the waker's thread did before has to be seen
                // by the poll that this wake stands for.
                Some(word | SCHEDULED)
            } else {
                Some((word | SCHEDULED | QUEUED) + REFERENCE)
            }
        });
        match before {
            Some(before) if before & (RUNNING | QUEUED) == 0 => Wake::Push,
            _ => Wake::Nothing,
        }
    }

    /// Asks for a poll, and gives the caller's reference back, but where that makes an entry: then the
    /// caller keeps it for as long as it takes to queue that.
    #[inline]
    pub(crate) fn wake_by_value(&self) -> Wake {
        let (before, after) = self.update(|word| {
            if word & DONE != 0 {
                word - REFERENCE
            } else if word & (RUNNING | QUEUED) != 0 {
                (word | SCHEDULED) - REFERENCE
            } else {
                (word | SCHEDULED | QUEUED) + REFERENCE
            }
        });
        if before & (DONE | RUNNING | QUEUED) == 0 {
            Wake::Push
        } else if after < REFERENCE {
            Wake::Free
        } else {
            Wake::Nothing
        }
    }

    /// Asks that the future be dropped. True if an entry is to be put into a queue for that.
    pub(crate) fn abort(&self) -> bool {
        let before = self.try_update(|word| {
            if word & (DONE | CANCELLED) != 0 {
                None
            } else if word & (RUNNING | QUEUED) != 0 {
                Some(word | CANCELLED | SCHEDULED)
            } else {
                Some((word | CANCELLED | SCHEDULED | QUEUED) + REFERENCE)
            }
        });
        before.is_some_and(|before| before & (RUNNING | QUEUED) == 0)
    }

    /// The claimed task was polled, and is not ready.
    #[inline]
    pub(crate) fn after_poll(&self) -> AfterPoll {
        let before = self.try_update(|word| {
            if word & CANCELLED != 0 {
                None
            } else if word & (SCHEDULED | QUEUED) == SCHEDULED {
                Some((word & !RUNNING | QUEUED) + REFERENCE)
            } else {
                Some(word & !RUNNING)
            }
        });
        match before {
            None => AfterPoll::Cancel,
            Some(before) if before & (SCHEDULED | QUEUED) == SCHEDULED => AfterPoll::Push,
            Some(_) => AfterPoll::Idle,
        }
    }

    /// The claimed task has its outcome, and no future any more. The caller keeps the reference of
    /// life until it has done what is left.
    #[inline]
    pub(crate) fn complete(&self) -> Completion {
        // Ordering: release, for the outcome, which the handle reads after the acquire of `is_done`; and
        // acquire, for the waker that the handle has put into its slot before `set_join_waker`.
        let before = self.0.fetch_xor(RUNNING | DONE, Ordering::AcqRel);
        debug_assert_eq!(before & (RUNNING | DONE), RUNNING);
        Completion { drop_output: before & JOIN == 0, wake_join: before & JOIN_WAKER != 0 }
    }

    /// Like [`complete`](Self::complete), with the reference of life given back in the same step.
    /// False, and nothing has happened, if somebody waits or nobody will look at the outcome.
    #[inline]
    pub(crate) fn complete_quietly(&self) -> bool {
        let completed = self.try_update(|word| {
            let is_quiet = word & (JOIN | JOIN_WAKER) == JOIN;
            is_quiet.then(|| (word & !RUNNING | DONE) - REFERENCE)
        });
        completed.is_some()
    }

    /// Whether the outcome is there.
    #[inline]
    pub(crate) fn is_done(&self) -> bool {
        // Ordering: acquires the outcome, which `complete` has released.
        self.0.load(Ordering::Acquire) & DONE != 0
    }

    /// Shows the slot of the join waker, which the handle has filled, to the task. False if the task is
    /// done: then the task will not look at it.
    pub(crate) fn set_join_waker(&self) -> bool {
        self.try_update(|word| (word & DONE == 0).then_some(word | JOIN_WAKER)).is_some()
    }

    /// Takes the slot back. False if the task is done, and may be looking at it.
    pub(crate) fn unset_join_waker(&self) -> bool {
        self.try_update(|word| (word & DONE == 0).then_some(word & !JOIN_WAKER)).is_some()
    }

    /// Whether the slot of the join waker is full, and only to be read.
    pub(crate) fn has_join_waker(&self) -> bool {
        // Relaxed: only the handle sets it, and only the handle asks.
        self.0.load(Ordering::Relaxed) & JOIN_WAKER != 0
    }

    /// The join handle goes, but for its reference.
    pub(crate) fn detach(&self) -> Detachment {
        let (before, _) = self.update(|word| {
            let is_done = word & DONE != 0;
            if is_done { word & !JOIN } else { word & !(JOIN | JOIN_WAKER) }
        });
        let is_done = before & DONE != 0;
        Detachment { drop_output: is_done, drop_waker: !is_done && before & JOIN_WAKER != 0 }
    }

    /// Detaches a handle on which nobody waits, of a task that is not done, with its reference, in one
    /// step. False if it has to be done in several.
    #[inline]
    pub(crate) fn detach_quietly(&self) -> bool {
        let detached = self.try_update(|word| {
            (word & (DONE | JOIN_WAKER) == 0).then(|| (word & !JOIN) - REFERENCE)
        });
        detached.is_some()
    }

    /// One more reference, made from one.
    #[inline]
    pub(crate) fn add_reference(&self) {
        // Relaxed: whoever has a reference knows the task already.
        let before = self.0.fetch_add(REFERENCE, Ordering::Relaxed);
        if before > TOO_MANY {
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
                _ if word < REFERENCE || word & DONE != 0 => Presence::Absent,
                _ => Presence::Referred,
            };
            (presence == Presence::Referred).then(|| word + REFERENCE)
        });
        presence
    }

    /// A transition that always takes place. Returns the words before and after it.
    #[inline]
    fn update(&self, next: impl Fn(usize) -> usize) -> (usize, usize) {
        let mut before = self.0.load(Ordering::Relaxed);
        loop {
            let after = next(before);
            // Ordering: acquire and release at each transition: what one thread did with the task, or
            // before it woke the task, happens before what the next one does.
            match self.0.compare_exchange_weak(before, after, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return (before, after),
                Err(actual) => before = actual,
            }
        }
    }

    /// A transition that takes place unless `next` says that it must not. Returns the word before it.
    #[inline]
    fn try_update(&self, mut next: impl FnMut(usize) -> Option<usize>) -> Option<usize> {
        // Ordering: where there is no transition, what was done before the present one is still seen:
        // the outcome, above all.
        let mut before = self.0.load(Ordering::Acquire);
        loop {
            let after = next(before)?;
            // Ordering: as in `update`.
            match self.0.compare_exchange_weak(before, after, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(before),
                Err(actual) => before = actual,
            }
        }
    }
}
