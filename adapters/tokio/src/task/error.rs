//! Why a task has no output.

use std::any::Any;
use std::error::Error;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};
use std::{fmt, io};

use crate::task::Id;

/// A task, or a blocking closure, has ended without an output.
pub struct JoinError {
    id: Id,
    cause: Cause,
    /// Panics of it are not to be passed on unseen, as of the payload within.
    _not_unwind_safe: PhantomData<&'static (dyn Any + Send + Sync)>,
}

enum Cause {
    Cancelled,
    /// Locked for its text alone, because a payload need not be `Sync`.
    Panic(Mutex<Box<dyn Any + Send + 'static>>),
}

impl JoinError {
    /// A closure that the system refused a thread has panicked with tokio's words for that.
    #[cold]
    pub(crate) fn new(error: anyrt::JoinError) -> Self {
        let id = Id::new(error.id());
        let cause = if error.is_refused() {
            let source = error.source().map(ToString::to_string).unwrap_or_default();
            Cause::Panic(Mutex::new(Box::new(format!("OS can't spawn worker thread: {source}"))))
        } else {
            match error.into_panic() {
                Ok(payload) => Cause::Panic(Mutex::new(payload)),
                Err(_) => Cause::Cancelled,
            }
        };
        Self { id, cause, _not_unwind_safe: PhantomData }
    }

    /// Whether the task was aborted, or its runtime has ended.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.cause, Cause::Cancelled)
    }

    /// Whether the task has panicked, or the system had no thread for the closure.
    pub fn is_panic(&self) -> bool {
        matches!(self.cause, Cause::Panic(_))
    }

    /// What the task has panicked with.
    ///
    /// # Panics
    ///
    /// If it has not.
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        self.try_into_panic().expect("`JoinError` reason is not a panic.")
    }

    /// What the task has panicked with.
    ///
    /// # Errors
    ///
    /// Gives the error back if it has not.
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, Self> {
        match self.cause {
            Cause::Panic(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            Cause::Cancelled => Err(self),
        }
    }

    /// Which task it was.
    pub fn id(&self) -> Id {
        self.id
    }

    /// The text that the task has panicked with, if it is one.
    fn message(&self) -> Option<String> {
        let Cause::Panic(payload) = &self.cause else { return None };
        let payload = payload.lock().unwrap_or_else(PoisonError::into_inner);
        let literal = || payload.downcast_ref::<&'static str>().map(|text| (*text).to_owned());
        payload.downcast_ref::<String>().cloned().or_else(literal)
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        match self.message() {
            Some(message) => write!(f, "task {id} panicked with message {message:?}"),
            None if self.is_panic() => write!(f, "task {id} panicked"),
            None => write!(f, "task {id} was cancelled"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id;
        match self.message() {
            Some(message) => write!(f, "JoinError::Panic({id:?}, {message:?}, ...)"),
            None if self.is_panic() => write!(f, "JoinError::Panic({id:?}, ...)"),
            None => write!(f, "JoinError::Cancelled({id:?})"),
        }
    }
}

impl Error for JoinError {}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        io::Error::other(match error.cause {
            Cause::Cancelled => "task was cancelled",
            Cause::Panic(_) => "task panicked",
        })
    }
}
