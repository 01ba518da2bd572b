//! Blocking within a task.

use std::io;

use anyrt::Handle;

use crate::task::budget::without_budget;
use crate::task::local;

const NO_OTHER_THREAD: &str = "can call blocking only when running on the multi-threaded runtime";

/// Calls `f`, which may block, on this thread, while other threads go on with its tasks.
///
/// # Panics
///
/// On a current-thread runtime, in a [`LocalSet`](crate::task::LocalSet), on a backend that can't do it, which async-std is, and where
/// the system refuses smol the thread that would go on.
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    assert!(!local::is_running(), "{NO_OTHER_THREAD}");
    match anyrt::task::block_in_place(|| without_budget(f)) {
        Ok(output) => output,
        Err(error) if error.kind() == io::ErrorKind::Unsupported => refuse(),
        Err(error) => panic!("OS can't spawn worker thread: {error}"),
    }
}

#[cold]
#[track_caller]
fn refuse() -> ! {
    match Handle::try_current().map(|handle| handle.backend()) {
        Some("native" | "smol") | None => panic!("{NO_OTHER_THREAD}"),
        Some(backend) => panic!("{NO_OTHER_THREAD}, and not on the backend {backend}"),
    }
}
