//! Starting a runtime, calling it, and its end.

mod common;

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::{
    Builder, Handle, LocalRuntime, Runtime, RuntimeFlavor, is_rt_shutdown_err, worker_index,
};
use tokio::sync::oneshot;
use tokio::task::{LocalSet, spawn_local};
use tokio::time;

use common::panic_of;

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn tasks_run_on_workers_and_on_the_thread_that_blocks() {
    for runtime in [Runtime::new().unwrap(), current_thread()] {
        let task = runtime.spawn(async { tokio::spawn(async { 6 * 7 }).await.unwrap() });
        assert_eq!(runtime.block_on(task).unwrap(), 42);
        assert_eq!(runtime.handle().block_on(async { 1 }), 1);
        let closure = runtime.spawn_blocking(|| thread::current().id());
        assert_ne!(runtime.block_on(closure).unwrap(), thread::current().id());
    }
}

#[test]
fn a_handle_knows_how_its_runtime_was_built() {
    let runtime = Builder::new_multi_thread().worker_threads(3).name("mine").build().unwrap();
    let handle = runtime.handle().clone();
    assert_eq!(handle.runtime_flavor(), RuntimeFlavor::MultiThread);
    assert_eq!(handle.name(), Some("mine"));
    assert_eq!(handle.metrics().num_workers(), 3);
    let inside =
        runtime.block_on(async { tokio::spawn(async { Handle::current() }).await.unwrap() });
    assert_eq!((inside.id(), inside.name()), (handle.id(), Some("mine")));
    let other = current_thread();
    assert_eq!(other.handle().runtime_flavor(), RuntimeFlavor::CurrentThread);
    assert_eq!((other.handle().name(), other.metrics().num_workers()), (None, 1));
    assert_ne!(other.handle().id(), handle.id());
    drop(runtime);
    assert_eq!(handle.runtime_flavor(), RuntimeFlavor::MultiThread);
}

#[test]
fn the_environment_gives_the_number_of_workers() {
    const VARIABLE: &str = "TOKIO_WORKER_THREADS";
    let workers = |runtime: std::io::Result<Runtime>| runtime.unwrap().metrics().num_workers();
    match std::env::var(VARIABLE) {
        // In the process that is started below.
        Ok(number) if number == "3" => {
            assert_eq!(workers(Runtime::new()), 3);
            assert_eq!(workers(Builder::new_multi_thread().worker_threads(2).build()), 2);
            assert_eq!(workers(Builder::new_current_thread().build()), 1);
        }
        Ok(_) => assert!(panic_of(Runtime::new).contains(VARIABLE)),
        Err(_) => {
            for number in ["3", "none"] {
                let mut child = std::process::Command::new(std::env::current_exe().unwrap());
                child.args(["--exact", "the_environment_gives_the_number_of_workers"]);
                assert!(child.env(VARIABLE, number).output().unwrap().status.success());
            }
        }
    }
}

#[test]
fn outside_of_a_runtime_there_is_none() {
    let outside = || {
        let text =
            "there is no reactor running, must be called from the context of a Tokio 1.x runtime";
        assert_eq!(panic_of(Handle::current), text);
        assert_eq!(panic_of(|| tokio::spawn(async {})), text);
        assert_eq!(panic_of(|| tokio::task::spawn_blocking(|| ())), text);
        let error = Handle::try_current().unwrap_err();
        assert!(error.is_missing_context() && !error.is_thread_local_destroyed());
        assert_eq!(error.to_string(), text);
    };
    thread::spawn(outside).join().unwrap();
}

