//! Tasks, blocking closures, and what their handles tell.

mod common;

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tokio::task::{self, AbortHandle, JoinError, JoinHandle};

use common::panic_of;

/// Its future is polled when the queue is empty.
#[tokio::test]
async fn a_block_on_finds_done_what_the_task_that_wakes_it_has_set_off() {
    const DEPTH: usize = 3;

    /// Counts itself, and has another one spawned.
    fn link(left: usize, done: Arc<AtomicUsize>) {
        tokio::spawn(async move {
            done.fetch_add(1, Ordering::Relaxed);
            if left > 1 {
                link(left - 1, done);
            }
        });
    }

    let done = Arc::new(AtomicUsize::new(0));
    for rounds in 1..=5 {
        let (send, receive) = oneshot::channel();
        let done_by_links = Arc::clone(&done);
        let task = tokio::spawn(async move {
            send.send(()).unwrap();
            link(DEPTH, done_by_links);
        });
        receive.await.unwrap();
        assert_eq!(done.load(Ordering::Relaxed), rounds * DEPTH);
        task.await.unwrap();
    }
}

/// Or else when it has let as many go first as are queued, and then as tokio has in a batch.
#[tokio::test]
async fn a_block_on_is_polled_beside_tasks_that_have_always_something_to_do() {
    for tasks in [3, 200] {
        let (turn, mut turns) = tokio::sync::mpsc::unbounded_channel();
        let busy = |_| {
            let turn = turn.clone();
            tokio::spawn(poll_fn(move |cx| {
                turn.send(()).unwrap();
                cx.waker().wake_by_ref();
                Poll::<()>::Pending
            }))
        };
        let all: Vec<_> = (0..tasks).map(busy).collect();
        for _ in 0..10 {
            let mut between = 1;
            turns.recv().await.unwrap();
            while turns.try_recv().is_ok() {
                between += 1;
            }
            assert!(between <= 61 + 3 * tasks, "{between} beside {tasks}");
        }
        all.iter().for_each(JoinHandle::abort);
    }
}

#[tokio::test]
async fn an_error_tells_of_a_panic() {
    let task = tokio::spawn(async {
        let purpose = std::hint::black_box("purpose");
        panic!("on {purpose}")
    });
    let id = task.id();
    let error: JoinError = task.await.unwrap_err();
    assert!(error.is_panic() && !error.is_cancelled());
    assert_eq!(error.id(), id);
    assert_eq!(error.to_string(), format!("task {id} panicked with message \"on purpose\""));
    assert_eq!(format!("{error:?}"), format!("JoinError::Panic({id:?}, \"on purpose\", ...)"));
    assert_eq!(*error.into_panic().downcast::<String>().unwrap(), "on purpose");

    let error = tokio::spawn(async { std::panic::panic_any(7) }).await.unwrap_err();
    let id = error.id();
    assert_eq!(error.to_string(), format!("task {id} panicked"));
    assert_eq!(format!("{error:?}"), format!("JoinError::Panic({id:?}, ...)"));
    assert_eq!(*error.try_into_panic().unwrap().downcast::<i32>().unwrap(), 7);

    let error = tokio::spawn(async { panic!("literal") }).await.unwrap_err();
    let error = io::Error::from(error);
    assert_eq!(
        (error.kind(), error.to_string()),
        (io::ErrorKind::Other, "task panicked".to_owned())
    );
}

#[tokio::test]
async fn an_error_tells_of_an_abort() {
    let task = tokio::spawn(pending::<()>());
    let id = task.id();
    assert!(!task.is_finished());
    task.abort();
    let error = task.await.unwrap_err();
    assert!(error.is_cancelled() && !error.is_panic());
    assert_eq!(error.to_string(), format!("task {id} was cancelled"));
    assert_eq!(format!("{error:?}"), format!("JoinError::Cancelled({id:?})"));
    let error = error.try_into_panic().unwrap_err();
    assert_eq!(
        panic_of(|| error.into_panic()).split(':').next(),
        Some("`JoinError` reason is not a panic.")
    );

    let task = tokio::spawn(pending::<()>());
    let abort = task.abort_handle();
    assert_eq!(abort.id(), task.id());
    abort.clone().abort();
    let error = io::Error::from(task.await.unwrap_err());
    assert_eq!(
        (error.kind(), error.to_string()),
        (io::ErrorKind::Other, "task was cancelled".to_owned())
    );
    assert!(abort.is_finished());
}

