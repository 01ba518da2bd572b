//! Which socket it is that a task waits for.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells a source that is [waited for](super::Wait::Io) from all others of the process, those that are gone among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(NonZeroU64);

impl SourceId {
    /// The number that it is.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

/// For leaves: what lies beside a source, and has its [id](SourceId) once an observer was told of a wait for it.
///
/// ```
/// use anyrt_core::observe::SourceIdentity;
///
/// let (one, other) = (SourceIdentity::default(), SourceIdentity::default());
/// assert_eq!(one.id(), one.id());
/// assert_ne!(one.id(), other.id());
/// ```
#[derive(Debug, Default)]
pub struct SourceIdentity(AtomicU64);

impl SourceIdentity {
    /// The id, which is made at the first call.
    pub fn id(&self) -> SourceId {
        // Relaxed, as all of these: numbers alone, by which nothing is published.
        let number = NonZeroU64::new(self.0.load(Ordering::Relaxed));
        SourceId(number.unwrap_or_else(|| self.make()))
    }

    #[cold]
    fn make(&self) -> NonZeroU64 {
        static MADE: AtomicU64 = AtomicU64::new(0);

        let number = NonZeroU64::MIN.saturating_add(MADE.fetch_add(1, Ordering::Relaxed));
        let made = self.0.compare_exchange(0, number.get(), Ordering::Relaxed, Ordering::Relaxed);
        // Two waits may begin at once.
        made.err().and_then(NonZeroU64::new).unwrap_or(number)
    }
}
