//! S5, S16: a panic ends its own task and nothing else.

use std::future::{Future, pending, poll_fn};
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use anyrt_core::{JoinError, JoinHandle, Launch, Spawn, yield_now};
use futures::channel::oneshot;

use crate::witness::{Counter, Drive, OnDrop, on_drop, until};

/// A payload that no runtime makes up.
#[derive(Debug, PartialEq)]
struct Payload(u32);

fn payload(error: JoinError) -> Payload {
    assert!(error.is_panic() && !error.is_cancelled(), "{error:?}");
    *error.into_panic().unwrap().downcast::<Payload>().expect("the payload of the task")
}

/// A value with a destructor that panics.
fn bomb(number: u32) -> OnDrop<impl FnOnce() + Send> {
    on_drop(move || resume_unwind(Box::new(Payload(number))))
}

/// The runtime still polls tasks, and more than one after the other.
fn assert_runs_tasks<L: Launch>(runtime: &L) {
    for n in 0..10 {
        let task = runtime.handle().spawn(async move {
            yield_now().await;
            n
        });
        assert_eq!(runtime.handle().drive(task).unwrap(), n);
    }
}

pub fn a_panic_in_poll_comes_back_from_the_join<L: Launch>(runtime: L) {
    let task = runtime.handle().spawn(async { panic_any(Payload(7)) });
    let result: Result<(), _> = runtime.handle().drive(task);
    assert_eq!(payload(result.unwrap_err()), Payload(7));
    assert_runs_tasks(&runtime);
}

pub fn a_panic_after_an_await_comes_back_from_the_join<L: Launch>(runtime: L) {
    let (go, gone) = oneshot::channel::<()>();
    let task = runtime.handle().spawn(async {
        gone.await.unwrap();
        panic!("number {}", black_box(7)); // not text that the compiler can make
    });
    let error = runtime.handle().drive(async {
        yield_now().await;
        go.send(()).unwrap();
        let result: Result<(), _> = task.await;
        result.unwrap_err()
    });
    assert_eq!(error.to_string(), "the task panicked: number 7");
    assert_eq!(*error.into_panic().unwrap().downcast::<String>().unwrap(), "number 7");
    assert_runs_tasks(&runtime);
}

pub fn a_panic_can_be_resumed_where_the_task_is_awaited<L: Launch>(runtime: L) {
    let task = runtime.handle().spawn(async { resume_unwind(Box::new(Payload(7))) });
    let resumed = catch_unwind(AssertUnwindSafe(|| {
        let result: Result<(), _> = runtime.handle().drive(task);
        result.unwrap_err().resume_unwind()
    }));
    let payload = resumed.map(|never: std::convert::Infallible| never).unwrap_err();
    assert_eq!(*payload.downcast::<Payload>().unwrap(), Payload(7));
    assert_runs_tasks(&runtime);
}

pub fn a_panic_in_the_destructor_of_a_completed_future_comes_back_from_the_join<L: Launch>(
    runtime: L,
) {
    let bomb = bomb(7);
    let task = runtime.handle().spawn(poll_fn(move |_| {
        let _bomb = &bomb; // is dropped with the future, after this poll
        Poll::Ready(())
    }));
    assert_eq!(payload(runtime.handle().drive(task).unwrap_err()), Payload(7));
    assert_runs_tasks(&runtime);
}

pub fn a_panic_in_the_destructor_of_an_aborted_future_comes_back_from_the_join<L: Launch>(
    runtime: L,
) {
    for parks in [false, true] {
        let bomb = bomb(7);
        let (started, has_started) = oneshot::channel();
        let task = runtime.handle().spawn(async move {
            let _bomb = bomb;
            let _ = started.send(());
            pending::<()>().await;
        });
        if parks {
            runtime.handle().drive(has_started).unwrap();
        }
        task.abort();
        assert_eq!(payload(runtime.handle().drive(task).unwrap_err()), Payload(7));
        assert_runs_tasks(&runtime);
    }
}

pub fn a_panic_in_the_destructor_of_an_unwanted_output_is_contained<L: Launch>(runtime: L) {
    let drops = Counter::new();
    for _ in 0..10 {
        let (detach, detached) = oneshot::channel::<()>();
        let witness = drops.on_drop();
        let task = runtime.handle().spawn(async move {
            detached.await.unwrap();
            (bomb(7), witness)
        });
        drop(task);
        detach.send(()).unwrap();
    }
    runtime.handle().drive(until(|| drops.count() == 10));
    assert_runs_tasks(&runtime);
}