#[test]
fn async_code_may_not_block_on_a_runtime() {
    let text = "Cannot start a runtime from within a runtime. This happens because a function (like `block_on`) \
                attempted to block the current thread while the thread is being used to drive asynchronous tasks. If \
                you are in an async function, use `.await` on the future instead of blocking on it.";
    let runtime = Runtime::new().unwrap();
    let other = current_thread();
    let (of_root, of_handle) = runtime.block_on(async {
        (panic_of(|| other.block_on(async {})), panic_of(|| Handle::current().block_on(async {})))
    });
    assert_eq!((&*of_root, &*of_handle), (text, text));
    let task = runtime.spawn(async { panic_of(|| Handle::current().block_on(async {})) });
    assert_eq!(runtime.block_on(task).unwrap(), text);
    // A closure may, and so may a thread that is inside.
    let closure = runtime.spawn_blocking(|| Handle::current().block_on(async { 42 }));
    assert_eq!(runtime.block_on(closure).unwrap(), 42);
    let _inside = runtime.enter();
    assert_eq!(other.block_on(async { 42 }), 42);
}

#[test]
fn a_runtime_may_not_be_dropped_in_async_code() {
    let text = "Cannot drop a runtime in a context where blocking is not allowed. This happens when a runtime is \
                dropped from within an asynchronous context.";
    let outer = current_thread();
    outer.block_on(async {
        assert_eq!(panic_of(|| drop(Runtime::new().unwrap())), text);
        assert_eq!(panic_of(|| drop(current_thread())), text);
        let inner = Runtime::new().unwrap();
        assert_eq!(panic_of(|| inner.shutdown_timeout(Duration::from_secs(1))), text);
        Runtime::new().unwrap().shutdown_background();
        current_thread().shutdown_timeout(Duration::ZERO);
    });
}

#[test]
fn a_drop_waits_for_closures_that_run_also_inside_of_a_runtime() {
    let outer = current_thread();
    let _inside = outer.enter();
    let runtime = Runtime::new().unwrap();
    let (started, is_running) = mpsc::channel();
    let has_ended = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&has_ended);
    runtime.spawn_blocking(move || {
        started.send(()).unwrap();
        thread::sleep(Duration::from_millis(50));
        ended.store(true, Ordering::SeqCst);
    });
    is_running.recv().unwrap();
    drop(runtime);
    assert!(has_ended.load(Ordering::SeqCst));
}

#[test]
fn the_end_drops_tasks_and_cancels_their_joins() {
    for runtime in [Runtime::new().unwrap(), current_thread()] {
        let (kept, dropped) = oneshot::channel::<()>();
        let task = runtime.spawn(async move {
            let _kept = kept;
            std::future::pending::<()>().await;
        });
        let handle = runtime.handle().clone();
        drop(runtime);
        let late = handle.spawn(async {});
        let waiting = current_thread();
        waiting.block_on(async {
            assert!(dropped.await.is_err());
            assert!(task.await.unwrap_err().is_cancelled());
            assert!(late.await.unwrap_err().is_cancelled());
        });
    }
}

#[test]
fn a_closure_runs_though_its_runtime_ends_at_once() {
    for runtime in [Runtime::new().unwrap(), current_thread()] {
        let handle = runtime.handle().clone();
        let closure = runtime.spawn_blocking(|| 42);
        runtime.shutdown_timeout(Duration::from_secs(1000));
        assert_eq!(handle.block_on(closure).unwrap(), 42);
    }
}

#[test]
fn a_sleep_that_is_polled_after_its_runtime_panics() {
    for runtime in [Runtime::new().unwrap(), current_thread()] {
        let handle = runtime.handle().clone();
        let sleep = || {
            let _inside = handle.enter();
            time::sleep(Duration::from_secs(3600))
        };
        let before = sleep();
        drop(runtime);
        let after = sleep();
        for sleep in [before, after] {
            let panic = panic_of(|| handle.block_on(sleep));
            assert_eq!(panic, "A Tokio 1.x context was found, but it is being shutdown.");
        }
    }
}

