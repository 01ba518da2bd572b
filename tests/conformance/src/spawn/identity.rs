//! S19: tasks and closures have ids.

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::channel;
use std::thread;

use anyrt_core::task::Id;
use anyrt_core::{
    AbortHandle as _, JoinError, JoinHandle, Launch, Spawn, SpawnBlocking, yield_now,
};
use futures::channel::oneshot;

use crate::witness::{Drive, Receive, executor, message, on_drop, until};

const REFUSAL: &str =
    "a join handle was asked for the id of its task after it had returned its result";

pub fn a_task_knows_the_id_of_its_handle<L: Launch>(runtime: L) {
    for _ in 0..10 {
        let task = runtime.handle().spawn(async { L::Handle::current_task() });
        let id = task.id();
        assert_eq!(task.id(), id);
        assert_eq!(runtime.handle().drive(task).unwrap(), Some(id));
    }
}

pub fn a_closure_knows_the_id_of_its_handle<L: Launch>(runtime: L) {
    for _ in 0..10 {
        let closure = runtime
            .handle()
            .spawn_blocking(|| (L::Handle::current_closure(), L::Handle::current_task()));
        let id = closure.id();
        assert_eq!(runtime.handle().drive(closure).unwrap(), (Some(id), Some(id)));
    }
}

pub fn an_abort_handle_knows_the_id_of_its_task<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let mut task = handle.spawn(async {});
    let (id, abort) = (task.id(), task.abort_handle());
    assert_eq!((abort.id(), abort.clone().id()), (id, id));
    handle.drive(&mut task).unwrap();
    drop(handle.spawn(async {}));
    assert_eq!(abort.id(), id, "once it has ended");
    let made_late = task.abort_handle();
    let refused = catch_unwind(AssertUnwindSafe(|| made_late.id())).unwrap_err();
    assert_eq!(message(&*refused), REFUSAL);

    let closure = handle.spawn_blocking(|| ());
    assert_eq!(closure.abort_handle().id(), closure.id());
    handle.drive(closure).unwrap();
}

pub fn a_task_keeps_its_id<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move {
        let id = L::Handle::current_task();
        yield_now().await;
        assert_eq!(L::Handle::current_task(), id);
        // Whatever it awaits: another task, a closure, something in another executor.
        let other = handle.spawn(async { L::Handle::current_task() }).await.unwrap();
        assert_ne!(other, id);
        assert_eq!(L::Handle::current_task(), id);
        let closure = handle.spawn_blocking(L::Handle::current_closure).await.unwrap();
        assert!(closure != id && closure != other);
        assert_eq!(executor::block_on(async { L::Handle::current_task() }), id);
        assert_eq!(L::Handle::current_task(), id);
        id
    });
    let id = task.id();
    assert_eq!(runtime.handle().drive(task).unwrap(), Some(id));
}

pub fn ids_are_distinct<L: Launch>(runtime: L) {
    const EACH: usize = 100;

    /// Of tasks that live at once, and of some that come one after the other.
    async fn ids<H: Spawn + SpawnBlocking>(handle: H) -> Vec<Id> {
        let at_once: Vec<_> = (0..EACH).map(|_| handle.spawn(async {})).collect();
        let mut ids: Vec<_> = at_once.iter().map(JoinHandle::id).collect();
        drop(at_once);
        for _ in 0..EACH {
            let task = handle.spawn(async {});
            ids.push(task.id());
            task.await.unwrap();
        }
        let closure = handle.spawn_blocking(|| ());
        ids.push(closure.id());
        closure.await.unwrap();
        ids
    }

    let handle = runtime.handle();
    let outer: Vec<_> = (0..4).map(|_| handle.spawn(ids(handle.clone()))).collect();
    let mut all: Vec<_> = outer.iter().map(JoinHandle::id).collect();
    for task in outer {
        all.extend(handle.drive(task).unwrap());
    }
    let elsewhere = handle.clone();
    all.extend(thread::spawn(move || elsewhere.spawn(async {}).id()).join());
    let distinct: BTreeSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
    assert_eq!(all.len(), 4 + 4 * (2 * EACH + 1) + 1);
}

