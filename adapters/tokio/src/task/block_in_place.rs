//! Blocking within a task.

use crate::task::budget::without_budget;
use crate::task::local;

/// Calls `f`, which may block, on this thread, while other threads go on with its tasks.
///
/// # Panics
///
/// On a current-thread runtime, in a [`LocalSet`](crate::task::LocalSet), and on a backend that can't do it, as
/// async-std.
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    if local::is_running() {
        refuse();
    }
    match anyrt::task::block_in_place(|| without_budget(f)) {
        Ok(output) => output,
        Err(_) => refuse(),
    }
}

#[cold]
#[track_caller]
fn refuse() -> ! {
    panic!("can call blocking only when running on the multi-threaded runtime")
}
