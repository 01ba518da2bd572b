//! How a thread sleeps, and is woken once for any number of calls.

use crate::sync::Ordering;
use crate::sys::Futex;

/// The thread is awake, or on its way to sleep.
const AWAKE: u32 = 0;
/// It sleeps on the word.
const ON_WORD: u32 = Sleep::OnWord as u32;
/// It sleeps in the reactor.
const IN_REACTOR: u32 = Sleep::InReactor as u32;
/// It was called, and has not noticed yet.
const CALLED: u32 = 3;

/// Where a thread sleeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sleep {
    /// On its own word, where nothing but a call wakes it.
    OnWord = 1,
    /// In the reactor, where events and timers wake it as well.
    InReactor = 2,
}

/// A thread that may sleep.
#[derive(Debug)]
pub(crate) struct Parker {
    futex: Futex,
}

impl Parker {
    pub(crate) fn new() -> Self {
        Self { futex: Futex::new(AWAKE) }
    }

    /// Whether the thread sleeps on its word, and was not called.
    ///
    /// If not, the thread will see what the caller has seen, before it sleeps there.
    pub(crate) fn sleeps_on_word(&self) -> bool {
        // Ordering: read by writing, and so it comes before the announcement of the thread, which then acquires
        // this, or it sees that.
        self.futex.word.fetch_add(0, Ordering::AcqRel) == ON_WORD
    }

    /// Whether the thread was called and has not noticed.
    pub(crate) fn is_called(&self) -> bool {
        // Ordering: acquires what was written before the call.
        self.futex.word.load(Ordering::Acquire) == CALLED
    }

    /// Announces that the thread goes to sleep. False, and the call is used up, if it was called.
    ///
    /// What the thread looks at afterwards, and then finds unchanged, will be followed by a call that
    /// wakes it.
    pub(crate) fn announce(&self, sleep: Sleep) -> bool {
        // Ordering: acquires what was written before the call, if there was one; releases nothing that
        // matters. The fence that orders this against the look at the queues is the caller's.
        let before = self.futex.word.swap(sleep as u32, Ordering::AcqRel);
        if before == CALLED {
            // Ordering: acquires what was written before another call, which this uses up as well.
            self.futex.word.swap(AWAKE, Ordering::Acquire);
        }
        before != CALLED
    }

    /// Sleeps on the word until it is called. For a thread that has announced `Sleep::OnWord`.
    pub(crate) fn sleep(&self) {
        // Ordering: pairs with the release in `call`.
        while self.futex.word.load(Ordering::Acquire) == ON_WORD {
            self.futex.wait(ON_WORD, None);
        }
    }

    /// Announces that the thread goes to sleep on its word, and does so unless `is_over`. Returns when it is called, or was.
    pub(crate) fn sleep_unless(&self, is_over: impl FnOnce() -> bool) {
        if self.announce(Sleep::OnWord) {
            if !is_over() {
                self.sleep();
            }
            self.wake_up();
        }
    }

    /// The thread is awake, and has noticed all calls.
    pub(crate) fn wake_up(&self) {
        // Ordering: acquires what was written before the calls.
        self.futex.word.swap(AWAKE, Ordering::Acquire);
    }

    /// Wakes the thread, or keeps it from its next sleep. True if it sleeps in the reactor, which is
    /// then to be kicked.
    #[must_use]
    pub(crate) fn call(&self) -> bool {
        // Ordering: releases what the thread is to see when it wakes; acquires its announcement.
        let before = self.futex.word.swap(CALLED, Ordering::AcqRel);
        if before == ON_WORD {
            self.futex.wake();
        }
        before == IN_REACTOR
    }
}