#[tokio::test]
async fn handles_are_shown_by_their_ids() {
    let task = tokio::spawn(async { 1 });
    let (id, abort) = (task.id(), task.abort_handle());
    assert_eq!(format!("{id:?}"), format!("Id({id})"));
    assert_eq!(format!("{task:?}"), format!("JoinHandle {{ id: Id({id}) }}"));
    assert_eq!(format!("{abort:?}"), format!("AbortHandle {{ id: Id({id}) }}"));
    task.await.unwrap();
}

#[tokio::test]
async fn an_output_is_returned_once() {
    let mut task = tokio::spawn(async { task::id() });
    let id = (&mut task).await.unwrap();
    assert!(task.is_finished());
    task.abort();
    let late = task.abort_handle();
    late.abort();
    assert!(late.is_finished() && late.clone().is_finished());
    assert_eq!((task.id(), late.id()), (id, id));
    assert_eq!(format!("{task:?}"), format!("JoinHandle {{ id: Id({id}) }}"));
    let again = AssertUnwindSafe(task).catch_unwind().await.unwrap_err();
    assert_eq!(*again.downcast::<&str>().unwrap(), "JoinHandle polled after completion");
}

#[tokio::test]
async fn a_task_knows_its_id() {
    assert!(task::try_id().is_none());
    assert_eq!(panic_of(task::id), "Can't get a task id when not inside a task");
    let spawned = tokio::spawn(async { (task::id(), task::try_id()) });
    let id = spawned.id();
    assert_eq!(spawned.await.unwrap(), (id, Some(id)));
    let closure = task::spawn_blocking(task::id);
    let id = closure.id();
    assert_eq!(closure.await.unwrap(), id);
}

#[tokio::test]
async fn a_destructor_of_an_output_is_of_its_task() {
    struct Asks(mpsc::Sender<task::Id>);

    impl Drop for Asks {
        fn drop(&mut self) {
            self.0.send(task::id()).unwrap();
        }
    }

    let (sender, ids) = mpsc::channel();
    let asks = Asks(sender.clone());
    let task = tokio::spawn(async { asks });
    let id = task.id();
    while !task.is_finished() {
        task::yield_now().await;
    }
    drop(task);
    assert_eq!(ids.recv().unwrap(), id);

    let task = tokio::spawn(async { Asks(sender) });
    let id = task.id();
    drop(task);
    task::yield_now().await;
    assert_eq!(ids.recv().unwrap(), id);
    assert_eq!(task::try_id(), None);
}

#[tokio::test]
async fn a_dropped_handle_detaches_its_task() {
    let (sender, receiver) = oneshot::channel();
    drop(tokio::spawn(async move {
        task::yield_now().await;
        sender.send(42).unwrap();
    }));
    assert_eq!(receiver.await.unwrap(), 42);
}

#[tokio::test]
async fn a_closure_that_runs_is_not_aborted() {
    let (go, wait) = mpsc::channel();
    let (started, is_running) = oneshot::channel();
    let closure = task::spawn_blocking(move || {
        started.send(()).unwrap();
        wait.recv().unwrap()
    });
    is_running.await.unwrap();
    closure.abort();
    go.send(42).unwrap();
    assert_eq!(closure.await.unwrap(), 42);
}

#[test]
fn a_closure_that_has_not_started_is_aborted() {
    let runtime = Builder::new_current_thread().max_blocking_threads(1).build().unwrap();
    let (go, wait) = mpsc::channel::<()>();
    let first = runtime.spawn_blocking(move || wait.recv().unwrap());
    let second = runtime.spawn_blocking(|| ());
    second.abort();
    go.send(()).unwrap();
    runtime.block_on(async {
        first.await.unwrap();
        assert!(second.await.unwrap_err().is_cancelled());
    });
}

#[tokio::test]
async fn closures_are_inside_of_the_runtime() {
    let id = Handle::current().id();
    let inside = task::spawn_blocking(move || {
        assert_eq!(Handle::current().id(), id);
        Handle::current().block_on(tokio::spawn(async { 42 })).unwrap()
    });
    assert_eq!(inside.await.unwrap(), 42);
}

#[tokio::test]
async fn a_task_that_yields_lets_others_go_first() {
    let has_ended = Arc::new(AtomicBool::new(false));
    let ended = Arc::clone(&has_ended);
    let yields = tokio::spawn(async move {
        while !ended.load(Ordering::SeqCst) {
            task::yield_now().await;
        }
    });
    let other = tokio::spawn(async move {
        // Timers go on as well.
        tokio::time::sleep(Duration::from_millis(1)).await;
        has_ended.store(true, Ordering::SeqCst);
    });
    yields.await.unwrap();
    other.await.unwrap();
}

