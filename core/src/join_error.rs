//! Why a task has no output.

use std::any::Any;
use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::{fmt, io, panic};

use crate::task::Id;

/// Why a task or blocking closure ended without an output: it panicked, it was cancelled, or the system
/// refused it a thread.
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
    id: Id,
    cause: Cause,
}

enum Cause {
    Cancelled,
    // Nobody ever sees a part of it changed.
    Refused(AssertUnwindSafe<io::Error>),
    // Errors are expected to be `Sync`, and payloads are not: whoever shows their text locks them.
    Panicked(Mutex<Box<dyn Any + Send>>),
}

impl JoinError {
    /// For backends: the task was aborted, or its runtime went away.
    pub fn cancelled(id: Id) -> Self {
        Self { id, cause: Cause::Cancelled }
    }

    /// For backends: the system refused the only thread that could have run the closure, for this cause
    /// (B6).
    pub fn refused(id: Id, cause: io::Error) -> Self {
        Self { id, cause: Cause::Refused(AssertUnwindSafe(cause)) }
    }

    /// For backends: the task panicked with `payload`.
    pub fn panicked(id: Id, payload: Box<dyn Any + Send>) -> Self {
        Self { id, cause: Cause::Panicked(Mutex::new(payload)) }
    }

    /// Which task or closure it was (S19).
    ///
    /// ```
    /// use anyrt_core::{JoinHandle, Spawn};
    ///
    /// async fn stop<R: Spawn>(runtime: &R) {
    ///     let task = runtime.spawn(std::future::pending::<()>());
    ///     let id = task.id();
    ///     task.abort();
    ///     assert_eq!(task.await.unwrap_err().id(), id);
    /// }
    /// ```
    pub fn id(&self) -> Id {
        self.id
    }

    /// Whether the task was aborted or its runtime shut down.
    ///
    /// ```
    /// use anyrt_core::{JoinError, task::Id};
    ///
    /// /// What a task that was told to stop has to say.
    /// fn result(joined: Result<u32, JoinError>) -> Option<u32> {
    ///     match joined {
    ///         Ok(output) => Some(output),
    ///         Err(error) if error.is_cancelled() => None,
    ///         Err(error) => error.resume_unwind(),
    ///     }
    /// }
    ///
    /// assert_eq!(result(Err(JoinError::cancelled(Id::next()))), None);
    /// ```
    pub fn is_cancelled(&self) -> bool {
        matches!(self.cause, Cause::Cancelled)
    }

    /// Whether no thread could be had for the blocking closure, which therefore never ran (B6). What the
    /// system said is the [`source`](Error::source).
    ///
    /// ```
    /// use std::io;
    /// use anyrt_core::{JoinError, task::Id};
    ///
    /// let error = JoinError::refused(Id::next(), io::Error::from(io::ErrorKind::WouldBlock));
    /// assert!(error.is_refused() && !error.is_cancelled());
    /// ```
    pub fn is_refused(&self) -> bool {
        matches!(self.cause, Cause::Refused(_))
    }

    /// Whether the task, or the destructor of its future, panicked (S5).
    ///
    /// ```
    /// use anyrt_core::task::joinable_closure;
    ///
    /// let (closure, handle) = joinable_closure(|| panic!("on purpose"));
    /// closure();
    /// let error = futures::executor::block_on(handle).map(|()| ()).unwrap_err();
    /// assert!(error.is_panic());
    /// assert!(error.to_string().contains("on purpose"));
    /// ```
    pub fn is_panic(&self) -> bool {
        matches!(self.cause, Cause::Panicked(_))
    }