pub fn panics_of_detached_tasks_harm_nobody<L: Launch>(runtime: L) {
    const TASKS: usize = 1000;
    let (start, panicked) = (Counter::new(), Counter::new());
    let (alive, is_alive) = oneshot::channel();
    let (finish, may_finish) = oneshot::channel::<()>();
    drop(runtime.handle().spawn(async move {
        let _ = may_finish.await;
        alive.send(7)
    }));
    for n in 0..TASKS {
        let (start, panicked) = (start.clone(), panicked.on_drop());
        drop(runtime.handle().spawn(async move {
            let _panicked = panicked;
            if n % 2 == 0 {
                until(|| start.count() == 1).await;
            }
            resume_unwind(Box::new(Payload(7)));
        }));
    }
    start.add();
    runtime.handle().drive(until(|| panicked.count() == TASKS));
    finish.send(()).expect("the other task lives");
    assert_eq!(runtime.handle().drive(is_alive), Ok(7));
    assert_runs_tasks(&runtime);
}

/// A waker that counts and panics.
struct PanickingWaker(Counter);

impl Wake for PanickingWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.add();
        resume_unwind(Box::new(Payload(7)));
    }
}

/// Polls a handle once with a waker that panics; returns how often that is called.
fn poll_with_panicking_waker<T>(task: &mut impl JoinHandle<T>) -> Counter {
    let wakes = Counter::new();
    let waker = Waker::from(Arc::new(PanickingWaker(wakes.clone())));
    assert!(Pin::new(task).poll(&mut Context::from_waker(&waker)).is_pending());
    wakes
}

pub fn a_panicking_join_waker_harms_nobody<L: Launch>(runtime: L) {
    let drops = Counter::new();
    let witness = drops.on_drop();
    let (finish, may_finish) = oneshot::channel::<()>();
    let mut task = runtime.handle().spawn(async move {
        let _witness = witness;
        may_finish.await.unwrap();
        7
    });
    let wakes = poll_with_panicking_waker(&mut task);
    finish.send(()).unwrap();
    runtime.handle().drive(until(|| wakes.count() == 1));
    assert_eq!(drops.count(), 1);
    assert_runs_tasks(&runtime);
    assert!(task.is_finished());
    assert_eq!(runtime.handle().drive(task).unwrap(), 7);
}

pub fn a_panicking_join_waker_of_an_aborted_task_harms_nobody<L: Launch>(runtime: L) {
    let drops = Counter::new();
    let witness = drops.on_drop();
    let mut task = runtime.handle().spawn(async move {
        let _witness = witness;
        pending::<()>().await;
    });
    let wakes = poll_with_panicking_waker(&mut task);
    task.abort();
    runtime.handle().drive(until(|| wakes.count() == 1));
    assert_eq!(drops.count(), 1);
    assert_runs_tasks(&runtime);
    assert!(runtime.handle().drive(task).unwrap_err().is_cancelled());
}

/// A future of the hand-written kind: what it holds is dropped by whoever holds it, and not by the
/// unwinding through its poll.
fn panics_when_polled<T: Send>(held: T) -> impl Future<Output = ()> + Send {
    poll_fn(move |_| {
        let _held = &held;
        panic_any(Payload(7))
    })
}

pub fn a_future_whose_poll_panics_is_dropped_while_the_panic_unwinds<L: Launch>(runtime: L) {
    let unwound = Counter::new();
    let future = || {
        let unwound = unwound.clone();
        panics_when_polled(on_drop(move || {
            if thread::panicking() {
                unwound.add();
            }
        }))
    };
    let task = runtime.handle().spawn(future());
    assert_eq!(payload(runtime.handle().drive(task).unwrap_err()), Payload(7));
    assert_eq!(unwound.count(), 1, "a guard in the future would not know of the panic");
    // A task that was polled before, and one that nobody awaits.
    let (detached, second) = (unwound.clone(), future());
    drop(runtime.handle().spawn(async move {
        yield_now().await;
        second.await;
    }));
    runtime.handle().drive(until(|| detached.count() == 2));
    // As through `block_on`.
    let driven = catch_unwind(AssertUnwindSafe(|| runtime.handle().drive(future())));
    assert_eq!(*driven.unwrap_err().downcast::<Payload>().unwrap(), Payload(7));
    assert_eq!(unwound.count(), 3);
    assert_runs_tasks(&runtime);
}

pub fn a_panic_in_the_destructor_of_a_future_whose_poll_panicked_is_contained<L: Launch>(
    runtime: L,
) {
    let task = runtime.handle().spawn(panics_when_polled(bomb(8)));
    let error = runtime.handle().drive(task).unwrap_err();
    let number = payload(error).0;
    assert!(number == 7 || number == 8, "{number}");
    drop(runtime.handle().spawn(panics_when_polled(bomb(8))));
    assert_runs_tasks(&runtime);
}
