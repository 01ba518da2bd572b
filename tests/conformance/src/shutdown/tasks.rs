//! K5, K8, S7: every task's future is dropped, once, before the runtime is gone.

use std::future::{pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use anyrt_core::{AbortHandle, BlockOn, Flavor, JoinHandle, Launch, Shutdown, Spawn, Timer};
use futures::channel::oneshot;
use futures::poll;

use crate::Launcher;
use crate::witness::{CountDrop, Counter, Drive, Receive, executor, gate, message, on_drop, until};

/// Ends a runtime with a thousand tasks by `end`, which returns when they are gone.
fn assert_drops_every_future<L: Launch + Shutdown>(runtime: L, end: impl FnOnce(L)) {
    const TASKS: usize = 1000;

    let (started, drops) = (Counter::new(), Counter::new());
    let tasks: Vec<_> = (0..TASKS)
        .map(|n| {
            let (started, witness) = (started.clone(), drops.on_drop());
            let sleep = runtime.handle().sleep(Duration::MAX);
            runtime.handle().spawn(async move {
                let _witness = witness;
                started.add();
                if n % 2 == 0 { pending().await } else { sleep.await }
            })
        })
        .collect();
    runtime.handle().drive(until(|| started.count() == TASKS));
    assert_eq!(drops.count(), 0);
    end(runtime);
    assert_eq!(drops.count(), TASKS);
    drop(tasks);
    assert_eq!(drops.count(), TASKS);
}

pub fn drop_drops_every_future_before_it_returns<L: Launch + Shutdown>(runtime: L) {
    assert_drops_every_future(runtime, drop);
}

pub fn shutdown_drops_every_future_before_it_returns<L: Launch + Shutdown>(runtime: L) {
    assert_drops_every_future(runtime, |runtime| runtime.shutdown_timeout(Duration::MAX));
}

pub fn drop_drops_futures_that_were_never_polled<L: Launch + Shutdown>(runtime: L) {
    const TASKS: usize = 100;

    let drops = Counter::new();
    for n in 0..TASKS {
        let witness = drops.on_drop();
        let task = runtime.handle().spawn(async move {
            let _witness = witness;
            pending::<()>().await;
        });
        if n % 2 == 0 {
            task.abort();
        }
    }
    drop(runtime);
    assert_eq!(drops.count(), TASKS);
}

pub fn drop_ends_tasks_that_are_never_parked<L: Launch + Shutdown>(runtime: L) {
    const TASKS: usize = 10;

    let (started, drops) = (Counter::new(), Counter::new());
    for _ in 0..TASKS {
        let (started, witness) = (started.clone(), drops.on_drop());
        drop(runtime.handle().spawn(async move {
            let _witness = witness;
            started.add();
            until(|| false).await;
        }));
    }
    runtime.handle().drive(until(|| started.count() == TASKS));
    drop(runtime);
    assert_eq!(drops.count(), TASKS);
}

pub fn a_poll_that_runs_is_finished_before_drop_returns<L: Launch + Shutdown>(runtime: L) {
    let (started, has_started) = mpsc::channel();
    let (keeper, gate) = gate();
    let (drops, finished) = (Counter::new(), Counter::new());
    let (witness, finishes) = (drops.on_drop(), finished.clone());
    let task = runtime.handle().spawn(async move {
        let _witness = witness;
        started.send(()).unwrap();
        gate.wait();
        finishes.add();
        pending::<()>().await;
    });
    // A current-thread runtime polls the task here or not at all, and so must not block here.
    let opener = thread::spawn(move || {
        let started = has_started.receive();
        keeper.open();
        started.is_ok()
    });
    drop(runtime);
    assert_eq!(drops.count(), 1);
    let started = opener.join().unwrap();
    assert_eq!(finished.count(), usize::from(started));
    assert!(executor::block_on(task).unwrap_err().is_cancelled());
}

pub fn a_task_that_sleeps_again_and_again_does_not_keep_the_runtime<L: Launch + Shutdown>(
    launcher: &Launcher<L>,
) {
    for _ in 0..10 {
        let mut has_workers = true;
        let runtime = launcher.start_with(|config| {
            has_workers = config.flavor != Flavor::CurrentThread;
        });
        if !has_workers {
            // A current-thread runtime does not end in the middle of a poll.
            return;
        }
        let (started, has_started) = mpsc::channel();
        let handle = runtime.handle().clone();
        let task = runtime.handle().spawn(async move {
            started.send(()).unwrap();
            // So that the end comes in the middle of a poll, after which sleeps may be over at once.
            thread::sleep(Duration::from_millis(5));
            loop {
                handle.sleep(Duration::from_millis(1)).await;
            }
        });
        has_started.receive().unwrap();
        drop(runtime);
        assert!(JoinHandle::<()>::is_finished(&task));
    }
}

pub fn a_panicking_destructor_spares_the_others<L: Launch + Shutdown>(runtime: L) {
    let drops = Counter::new();
    let tasks: Vec<_> = (0..10)
        .map(|n| {
            let (started, has_started) = oneshot::channel();
            let counts = drops.clone();
            let witness = on_drop(move || {
                counts.add();
                if n % 2 == 0 {
                    resume_unwind(Box::new("expected"));
                }
            });
            let task = runtime.handle().spawn(async move {
                let _witness = witness;
                started.send(()).unwrap();
                pending::<()>().await;
            });
            runtime.handle().drive(has_started).unwrap();
            task
        })
        .collect();
    drop(runtime);
    assert_eq!(drops.count(), 10);
    for (n, task) in tasks.into_iter().enumerate() {
        let error = executor::block_on(task).unwrap_err();
        assert_eq!((error.is_panic(), error.is_cancelled()), (n % 2 == 0, n % 2 != 0), "{n}");
    }
}

pub fn tasks_that_hold_each_others_handles_are_dropped<L: Launch + Shutdown>(runtime: L) {
    const TASKS: usize = 10;

    // Each task awaits the next, and the last one awaits the first.
    let (drops, awaiting) = (Counter::new(), Counter::new());
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..TASKS).map(|_| oneshot::channel()).unzip();
    let mut tasks: Vec<_> = receivers
        .into_iter()
        .map(|receiver: oneshot::Receiver<<L::Handle as Spawn>::JoinHandle<()>>| {
            let (witness, awaiting) = (drops.on_drop(), awaiting.clone());
            runtime.handle().spawn(async move {
                let _witness = witness;
                let mut next = receiver.await.unwrap_or_else(|_| panic!("the handle is sent"));
                assert!(poll!(&mut next).is_pending());
                awaiting.add();
                let _ = next.abort_on_drop().await;
            })
        })
        .collect();
    tasks.rotate_left(1);
    for (sender, task) in senders.into_iter().zip(tasks) {
        assert!(sender.send(task).is_ok());
    }
    runtime.handle().drive(until(|| awaiting.count() == TASKS));
    drop(runtime);
    assert_eq!(drops.count(), TASKS);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Finish,
    Abort,
    Detach,
}