    /// The payload of the panic, as [`std::thread::Result`] has it.
    ///
    /// ```
    /// use anyrt_core::{JoinError, task::Id};
    ///
    /// let error = JoinError::panicked(Id::next(), Box::new("on purpose"));
    /// let payload = error.into_panic().unwrap();
    /// assert_eq!(*payload.downcast::<&str>().unwrap(), "on purpose");
    /// ```
    ///
    /// # Errors
    /// Gives the error back if the task did not panic.
    pub fn into_panic(self) -> Result<Box<dyn Any + Send>, Self> {
        let id = self.id;
        match self.cause {
            Cause::Panicked(payload) => {
                Ok(payload.into_inner().unwrap_or_else(PoisonError::into_inner))
            }
            cause @ (Cause::Cancelled | Cause::Refused(_)) => Err(Self { id, cause }),
        }
    }

    /// Goes on with the task's panic on this thread, without calling the panic hook again.
    ///
    /// ```
    /// use std::panic::catch_unwind;
    /// use anyrt_core::{JoinError, task::Id};
    ///
    /// let error = JoinError::panicked(Id::next(), Box::new("on purpose"));
    /// let payload = catch_unwind(|| error.resume_unwind()).unwrap_err();
    /// assert_eq!(*payload.downcast::<&str>().unwrap(), "on purpose");
    /// ```
    ///
    /// # Panics
    /// Always: with the task's payload, or with this error's message if the task did not panic.
    #[track_caller]
    pub fn resume_unwind(self) -> ! {
        match self.into_panic() {
            Ok(payload) => panic::resume_unwind(payload),
            Err(error) => panic!("{error}"),
        }
    }

    /// What the system said when it refused a thread, if that is it.
    #[cfg(feature = "dyn")]
    pub(crate) fn into_refusal(self) -> Option<io::Error> {
        match self.cause {
            Cause::Refused(cause) => Some(cause.0),
            Cause::Cancelled | Cause::Panicked(_) => None,
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
            None if self.is_refused() => {
                f.write_str("the system refused the thread that the closure needs")
            }
            None => f.write_str("the task was cancelled"),
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Cancelled => f.write_str("JoinError::Cancelled"),
            Cause::Refused(cause) => f.debug_tuple("JoinError::Refused").field(&cause.0).finish(),
            Cause::Panicked(_) => {
                let message = self.panic_message().unwrap_or_default();
                f.debug_tuple("JoinError::Panicked").field(&message).finish()
            }
        }
    }
}

impl Error for JoinError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Refused(cause) => Some(&cause.0),
            Cause::Cancelled | Cause::Panicked(_) => None,
        }
    }
}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        io::Error::other(error)
    }
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use super::*;

    #[test]
    fn says_what_happened() {
        assert_eq!(JoinError::cancelled(Id::next()).to_string(), "the task was cancelled");
        let static_text = JoinError::panicked(Id::next(), Box::new("boom"));
        assert_eq!(static_text.to_string(), "the task panicked: boom");
        let owned_text = JoinError::panicked(Id::next(), Box::new(String::from("boom 2")));
        assert_eq!(format!("{owned_text:?}"), "JoinError::Panicked(\"boom 2\")");
    }

    #[test]
    fn says_what_the_system_said() {
        let refused = JoinError::refused(Id::next(), io::Error::from_raw_os_error(11));
        assert!(refused.is_refused() && !refused.is_cancelled() && !refused.is_panic());
        let source = refused.source().unwrap().downcast_ref::<io::Error>().unwrap();
        assert_eq!(source.raw_os_error(), Some(11));
        let in_io = io::Error::from(refused);
        assert!(in_io.get_ref().unwrap().source().unwrap().is::<io::Error>());
    }

    #[test]
    fn gives_the_payload_or_itself_back() {
        let payload = JoinError::panicked(Id::next(), Box::new(7_u8)).into_panic().unwrap();
        assert_eq!(*payload.downcast::<u8>().unwrap(), 7);
        assert!(JoinError::cancelled(Id::next()).into_panic().unwrap_err().is_cancelled());
    }

    #[test]
    fn is_an_io_error_where_one_is_wanted() {
        let error = io::Error::from(JoinError::cancelled(Id::next()));
        assert!(error.get_ref().unwrap().is::<JoinError>());
    }
}
