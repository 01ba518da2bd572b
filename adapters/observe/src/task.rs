//! What is noted of one task.

use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use anyrt_core::observe::{End, TaskObserver, Wait};
use anyrt_core::task::{Id, Kind, Meta};

use crate::clock::Ticks;
use crate::histogram::add;
use crate::registry::{Shard, lock};
use crate::thread;
use crate::waits::{self, Waiting, Waits};

/// What is noted of one task or closure, by the threads that spawn and poll it, one at a time.
///
/// So nothing here is added atomically, and whoever reads it meanwhile may find the numbers of two polls.
// What each poll reads and writes comes first, so that it is in two lines of a cache, and nothing else is read for it.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Task {
    pub(crate) shard: Arc<Shard>,
    /// Tells it from all others, those that have ended among them.
    pub(crate) serial: u64,
    /// Those that have begun.
    polls: AtomicU64,
    busy: AtomicU64,
    /// When the poll began that lasts, or 0.
    begun: AtomicU64,
    /// The number of the thread that polls it, or has polled it last.
    thread: AtomicU64,
    /// The task that the thread polls around this one.
    outer: AtomicU64,
    /// The poll that has told last what it waits for.
    told: AtomicU64,
    /// The number of the one wait that it has told, or 0. Most polls tell the same as those before.
    only: AtomicU64,
    pub(crate) kind: Kind,
    /// Where in the shard.
    place: usize,
    pub(crate) name: Option<Box<str>>,
    pub(crate) location: &'static Location<'static>,
    pub(crate) spawned: Ticks,
    id: OnceLock<Id>,
    waits: Mutex<Waits>,
}

/// The numbers of a task at one moment.
pub(crate) struct Numbers {
    pub(crate) polls: u64,
    pub(crate) busy: Ticks,
    /// When the poll began that lasts, or 0.
    pub(crate) begun: Ticks,
    pub(crate) thread: u64,
}

impl Task {
    pub(crate) fn new(shard: &Arc<Shard>, place: usize, serial: u64, meta: &Meta<'_>) -> Self {
        Self {
            shard: Arc::clone(shard),
            place,
            serial,
            name: meta.name.map(Box::from),
            kind: meta.kind,
            location: meta.location,
            spawned: shard.clock.now(),
            id: OnceLock::new(),
            polls: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            begun: AtomicU64::new(0),
            thread: AtomicU64::new(0),
            outer: AtomicU64::new(0),
            told: AtomicU64::new(0),
            only: AtomicU64::new(0),
            waits: Mutex::default(),
        }
    }

    pub(crate) fn id(&self) -> Option<Id> {
        self.id.get().copied()
    }

    pub(crate) fn numbers(&self) -> Numbers {
        // Ordering: pairs with the stores where a poll begins, and in this order: one that is counted has begun, and if it
        // does not last, it has ended and has told what the task waits for.
        let polls = self.polls.load(Ordering::Acquire);
        let begun = self.begun.load(Ordering::Acquire);
        Numbers {
            polls,
            busy: self.busy.load(Ordering::Relaxed),
            begun,
            thread: self.thread.load(Ordering::Relaxed),
        }
    }

    /// What the poll of this number has told.
    pub(crate) fn waits(&self, poll: u64) -> Vec<Waiting> {
        let waits = lock(&self.waits);
        if self.told.load(Ordering::Relaxed) == poll { waits.told().to_vec() } else { Vec::new() }
    }
}

impl TaskObserver for Task {
    fn identified(&self, id: Id) {
        let _ = self.id.set(id);
    }

    #[inline]
    fn poll_begins(&self) {
        let now = self.shard.clock.now();
        let polls = self.polls.load(Ordering::Relaxed);
        thread::with(&self.shard, |thread| {
            self.thread.store(thread.number, Ordering::Relaxed);
            if polls == 0 {
                thread.note_start(self.kind, now.saturating_sub(self.spawned));
            }
            if self.kind != Kind::Closure {
                let outer = thread.begin_poll(self.serial, now);
                self.outer.store(outer, Ordering::Relaxed);
            }
        });
        // Ordering: these two pair with the loads in `numbers`.
        self.begun.store(now, Ordering::Release);
        self.polls.store(polls + 1, Ordering::Release);
        self.shard.sleeper.wake_if_asleep();
    }

