//! What the stress tests count with: tokens that must be dropped once each, panics on purpose.

use std::panic::{self, Location};
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Once, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

/// How long whatever ends in the background may take. Far more than it needs: it is a failure to
/// come near it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Knows of each token whether it was dropped.
///
/// All accesses are relaxed, so that the ledger orders nothing that the runtime has to order itself.
pub(crate) struct Ledger {
    entries: Box<[AtomicU8]>,
    places: Box<[OnceLock<&'static Location<'static>>]>,
    issued: AtomicUsize,
}

const ISSUED: u8 = 1;
const DROPPED: u8 = 2;

impl Ledger {
    /// For so many tokens at most.
    pub(crate) fn new(capacity: usize) -> Arc<Self> {
        let entries = (0..capacity).map(|_| AtomicU8::new(0)).collect();
        let places = (0..capacity).map(|_| OnceLock::new()).collect();
        Arc::new(Self { entries, places, issued: AtomicUsize::new(0) })
    }

    #[track_caller]
    pub(crate) fn issue(self: &Arc<Self>) -> Token {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        self.entries[number].store(ISSUED, Ordering::Relaxed);
        let _ = self.places[number].set(Location::caller());
        Token { ledger: Arc::clone(self), number, memory: Box::new(number) }
    }

    pub(crate) fn issued(&self) -> usize {
        self.issued.load(Ordering::Relaxed)
    }

    /// The tokens that were not dropped.
    pub(crate) fn alive(&self) -> Vec<usize> {
        let is_alive = |&n: &usize| self.entries[n].load(Ordering::Relaxed) != DROPPED;
        (0..self.issued()).filter(is_alive).collect()
    }

    /// Waits until all tokens are dropped, for what ends in the background.
    pub(crate) fn settle(&self) {
        if !comes_true(|| self.alive().is_empty()) {
            let alive = self.alive();
            let of = |&n: &usize| (n, self.places[n].get().map(|place| place.line()));
            panic!("not dropped (number, line): {:?}", alive.iter().map(of).collect::<Vec<_>>());
        }
    }
}

/// Belongs to a future or an output, and is dropped with it.
pub(crate) struct Token {
    ledger: Arc<Ledger>,
    number: usize,
    /// Not atomic, and on the heap: who comes to it without being ordered after the others, or after it
    /// was freed, is found out by a sanitizer.
    memory: Box<usize>,
}

impl Token {
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// Reads the memory.
    pub(crate) fn is_intact(&self) -> bool {
        *self.memory == self.number
    }

    /// Reads and writes the memory, as each poll of a future does.
    pub(crate) fn touch(&mut self) {
        assert!(self.is_intact(), "the memory is another's");
        *self.memory = std::hint::black_box(self.number);
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let before = self.ledger.entries[self.number].swap(DROPPED, Ordering::Relaxed);
        if before != ISSUED {
            // Not a panic: that might be taken for one of a destructor that is contained.
            eprintln!("token {} was dropped twice", self.number);
            std::process::abort();
        }
        self.touch();
    }
}

/// The payload of panics on purpose.
pub(crate) struct Deliberate;

static ACCIDENTS: AtomicUsize = AtomicUsize::new(0);

/// Panics in a way that [`accidents`] does not count, and that prints nothing.
pub(crate) fn panic_deliberately() -> ! {
    panic::panic_any(Deliberate)
}

/// Has the panics counted that nobody wanted, also those that a runtime contains.
pub(crate) fn count_accidents() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !info.payload().is::<Deliberate>() {
                ACCIDENTS.fetch_add(1, Ordering::Relaxed);
                usual(info);
            }
        }));
    });
}

/// How many panics there were that nobody wanted.
pub(crate) fn accidents() -> usize {
    ACCIDENTS.load(Ordering::Relaxed)
}

/// Waits for what happens in the background, and panics if it does not.
#[track_caller]
pub(crate) fn wait_until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(comes_true(is_so), "waited in vain: {what}");
}

fn comes_true(mut is_so: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        if Instant::now() > deadline {
            return false;
        }
        thread::yield_now();
    }
    true
}

/// A number from the environment, or a default.
pub(crate) fn setting(name: &str, default: usize) -> usize {
    match std::env::var(name) {
        Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name} is no number: {value}")),
        Err(_) => default,
    }
}

/// A generator of numbers that look random (splitmix64).
#[derive(Clone)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub(crate) fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    /// Another generator, which goes its own way.
    pub(crate) fn fork(&mut self) -> Self {
        Self(self.next())
    }
}
