//! Threads that are about to end, on which tokio has no context any more and panics.

use anyrt_core::backend::{CurrentHandle, ThreadVariables};

use crate::Handle;

thread_local! {
    static VARIABLES: ThreadVariables = ThreadVariables::used_by(|| {
        let found = tokio::runtime::Handle::try_current();
        !found.is_err_and(|error| error.is_thread_local_destroyed())
    });

    /// The runtime that such a thread is inside, instead of tokio's context.
    pub(crate) static INSIDE: CurrentHandle<Handle> = const { CurrentHandle::new() };
}

/// Whether tokio's functions can be used on this thread.
#[inline]
pub(crate) fn has_context() -> bool {
    ThreadVariables::are_there(&VARIABLES)
}
