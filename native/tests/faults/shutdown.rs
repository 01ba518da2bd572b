//! Runtimes that end where nobody expects it, and calls that come too late.

use std::cell::RefCell;
use std::future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use anyrt_native::net::TcpListener;
use anyrt_native::{
    BlockOn, Builder, Current, Handle, Launch, Runtime, Shutdown, Spawn, SpawnBlocking, Timer,
    yield_now,
};
use futures::FutureExt;
use futures::executor;

use super::support_faults::{
    Counter, child, outcome_of_child, start, threads, threads_are_again, wait_until,
};

type Call = Box<dyn FnOnce() + Send>;

/// Runs a closure when it is dropped.
struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> OnDrop<F> {
    fn new(call: F) -> Self {
        Self(Some(call))
    }
}

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0.take().unwrap()();
    }
}

/// A runtime with tasks that wait, and a count of those that were dropped.
fn busy(workers: usize) -> (Runtime, Counter) {
    let (runtime, drops) = (start(workers), Counter::default());
    for _ in 0..10 {
        let on_drop = drops.on_drop();
        drop(runtime.handle().spawn(async move {
            let _on_drop = on_drop;
            future::pending::<()>().await;
        }));
    }
    (runtime, drops)
}

fn end(runtime: Runtime, kind: usize) {
    match kind % 3 {
        0 => drop(runtime),
        1 => runtime.shutdown_timeout(Duration::ZERO),
        _ => runtime.shutdown_timeout(Duration::MAX),
    }
}

/// Lets `place` end a runtime on one of its own threads, in each way.
fn ends(place: impl Fn(&Handle, Call)) {
    let before = threads();
    for round in 0..30 {
        let (runtime, drops) = busy(1 + round % 2);
        let handle = runtime.handle().clone();
        place(&handle, Box::new(move || end(runtime, round)));
        drops.wait_for(10);
    }
    threads_are_again(before);
}

#[test]
fn in_the_destructor_of_its_own_tasks_future() {
    child(|| {
        ends(|handle, end| {
            let on_drop = OnDrop::new(end);
            let task = handle.spawn(async move {
                let _on_drop = on_drop;
                future::pending::<()>().await;
            });
            task.abort();
            assert!(executor::block_on(task).unwrap_err().is_cancelled());
        });
    });
}

#[test]
fn in_the_destructor_of_an_output_that_nobody_wants() {
    child(|| {
        ends(|handle, end| {
            let output = OnDrop::new(end);
            drop(handle.spawn(async move {
                yield_now().await;
                output
            }));
        });
    });
}

#[test]
fn in_the_destructor_of_a_blocking_closure() {
    child(|| {
        ends(|handle, end| {
            let on_drop = OnDrop::new(end);
            drop(handle.spawn_blocking(move || drop(on_drop)));
        });
    });
}

#[test]
fn in_a_task_of_its_own_that_goes_on() {
    child(|| {
        ends(|handle, end| {
            let inside = handle.clone();
            drop(handle.spawn(async move {
                end();
                // It is not polled again.
                inside.sleep(Duration::from_millis(1)).await;
                yield_now().await;
            }));
        });
    });
}

#[test]
fn in_the_destructor_of_a_thread_local() {
    thread_local! {
        static KEPT: RefCell<Option<OnDrop<Call>>> = const { RefCell::new(None) };
    }
    child(|| {
        // Of a thread that was in it, of another, of a worker, of one for closures.
        ends(|handle, end| {
            let handle = handle.clone();
            let of_thread = move || {
                KEPT.set(Some(OnDrop::new(end)));
                handle.block_on(yield_now());
            };
            thread::spawn(of_thread).join().unwrap();
        });
        ends(|_, end| {
            thread::spawn(move || KEPT.set(Some(OnDrop::new(end)))).join().unwrap();
        });
        ends(|_, end| {
            let other = start(1);
            let keep = async { drop(KEPT.replace(Some(OnDrop::new(end)))) };
            executor::block_on(other.handle().spawn(keep)).unwrap();
        });
    });
}