#[test]
fn options_that_make_no_sense_panic() {
    let panics = |text: &str, set: fn(&mut Builder)| {
        assert_eq!(panic_of(|| set(&mut Builder::new_multi_thread())), text);
    };
    panics("Worker threads cannot be set to 0", |b| _ = b.worker_threads(0));
    panics("Max blocking threads cannot be set to 0", |b| _ = b.max_blocking_threads(0));
    panics("runtime name shouldn't be empty", |b| _ = b.name(" "));
    panics("event_interval must be greater than 0", |b| _ = b.event_interval(0));
    panics("global_queue_interval must be greater than 0", |b| _ = b.global_queue_interval(0));
    panics("max_io_events_per_tick must be non-zero", |b| _ = b.max_io_events_per_tick(0));
    let paused = || Builder::new_multi_thread().enable_time().start_paused(true).build();
    assert!(panic_of(paused).contains("requires the `current_thread` Tokio runtime"));
    assert!(
        panic_of(|| Builder::new_multi_thread().build_local(Default::default()))
            .contains("LocalRuntime")
    );
}

#[test]
fn workers_that_can_not_be_started_panic() {
    let workers = || {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1);
        builder
    };
    let panic = panic_of(|| workers().thread_name("a\0b").build());
    assert!(panic.starts_with("thread name may not contain interior null bytes: "), "{panic}");
    let too_large = usize::MAX / 8;
    let panic = panic_of(|| workers().thread_stack_size(too_large).build());
    assert!(panic.starts_with("OS can't spawn worker thread: "), "{panic}");
    // Without workers no thread is started yet.
    Builder::new_current_thread().thread_stack_size(too_large).build().unwrap();
}

#[test]
fn options_are_shown() {
    let mut builder = Builder::new_current_thread();
    let shown = format!("{:?}", builder.name("mine").thread_stack_size(4096).on_thread_stop(|| ()));
    let start =
        "Builder { name: \"mine\", worker_threads: None, max_blocking_threads: 512, thread_name: ";
    assert!(shown.starts_with(start), "{shown}");
    assert!(shown.contains("thread_stack_size: Some(4096), after_start: None, before_stop: Some("));
}

#[test]
fn threads_have_the_name_that_was_given() {
    let runtime = Builder::new_multi_thread().thread_name("mine").build().unwrap();
    let name = || thread::current().name().map(str::to_owned);
    let names = (runtime.spawn(async move { name() }), runtime.spawn_blocking(name));
    let (of_task, of_closure) =
        runtime.block_on(async { (names.0.await.unwrap(), names.1.await.unwrap()) });
    assert_eq!((of_task.as_deref(), of_closure.as_deref()), (Some("mine"), Some("mine")));
}

#[test]
fn threads_are_named_one_by_one() {
    let number = AtomicUsize::new(0);
    let name = move || format!("mine-{}", number.fetch_add(1, Ordering::SeqCst));
    let runtime =
        Builder::new_multi_thread().worker_threads(2).thread_name_fn(name).build().unwrap();
    let name = || thread::current().name().unwrap().to_owned();
    let names: HashSet<_> = runtime.block_on(async {
        let of_task = tokio::spawn(async move { name() }).await.unwrap();
        [of_task, tokio::task::spawn_blocking(name).await.unwrap()].into()
    });
    assert_eq!(names.len(), 2);
    assert!(names.iter().all(|name| name.starts_with("mine-")), "{names:?}");
}

#[test]
fn threads_tell_when_they_start_and_stop() {
    let (starts, stops) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (count_start, count_stop) = (Arc::clone(&starts), Arc::clone(&stops));
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .on_thread_start(move || _ = count_start.fetch_add(1, Ordering::SeqCst))
        .on_thread_stop(move || _ = count_stop.fetch_add(1, Ordering::SeqCst))
        .build()
        .unwrap();
    runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    drop(runtime);
    assert_eq!(starts.load(Ordering::SeqCst), 3);
    assert_eq!(stops.load(Ordering::SeqCst), 3);
}

