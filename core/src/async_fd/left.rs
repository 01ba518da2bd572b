//! Whether an operation may have left something that the reactor has forgotten.

use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};

/// For one direction. A hint, by which nothing is published: relaxed accesses do.
///
/// An operation that returned `WouldBlock` makes the reactor forget readiness, and may have left something all the same
/// (R9). Then the source itself is asked, for every operation and every wait until the reactor tells of
/// readiness again; one success does not mean that nothing is left.
///
/// What is done like this passes by the reactor, and by the budget of the task with it: so it is counted here (S12).
#[derive(Debug, Default)]
pub(super) struct Left(AtomicU32);

/// What is known at one moment. Above the lowest byte it counts the operations that may have left something, so that
/// one which succeeds takes back what was known when it began and nothing newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known(u32);

/// In the lowest byte.
const NOTHING: u32 = 0;
const SOMETHING: u32 = 1;
/// So often the source is asked before the others have a turn.
const TURN: u32 = SOMETHING + 127;
const COUNT: u32 = 1 << 8;

impl Known {
    fn is_nothing(self) -> bool {
        self.0 % COUNT == NOTHING
    }

    fn with(self, what: u32) -> Self {
        Self(self.0 - self.0 % COUNT + what)
    }
}

impl Left {
    /// Whether the source is to be asked itself. `Pending` lets the others go first, and wakes the task for that.
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<bool> {
        let known = self.known();
        if known.is_nothing() {
            return Poll::Ready(false);
        }
        let is_over = known.0 % COUNT >= TURN;
        let next = if is_over { known.with(SOMETHING) } else { Known(known.0 + 1) };
        self.replace(known, next);
        if is_over {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(true)
    }

    /// To be asked before an operation for which the reactor knows the source to be ready.
    pub(super) fn known(&self) -> Known {
        Known(self.0.load(Ordering::Relaxed))
    }

    /// Notes the outcome of the operation.
    pub(super) fn note(&self, before: Known, would_block: bool) {
        if would_block {
            let one_more = |known| Some(Known(known).with(SOMETHING).0.wrapping_add(COUNT));
            // It never fails, because there is always another value.
            let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more);
        } else if !before.is_nothing() {
            self.replace(before, before.with(NOTHING));
        }
    }

    /// Has no effect if something else is known by now.
    fn replace(&self, known: Known, by: Known) {
        let _ = self.0.compare_exchange(known.0, by.0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::task::Waker;

    use super::*;

    fn is_asked(left: &Left) -> bool {
        left.poll(&Context::from_waker(Waker::noop())) == Poll::Ready(true)
    }

    #[test]
    fn a_success_takes_back_no_newer_note() {
        let left = Left::default();
        assert!(!is_asked(&left));
        for _ in 0..3 {
            let (one, other) = (left.known(), left.known());
            left.note(other, true);
            left.note(one, false);
            assert!(is_asked(&left), "the other one may have left something");
        }
        let alone = left.known();
        left.note(alone, false);
        assert!(!is_asked(&left));
    }

    #[test]
    fn others_have_a_turn_now_and_then() {
        let left = Left::default();
        left.note(left.known(), true);
        for _ in 0..3 {
            let asked = (0..TURN - SOMETHING).take_while(|_| is_asked(&left)).count();
            assert_eq!(asked, 127);
            assert!(left.poll(&Context::from_waker(Waker::noop())).is_pending());
        }
    }
}
