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

    /// What the join of this task says.
    #[cold]
    pub(super) fn into_error(self, id: Id) -> JoinError {
        let Some(payload) = self.0 else { return JoinError::cancelled(id) };
        match payload.downcast::<Refused>() {
            Ok(refused) => JoinError::refused(id, refused.0),
            Err(payload) => JoinError::panicked(id, payload),
        }
    }
}

struct Refused(io::Error);