#[tokio::test]
async fn the_future_of_a_block_on_has_its_turn_after_all_that_yield() {
    const YIELDING: usize = 3;

    let polls = Arc::new(AtomicUsize::new(0));
    for _ in 0..YIELDING {
        let polls = Arc::clone(&polls);
        tokio::spawn(async move {
            loop {
                polls.fetch_add(1, Ordering::SeqCst);
                task::yield_now().await;
            }
        });
    }
    for _ in 0..20 {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let count = Arc::clone(&polls);
        tokio::spawn(async move { sender.send(count.load(Ordering::SeqCst)).unwrap() });
        let at_wake = receiver.await.unwrap();
        let meanwhile = polls.load(Ordering::SeqCst) - at_wake;
        assert!(meanwhile <= 3 * YIELDING, "after {meanwhile} turns of others");
    }
}

#[test]
fn a_closure_in_place_may_block() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let task = runtime.spawn(async {
        let (sender, receiver) = mpsc::channel();
        tokio::spawn(async move { sender.send(41).unwrap() });
        let one = task::block_in_place(|| Handle::current().block_on(async { 1 }));
        // The only worker is this one.
        one + task::block_in_place(move || receiver.recv().unwrap())
    });
    assert_eq!(runtime.block_on(task).unwrap(), 42);
    assert_eq!(
        runtime
            .block_on(async { task::block_in_place(|| Handle::current().block_on(async { 2 })) }),
        2
    );
    assert_eq!(task::block_in_place(|| 3), 3);
    let closure = runtime.spawn_blocking(|| task::block_in_place(|| 4));
    assert_eq!(runtime.block_on(closure).unwrap(), 4);
    let panics = runtime.spawn(async { task::block_in_place(|| panic!("on purpose")) });
    assert!(runtime.block_on(panics).unwrap_err().is_panic());
}

#[test]
fn the_end_of_a_runtime_ends_what_a_closure_in_place_waits_for() {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (sender, receiver) = mpsc::channel::<()>();
    let (begins, has_begun) = mpsc::channel();
    runtime.spawn(async move {
        let _sender = sender;
        pending::<()>().await;
    });
    runtime.spawn(async move {
        task::block_in_place(|| {
            begins.send(()).unwrap();
            receiver.recv().unwrap_err()
        })
    });
    has_begun.recv().unwrap();
    drop(runtime);
}

#[test]
fn the_future_of_a_block_on_beside_workers_blocks_in_place() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    let output = runtime.block_on(async {
        let task = task::spawn(async { 42 });
        task::block_in_place(|| handle.block_on(task).unwrap())
    });
    assert_eq!(output, 42);
}

#[test]
fn nothing_blocks_in_place_where_nobody_would_go_on() {
    let text = "can call blocking only when running on the multi-threaded runtime";
    let current_thread = Builder::new_current_thread().build().unwrap();
    let in_root = current_thread.block_on(async { panic_of(|| task::block_in_place(|| ())) });
    assert!(in_root.starts_with(text), "{in_root}");
    let in_task = current_thread.spawn(async { panic_of(|| task::block_in_place(|| ())) });
    assert!(current_thread.block_on(in_task).unwrap().starts_with(text));
    let local = task::LocalSet::new();
    let in_local = local.block_on(&Runtime::new().unwrap(), async {
        let spawned = task::spawn_local(async { panic_of(|| task::block_in_place(|| ())) });
        (panic_of(|| task::block_in_place(|| ())), spawned.await.unwrap())
    });
    assert_eq!((&*in_local.0, &*in_local.1), (text, text));
}

tokio::task_local! {
    static NUMBER: u32;
    /// Set and seen.
    pub static NAME: Cell<&'static str>;
}

#[tokio::test]
async fn a_value_belongs_to_its_future() {
    let inside = NUMBER.scope(1, async {
        let inner = NUMBER.scope(2, async { NUMBER.get() }).await;
        let spawned = tokio::spawn(async { NUMBER.try_get().is_err() }).await.unwrap();
        (NUMBER.get(), inner, spawned)
    });
    assert_eq!(inside.await, (1, 2, true));
    assert_eq!(NAME.sync_scope(Cell::new("a"), || NAME.with(|name| name.replace("b"))), "a");
    assert!(NUMBER.try_with(|_| ()).is_err());
    let scope: task::futures::TaskLocalFuture<u32, _> = NUMBER.scope(3, async {});
    let _: &'static task::LocalKey<u32> = &NUMBER;
    scope.await;
}

