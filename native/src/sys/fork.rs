//! Whether the process has been forked.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many forks lie between the process in which the runtime was first asked for and this one.
static FORKS: AtomicU32 = AtomicU32::new(0);

static IN_CHILD: OnceLock<fn()> = OnceLock::new();

/// A number that is another one after a fork, in the child.
#[inline]
pub(crate) fn forks() -> u32 {
    // Relaxed: it changes while the process has one thread.
    FORKS.load(Ordering::Relaxed)
}

/// Counts forks from now on, and has `in_child` called in the child, which must take no lock and allocate
/// nothing. If the system has no memory for that, they go unnoticed.
pub(crate) fn watch_forks(in_child: fn()) {
    IN_CHILD.get_or_init(|| {
        // SAFETY: the function may be called in a child that has one thread of several, as it takes no
        // lock and allocates nothing.
        unsafe { libc::pthread_atfork(None, None, Some(forked)) };
        in_child
    });
}

extern "C" fn forked() {
    FORKS.fetch_add(1, Ordering::Relaxed);
    if let Some(in_child) = IN_CHILD.get() {
        in_child();
    }
}
