//! A panic tells the line of the caller.

use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use tokio::runtime::{Builder, Handle, LocalRuntime, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{self, JoinSet, LocalSet};

/// The hook belongs to the process.
static HOOK: Mutex<()> = Mutex::new(());

/// Whether `code` panics, by the panic's own word in this file.
fn panics_here(code: impl FnOnce()) -> bool {
    let _alone = HOOK.lock().unwrap_or_else(PoisonError::into_inner);
    let (tell, told) = std::sync::mpsc::channel();
    let tell = Mutex::new(tell);
    panic::set_hook(Box::new(move |info| {
        let place = info.location().map(|location| location.file().to_owned());
        let _ = tell.lock().unwrap().send(place);
    }));
    let panicked = catch_unwind(AssertUnwindSafe(code)).is_err();
    drop(panic::take_hook());
    panicked && told.recv().unwrap().is_some_and(|file| file.ends_with("panics.rs"))
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn outside_of_a_runtime() {
    assert!(panics_here(|| drop(tokio::spawn(async {}))));
    assert!(panics_here(|| drop(task::spawn_blocking(|| ()))));
    assert!(panics_here(|| drop(task::spawn_local(async {}))));
    assert!(panics_here(|| drop(Handle::current())));
    assert!(panics_here(|| _ = task::id()));
    assert!(panics_here(|| drop(signal(SignalKind::hangup()))));
    let mut set = JoinSet::new();
    assert!(panics_here(|| _ = set.spawn(async {})));
    assert!(panics_here(|| _ = set.spawn_blocking(|| ())));
    assert!(panics_here(|| _ = set.spawn_local(async {})));
}

#[test]
fn in_async_code() {
    let (runtime, other) = (current_thread(), current_thread());
    let local = LocalRuntime::new().unwrap();
    runtime.block_on(async {
        assert!(panics_here(|| other.block_on(async {})));
        assert!(panics_here(|| other.handle().block_on(async {})));
        assert!(panics_here(|| local.block_on(async {})));
        assert!(panics_here(|| LocalSet::new().block_on(&other, async {})));
        assert!(panics_here(|| task::block_in_place(|| ())));
    });
}

#[test]
fn of_options() {
    assert!(panics_here(|| _ = Builder::new_multi_thread().worker_threads(0)));
    assert!(panics_here(|| _ = Builder::new_multi_thread().max_blocking_threads(0)));
    assert!(panics_here(|| _ = Builder::new_multi_thread().name("")));
    assert!(panics_here(|| _ = Builder::new_multi_thread().global_queue_interval(0)));
    assert!(panics_here(|| _ = Builder::new_multi_thread().event_interval(0)));
    assert!(panics_here(|| _ = Builder::new_multi_thread().max_io_events_per_tick(0)));
    assert!(panics_here(|| _ = Builder::new_multi_thread().max_io_events_per_busy_tick(0)));
}

#[test]
fn of_errors_and_guards() {
    let runtime = current_thread();
    let error = runtime.block_on(async {
        let task = tokio::spawn(std::future::pending::<()>());
        task.abort();
        task.await.unwrap_err()
    });
    assert!(panics_here(|| drop(error.into_panic())));
}
