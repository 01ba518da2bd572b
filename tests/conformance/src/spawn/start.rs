//! S1, S2, S9: tasks start by themselves, run on when nobody looks, and are awaited from anywhere.

use std::any::Any;
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::thread;

use anyrt_core::{BlockOn, JoinHandle, Launch, Spawn, SpawnBlocking};
use futures::channel::oneshot;
use futures::poll;

use crate::Launcher;
use crate::witness::{Counter, Drive, executor, on_drop, on_foreign_thread, until};

pub fn a_task_starts_without_being_awaited<L: Launch>(runtime: L) {
    let (ran, has_run) = oneshot::channel();
    let task = runtime.handle().spawn(async move { ran.send(7) });
    assert_eq!(runtime.handle().drive(has_run), Ok(7));
    drop(task);
}

pub fn a_task_spawns_tasks<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let task = runtime.handle().spawn(async move {
        let inner = handle.clone();
        let middle = handle.spawn(async move { inner.spawn(async { 1 }).await.unwrap() + 1 });
        middle.await.unwrap() + 1
    });
    assert_eq!(runtime.handle().drive(task).unwrap(), 3);
}

pub fn a_foreign_thread_spawns_tasks<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let task = thread::spawn(move || handle.spawn(async { 7 })).join().unwrap();
    assert_eq!(runtime.handle().drive(task).unwrap(), 7);
}

pub fn a_blocking_closure_spawns_tasks<L: Launch>(runtime: L) {
    let handle = runtime.handle().clone();
    let closure = runtime.handle().spawn_blocking(move || handle.spawn(async { 7 }));
    let output = runtime.handle().drive(async { closure.await.unwrap().await.unwrap() });
    assert_eq!(output, 7);
}

/// A value that spawns a task when it is dropped; the task counts.
fn spawner<H: Spawn>(handle: &H, ran: &Counter) -> impl Send + use<H> {
    let (handle, ran) = (handle.clone(), ran.clone());
    on_drop(move || drop(handle.spawn(async move { ran.add() })))
}

pub fn a_destructor_spawns_tasks<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let ran = Counter::new();

    drop(spawner(handle, &ran));

    let unwinds = spawner(handle, &ran);
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _unwinds = unwinds;
        resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err());

    let completes = spawner(handle, &ran);
    drop(handle.spawn(async move { drop(completes) }));

    let is_aborted = spawner(handle, &ran);
    let aborted = handle.spawn(async move {
        let _is_aborted = is_aborted;
        pending::<()>().await;
    });
    aborted.abort();

    let is_run = spawner(handle, &ran);
    drop(handle.spawn_blocking(move || drop(is_run)));

    handle.drive(until(|| ran.count() == 5));
}

pub fn a_destructor_at_the_end_of_a_thread_spawns_tasks<L: Launch>(runtime: L) {
    thread_local! {
        static SPAWNER: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    }
    let handle = runtime.handle().clone();
    let ran = Counter::new();
    let spawner = spawner(&handle, &ran);
    thread::spawn(move || SPAWNER.set(Some(Box::new(spawner)))).join().unwrap();
    runtime.handle().drive(until(|| ran.count() == 1));
}

pub fn dropping_the_handle_detaches<L: Launch>(runtime: L) {
    #[derive(Debug)]
    enum Moment {
        AtOnce,
        OnceParked,
        AfterPollingTheHandle,
    }
    for moment in [Moment::AtOnce, Moment::OnceParked, Moment::AfterPollingTheHandle] {
        let (started, has_started) = oneshot::channel();
        let (finish, may_finish) = oneshot::channel::<()>();
        let (finished, has_finished) = oneshot::channel();
        let mut task = runtime.handle().spawn(async move {
            started.send(()).unwrap();
            may_finish.await.unwrap();
            finished.send(()).unwrap();
        });
        runtime.handle().drive(async move {
            match moment {
                Moment::AtOnce => drop(task),
                Moment::OnceParked => {
                    has_started.await.unwrap();
                    drop(task);
                }
                Moment::AfterPollingTheHandle => {
                    has_started.await.unwrap();
                    assert!(poll!(&mut task).is_pending());
                    drop(task);
                }
            }
            // Fails if the task was cancelled: its end of the channel is gone then.
            finish
                .send(())
                .unwrap_or_else(|()| panic!("dropping the handle cancelled: {moment:?}"));
            has_finished.await.unwrap_or_else(|_| panic!("the task did not run on: {moment:?}"));
        });
    }
}