    #[inline]
    fn poll_ends(&self) {
        // A processor's clock may be behind that of another.
        let begun = self.begun.load(Ordering::Relaxed);
        let ticks = self.shard.clock.now().saturating_sub(begun);
        // Ordering: pairs with the load in `numbers`, after which what the poll has told is there.
        self.begun.store(0, Ordering::Release);
        add(&self.busy, ticks);
        if self.kind != Kind::Closure {
            thread::with(&self.shard, |thread| {
                thread.end_poll(self.outer.load(Ordering::Relaxed), ticks);
            });
        }
    }

    fn waits_for(&self, wait: &Wait<'_>) {
        // A closure is shown as one that runs, whatever is pending within it: that would be added until its end.
        if self.kind == Kind::Closure {
            return;
        }
        let poll = self.polls.load(Ordering::Relaxed);
        let is_first = self.told.load(Ordering::Relaxed) != poll;
        let number = waits::number_of(wait).filter(|_| is_first).unwrap_or(0);
        if number != 0 && number == self.only.load(Ordering::Relaxed) {
            self.told.store(poll, Ordering::Relaxed);
            return;
        }
        // In a child, whoever held the lock when the process forked holds it for ever.
        if self.shard.is_left_behind() {
            return;
        }
        // A dump holds it for no longer than it takes to copy what there is.
        let mut waits = lock(&self.waits);
        if !is_first && waits.is_full() {
            return;
        }
        let source = waits::source_of(wait);
        let known = source.and_then(|source| waits.text_of(source));
        let waiting = if known.is_some() || !waits::has_text(wait) {
            Waiting::new(wait, known)
        } else {
            // The program's code makes it, and may make a dump itself.
            drop(waits);
            let waiting = Waiting::new(wait, None);
            waits = lock(&self.waits);
            waiting
        };
        let Some(waiting) = waiting else { return };
        if let (Some(source), Waiting::Io { source: text, .. }) = (source, &waiting) {
            waits.keep_text(source, text);
        }
        waits.tell(is_first, waiting);
        self.told.store(poll, Ordering::Relaxed);
        self.only.store(number, Ordering::Relaxed);
    }

    fn ended(&self, end: End) {
        self.shard.remove(self.place, self.kind, end);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt;

    use anyrt_core::Interest;
    use anyrt_core::observe::{Observer as _, SourceIdentity};
    use anyrt_core::time::Instant;

    use super::*;
    use crate::registry::Registry;

    /// Which has one poll, with as many waits as a `block_on` within it has.
    #[test]
    fn what_is_pending_within_a_closure_is_not_kept() {
        let registry = Registry::new();
        for (kind, told) in [(Kind::Task, 1), (Kind::Closure, 0)] {
            let observer = registry.spawned(&Meta::new(kind)).unwrap();
            observer.poll_begins();
            observer.waits_for(&Wait::sleep(Instant::now()));
            observer.poll_ends();
            let task = registry.alive().pop().unwrap();
            assert_eq!((task.kind, task.waits(1).len()), (kind, told));
            observer.ended(End::Completed);
        }
    }

    /// Counts how often its text is made, which reads what the task waits for.
    struct Source<'a> {
        identity: SourceIdentity,
        task: &'a Task,
        made: AtomicU64,
    }

    impl fmt::Debug for Source<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            add(&self.made, 1);
            let told = self.task.waits(self.task.numbers().polls).len();
            write!(f, "a source, after {told} others")
        }
    }

    #[test]
    fn a_text_is_made_once_for_each_source_and_without_a_lock() {
        let registry = Registry::new();
        let observer = registry.spawned(&Meta::new(Kind::Task)).unwrap();
        let task = registry.alive().pop().unwrap();
        let [first, second] = [(); 2].map(|()| Source {
            identity: SourceIdentity::default(),
            task: &task,
            made: AtomicU64::new(0),
        });
        let texts = ["a source, after 0 others", "a source, after 1 others"];
        for polls in 1..10 {
            observer.poll_begins();
            for source in [&first, &second] {
                observer.waits_for(&Wait::io_of(Interest::Readable, source, &source.identity));
            }
            observer.poll_ends();
            let expected =
                texts.map(|text| Waiting::Io { interest: Interest::Readable, source: text.into() });
            assert_eq!(task.waits(polls), expected);
        }
        assert_eq!([first, second].map(|source| source.made.into_inner()), [1, 1]);
        observer.ended(End::Completed);
    }
}