#[test]
fn handles_go_where_outputs_go() {
    fn goes_anywhere<T: Send + Sync + Unpin>() {}
    goes_anywhere::<JoinHandle<Cell<u8>>>();
    goes_anywhere::<AbortHandle>();
    goes_anywhere::<JoinError>();
    goes_anywhere::<Handle>();
    goes_anywhere::<Runtime>();
    goes_anywhere::<task::Id>();
    goes_anywhere::<tokio::runtime::Builder>();
    goes_anywhere::<task::JoinSet<Cell<u8>>>();
    fn is_shared<T: Sync + Unpin>() {}
    is_shared::<tokio::runtime::EnterGuard<'static>>();
}

#[test]
fn a_handle_is_polled_anywhere() {
    let runtime = Runtime::new().unwrap();
    let task = runtime.spawn(async { 42 });
    let outside = thread::spawn(move || futures::executor::block_on(task).unwrap());
    assert_eq!(outside.join().unwrap(), 42);
}

#[tokio::test]
async fn a_yield_waits_for_what_others_set_off() {
    let mut tasks = Vec::new();
    let (first, mut last) = oneshot::channel();
    for _ in 0..10 {
        let (sender, receiver) = oneshot::channel();
        let before = std::mem::replace(&mut last, receiver);
        tasks.push(tokio::spawn(async move { sender.send(before.await.unwrap()).unwrap() }));
    }
    task::yield_now().await;
    first.send(42).unwrap();
    task::yield_now().await;
    assert_eq!(last.try_recv(), Ok(42));
    assert!(tasks.iter().all(JoinHandle::is_finished));
}

/// Each yield is over when what the other one has begun is done, and not earlier or later.
#[tokio::test]
async fn of_two_that_yield_neither_waits_for_the_next_turn_of_the_other() {
    let done = Arc::new(AtomicUsize::new(0));
    let begins = Arc::clone(&done);
    let yields = tokio::spawn(async move {
        loop {
            let done = Arc::clone(&begins);
            tokio::spawn(async move { done.fetch_add(1, Ordering::Relaxed) });
            task::yield_now().await;
        }
    });
    for turn in 1..100 {
        task::yield_now().await;
        assert_eq!(done.load(Ordering::Relaxed), turn);
    }
    yields.abort();
}

/// The second thread may be where the first one was.
#[test]
fn a_yield_that_one_thread_has_begun_ends_on_another() {
    let runtime = Arc::new(Builder::new_current_thread().build().unwrap());
    let yields = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&yields);
    let task = runtime.spawn(async move {
        loop {
            task::yield_now().await;
            counts.fetch_add(1, Ordering::Relaxed);
        }
    });
    for turn in 1..10 {
        let (runtime, yields) = (Arc::clone(&runtime), Arc::clone(&yields));
        let block_on = move || {
            runtime.block_on(poll_fn(|cx| {
                cx.waker().wake_by_ref();
                let is_time = yields.load(Ordering::Relaxed) >= turn * 100;
                if is_time { Poll::Ready(()) } else { Poll::Pending }
            }));
        };
        thread::spawn(block_on).join().unwrap();
    }
    task.abort();
}

#[tokio::test]
async fn those_who_yield_take_turns() {
    let turns = Arc::new(std::sync::Mutex::new(Vec::new()));
    let tasks = [0, 1, 2].map(|number| {
        let turns = Arc::clone(&turns);
        tokio::spawn(async move {
            for _ in 0..10 {
                turns.lock().unwrap().push(number);
                task::yield_now().await;
            }
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    let turns = turns.lock().unwrap();
    assert!(turns.chunks(3).all(|round| round == [0, 1, 2]), "{turns:?}");
}

#[tokio::test]
async fn a_yield_does_not_wait_for_ever() {
    let endless = tokio::spawn(std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        std::task::Poll::<()>::Pending
    }));
    for _ in 0..10 {
        task::yield_now().await;
    }
    endless.abort();
    assert!(endless.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn the_future_of_a_block_on_is_of_the_task_around_it() {
    let closure = task::spawn_blocking(|| {
        let ids = Handle::current().block_on(async { (task::id(), task::try_id()) });
        (ids, task::id())
    });
    let id = closure.id();
    assert_eq!(closure.await.unwrap(), ((id, Some(id)), id));
    let runtime = Builder::new_current_thread().build().unwrap();
    let outside = thread::spawn(move || runtime.block_on(async { task::try_id() }));
    assert_eq!(outside.join().unwrap(), None);
}

#[test]
fn closures_run_though_the_runtime_is_dropped_at_once() {
    let runtime = Runtime::new().unwrap();
    let done = Arc::new(AtomicUsize::new(0));
    for _ in 0..50 {
        let done = Arc::clone(&done);
        runtime.spawn_blocking(move || done.fetch_add(1, Ordering::Relaxed));
    }
    drop(runtime);
    assert_eq!(done.load(Ordering::Relaxed), 50);
}
