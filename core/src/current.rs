//! The runtime that the current thread is inside.

use std::error::Error;
use std::{fmt, io};

use crate::Backend;

/// Finds the runtime that a call without a handle belongs to.
///
/// A thread is inside a runtime while it polls a task or runs a blocking closure of it, within
/// `block_on`, and while a guard of [`enter`](Current::enter) lives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handle of an anyrt backend",
    label = "not an anyrt runtime handle",
    note = "`anyrt::Handle` works on every backend; it comes with the feature of a backend, such as `tokio`"
)]
pub trait Current: Backend {
    /// Keeps the thread inside the runtime.
    type Guard<'a>
    where
        Self: 'a;

    /// Puts this thread inside the runtime until the guard is dropped.
    ///
    /// Guards must be dropped in the reverse order of their making, and never be held across an
    /// `.await`: the task may go on on another thread.
    #[must_use = "the runtime is left when the guard is dropped"]
    fn enter(&self) -> Self::Guard<'_>;

    /// The runtime that this thread is inside, if any.
    fn try_current() -> Option<Self>;

    /// Like [`try_current`](Self::try_current), for an operation that this thread starts now.
    ///
    /// What it returns may be a stand-in for "the runtime around us", which saves a reference count
    /// on the way to `spawn` or `sleep`. So use it at once, on this thread, or clone it: a clone
    /// names its runtime for good.
    fn try_here() -> Option<Self> {
        Self::try_current()
    }

    /// The runtime for an operation that this thread starts now, where the caller named none.
    ///
    /// The same caution holds as for [`try_here`](Self::try_here).
    ///
    /// # Errors
    /// [`NoRuntime`] if the thread is inside none and this backend starts none by itself; or
    /// whatever kept it from starting one.
    fn here() -> io::Result<Self> {
        Self::try_here().ok_or_else(|| NoRuntime.into())
    }
}

/// A call named no runtime, and its thread is inside none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRuntime;

impl fmt::Display for NoRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this thread is inside no runtime: use a handle, or call from a task or `block_on`",
        )
    }
}

impl Error for NoRuntime {}

impl From<NoRuntime> for io::Error {
    fn from(error: NoRuntime) -> Self {
        io::Error::new(io::ErrorKind::NotConnected, error)
    }
}