/// A task on its way through the steps, and what is known of it.
struct Subject<L: Launch> {
    finish: Option<oneshot::Sender<()>>,
    abort_handle: <Join<L> as JoinHandle<CountDrop>>::AbortHandle,
    task: Option<Join<L>>,
    futures: Counter,
    made: Counter,
    outputs: Counter,
}

type Join<L> = <<L as Launch>::Handle as Spawn>::JoinHandle<CountDrop>;

impl<L: Launch> Subject<L> {
    fn spawn(runtime: &L) -> Self {
        let (finish, may_finish) = oneshot::channel::<()>();
        let (futures, made, outputs) = (Counter::new(), Counter::new(), Counter::new());
        let (witness, makes, output) = (futures.on_drop(), made.clone(), outputs.clone());
        let task = runtime.handle().spawn(async move {
            let _witness = witness;
            may_finish.await.unwrap();
            makes.add();
            output.on_drop()
        });
        let abort_handle = task.abort_handle();
        Self { finish: Some(finish), abort_handle, task: Some(task), futures, made, outputs }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Finish => drop(self.finish.take().map(|finish| finish.send(()))),
            Step::Abort => self.abort_handle.abort(),
            Step::Detach => drop(self.task.take()),
        }
    }
}

pub fn future_and_output_are_dropped_once_in_any_order_with_shutdown<L: Launch + Shutdown>(
    runtime: L,
) {
    const ORDERS: [[Step; 3]; 6] = {
        use Step::{Abort, Detach, Finish};
        [
            [Finish, Abort, Detach],
            [Finish, Detach, Abort],
            [Abort, Finish, Detach],
            [Abort, Detach, Finish],
            [Detach, Finish, Abort],
            [Detach, Abort, Finish],
        ]
    };
    let mut subjects = Vec::new();
    for order in ORDERS {
        for shutdown_after in 0..=3 {
            for settles in [false, true] {
                let mut subject = Subject::spawn(&runtime);
                for step in order.into_iter().take(shutdown_after) {
                    subject.take(step);
                    if settles && step != Step::Detach {
                        let is_finished = || subject.abort_handle.is_finished();
                        runtime.handle().drive(until(is_finished));
                    }
                }
                subjects.push((subject, order, shutdown_after, settles));
            }
        }
    }
    drop(runtime);
    for (mut subject, order, shutdown_after, settles) in subjects {
        let context = format!("{order:?}, shut down after {shutdown_after}, settles: {settles}");
        assert_eq!(subject.futures.count(), 1, "drops of the future: {context}");
        for step in order.into_iter().skip(shutdown_after) {
            subject.take(step);
        }
        assert_eq!(subject.futures.count(), 1, "drops of the future: {context}");
        assert_eq!(subject.outputs.count(), subject.made.count(), "outputs: {context}");
    }
}