#[test]
fn threads_tell_when_they_sleep() {
    for mut builder in [Builder::new_multi_thread(), Builder::new_current_thread()] {
        let (parks, unparks) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (count_park, count_unpark) = (Arc::clone(&parks), Arc::clone(&unparks));
        let (sender, receiver) = oneshot::channel();
        let sender = std::sync::Mutex::new(Some(sender));
        let spawn_once = move || {
            count_park.fetch_add(1, Ordering::SeqCst);
            let Some(sender) = sender.lock().unwrap().take() else { return };
            tokio::spawn(async move { sender.send(42).unwrap() });
        };
        builder
            .worker_threads(1)
            .on_thread_park(spawn_once)
            .on_thread_unpark(move || _ = count_unpark.fetch_add(1, Ordering::SeqCst));
        let runtime = builder.build().unwrap();
        assert_eq!(runtime.block_on(receiver).unwrap(), 42);
        drop(runtime);
        assert!(parks.load(Ordering::SeqCst) > 0 && unparks.load(Ordering::SeqCst) > 0);
    }
}

#[test]
fn metrics_tell_what_there_is() {
    let runtime = current_thread();
    let metrics = runtime.metrics();
    let counts = catch_unwind(AssertUnwindSafe(|| metrics.num_alive_tasks()));
    // smol does not count.
    if counts.is_err() {
        return;
    }
    assert_eq!((metrics.num_alive_tasks(), metrics.global_queue_depth()), (0, 0));
    let handle = runtime.handle().clone();
    let task = thread::spawn(move || handle.spawn(async {})).join().unwrap();
    assert_eq!((metrics.num_alive_tasks(), metrics.global_queue_depth()), (1, 1));
    runtime.block_on(task).unwrap();
    assert_eq!((metrics.num_alive_tasks(), metrics.global_queue_depth()), (0, 0));
}

#[test]
fn metrics_tell_what_workers_have_done() {
    for runtime in [
        current_thread(),
        Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap(),
    ] {
        runtime.block_on(async {
            let sleep = tokio::time::sleep(Duration::from_millis(1));
            tokio::spawn(sleep).await.unwrap();
        });
        // Nobody has asked before.
        let metrics = runtime.metrics();
        drop(runtime);
        let all = 0..metrics.num_workers();
        assert!(all.clone().any(|worker| metrics.worker_park_count(worker) > 0));
        assert!(all.clone().any(|worker| metrics.worker_park_unpark_count(worker) > 1));
        assert!(
            all.clone().any(|worker| metrics.worker_total_busy_duration(worker) > Duration::ZERO)
        );
        let none = metrics.num_workers();
        assert!(catch_unwind(AssertUnwindSafe(|| metrics.worker_park_count(none))).is_err());
    }
}

#[test]
fn each_worker_has_a_number() {
    const WORKERS: usize = 3;
    let runtime = Builder::new_multi_thread().worker_threads(WORKERS).build().unwrap();
    let all_run = Arc::new(Barrier::new(WORKERS));
    let tasks = [(); WORKERS].map(|()| {
        let all_run = Arc::clone(&all_run);
        runtime.spawn(async move {
            // Each has a thread for itself.
            all_run.wait();
            worker_index().unwrap()
        })
    });
    let mut numbers = tasks.map(|task| runtime.block_on(task).unwrap());
    numbers.sort_unstable();
    assert_eq!(numbers, [0, 1, 2]);
}

#[test]
fn who_is_no_worker_has_no_number() {
    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    assert_eq!(worker_index(), None);
    assert_eq!(runtime.block_on(async { worker_index() }), None);
    let local = LocalSet::new();
    local.spawn_local(async { assert_eq!(worker_index(), None) });
    runtime.block_on(local);
    assert_eq!(runtime.block_on(runtime.spawn_blocking(worker_index)).unwrap(), None);
    let in_closure = || Handle::current().block_on(async { worker_index() });
    assert_eq!(runtime.block_on(runtime.spawn_blocking(in_closure)).unwrap(), None);
    let _inside = runtime.enter();
    assert_eq!(worker_index(), None);
}

