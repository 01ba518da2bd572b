//! Which task it is that runs here.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::mem;
use std::num::NonZeroUsize;
use std::sync::LazyLock;

use anyrt_core::task::Id;

use super::TaskRef;
use super::cell::{Outcome, discard};
use super::state::References;
use crate::sync::{Mutex, lock};

thread_local! {
    static CURRENT: Cell<Running> = const { Cell::new(Running::NOTHING) };
    /// The task whose outcome this thread drops, if it runs nothing within.
    static ENDED: Cell<Option<TaskRef>> = const { Cell::new(None) };
}

/// The tasks that were asked for their ids, by their blocks. Most tasks never are.
static KNOWN: LazyLock<Mutex<BTreeMap<NonZeroUsize, Id>>> = LazyLock::new(Mutex::default);

/// The task or blocking closure that this thread runs, if any. Not the future of a `block_on`.
pub(crate) fn current() -> Option<Id> {
    CURRENT.get().task.or(ENDED.get()).map(id_of)
}

/// The caller has a reference to the task.
pub(super) fn id_of(task: TaskRef) -> Id {
    *lock(&KNOWN).entry(task.into_entry().addr()).or_insert_with(|| {
        task.state().set_has_id();
        Id::next()
    })
}

/// To be called before the block of a task with an id is freed.
#[cold]
pub(super) fn forget(task: TaskRef) {
    lock(&KNOWN).remove(&task.into_entry().addr());
}

/// A task that a thread has claimed, with the account of the references to it that the thread makes and gives back meanwhile,
/// which do not touch the count: see [`References`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Running {
    task: Option<TaskRef>,
    references: References,
}

impl Running {
    const NOTHING: Self = Self { task: None, references: References::NONE };
}

/// Makes a task the one that this thread runs, until it [leaves](leave) it. `references` is what was left to settle before.
#[inline]
pub(super) fn enter(task: TaskRef, references: References) -> Running {
    CURRENT.replace(Running { task: Some(task), references })
}

/// Goes back to what `enter` has returned, and returns the account.
#[inline]
pub(super) fn leave(before: Running) -> References {
    CURRENT.replace(before).references
}

/// Drops the outcome of a task, whose destructors are code of the task. The caller has a reference to it, and keeps it meanwhile.
#[inline]
pub(super) fn discard_outcome<T>(task: TaskRef, outcome: Outcome<T>) {
    // Most outputs have none.
    if mem::needs_drop::<T>() || outcome.is_err() {
        // The task has no account: nobody would settle it.
        let (running, ended) = replace(Running::NOTHING, Some(task));
        // No panic comes out of that.
        discard(outcome);
        replace(running, ended);
    }
}

/// Says what the thread runs, and whose outcome it drops, and returns what was said before.
#[inline]
fn replace(running: Running, ended: Option<TaskRef>) -> (Running, Option<TaskRef>) {
    (CURRENT.replace(running), ENDED.replace(ended))
}

/// Notes that so many references to a task were made, or given back where it is negative, if this thread runs the task; otherwise
/// false, and it is the count's. The caller has a reference.
#[inline]
pub(super) fn account(task: TaskRef, change: isize) -> bool {
    let Running { task: running, references } = CURRENT.get();
    let is_running = running == Some(task);
    if is_running {
        CURRENT.set(Running { task: running, references: references.plus(change) });
    }
    is_running
}

#[cfg(all(test, not(anyrt_loom)))]
mod tests {
    use std::collections::BTreeSet;

    use anyrt_core::{BlockOn, Launch, Spawn, SpawnBlocking};

    use super::*;
    use crate::{Builder, JoinHandle};

    #[test]
    fn a_task_knows_its_id_and_one_that_it_awaits_another() {
        let runtime = Builder::new().worker_threads(1).build().unwrap();
        let handle = runtime.handle();
        assert_eq!(current(), None);
        let inside = handle.clone();
        let outer = handle.spawn(async move {
            let own = current().unwrap();
            let inner = inside.spawn(async { current().unwrap() });
            let expected = inner.id();
            assert_eq!(inner.await.unwrap(), expected);
            assert_eq!(current(), Some(own));
            assert_ne!(own, expected);
            let closure = inside.spawn_blocking(current);
            let expected = closure.id();
            assert_eq!(closure.await.unwrap(), Some(expected));
            own
        });
        let expected = outer.id();
        assert_eq!(handle.block_on(outer).unwrap(), expected);
        assert_eq!(handle.block_on(async { current() }), None);
    }

    #[test]
    fn tasks_that_live_have_different_ids() {
        let runtime = Builder::new().current_thread().build().unwrap();
        let tasks: Vec<_> = (0..1000).map(|_| runtime.handle().spawn(async {})).collect();
        let ids: BTreeSet<_> = tasks.iter().map(JoinHandle::id).collect();
        assert_eq!(ids.len(), 1000);
    }

    #[test]
    fn an_id_is_given_once_and_forgotten_with_its_task() {
        let runtime = Builder::new().current_thread().build().unwrap();
        let handle = runtime.handle();
        let mut ids = BTreeSet::new();
        for _ in 0..100 {
            // In the block of the one before.
            let task = handle.spawn(async {});
            assert!(ids.insert(task.id()), "two tasks had one id");
            handle.block_on(task).unwrap();
        }
        let known = lock(&KNOWN).values().filter(|id| ids.contains(id)).count();
        assert_eq!(known, 0, "ids of tasks that are gone");
    }
}
