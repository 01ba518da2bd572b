//! Whether an operation may have left something that the reactor has forgotten.

use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

/// For one direction. A hint, by which nothing is published: relaxed accesses do.
///
/// An operation that returned `WouldBlock` makes the reactor forget readiness, and may have left something all the same
/// (R9). Then the source itself is asked, for every operation and every wait until the reactor tells of
/// readiness again; one success does not mean that nothing is left.
///
/// What is done like this passes by the reactor, and by the budget of the task with it: so it is counted here (S12).
#[derive(Debug, Default)]
pub(super) struct Left(AtomicU8);

const NOTHING: u8 = 0;
const SOMETHING: u8 = 1;
/// So often the source is asked before the others have a turn.
const TURN: u8 = SOMETHING + 127;

impl Left {
    /// Whether the source is to be asked itself. `Pending` lets the others go first, and wakes the task for that.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<bool> {
        match self.0.load(Ordering::Relaxed) {
            NOTHING => Poll::Ready(false),
            TURN.. => {
                self.0.store(SOMETHING, Ordering::Relaxed);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            asked => {
                self.0.store(asked + 1, Ordering::Relaxed);
                Poll::Ready(true)
            }
        }
    }

    /// Notes the outcome of an operation for which the reactor knew the source to be ready.
    pub(super) fn note(&self, would_block: bool) {
        let noted = if would_block { SOMETHING } else { NOTHING };
        self.0.store(noted, Ordering::Relaxed);
    }
}