#[test]
fn the_thread_that_drives_a_runtime_is_its_worker() {
    let runtime = current_thread();
    let both = async { (worker_index(), tokio::spawn(async { worker_index() }).await.unwrap()) };
    assert_eq!(runtime.block_on(both), (Some(0), Some(0)));
    runtime.block_on(async {
        assert_eq!(worker_index(), Some(0));
        // Another thread may block on it meanwhile, and does not drive it.
        thread::scope(|scope| {
            let other = scope.spawn(|| runtime.block_on(async { worker_index() }));
            assert_eq!(other.join().unwrap(), None);
        });
    });
    let other = thread::spawn(move || runtime.block_on(async { worker_index() }));
    assert_eq!(other.join().unwrap(), Some(0));

    let local = LocalRuntime::new().unwrap();
    let both = async { (worker_index(), spawn_local(async { worker_index() }).await.unwrap()) };
    assert_eq!(local.block_on(both), (Some(0), Some(0)));
}

#[test]
fn a_single_thread_polls_tasks_in_the_order_in_which_they_were_woken() {
    let runtime = current_thread();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (log, note) =
        (Arc::clone(&order), |log: &std::sync::Mutex<Vec<_>>, n| log.lock().unwrap().push(n));
    runtime.block_on(async move {
        let (sender, receiver) = oneshot::channel::<()>();
        let spawn = |n| {
            let log = Arc::clone(&log);
            tokio::spawn(async move { note(&log, n) })
        };
        let waits = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                receiver.await.unwrap();
                note(&log, 3);
            }
        });
        tokio::task::yield_now().await;
        let before = (spawn(0), spawn(1));
        let joins = tokio::spawn({
            let log = Arc::clone(&log);
            async move {
                note(&log, 2);
                sender.send(()).unwrap();
            }
        });
        let after = spawn(4);
        tokio::task::yield_now().await;
        for task in [before.0, before.1, waits, joins, after] {
            task.await.unwrap();
        }
    });
    // The one that was woken comes behind the one that was there.
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 4, 3]);
}

#[test]
fn futures_may_be_large() {
    const SIZE: usize = 128 * 1024;

    /// Several of its size do not fit on the stack of a thread.
    async fn large() -> usize {
        let bytes = std::hint::black_box([1_u8; SIZE]);
        tokio::task::yield_now().await;
        bytes.len()
    }
    for runtime in [Runtime::new().unwrap(), current_thread()] {
        let task = runtime.spawn(large());
        let sum = runtime.block_on(async {
            let local = tokio::task::LocalSet::new();
            let of_local = local.spawn_local(large());
            let of_local = Box::pin(local.run_until(of_local)).await.unwrap();
            task.await.unwrap() + tokio::spawn(large()).await.unwrap() + of_local
        });
        assert_eq!(sum, 3 * SIZE);
        assert_eq!(runtime.block_on(large()), SIZE);
    }
}

#[test]
fn a_local_runtime_runs_tasks_that_are_not_send() {
    let runtime = LocalRuntime::new().unwrap();
    let value = std::rc::Rc::new(41);
    let early = runtime.spawn_local({
        let value = value.clone();
        async move { *value }
    });
    let sum = runtime.block_on(async move {
        let late = tokio::task::spawn_local(async move { *value });
        let sendable = tokio::spawn(async {
            // On the same thread, which is the one that counts.
            tokio::task::spawn_local(async { *std::rc::Rc::new(1) }).await.unwrap()
        });
        early.await.unwrap() + late.await.unwrap() + sendable.await.unwrap()
    });
    assert_eq!(sum, 83);
    let closure = runtime.spawn_blocking(|| panic_of(|| tokio::task::spawn_local(async {})));
    let text = "Local tasks can only be spawned on a LocalRuntime from the thread the runtime was created on";
    assert_eq!(runtime.block_on(closure).unwrap(), text);
    let _inside = runtime.enter();
    let entered = tokio::task::spawn_local(async { 1 });
    assert_eq!(runtime.block_on(entered).unwrap(), 1);
}

