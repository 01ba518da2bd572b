//! Which worker runs a call.

use anyrt::Handle;

use crate::context::{Settings, is_async};
use crate::task;

/// The number of the worker that runs this code, as [`RuntimeMetrics`](super::RuntimeMetrics) has it; it may be another
/// one after each await.
///
/// `None` outside of tasks. On a current-thread runtime it is 0, in the future of a `block_on` as well; where several
/// threads block on one, only the first of them to ask gets it, until that leaves. A worker that was in
/// [`block_in_place`](crate::task::block_in_place) may share its number with the one that went on in its place.
pub fn worker_index() -> Option<usize> {
    if !is_async() {
        return None;
    }
    let settings = Settings::of(Handle::try_current()?);
    // The thread in a `block_on` is none of those with numbers, nor is what it runs itself.
    let is_of_block_on = || anyrt::task::try_id().is_none() || task::is_in_local_set();
    if settings.built.workers.is_some() && is_of_block_on() {
        return None;
    }
    settings.worker_index()
}
