//! Why a task has no output.

use std::any::Any;
use std::error::Error;
use std::sync::{Mutex, PoisonError};
use std::{fmt, io, panic};

/// Why a task or blocking closure ended without an output: it panicked, or it was cancelled.
///
/// A task is cancelled by `abort`, or because its runtime shut down.
///
/// ```
/// use anyrt_core::JoinError;
///
/// fn report(error: JoinError) {
///     if error.is_panic() {
///         error.resume_unwind(); // as if the task had been a plain call
///     }
///     eprintln!("{error}");
/// }
/// ```
pub struct JoinError {
    cause: Cause,
}

enum Cause {
    Cancelled,
    // The mutex is never locked: it makes the payload `Sync`, which errors are expected to be.
    Panicked(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    /// For backends: the task was aborted, or its runtime went away.
    pub fn cancelled() -> Self {
        Self { cause: Cause::Cancelled }
    }

    /// For backends: the task panicked with `payload`.
    pub fn panicked(payload: Box<dyn Any + Send>) -> Self {
        Self { cause: Cause::Panicked(Mutex::new(payload)) }
    }

    /// Whether the task was aborted or its runtime shut down.
    pub fn is_cancelled(&self) -> bool {
        matches!(self.cause, Cause::Cancelled)
    }

    /// Whether the task, or the destructor of its future, panicked (S5).
    pub fn is_panic(&self) -> bool {
        matches!(self.cause, Cause::Panicked(_))
    }

    /// The payload of the panic, as [`std::thread::Result`] has it.
    ///
    /// # Errors
    /// Gives the error back if the task did not panic.
    pub fn into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        match self.cause {
            Cause::Panicked(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            cause @ Cause::Cancelled => Err(Self { cause }),
        }
    }

    /// Goes on with the task's panic on this thread, without calling the panic hook again.
    ///
    /// # Panics
    /// Always: with the task's payload, or with this error's message if the task was cancelled.
    #[track_caller]
    pub fn resume_unwind(self) -> ! {
        match self.into_panic() {
            Ok(payload) => panic::resume_unwind(payload),
            Err(error) => panic!("{error}"),
        }
    }

    fn panic_message(&self) -> Option<String> {
        let Cause::Panicked(payload) = &self.cause else { return None };
        let payload = payload.lock().unwrap_or_else(PoisonError::into_inner);
        let text = payload
            .downcast_ref::<&'static str>()
            .map(|text| (*text).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned());
        Some(text.unwrap_or_else(|| "a payload that is not text".to_owned()))
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panic_message() {
            Some(message) => write!(f, "the task panicked: {message}"),
            None => f.write_str("the task was cancelled"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.panic_message() {
            Some(message) => f.debug_tuple("JoinError::Panicked").field(&message).finish(),
            None => f.write_str("JoinError::Cancelled"),
        }
    }
}

impl Error for JoinError {}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        io::Error::other(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_happened() {
        assert_eq!(JoinError::cancelled().to_string(), "the task was cancelled");
        let static_text = JoinError::panicked(Box::new("boom"));
        assert_eq!(static_text.to_string(), "the task panicked: boom");
        let owned_text = JoinError::panicked(Box::new(String::from("boom 2")));
        assert_eq!(format!("{owned_text:?}"), "JoinError::Panicked(\"boom 2\")");
    }

    #[test]
    fn gives_the_payload_or_itself_back() {
        let payload = JoinError::panicked(Box::new(7_u8)).into_panic().unwrap();
        assert_eq!(*payload.downcast::<u8>().unwrap(), 7);
        assert!(JoinError::cancelled().into_panic().unwrap_err().is_cancelled());
    }

    #[test]
    fn is_an_io_error_where_one_is_wanted() {
        let error = io::Error::from(JoinError::cancelled());
        assert!(error.get_ref().unwrap().is::<JoinError>());
    }
}
