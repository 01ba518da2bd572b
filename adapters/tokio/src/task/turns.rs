//! Whose turn it is on a thread: what a task that yields lets go first, and the future of a `block_on`.
//!
//! tokio keeps those that yield aside until no task is runnable, or a batch of tasks is done, and wakes all of them then. Here nobody
//! can tell when a queue is empty, and a task that yields is woken at once, behind what is in the queue. When it is polled again it sees
//! whether others were polled meanwhile, but for those that only looked, as it does itself. The first one that finds no others ends all yields
//! that have begun on this thread until then, in their order.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many polls of others are a batch.
const MOST_POLLS: u32 = 61;

/// What one thread notes. The counts wrap.
struct Turns {
    /// The polls that count, which are those of tasks and of futures of a `block_on`, but for those that have others within them.
    polls: Cell<u32>,
    /// Whether the innermost poll, which goes on, is among them.
    is_counted: Cell<bool>,
    /// What `polls` was when this thread last slept, or had a look at the future of its `block_on`.
    at_look: Cell<u32>,
    /// How many yields have begun.
    yields: Cell<u32>,
    /// How many of them were ended.
    ended: Cell<u32>,
    /// Which thread it is: another one may be at the same place later. Zero until it is asked for.
    thread: Cell<u64>,
}

thread_local! {
    // Without a destructor, so that it is there in those of other thread-locals too.
    static TURNS: Turns = const {
        Turns {
            polls: Cell::new(0),
            is_counted: Cell::new(false),
            at_look: Cell::new(0),
            yields: Cell::new(0),
            ended: Cell::new(0),
            thread: Cell::new(0),
        }
    };
}

/// Notes that this thread has slept, or has looked whether it may, or looks at the future of its `block_on`.
pub(crate) fn note_look() {
    TURNS.with(|turns| turns.at_look.set(turns.polls.get()));
}

/// A poll that goes on; also where that panics.
pub(super) struct Poll;

impl Poll {
    /// Notes that a poll begins.
    pub(super) fn begin() -> Self {
        TURNS.with(Turns::begin_poll);
        Self
    }

    /// Notes that it was in vain because of its budget, so that it has yielded.
    pub(super) fn has_yielded(&self) {
        TURNS.with(Turns::take_back);
    }
}

impl Drop for Poll {
    fn drop(&mut self) {
        TURNS.with(|turns| turns.is_counted.set(false));
    }
}

impl Turns {
    fn begin_poll(&self) {
        // A poll that has others within it is none of its own.
        self.take_back();
        self.is_counted.set(true);
        self.polls.set(self.polls.get().wrapping_add(1));
    }

    /// Does not count the innermost poll.
    fn take_back(&self) {
        if self.is_counted.replace(false) {
            self.polls.set(self.polls.get().wrapping_sub(1));
        }
    }

    /// How many polls there were since, without the innermost one.
    fn others_since(&self, polls: u32) -> u32 {
        let since = self.polls.get().wrapping_sub(polls);
        let others = since.wrapping_sub(u32::from(self.is_counted.get()));
        // One of the time before may have been taken back.
        if others <= u32::MAX / 2 { others } else { 0 }
    }

    fn thread(&self) -> u64 {
        static THREADS: AtomicU64 = AtomicU64::new(0);

        if self.thread.get() == 0 {
            self.thread.set(THREADS.fetch_add(1, Ordering::Relaxed) + 1);
        }
        self.thread.get()
    }

    fn end_yields(&self) {
        self.ended.set(self.yields.get());
    }

    fn has_ended(&self, number: u32) -> bool {
        self.ended.get().wrapping_sub(number) <= u32::MAX / 2
    }
}

/// A task that yields.
pub(super) struct Yield {
    number: u32,
    thread: u64,
    /// What `polls` was when it was polled last.
    polls: u32,
    /// The polls of others in all, and those of itself that met none.
    waited_for: u32,
}

impl Yield {
    /// Begins in a poll.
    pub(super) fn begin() -> Self {
        TURNS.with(|turns| {
            let number = turns.yields.get().wrapping_add(1);
            turns.yields.set(number);
            Self { number, thread: turns.thread(), polls: turns.polls.get(), waited_for: 0 }
        })
    }

    /// Whether it ends in this poll, which is a later one.
    pub(super) fn ends(&mut self) -> bool {
        TURNS.with(|turns| {
            if turns.thread.get() != self.thread || turns.has_ended(self.number) {
                return true;
            }
            let others = turns.others_since(self.polls);
            self.waited_for = self.waited_for.saturating_add(others.max(1));
            if others == 0 || self.waited_for >= MOST_POLLS {
                let is_first = self.number == turns.ended.get().wrapping_add(1);
                turns.end_yields();
                // Not a number of long ago, which can't be told from one that is to come.
                if is_first || !turns.has_ended(self.number) {
                    return true;
                }
                // Those that have yielded before are next in the queue.
            }
            turns.take_back();
            self.polls = turns.polls.get();
            false
        })
    }
}

/// The future of a `block_on` on this thread, which was woken and lets tasks go first.
pub(super) struct RootWaits {
    /// What `polls` was at the last look before that: if there was a batch since, no other one has to be.
    since: u32,
    /// What `ended` was when this began.
    ended: u32,
}

impl RootWaits {
    pub(super) fn begin() -> Self {
        TURNS.with(|turns| Self { since: turns.at_look.get(), ended: turns.ended.get() })
    }

    /// Whether tasks have been polled since the last look, and are no batch yet, nor has their queue been empty but for those that
    /// had yielded.
    pub(super) fn goes_on(&self) -> bool {
        TURNS.with(|turns| {
            let polls = turns.polls.get().wrapping_sub(self.since);
            let is_round = turns.ended.get() != self.ended;
            !is_round && polls < MOST_POLLS && turns.others_since(turns.at_look.get()) > 0
        })
    }
}