pub fn no_task_is_polled_again_once_it_saw_the_end<L: Launch + Shutdown>(launcher: &Launcher<L>) {
    const TASKS: usize = 8;

    // Where there are several, one may be about to poll when another begins to end.
    let Some(runtime) = launcher.start_with_one_polling_thread() else { return };
    let (polls, late) = (Counter::new(), Counter::new());
    for _ in 0..TASKS {
        let (handle, polls, late) = (runtime.handle().clone(), polls.clone(), late.clone());
        let mut has_ended = false;
        drop(runtime.handle().spawn(poll_fn(move |cx| {
            polls.add();
            if has_ended {
                late.add();
            }
            // A runtime that has begun to end refuses what is spawned.
            let probe = handle.spawn(pending::<()>());
            has_ended |= probe.is_finished();
            probe.abort();
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })));
    }
    runtime.handle().drive(until(|| polls.count() >= 10 * TASKS));
    drop(runtime);
    assert_eq!(late.count(), 0, "polls of tasks that had seen the runtime refuse a task");
}

pub fn a_destructor_that_the_end_runs_must_not_block<L: Launch + Shutdown>(runtime: L) {
    let (refusals, outcomes) = (Counter::new(), Counter::new());
    let blocks = || {
        let (handle, refusals, outcomes) =
            (runtime.handle().clone(), refusals.clone(), outcomes.clone());
        on_drop(move || {
            let blocked = catch_unwind(AssertUnwindSafe(|| handle.block_on(ready(()))));
            outcomes.add();
            if blocked.is_err_and(|payload| message(&*payload).contains("async code")) {
                refusals.add();
            }
        })
    };
    let (started, has_started) = oneshot::channel();
    let parked = blocks();
    drop(runtime.handle().spawn(async move {
        let _parked = parked;
        started.send(()).unwrap();
        pending::<()>().await;
    }));
    runtime.handle().drive(has_started).unwrap();
    let never_polled = blocks();
    drop(runtime.handle().spawn(async move {
        let _never_polled = never_polled;
        pending::<()>().await;
    }));
    drop(runtime);
    assert_eq!((refusals.count(), outcomes.count()), (2, 2));
}