#[test]
fn in_the_callback_of_a_waker() {
    struct Ends(Mutex<Option<Call>>);

    impl std::task::Wake for Ends {
        fn wake(self: std::sync::Arc<Self>) {
            let end = self.0.lock().unwrap().take();
            end.into_iter().for_each(|end| end());
        }
    }

    child(|| {
        ends(|handle, end| {
            let waker = std::sync::Arc::new(Ends(Mutex::new(Some(end)))).into();
            let mut sleep = Box::pin(handle.sleep(Duration::from_millis(2)));
            let cx = &mut std::task::Context::from_waker(&waker);
            if future::Future::poll(sleep.as_mut(), cx).is_ready() {
                waker.wake_by_ref();
            }
            executor::block_on(sleep);
        });
    });
}

#[test]
fn block_on_in_the_tasks_of_all_workers_at_once_is_refused_and_blocks_none() {
    child(|| {
        let runtime = start(2);
        let handle = runtime.handle();
        std::panic::set_hook(Box::new(|_| {}));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let inside = handle.clone();
                handle.spawn(async move { inside.block_on(inside.spawn(async { 7 })) })
            })
            .collect();
        for task in tasks {
            assert!(executor::block_on(task).unwrap_err().is_panic());
        }
        assert_eq!(executor::block_on(handle.spawn(async { 7 })).unwrap(), 7);
    });
}

#[test]
fn what_is_spawned_while_the_runtime_ends_is_run_or_dropped() {
    child(|| {
        for round in 0..60 {
            let (runtime, _) = busy(round % 3);
            let (drops, made, is_over) =
                (Counter::default(), Counter::default(), AtomicBool::new(false));
            thread::scope(|scope| {
                for _ in 0..3 {
                    let (handle, drops, made) = (runtime.handle().clone(), &drops, &made);
                    let is_over = &is_over;
                    scope.spawn(move || {
                        while !is_over.load(Ordering::SeqCst) {
                            made.add();
                            let on_drop = drops.on_drop();
                            let task = handle.spawn(async move { drop(on_drop) });
                            made.add();
                            let on_drop = drops.on_drop();
                            let closure = handle.spawn_blocking(move || drop(on_drop));
                            if made.count() % 3 == 0 {
                                // On a current-thread runtime nobody would run it before the end.
                                drop((task, closure));
                            } else if round % 3 > 0 {
                                let _ = executor::block_on(task);
                                let _ = executor::block_on(closure);
                            }
                        }
                        // Now it is certain.
                        let late = handle.spawn(async {});
                        assert!(executor::block_on(late).unwrap_err().is_cancelled());
                        let late = handle.spawn_blocking(|| {});
                        assert!(executor::block_on(late).unwrap_err().is_cancelled());
                    });
                }
                wait_until("some were spawned", || made.count() > 50);
                end(runtime, round);
                is_over.store(true, Ordering::SeqCst);
            });
            drops.wait_for(made.count());
        }
    });
}

/// Calls everything that there is. It has to return; with what does not matter here.
fn call_everything(handle: &Handle) {
    drop(Handle::try_current());
    let inside = handle.enter();
    drop(handle.spawn(async {}).now_or_never());
    drop(handle.spawn_blocking(|| {}));
    let _ = handle.sleep(Duration::from_millis(1)).now_or_never();
    drop(TcpListener::bind("127.0.0.1:0").now_or_never());
    drop(Builder::new().worker_threads(1).build());
    drop(inside);
    assert_eq!(handle.block_on(async { 7 }), 7);
    handle.block_on(handle.sleep(Duration::from_millis(1)));
}

struct CallEverything(Handle, mpsc::Sender<()>);

impl Drop for CallEverything {
    fn drop(&mut self) {
        call_everything(&self.0);
        self.1.send(()).unwrap();
    }
}

thread_local! {
    static AT_END: RefCell<Option<CallEverything>> = const { RefCell::new(None) };
}

#[test]
fn destructors_of_thread_locals_may_use_everything() {
    child(|| {
        let (ended, is_ended) = mpsc::channel();
        for workers in 0..3 {
            for is_gone in [false, true] {
                let runtime = start(workers);
                let handle = runtime.handle().clone();
                let runtime = (!is_gone).then_some(runtime);
                for order in 0..3 {
                    let (handle, ended) = (handle.clone(), ended.clone());
                    let keep = move || {
                        // Thread-locals go in the reverse order of their first use.
                        if order > 0 {
                            handle.block_on(yield_now());
                        }
                        AT_END.set(Some(CallEverything(handle.clone(), ended)));
                        if order > 1 {
                            handle.block_on(handle.spawn(async {})).ok();
                        }
                    };
                    thread::spawn(keep).join().unwrap();
                    is_ended.recv().unwrap();
                }
                drop(runtime);
            }
        }
    });
}

