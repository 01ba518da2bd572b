//! Blocking within a task.

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
    if has_no_tasks() {
        let _allowed = coop::allow_blocking();
        return without_budget(f);
    }
    match anyrt::task::block_in_place(|| without_budget(f)) {
        Ok(output) => output,
        Err(_) => refuse(),
    }
}

/// Whether this thread polls the future of a `block_on` on smol, and nothing else: the tasks are the workers' then. Of a
/// current-thread runtime it may poll them.
fn has_no_tasks() -> bool {
    let on_smol = |handle: &Handle| handle.backend() == "smol";
    anyrt::task::try_id().is_none()
        && Handle::try_current()
            .filter(on_smol)
            .is_some_and(|handle| Settings::has_workers(&handle))
}

#[cold]
#[track_caller]
fn refuse() -> ! {
    match Handle::try_current().map(|handle| handle.backend()) {
        Some("native") | None => panic!("{NO_OTHER_THREAD}"),
        Some(backend) => panic!("{NO_OTHER_THREAD}, and not on the backend {backend}"),
    }
}
