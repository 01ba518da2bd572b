//! Children whose handles were dropped before their end: somebody has to reap them.

use std::mem;
use std::process::Child;
use std::sync::{Mutex, PoisonError};

use super::end::Running;
use crate::own_tasks::OwnTask;
use crate::{Handle, task};

/// Those whose runtime ended first, until another one is asked for a child.
static LEFT: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// Waits for a child in a task of its runtime.
pub(super) fn reap(mut child: Running) {
    // In a child of fork it is no child, and its runtime is not there.
    if child.runtime().is_left_behind() || has_ended(child.try_wait()) {
        return;
    }
    let runtime = child.runtime().clone();
    let mut orphan = Orphan(Some(child));
    let task = task::Builder::new().name("anyrt::process");
    let own = OwnTask::on(&runtime);
    let _detached = task.spawn_on(&runtime, async move {
        let _own = own;
        orphan.wait().await;
    });
}

/// Waits for a child that was killed just now, which does not take long, or leaves it to whichever runtime is asked for
/// one next.
pub(super) fn reap_killed(runtime: &Handle, child: Child) {
    let mut killed = Unwatched(Some(child));
    // Refused or not, what it has at its end is looked at.
    drop(runtime.spawn_blocking(move || killed.wait()));
}

/// Has a runtime wait for those whose own runtime has ended.
pub(super) fn adopt(runtime: &Handle) {
    // What can't be watched now is put back.
    for child in take() {
        watch_or_leave(runtime, child);
    }
}

/// Has a runtime wait for a child, or whichever is asked for one next.
fn watch_or_leave(runtime: &Handle, mut child: Child) {
    if has_ended(child.try_wait()) {
        return;
    }
    match Running::watch(runtime, child) {
        Ok(running) => reap(running),
        Err((_, child)) => leave(child),
    }
}

struct Orphan(Option<Running>);

impl Orphan {
    async fn wait(&mut self) {
        let Some(running) = &mut self.0 else { return };
        // An error says that it is reaped by others, or that the runtime is gone: it is looked at once more.
        let _ = running.wait().await;
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        if let Some(mut running) = self.0.take() {
            if !running.runtime().is_left_behind() && !has_ended(running.try_wait()) {
                leave(running.into_child());
            }
        }
    }
}

/// A child that nothing tells the end of.
struct Unwatched(Option<Child>);

impl Unwatched {
    fn wait(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.wait();
        }
    }
}

impl Drop for Unwatched {
    fn drop(&mut self) {
        if let Some(mut child) = self.0.take() {
            if !has_ended(child.try_wait()) {
                leave(child);
            }
        }
    }
}

/// Whether nobody has to wait for it any more; an error says that it is no child of this process.
fn has_ended<T, E>(status: Result<Option<T>, E>) -> bool {
    !matches!(status, Ok(None))
}

fn leave(child: Child) {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner).push(child);
}

fn take() -> Vec<Child> {
    mem::take(&mut *LEFT.lock().unwrap_or_else(PoisonError::into_inner))
}
