//! Which task it is.

use std::cell::Cell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};

/// Tells a task or blocking closure from all others of the process, those that have ended among them
/// (S19).
///
/// [`JoinHandle::id`](crate::JoinHandle::id) has it outside of the task, and
/// [`Spawn::current_task`](crate::Spawn::current_task) within. The numbers say nothing about the order in
/// which tasks were spawned, and those of a task on tokio are not the ones that tokio shows.
///
/// ```
/// use anyrt_core::{JoinHandle, Spawn};
///
/// async fn same<R: Spawn>(runtime: &R) {
///     let task = runtime.spawn(async { R::current_task() });
///     let id = task.id();
///     assert_eq!(task.await.unwrap(), Some(id));
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(NonZeroU64);

/// How many numbers a thread takes at once, so that threads that spawn do not meet at a counter.
const BLOCK: u64 = 64;

/// The blocks that were taken.
static BLOCKS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The next number of this thread. The first one of a block stands for a block that is used up.
    static NEXT: Cell<u64> = const { Cell::new(0) };
    static CURRENT: Cell<Option<Id>> = const { Cell::new(None) };
}

impl Id {
    /// For backends: one that no other task has.
    ///
    /// ```
    /// use anyrt_core::task::Id;
    ///
    /// assert_ne!(Id::next(), Id::next());
    /// ```
    #[inline]
    pub fn next() -> Self {
        let mut number = NEXT.get();
        if number % BLOCK == 0 {
            number = BLOCKS.fetch_add(1, Ordering::Relaxed) * BLOCK;
        }
        NEXT.set(number + 1);
        // Odd: the even ones are those of `foreign`.
        Self(NonZeroU64::MIN.saturating_add(2 * number))
    }

    /// For the backend on a runtime that counts its tasks itself: the id for one of the runtime's own.
    ///
    /// ```
    /// use anyrt_core::task::Id;
    ///
    /// let (number, other) = (7_u64, 8_u64); // what the runtime counts
    /// assert_eq!(Id::foreign(&number), Id::foreign(&number));
    /// assert_ne!(Id::foreign(&number), Id::foreign(&other));
    /// ```
    ///
    /// That is a number, which its hash is made of. Ids of one runtime in a process can be told apart this
    /// way, and from those of [`next`](Self::next); two such runtimes would need different halves.
    #[inline]
    pub fn foreign(id: &impl Hash) -> Self {
        // Even, and not zero for the runtime's first.
        Self(NonZeroU64::new(number_of(id).wrapping_add(1) << 1).unwrap_or(NonZeroU64::MAX))
    }
}

/// Shows the number alone.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// For backends: the number that an opaque id of the runtime's own is, told by its hash.
///
/// ```
/// assert_eq!(anyrt_core::task::number_of(&7_u64), 7);
/// ```
#[inline]
pub fn number_of(id: &impl Hash) -> u64 {
    let mut number = Number(0);
    id.hash(&mut number);
    number.finish()
}

/// Keeps the number that is hashed.
struct Number(u64);

impl Hasher for Number {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

/// The task or closure of this module's parent that this thread runs.
#[inline]
pub(crate) fn current() -> Option<Id> {
    CURRENT.get()
}

/// Makes a task the one that this thread runs, until it is dropped.
pub(super) struct Running {
    before: Option<Id>,
}

impl Running {
    #[inline]
    pub(super) fn enter(id: Id) -> Self {
        Self { before: CURRENT.replace(Some(id)) }
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::collections::BTreeSet;
    use std::thread;

    use super::*;

    #[test]
    fn ids_of_many_threads_are_distinct() {
        const EACH: usize = 1000;
        let threads: Vec<_> = (0..4)
            .map(|_| thread::spawn(|| (0..EACH).map(|_| Id::next()).collect::<Vec<_>>()))
            .collect();
        let ids: Vec<_> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 4 * EACH);
        assert!(ids.iter().all(|id| id.0.get() % 2 == 1), "a number of the other half");
    }

    #[test]
    fn the_number_of_a_foreign_id_is_kept() {
        let foreign = |number| Id::foreign(&NonZeroU64::new(number).unwrap());
        assert_eq!(foreign(7).to_string(), "16");
        assert_ne!(Id::foreign(&0_u64), foreign(1));
        assert_eq!(foreign(7), foreign(7));
        assert_ne!(foreign(7), foreign(8));
        assert_ne!(Id::foreign(&"a"), Id::foreign(&"b"));
    }

    #[test]
    fn the_inner_task_is_the_current_one() {
        let (outer, inner) = (Id::next(), Id::next());
        assert_eq!(current(), None);
        let running = Running::enter(outer);
        let nested = Running::enter(inner);
        assert_eq!(current(), Some(inner));
        drop(nested);
        assert_eq!(current(), Some(outer));
        drop(running);
        assert_eq!(current(), None);
    }
}
