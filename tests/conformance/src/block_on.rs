//! Entering a runtime: which thread drives what, and where it is refused.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

pub(crate) mod large;

use std::any::Any;
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::mem::replace;
use std::net::UdpSocket;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use anyrt_core::{
    Backend, BlockOn, Current, Interest, Launch, Registration, Spawn, SpawnBlocking, Timer,
    yield_now,
};
use futures::channel::oneshot;
use futures::{executor, poll};

pub use large::*;

use crate::Launcher;
use crate::witness::{Counter, Drive, Receive, message, on_drop, until, wait_until};

const MILLISECOND: Duration = Duration::from_millis(1);

cases! { block_on:
    it_returns_the_output [K1];
    the_future_may_be_not_send_and_borrow [K1];
    the_future_is_polled_by_the_calling_thread_only [K1];
    the_future_is_dropped_before_it_returns [K1];
    the_future_is_dropped_inside_the_runtime [K1];
    a_wake_from_a_foreign_thread_resumes_it [K1];
    a_wake_from_a_task_resumes_it [K1];
    it_can_be_called_again_and_again [K1];
    a_panic_goes_through_to_the_caller [K1];
    it_works_when_the_variables_of_its_thread_are_gone [K9, T6] alone;
    it_works_on_a_thread_that_waits_in_a_foreign_executor [K1];
    a_handle_that_was_found_inside_drives_the_runtime_too [K1, B7];
    what_a_thread_finds_for_its_own_use_does_all_that_a_handle_does [K1];
    a_guard_puts_the_thread_inside_the_runtime [K1];
    guards_of_two_runtimes_are_left_in_turn(launcher) [K1];
    tasks_and_closures_are_inside_the_runtime [K1];

    a_call_from_a_task_panics_and_names_the_way_out [K2];
    a_call_from_within_block_on_panics_and_names_the_way_out [K2];
    a_call_from_a_task_of_another_runtime_panics_too(launcher) [K2];
    calls_from_tasks_on_every_worker_at_once_panic_and_never_hang [K2];

    several_threads_can_be_in_it_at_once [K3];
    threads_in_it_can_wait_for_each_others_tasks [K3];
    one_thread_goes_on_when_another_leaves [K3];

    a_large_future_can_be_driven_with_little_stack [K7] alone;
}

pub fn it_returns_the_output<L: Launch>(runtime: L) {
    assert_eq!(runtime.handle().block_on(async { 7 }), 7);
    let output = runtime.handle().block_on(async {
        yield_now().await;
        runtime.handle().sleep(Duration::from_millis(1)).await;
        String::from("output")
    });
    assert_eq!(output, "output");
}

pub fn the_future_may_be_not_send_and_borrow<L: Launch>(runtime: L) {
    let mut log = vec![1];
    let shared = Rc::new(2);
    let last = runtime.handle().block_on(async {
        log.push(*shared);
        yield_now().await;
        let own = Rc::clone(&shared);
        runtime.handle().spawn(async {}).await.unwrap();
        log.push(*own + 1);
        log.last()
    });
    assert_eq!(last, Some(&3));
    assert_eq!(log, [1, 2, 3]);
    assert_eq!(Rc::strong_count(&shared), 1);
}

pub fn the_future_is_polled_by_the_calling_thread_only<L: Launch>(runtime: L) {
    let caller = thread::current().id();
    let (go, gone) = oneshot::channel();
    let foreign = thread::spawn(move || go.send(()));
    runtime.handle().block_on(async {
        assert_eq!(thread::current().id(), caller);
        gone.await.unwrap();
        assert_eq!(thread::current().id(), caller);
        runtime.handle().spawn(yield_now()).await.unwrap();
        assert_eq!(thread::current().id(), caller);
        runtime.handle().spawn_blocking(|| ()).await.unwrap();
        assert_eq!(thread::current().id(), caller);
        runtime.handle().sleep(Duration::from_millis(1)).await;
        assert_eq!(thread::current().id(), caller);
    });
    foreign.join().unwrap().unwrap();
}

pub fn the_future_is_dropped_before_it_returns<L: Launch>(runtime: L) {
    let drops = Counter::new();
    let witness = drops.on_drop();
    runtime.handle().block_on(poll_fn(move |_| {
        let _witness = &witness;
        Poll::Ready(())
    }));
    assert_eq!(drops.count(), 1);
}

pub fn a_wake_from_a_foreign_thread_resumes_it<L: Launch>(runtime: L) {
    for _ in 0..100 {
        let polled = Counter::new();
        let (go, mut gone) = oneshot::channel();
        let may_go = polled.clone();
        let foreign = thread::spawn(move || {
            wait_until(|| may_go.count() == 1);
            go.send(7).unwrap();
        });
        let output = runtime.handle().block_on(async {
            assert!(poll!(&mut gone).is_pending());
            polled.add();
            gone.await
        });
        assert_eq!(output, Ok(7));
        foreign.join().unwrap();
    }
}