pub fn a_destructor_knows_the_id_of_its_task<L: Launch>(runtime: L) {
    #[derive(Debug)]
    enum Moment {
        AtItsEnd,
        OnceParked,
        BeforeTheFirstPoll,
    }
    for moment in [Moment::AtItsEnd, Moment::OnceParked, Moment::BeforeTheFirstPoll] {
        let (told, tells) = channel();
        let witness = on_drop(move || {
            let _ = told.send(L::Handle::current_task());
        });
        let (parks, is_parked) = oneshot::channel::<()>();
        let ends = matches!(moment, Moment::AtItsEnd);
        let task = runtime.handle().spawn(async move {
            let _witness = witness;
            drop(parks);
            if !ends {
                pending::<()>().await;
            }
        });
        let id = task.id();
        if !matches!(moment, Moment::BeforeTheFirstPoll) {
            let _ = runtime.handle().drive(is_parked);
        }
        if !ends {
            task.abort();
        }
        drop(runtime.handle().drive(task));
        assert_eq!(tells.receive(), Ok(Some(id)), "{moment:?}");
    }
}

pub fn a_destructor_of_what_nobody_takes_knows_the_id_of_its_task<L: Launch>(runtime: L) {
    #[derive(Clone, Copy, Debug)]
    enum HandleGoes {
        First,
        OutsideOfTheRuntime,
        InBlockOn,
    }
    let handle = runtime.handle();
    for goes in [HandleGoes::First, HandleGoes::OutsideOfTheRuntime, HandleGoes::InBlockOn] {
        // What it leaves is its output, or what it panics with.
        for panics in [false, true] {
            let (told, tells) = oneshot::channel();
            let output = on_drop(|| _ = told.send(L::Handle::current_task()));
            let (ends, may_end) = oneshot::channel::<()>();
            let task = handle.spawn(async move {
                let _ = may_end.await;
                if panics { resume_unwind(Box::new(output)) } else { output }
            });
            let id = task.id();
            match goes {
                HandleGoes::First => {
                    drop(task);
                    drop(ends);
                }
                HandleGoes::OutsideOfTheRuntime => {
                    drop(ends);
                    handle.drive(until(|| task.is_finished()));
                    drop(task);
                }
                HandleGoes::InBlockOn => {
                    drop(ends);
                    handle.drive(async {
                        until(|| task.is_finished()).await;
                        drop(task);
                        assert_eq!(L::Handle::current_task(), None);
                    });
                }
            }
            let within = handle.drive(tells).unwrap();
            assert_eq!(within, Some(id), "the handle goes: {goes:?}, panics: {panics}");
        }
    }

    // Within another task, which is the one again afterwards, and for a closure.
    let inside = handle.clone();
    let outer = handle.spawn(async move {
        let own = L::Handle::current_task();
        let (told, tells) = oneshot::channel();
        let output = || on_drop(|| _ = told.send(L::Handle::current_task()));
        let closure = inside.spawn_blocking(output);
        let id = closure.id();
        until(|| closure.is_finished()).await;
        drop(closure);
        assert_eq!(tells.await.unwrap(), Some(id));
        assert_eq!(L::Handle::current_task(), own);
    });
    handle.drive(outer).unwrap();
}

fn error_of<L: Launch, T>(
    runtime: &L,
    handle: impl Future<Output = Result<T, JoinError>>,
) -> JoinError {
    runtime.handle().drive(handle).err().expect("it has no output")
}

pub fn errors_know_the_ids_of_their_tasks<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let aborted = handle.spawn(pending::<()>());
    let id = aborted.id();
    aborted.abort();
    assert_eq!(error_of(&runtime, aborted).id(), id);

    let panics = handle.spawn(async { resume_unwind(Box::new(())) });
    let id = JoinHandle::<()>::id(&panics);
    assert_eq!(error_of(&runtime, panics).id(), id);

    let panics = handle.spawn_blocking(|| resume_unwind(Box::new(())));
    let id = JoinHandle::<()>::id(&panics);
    assert_eq!(error_of(&runtime, panics).id(), id);
}

pub fn the_future_in_block_on_has_no_id<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    assert_eq!(L::Handle::current_task(), None);
    runtime.handle().drive(async move {
        assert_eq!(L::Handle::current_task(), None);
        handle.spawn(yield_now()).await.unwrap();
        assert_eq!(L::Handle::current_task(), None);
    });
    assert_eq!(L::Handle::current_task(), None);
}

pub fn a_handle_refuses_to_tell_the_id_after_its_result<L: Launch>(runtime: L) {
    let mut task = runtime.handle().spawn(async {});
    runtime.handle().drive(&mut task).unwrap();
    let refused = catch_unwind(AssertUnwindSafe(|| task.id())).unwrap_err();
    assert_eq!(message(&*refused), REFUSAL);
}