#[test]
fn a_local_runtime_drops_its_tasks_inside() {
    struct Inside(mpsc::Sender<bool>);
    impl Drop for Inside {
        fn drop(&mut self) {
            self.0.send(Handle::try_current().is_ok()).unwrap();
        }
    }
    let (sender, was_inside) = mpsc::channel();
    let runtime = LocalRuntime::new().unwrap();
    let kept = Inside(sender);
    let task = runtime.spawn_local(async move {
        let _kept = kept;
        std::future::pending::<()>().await;
    });
    runtime.block_on(tokio::task::yield_now());
    drop(runtime);
    assert!(was_inside.recv().unwrap());
    assert!(current_thread().block_on(task).unwrap_err().is_cancelled());
}

#[test]
fn an_error_tells_that_its_runtime_has_ended() {
    let first = Builder::new_current_thread().enable_all().build().unwrap();
    let second = Builder::new_current_thread().enable_all().build().unwrap();
    let listener = first.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    drop(first);
    let error = second.block_on(listener.accept()).unwrap_err();
    assert!(is_rt_shutdown_err(&error), "{error:?}");
    assert!(!is_rt_shutdown_err(&std::io::ErrorKind::NotConnected.into()));
}

#[test]
fn a_task_that_sleeps_while_its_runtime_ends_is_dropped() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let ((begins, has_begun), (go, goes)) = (mpsc::channel(), mpsc::channel::<()>());
    let task = runtime.spawn(async move {
        begins.send(()).unwrap();
        goes.recv().unwrap_err();
        // The runtime has begun to end.
        time::sleep(Duration::from_secs(1000)).await;
    });
    has_begun.recv().unwrap();
    runtime.shutdown_background();
    drop(go);
    assert!(futures::executor::block_on(task).unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_current_thread_runtime_that_ends_in_async_code_drops_its_tasks_at_once() {
    let inner = current_thread();
    let (sender, mut receiver) = oneshot::channel::<()>();
    let (begins, has_begun) = oneshot::channel();
    inner.spawn(async move {
        begins.send(()).unwrap();
        let _sender = sender;
        std::future::pending::<()>().await;
    });
    let inner = tokio::task::spawn_blocking(|| {
        inner.block_on(has_begun).unwrap();
        inner
    });
    inner.await.unwrap().shutdown_background();
    assert_eq!(receiver.try_recv(), Err(oneshot::error::TryRecvError::Closed));
}

#[test]
fn what_threads_call_when_they_start_and_stop_is_inside_the_runtime() {
    let (sender, receiver) = mpsc::channel();
    let stops = sender.clone();
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .on_thread_start(move || sender.send(Handle::try_current().is_ok()).unwrap())
        .on_thread_stop(move || stops.send(Handle::try_current().is_ok()).unwrap())
        .build()
        .unwrap();
    runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    drop(runtime);
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [true; 4]);
}

#[test]
fn a_closure_that_sleeps_elsewhere_while_its_runtime_ends_does_not_hang() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (begins, has_begun) = mpsc::channel();
    let closure = runtime.spawn_blocking(move || {
        let sleep = time::sleep(Duration::from_secs(1000));
        begins.send(()).unwrap();
        while !is_ending() {
            thread::yield_now();
        }
        futures::executor::block_on(sleep);
    });
    has_begun.recv().unwrap();
    drop(runtime);
    assert!(futures::executor::block_on(closure).unwrap_err().is_panic());
}

/// Whether tasks are refused by the runtime around.
fn is_ending() -> bool {
    let task = tokio::spawn(std::future::pending::<()>());
    let is_refused = task.is_finished();
    task.abort();
    is_refused
}
