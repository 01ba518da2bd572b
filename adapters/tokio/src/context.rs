//! The runtime that the thread is inside, as tokio's functions ask for it: without one they panic.

use anyrt::Handle;

/// What tokio says where there is no runtime.
const NO_RUNTIME: &str =
    "there is no reactor running, must be called from the context of a Tokio 1.x runtime";

/// The runtime that the thread is inside.
///
/// # Panics
///
/// If there is none.
#[track_caller]
pub(crate) fn here() -> Handle {
    Handle::try_current().expect(NO_RUNTIME)
}

/// [`here`], for what needs its reactor.
///
/// # Panics
///
/// If there is none, or it was built without I/O.
#[track_caller]
pub(crate) fn with_io() -> Handle {
    here()
}

/// [`here`], for what needs its clock.
///
/// # Panics
///
/// If there is none, or it was built without time.
#[track_caller]
pub(crate) fn with_time() -> Handle {
    here()
}