pub fn a_wake_from_a_task_resumes_it<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.block_on(async {
        for n in 0..100 {
            let (go, gone) = oneshot::channel();
            let task = handle.spawn(async move {
                yield_now().await;
                go.send(n)
            });
            assert_eq!(gone.await, Ok(n));
            task.await.unwrap().unwrap();
        }
    });
}

pub fn it_can_be_called_again_and_again<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    for n in 0..100 {
        let task = handle.spawn(async move { n });
        assert_eq!(handle.block_on(task).unwrap(), n);
        assert_eq!(handle.clone().block_on(async { n }), n);
    }
}

pub fn a_panic_goes_through_to_the_caller<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    for yields in [false, true] {
        let drops = Counter::new();
        let witness = drops.on_drop();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            handle.block_on(async {
                let _witness = witness;
                if yields {
                    handle.spawn(yield_now()).await.unwrap();
                }
                panic_any(7_u32);
            })
        }));
        let payload = panicked.map(|never: std::convert::Infallible| never).unwrap_err();
        assert_eq!(*payload.downcast::<u32>().expect("the payload of the future"), 7);
        assert_eq!(drops.count(), 1);

        let task = handle.spawn(async { 7 });
        assert_eq!(handle.block_on(task).unwrap(), 7);
    }
}

pub fn it_works_on_a_thread_that_waits_in_a_foreign_executor<L: Launch>(runtime: L) {
    // The thread is in async code, but not in that of an anyrt runtime.
    let output = executor::block_on(async {
        runtime.handle().block_on(async { runtime.handle().spawn(async { 7 }).await.unwrap() })
    });
    assert_eq!(output, 7);
}

/// Calls `block_on` where it is forbidden, and checks how it complains.
fn assert_refused(handle: &impl BlockOn) {
    let polls = Counter::new();
    let call = catch_unwind(AssertUnwindSafe(|| {
        handle.block_on(async {
            polls.add();
        });
    }));
    let payload = call.expect_err("`block_on` panics in async code");
    let message = message(&*payload);
    assert!(message.contains("spawn_blocking"), "the message names no way out: `{message}`");
    assert_eq!(polls.count(), 0, "it polled the future nevertheless");
    // Not even for a future that would never be ready.
    assert!(catch_unwind(AssertUnwindSafe(|| handle.block_on(pending::<()>()))).is_err());
}

pub fn a_call_from_a_task_panics_and_names_the_way_out<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move {
        assert_refused(&handle);
        yield_now().await;
        assert_refused(&handle);
        handle.spawn(async { 7 }).await.unwrap()
    });
    assert_eq!(runtime.handle().block_on(task).unwrap(), 7);
    assert_eq!(runtime.handle().block_on(async { 8 }), 8);
}

pub fn a_call_from_within_block_on_panics_and_names_the_way_out<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let output = handle.block_on(async {
        assert_refused(handle);
        yield_now().await;
        assert_refused(handle);
        handle.spawn(async { 7 }).await.unwrap()
    });
    assert_eq!(output, 7);
    assert_eq!(handle.block_on(async { 8 }), 8);
}

pub fn a_call_from_a_task_of_another_runtime_panics_too<L: Launch>(launcher: &Launcher<L>) {
    let (runtime, other) = (launcher.start(), launcher.start());
    other.handle().block_on(async { assert_refused(runtime.handle()) });
    let handle = runtime.handle().clone();
    let task = other.handle().spawn(async move { assert_refused(&handle) });
    other.handle().block_on(task).unwrap();
    assert_eq!(runtime.handle().block_on(async { 7 }), 7);
    assert_eq!(other.handle().block_on(async { 8 }), 8);
}

pub fn calls_from_tasks_on_every_worker_at_once_panic_and_never_hang<L: Launch>(runtime: L) {
    let tasks = [(); 8].map(|()| {
        let handle = runtime.handle().clone();
        runtime.handle().spawn(async move {
            for _ in 0..10 {
                assert_refused(&handle);
                yield_now().await;
            }
        })
    });
    runtime.handle().block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
}

pub fn several_threads_can_be_in_it_at_once<L: Launch>(runtime: L) {
    const THREADS: usize = 4;

    let inside = Counter::new();
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (handle, inside) = (runtime.handle(), &inside);
            scope.spawn(move || {
                let output = handle.block_on(async {
                    inside.add();
                    until(|| inside.count() == THREADS).await;
                    handle.sleep(Duration::from_millis(1)).await;
                    handle.spawn(async move { n }).await.unwrap()
                });
                assert_eq!(output, n);
            });
        }
    });
}

