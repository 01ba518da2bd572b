//! The runtime that the thread is inside, as tokio's functions ask for it: without one they panic.

#[cfg_attr(not(feature = "rt"), allow(dead_code, reason = "nobody builds a runtime then"))]
mod settings;
#[cfg_attr(not(feature = "rt"), allow(dead_code, reason = "nobody builds a runtime then"))]
mod workers;

use anyrt::generic::coop;
use anyrt::{Current, Handle};
use real::runtime::TryCurrentError;

pub(crate) use settings::Settings;
#[cfg(feature = "rt")]
pub(crate) use settings::{Built, next_id};
#[cfg(feature = "rt")]
pub(crate) use workers::Workers;

const NO_IO: &str = "A Tokio 1.x context was found, but IO is disabled. \
    Call `enable_io` on the runtime builder to enable IO.";

const NO_TIME: &str = "A Tokio 1.x context was found, but timers are disabled. \
    Call `enable_time` on the runtime builder to enable timers.";

/// The runtime that the thread is inside, for a call that is made on it at once; a clone may be kept.
///
/// # Panics
///
/// If there is none.
#[inline]
#[track_caller]
pub(crate) fn here() -> Handle {
    match Handle::try_here() {
        Some(handle) => handle,
        None => no_runtime(),
    }
}

/// [`here`], for what needs its reactor.
///
/// # Panics
///
/// If there is none, or it was built without I/O.
#[inline]
#[track_caller]
#[allow(dead_code, reason = "not all features need a reactor")]
pub(crate) fn with_io() -> Handle {
    let handle = here();
    assert!(Settings::none_lack() || Settings::has_io(&handle), "{NO_IO}");
    handle
}

/// [`here`], for what needs its clock.
///
/// # Panics
///
/// If there is none, or it was built without time.
#[inline]
#[track_caller]
#[allow(dead_code, reason = "not all features need a clock")]
pub(crate) fn with_time() -> Handle {
    let handle = here();
    assert!(Settings::none_lack() || Settings::has_time(&handle), "{NO_TIME}");
    handle
}

/// Whether this thread polls a future of a runtime, so that it must not block.
#[inline]
pub(crate) fn is_async() -> bool {
    coop::is_polling()
}

/// # Panics
///
/// If this thread polls a future of a runtime.
#[track_caller]
#[allow(dead_code, reason = "without `rt` nobody blocks")]
pub(crate) fn check_block_on() {
    assert!(
        !is_async(),
        "Cannot start a runtime from within a runtime. This happens because a function (like `block_on`) attempted to \
         block the current thread while the thread is being used to drive asynchronous tasks. If you are in an async \
         function, use `.await` on the future instead of blocking on it."
    );
}

#[cold]
#[track_caller]
fn no_runtime() -> ! {
    panic!("{}", outside())
}

/// What tokio says where there is no runtime, or the thread is about to end. Nobody is ever inside of one of `real`'s.
pub(crate) fn outside() -> TryCurrentError {
    real::runtime::Handle::try_current().expect_err("no runtime of tokio's is ever started")
}

/// Lets [`outside`] tell where the thread is about to end, as `real` does once something of it was used on the thread.
#[cfg(feature = "rt")]
#[inline]
pub(crate) fn note_inside() {
    real::task::coop::has_budget_remaining();
}