pub fn dropping_the_await_keeps_the_task_and_its_output<L: Launch>(runtime: L) {
    let (finish, may_finish) = oneshot::channel::<()>();
    let mut task = runtime.handle().spawn(async move {
        may_finish.await.unwrap();
        7
    });
    runtime.handle().drive(async {
        for _ in 0..3 {
            let mut awaits = Box::pin(async { (&mut task).await });
            assert!(poll!(&mut awaits).is_pending());
        }
        finish.send(()).expect("the task lives");
        until(|| task.is_finished()).await;
        drop(Box::pin(async { (&mut task).await })); // never polled
        assert_eq!(task.await.unwrap(), 7);
    });
}

pub fn abort_on_drop_aborts<L: Launch>(runtime: L) {
    for parks in [false, true] {
        let drops = Counter::new();
        let (started, has_started) = oneshot::channel();
        let witness = drops.on_drop();
        let task = runtime.handle().spawn(async move {
            let _witness = witness;
            let _ = started.send(());
            pending::<()>().await;
        });
        let abort_handle = task.abort_handle();
        runtime.handle().drive(async {
            let task = task.abort_on_drop();
            if parks {
                has_started.await.unwrap();
            }
            assert_eq!(drops.count(), 0);
            drop(task);
            until(|| anyrt_core::AbortHandle::is_finished(&abort_handle)).await;
        });
        assert_eq!(drops.count(), 1);
    }
}

pub fn abort_on_drop_yields_the_output_and_spares_a_finished_task<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let mut task = handle.spawn(async { 7 }).abort_on_drop();
    assert_eq!(handle.drive(&mut task).unwrap(), 7);
    drop(task);

    let (finished, has_finished) = oneshot::channel();
    let task = handle.spawn(async move { finished.send(7) }).abort_on_drop();
    handle.drive(until(|| task.handle().is_finished()));
    drop(task);
    assert_eq!(handle.drive(has_finished), Ok(7));
}

/// A task that ends when it is told to; its output is 7.
fn seven<L: Launch>(runtime: &L) -> (<L::Handle as Spawn>::JoinHandle<i32>, oneshot::Sender<()>) {
    let (finish, may_finish) = oneshot::channel();
    let task = runtime.handle().spawn(async move {
        may_finish.await.unwrap();
        7
    });
    (task, finish)
}

/// Awaits `task`, which is told to end after it was polled, and is polled again only when the waker was woken.
async fn await_with_waker<J: JoinHandle<i32>>(mut task: J, finish: oneshot::Sender<()>) -> i32 {
    let mut finish = Some(finish);
    let output = poll_fn(|cx| {
        let poll = Pin::new(&mut task).poll(cx);
        if let Some(finish) = finish.take() {
            assert!(poll.is_pending());
            finish.send(()).expect("the task lives");
        }
        poll
    });
    output.await.unwrap()
}

pub fn a_join_handle_can_be_awaited_on_a_foreign_executor<L: Launch>(runtime: L) {
    let (task, finish) = seven(&runtime);
    let output = on_foreign_thread(&runtime, || executor::block_on(await_with_waker(task, finish)));
    assert_eq!(output, 7);
}

pub fn a_join_handle_can_be_awaited_by_another_task<L: Launch>(runtime: L) {
    let (task, finish) = seven(&runtime);
    let other = runtime.handle().spawn(await_with_waker(task, finish));
    assert_eq!(runtime.handle().drive(other).unwrap(), 7);
}

pub fn a_join_handle_can_be_awaited_on_another_runtime<L: Launch>(launcher: &Launcher<L>) {
    let (runtime, other) = (launcher.start(), launcher.start());
    let (task, finish) = seven(&runtime);
    let task = other.handle().spawn(await_with_waker(task, finish));
    // Both of them are driven, in case that they are current-thread runtimes.
    let output = on_foreign_thread(&runtime, move || other.handle().block_on(task));
    assert_eq!(output.unwrap(), 7);
}

pub fn a_join_handle_can_move_to_another_executor_while_it_waits<L: Launch>(runtime: L) {
    let (mut task, finish) = seven(&runtime);
    runtime.handle().drive(async { assert!(poll!(&mut task).is_pending()) });
    let output = on_foreign_thread(&runtime, || executor::block_on(await_with_waker(task, finish)));
    assert_eq!(output, 7);
}