pub fn threads_in_it_can_wait_for_each_others_tasks<L: Launch>(runtime: L) {
    const THREADS: usize = 4;

    // The task of each thread waits for that of the thread before.
    let (start, mut started) = oneshot::channel();
    let inside = Counter::new();
    thread::scope(|scope| {
        for n in 0..THREADS {
            let (tell, told) = oneshot::channel();
            let before = replace(&mut started, told);
            let (handle, inside) = (runtime.handle(), &inside);
            scope.spawn(move || {
                let output = handle.block_on(async {
                    let task = handle.spawn(async move {
                        before.await.unwrap();
                        let _ = tell.send(());
                        n
                    });
                    inside.add();
                    task.await.unwrap()
                });
                assert_eq!(output, n);
            });
        }
        wait_until(|| inside.count() == THREADS);
        start.send(()).unwrap();
    });
}

pub fn one_thread_goes_on_when_another_leaves<L: Launch>(runtime: L) {
    let (first_leaves, first_may_leave) = oneshot::channel::<()>();
    let (finish, may_finish) = oneshot::channel::<()>();
    let inside = Counter::new();
    thread::scope(|scope| {
        let (handle, inside) = (runtime.handle(), &inside);
        let first = scope.spawn(move || {
            handle.block_on(async {
                inside.add();
                first_may_leave.await.unwrap();
            });
        });
        let second = scope.spawn(move || {
            handle.block_on(async {
                until(|| inside.count() == 1).await; // the first one drives, where one must
                inside.add();
                let in_task = handle.clone();
                let task = handle.spawn(async move {
                    may_finish.await.unwrap();
                    in_task.sleep(Duration::from_millis(1)).await;
                    7
                });
                task.await.unwrap()
            })
        });
        wait_until(|| inside.count() == 2);
        first_leaves.send(()).unwrap();
        first.join().unwrap();
        finish.send(()).unwrap();
        assert_eq!(second.join().unwrap(), 7);
    });
}

pub fn the_future_is_dropped_inside_the_runtime<L: Launch>(runtime: L) {
    struct AskOnDrop<'a, H: Current>(&'a mut Option<H>);
    impl<H: Current> Drop for AskOnDrop<'_, H> {
        fn drop(&mut self) {
            *self.0 = H::try_current();
        }
    }
    // A future that is ready and yet holds something, as one with a time limit may.
    let mut found = None;
    let ask = AskOnDrop::<L::Handle>(&mut found);
    runtime.handle().block_on(poll_fn(move |_| {
        let _held = &ask;
        Poll::Ready(())
    }));
    assert!(found.is_some());
}

pub fn a_handle_that_was_found_inside_drives_the_runtime_too<L: Launch>(runtime: L) {
    const SHORT: Duration = Duration::from_millis(1);
    let found = runtime.handle().block_on(async { L::Handle::try_current().unwrap() });
    found.block_on(found.sleep(SHORT));

    // In a closure, while nobody else is in `block_on`.
    let (done, is_done) = std::sync::mpsc::channel();
    drop(runtime.handle().spawn_blocking(move || {
        let found = L::Handle::try_current().unwrap();
        found.block_on(found.sleep(SHORT));
        done.send(())
    }));
    assert_eq!(is_done.recv(), Ok(()));
}

/// Uses what `try_here` finds for everything that a handle is for, a new one each time.
fn use_here<H: Backend + BlockOn + Current>() -> impl Future<Output = ()> + Send {
    const SHORT: Duration = Duration::from_millis(1);
    let here = || H::try_here().expect("the thread is inside a runtime");

    assert!(!format!("{:?}", here()).is_empty());
    let before = here().now();
    let sleeps = [here().sleep(SHORT), here().sleep_until(before + SHORT)];
    let task = here().spawn(async { 7 });
    let closure = here().spawn_blocking(|| 8);
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let registration = here().register(socket).expect("a socket can be watched");
    // A clone is for any time and thread.
    let clone = here().clone();
    let elsewhere = thread::spawn(move || clone.spawn(async { 9 })).join().unwrap();
    {
        let here = here();
        let _guard = here.enter();
        assert!(H::try_current().is_some());
    }
    async move {
        for sleep in sleeps {
            sleep.await;
        }
        assert!(here().now() >= before + SHORT);
        assert_eq!(task.await.unwrap(), 7);
        assert_eq!(closure.await.unwrap(), 8);
        assert_eq!(elsewhere.await.unwrap(), 9);
        registration.ready(Interest::Writable).await.unwrap();
    }
}

