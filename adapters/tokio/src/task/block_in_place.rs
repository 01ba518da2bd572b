//! Blocking within a task.

use std::cell::Cell;
use std::num::NonZeroU64;

use anyrt::Handle;
use anyrt::generic::coop;

use crate::context::Settings;
use crate::task::budget::without_budget;
use crate::task::local;

const NO_OTHER_THREAD: &str = "can call blocking only when running on the multi-threaded runtime";

/// Calls `f`, which may block, on this thread, while other threads go on with its tasks.
///
/// # Panics
///
/// On a current-thread runtime, in a [`LocalSet`](crate::task::LocalSet), and in a task on a backend that can't do it,
/// which smol is.
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    assert!(!local::is_running(), "{NO_OTHER_THREAD}");
    if polls_no_tasks() {
        let _allowed = coop::allow_blocking();
        return without_budget(f);
    }
    match anyrt::task::block_in_place(|| without_budget(f)) {
        Ok(output) => output,
        Err(_) => refuse(),
    }
}

thread_local! {
    /// The runtime with workers whose `block_on` this thread is in.
    static ROOT: Cell<Option<NonZeroU64>> = const { Cell::new(None) };
}

/// Notes that a thread is in the `block_on` of a runtime, until this is dropped.
pub(crate) struct Root {
    outer: Option<NonZeroU64>,
}

impl Root {
    pub(crate) fn of(settings: &Settings) -> Self {
        let root = settings.built.workers.map(|_| settings.id);
        Self { outer: ROOT.replace(root) }
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        ROOT.set(self.outer);
    }
}

/// Whether this thread polls the future of a `block_on` on smol, and nothing else: the tasks are the workers' then.
fn polls_no_tasks() -> bool {
    let Some(root) = ROOT.get().filter(|_| anyrt::task::try_id().is_none()) else { return false };
    let is_root = |handle: &Handle| handle.backend() == "smol" && Settings::has_id(handle, root);
    Handle::try_current().as_ref().is_some_and(is_root)
}

#[cold]
#[track_caller]
fn refuse() -> ! {
    match Handle::try_current().map(|handle| handle.backend()) {
        Some("native") | None => panic!("{NO_OTHER_THREAD}"),
        Some(backend) => panic!("{NO_OTHER_THREAD}, and not on the backend {backend}"),
    }
}
