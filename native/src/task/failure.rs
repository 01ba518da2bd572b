//! What stands in a task's block in place of an output, and becomes the error of its join.

use std::any::Any;
use std::io;

use anyrt_core::JoinError;
use anyrt_core::task::Id;

/// Why there is no output: the payload of a panic, what refused the task as one, or nothing if it was
/// cancelled.
///
/// Thin, because it lies in the block of every task, where the size of small ones shows.
pub(crate) struct Failure(Option<Box<Box<dyn Any + Send>>>);

impl Failure {
    pub(crate) const CANCELLED: Self = Self(None);

    pub(crate) fn panicked(payload: Box<dyn Any + Send>) -> Self {
        Self(Some(Box::new(payload)))
    }

    /// The system has no thread for the task.
    pub(crate) fn refused(error: io::Error) -> Self {
        Self::panicked(Box::new(Refused(error)))
    }

    /// The failure of a task that never was one, and has an id nevertheless.
    ///
    /// Inside of the box, so that a handle with either is as small and as quickly dropped as without.
    #[cold]
    pub(super) fn of_refused(self, id: Id) -> Self {
        Self::panicked(Box::new(NeverWas { id, failure: self }))
    }

    /// The id of a task that never was one.
    #[cold]
    pub(super) fn id_of_refused(&self) -> Id {
        let payload = self.0.as_ref().and_then(|payload| payload.downcast_ref::<NeverWas>());
        payload.map_or_else(Id::next, |never_was| never_was.id)
    }

    /// What the join of this task says.
    #[cold]
    pub(super) fn into_error(self, id: Id) -> JoinError {
        let Some(payload) = self.0 else { return JoinError::cancelled(id) };
        let payload = match payload.downcast::<Refused>() {
            Ok(refused) => return JoinError::refused(id, refused.0),
            Err(payload) => payload,
        };
        match payload.downcast::<NeverWas>() {
            Ok(never_was) => never_was.failure.into_error(never_was.id),
            Err(payload) => JoinError::panicked(id, payload),
        }
    }
}

struct Refused(io::Error);

struct NeverWas {
    id: Id,
    failure: Failure,
}
