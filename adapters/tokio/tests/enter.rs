//! Being inside of a runtime by a guard.

mod common;

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

use tokio::runtime::{Builder, Handle, Runtime};

use common::panic_of;

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// As libraries do to find out whether a thread may block: the runtime lives to the end of the line alone.
#[test]
fn a_guard_borrows_nothing_until_it_is_dropped() {
    let task = {
        let _inside = Builder::new_current_thread().build().unwrap().enter();
        Handle::current().spawn(async {})
    };
    assert!(Handle::try_current().is_err());
    assert!(current_thread().block_on(task).unwrap_err().is_cancelled());

    {
        let runtime = Runtime::new().unwrap();
        let handle = runtime.handle().clone();
        let _inside = runtime.enter();
        let _inside_again = handle.clone().enter();
        runtime.shutdown_background();
        assert_eq!(Handle::current().id(), handle.id());
    }

    current_thread().block_on(async {
        let text = panic_of(|| {
            let _inside = Builder::new_current_thread().build().unwrap().enter();
        });
        assert!(text.starts_with("Cannot drop a runtime in a context where blocking"), "{text}");
    });
}

#[test]
fn guards_are_dropped_in_reverse_order() {
    let (one, other) = (current_thread(), current_thread());
    {
        let _one = one.enter();
        assert_eq!(Handle::current().id(), one.handle().id());
        let _other = other.enter();
        assert_eq!(Handle::current().id(), other.handle().id());
    }
    assert!(Handle::try_current().is_err());
    let text = thread::spawn(move || {
        let (first, second) = (one.enter(), other.enter());
        let text = panic_of(|| drop(first));
        std::mem::forget(second);
        text
    });
    assert!(text.join().unwrap().starts_with("`EnterGuard` values dropped out of order."));
}

#[test]
fn a_guard_that_is_dropped_too_early_leaves_the_others_in_order() {
    let runtime = Builder::new_current_thread().build().unwrap();
    let (first, second) = (runtime.enter(), runtime.enter());
    let early = catch_unwind(AssertUnwindSafe(|| drop(first)));
    assert!(early.is_err());
    drop(second);
}

#[test]
fn a_thread_that_outlives_its_runtime_stops_inside_it() {
    let (sender, receiver) = mpsc::channel();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_stop(move || sender.send(Handle::try_current().is_ok()).unwrap())
        .build()
        .unwrap();
    // The worker has begun.
    runtime.block_on(runtime.spawn(async {})).unwrap();
    let (ends, has_ended) = mpsc::channel::<()>();
    let (begins, has_begun) = mpsc::channel();
    drop(runtime.spawn_blocking(move || {
        begins.send(()).unwrap();
        has_ended.recv()
    }));
    has_begun.recv().unwrap();
    runtime.shutdown_background();
    drop(ends);
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [true; 2]);
}

#[test]
fn a_thread_that_was_inside_says_when_its_context_is_gone() {
    struct Asks(mpsc::Sender<bool>);
    impl Drop for Asks {
        fn drop(&mut self) {
            let error = Handle::try_current().unwrap_err();
            self.0.send(error.is_thread_local_destroyed()).unwrap();
        }
    }
    thread_local!(static ASKS: Cell<Option<Asks>> = const { Cell::new(None) });

    for (enters, blocks) in [(false, false), (true, false), (false, true)] {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || {
            ASKS.set(Some(Asks(sender)));
            let runtime = current_thread();
            let _inside = enters.then(|| runtime.enter());
            if blocks {
                runtime.block_on(async {});
            }
        });
        thread.join().unwrap();
        assert_eq!(receiver.recv(), Ok(enters || blocks));
    }
}