pub fn what_a_thread_finds_for_its_own_use_does_all_that_a_handle_does<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    assert!(L::Handle::try_here().is_none());
    handle.block_on(async { use_here::<L::Handle>().await });
    handle.block_on(handle.spawn(async { use_here::<L::Handle>().await })).unwrap();
    let in_closure = handle.spawn_blocking(use_here::<L::Handle>);
    handle.block_on(async { in_closure.await.unwrap().await });
    let under_guard = {
        let _guard = handle.enter();
        use_here::<L::Handle>()
    };
    handle.block_on(under_guard);
    // In a closure, while nobody else is in `block_on`.
    let (done, is_done) = std::sync::mpsc::channel();
    drop(handle.spawn_blocking(move || {
        let here = L::Handle::try_here().expect("the thread is inside a runtime");
        here.block_on(here.sleep(Duration::from_millis(1)));
        done.send(())
    }));
    assert_eq!(is_done.recv(), Ok(()));
}

pub fn a_guard_puts_the_thread_inside_the_runtime<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    assert!(L::Handle::try_current().is_none());
    for _ in 0..2 {
        let outer = handle.enter();
        assert!(L::Handle::try_current().is_some());
        let inner = handle.enter();
        assert!(L::Handle::try_current().is_some());
        drop(inner);
        let found = L::Handle::try_current().expect("the outer guard lives");
        // A guard is for this thread alone, and does not drive the runtime.
        assert!(thread::spawn(|| L::Handle::try_current().is_none()).join().unwrap());
        drop(outer);
        assert!(L::Handle::try_current().is_none());

        let task = found.spawn(async { 7 });
        assert_eq!(handle.block_on(task).unwrap(), 7);
    }
    {
        let _guard = handle.enter();
        assert_eq!(handle.block_on(async { 7 }), 7);
        assert!(L::Handle::try_current().is_some(), "`block_on` has left what was entered before");
    }
    assert!(L::Handle::try_current().is_none());
}

/// Spawns a task on the runtime around this thread, and drives the one that it is meant to be: a
/// task on another current-thread runtime would never run.
fn assert_is_inside<L: Launch>(runtime: &L) {
    let found = L::Handle::try_current().expect("the thread is inside a runtime");
    let task = found.spawn(async { 7 });
    assert_eq!(runtime.handle().drive(task).unwrap(), 7);
}

pub fn guards_of_two_runtimes_are_left_in_turn<L: Launch>(launcher: &Launcher<L>) {
    let (runtime, other) = (launcher.start(), launcher.start());
    {
        let _outer = runtime.handle().enter();
        assert_is_inside(&runtime);
        {
            let _inner = other.handle().enter();
            assert_is_inside(&other);
            let _innermost = runtime.handle().enter();
            assert_is_inside(&runtime);
        }
        assert_is_inside(&runtime);
    }
    assert!(L::Handle::try_current().is_none());
}

pub fn tasks_and_closures_are_inside_the_runtime<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let is_inside = || L::Handle::try_current().is_some();
    let task = handle.spawn(async move {
        let at_first = is_inside();
        yield_now().await;
        at_first && is_inside()
    });
    assert!(handle.block_on(task).unwrap(), "the task is outside");
    assert!(handle.block_on(handle.spawn_blocking(is_inside)).unwrap(), "the closure is outside");
    assert!(handle.block_on(async { is_inside() }), "the future of `block_on` is outside");
    assert!(!is_inside(), "the thread is still inside");
}

pub fn it_works_when_the_variables_of_its_thread_are_gone<L: Launch>(runtime: L) {
    thread_local! {
        static OLDEST: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    }
    let handle = runtime.handle().clone();
    let (tell, told) = mpsc::channel();
    let at_the_end = on_drop(move || {
        assert!(L::Handle::try_current().is_none());
        let (deadline, sleep) = (handle.now() + MILLISECOND, handle.sleep(MILLISECOND));
        let output = handle.block_on(async {
            sleep.await;
            assert!(handle.now() >= deadline);
            let here = L::Handle::try_current().expect("the thread is inside the runtime");
            here.sleep(MILLISECOND).await;
            let task = here.spawn(async { 3 });
            let closure = here.spawn_blocking(|| 4);
            task.await.unwrap() + closure.await.unwrap()
        });
        assert!(L::Handle::try_current().is_none());
        {
            let _guard = handle.enter();
            assert!(L::Handle::try_current().is_some());
        }
        tell.send(output).unwrap();
    });
    let handle = runtime.handle().clone();
    let thread = thread::spawn(move || {
        // Before what the runtime has, so that it is destroyed after that.
        OLDEST.set(Some(Box::new(at_the_end)));
        handle.block_on(async {
            handle.sleep(MILLISECOND).await;
            handle.spawn(async {}).await.unwrap();
        });
        drop(handle.enter());
    });
    assert_eq!(told.receive().unwrap(), 7);
    thread.join().unwrap();
}