/// Ends runtimes whose threads have thread-locals, the destructors of which use a runtime: their own or
/// another.
fn end_with_thread_locals(uses_itself: bool) {
    let before = threads();
    let (ended, is_ended) = mpsc::channel();
    for workers in [1, 2] {
        let (runtime, other) = (start(workers), start(1));
        let handle = if uses_itself { runtime.handle() } else { other.handle() };
        let kept = || CallEverything(handle.clone(), ended.clone());
        let (in_task, in_closure) = (kept(), kept());
        let task = runtime.handle().spawn(async { drop(AT_END.replace(Some(in_task))) });
        executor::block_on(task).unwrap();
        let keep = || drop(AT_END.replace(Some(in_closure)));
        executor::block_on(runtime.handle().spawn_blocking(keep)).unwrap();
        drop(runtime);
        is_ended.recv().unwrap();
        is_ended.recv().unwrap();
        drop(other);
    }
    threads_are_again(before);
}

#[test]
fn thread_locals_of_the_runtimes_threads_may_use_another_runtime_in_the_end() {
    child(|| end_with_thread_locals(false));
}

#[test]
fn thread_locals_of_the_runtimes_threads_may_use_itself_in_the_end() {
    child(|| end_with_thread_locals(true));
}

#[test]
fn an_end_with_a_timeout_does_not_wait_for_thread_locals() {
    thread_local! {
        static SLOW: RefCell<Option<OnDrop<Call>>> = const { RefCell::new(None) };
    }
    child(|| {
        let runtime = start(1);
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let wait: Call = Box::new(move || may_go_on.recv().unwrap());
        let keep = async { drop(SLOW.replace(Some(OnDrop::new(wait)))) };
        executor::block_on(runtime.handle().spawn(keep)).unwrap();
        runtime.shutdown_timeout(Duration::from_millis(10));
        go_on.send(()).unwrap();
    });
}

#[test]
fn functions_that_run_at_the_exit_may_use_everything() {
    static HANDLE: Mutex<Option<Handle>> = Mutex::new(None);

    extern "C" fn at_exit() {
        let handle = HANDLE.lock().unwrap().take().unwrap();
        call_everything(&handle);
        println!("all calls have returned");
    }

    let (status, output) = outcome_of_child(|| {
        let runtime = start(2);
        *HANDLE.lock().unwrap() = Some(runtime.handle().clone());
        // SAFETY: the function does not unwind where nothing fails, and may be called at any time.
        assert_eq!(unsafe { libc::atexit(at_exit) }, 0);
        std::mem::forget(runtime);
    });
    assert!(status.success() && output.contains("all calls have returned"), "{status}\n{output}");
}

#[test]
fn guards_of_two_runtimes_may_be_dropped_in_any_order() {
    child(|| {
        let (one, other) = (start(1), start(2));
        let (first, second) = (one.handle(), other.handle());
        let current = || Handle::try_current();
        for _ in 0..3 {
            let (outer, inner) = (first.enter(), second.enter());
            assert_eq!(current().as_ref(), Some(second));
            drop(outer);
            // Whatever it is inside now, both work, and each runs its own tasks.
            let tasks = [first, second]
                .map(|handle| handle.spawn(async { Handle::try_current().unwrap() }));
            for (task, handle) in tasks.into_iter().zip([first, second]) {
                assert_eq!(executor::block_on(task).unwrap(), *handle);
            }
            drop(inner);
            let in_turn = first.enter();
            assert_eq!(current().as_ref(), Some(first));
            drop(in_turn);
            assert_eq!(first.block_on(async { Handle::try_current().unwrap() }), *first);
            assert_eq!(second.block_on(async { Handle::try_current().unwrap() }), *second);
        }
        // In a task, whose worker goes on with others.
        let elsewhere = second.clone();
        let task = first.spawn(async move {
            let own = Handle::try_current().unwrap();
            let (outer, inner) = (elsewhere.enter(), own.enter());
            drop(outer);
            drop(inner);
        });
        executor::block_on(task).unwrap();
        let after = executor::block_on(first.spawn(async { Handle::try_current().unwrap() }));
        assert_eq!(after.unwrap(), *first);
        let thread = thread::spawn(|| Handle::try_current().is_none());
        assert!(thread.join().unwrap());
    });
}
