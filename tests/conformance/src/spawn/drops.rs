//! S7: the future and its output are dropped once, in whatever order things happen.

use std::future::poll_fn;
use std::panic::resume_unwind;

use anyrt_core::{AbortHandle, JoinHandle, Launch, Spawn};
use futures::channel::oneshot;

use crate::witness::{CountDrop, Counter, Drive, until};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    /// The task is told to end.
    Finish,
    /// Somebody aborts it.
    Abort,
    /// Its handle goes to another task, which awaits it.
    Join,
    /// Its handle is dropped.
    Detach,
    /// Its handle is turned into one that aborts, and dropped.
    AbortOnDrop,
}

/// An output, and how many there were and are.
#[derive(Clone, Debug, Default)]
struct Outputs {
    made: Counter,
    dropped: Counter,
}

impl Outputs {
    fn make(&self) -> CountDrop {
        self.made.add();
        self.dropped.on_drop()
    }
}

pub fn future_and_output_are_dropped_once_in_any_order_of_finish_abort_join_and_drop<L: Launch>(
    runtime: L,
) {
    let mut counters = Vec::new();
    for end in [Step::Join, Step::Detach, Step::AbortOnDrop] {
        let (finish, abort) = (Step::Finish, Step::Abort);
        for steps in [
            [finish, abort, end],
            [finish, end, abort],
            [abort, finish, end],
            [abort, end, finish],
            [end, finish, abort],
            [end, abort, finish],
        ] {
            for settles in [false, true] {
                counters.push((steps, settles, take_steps(&runtime, steps, settles)));
            }
        }
    }
    drop(runtime);
    for (steps, settles, (futures, outputs)) in counters {
        let context = format!("{steps:?}, settles: {settles}");
        assert_eq!(futures.count(), 1, "drops of the future: {context}");
        assert_eq!(outputs.dropped.count(), outputs.made.count(), "outputs: {context}");
    }
}

/// Runs a task through `steps`; if it `settles`, its end is awaited before the next step.
fn take_steps<L: Launch>(runtime: &L, steps: [Step; 3], settles: bool) -> (Counter, Outputs) {
    let handle = runtime.handle();
    let (futures, outputs) = (Counter::new(), Outputs::default());
    let (finish, may_finish) = oneshot::channel::<()>();
    let mut finish = Some(finish);
    let future = {
        let (witness, outputs) = (futures.on_drop(), outputs.clone());
        async move {
            let _witness = witness;
            may_finish.await.unwrap();
            outputs.make()
        }
    };
    let task = handle.spawn(future);
    let abort_handle = task.abort_handle();
    let mut task = Some(task);
    let mut joiner = None;
    let mut take_task = move || task.take().expect("the steps use the handle once");

    for step in steps {
        match step {
            Step::Finish => drop(finish.take().expect("the steps finish once").send(())),
            Step::Abort => abort_handle.abort(),
            Step::Join => joiner = Some(handle.spawn(take_task())),
            Step::Detach => drop(take_task()),
            Step::AbortOnDrop => drop(take_task().abort_on_drop()),
        }
        if settles && !matches!(step, Step::Join | Step::Detach) {
            handle.drive(until(|| abort_handle.is_finished()));
        }
    }
    handle.drive(async {
        until(|| abort_handle.is_finished()).await;
        if let Some(joiner) = joiner {
            let output = joiner.await.expect("nobody aborts the joiner");
            assert_eq!(output.is_ok(), outputs.made.count() == 1, "{steps:?}");
        }
        until(|| outputs.dropped.count() == outputs.made.count()).await;
    });
    if settles && steps[0] == Step::Finish {
        assert_eq!(outputs.made.count(), 1, "{steps:?}");
    }
    (futures, outputs)
}

pub fn an_output_that_nobody_awaited_is_dropped_with_the_handle<L: Launch>(runtime: L) {
    let outputs = Outputs::default();
    let task = {
        let outputs = outputs.clone();
        runtime.handle().spawn(async move { outputs.make() })
    };
    let abort_handle = task.abort_handle();
    runtime.handle().drive(until(|| task.is_finished()));
    assert_eq!(outputs.dropped.count(), 0, "the output waits for the handle");
    drop(task);
    // Even though this handle still keeps something of the task.
    runtime.handle().drive(until(|| outputs.dropped.count() == 1));
    drop(abort_handle);
    drop(runtime);
    assert_eq!((outputs.made.count(), outputs.dropped.count()), (1, 1));
}

pub fn the_future_of_a_task_that_panics_is_dropped_once<L: Launch>(runtime: L) {
    let drops = Counter::new();
    let (in_poll, in_future) = (drops.on_drop(), drops.on_drop());
    let mut in_poll = Some(in_poll);
    // No `async` block, which drops all that it owns as it unwinds: then a future that leaks would
    // not show.
    let task = runtime.handle().spawn(poll_fn(move |_| {
        let _in_future = &in_future;
        let _in_poll = in_poll.take();
        resume_unwind(Box::new("expected"))
    }));
    let result: Result<(), _> = runtime.handle().drive(task);
    assert!(result.unwrap_err().is_panic());
    assert_eq!(drops.count(), 2);
    drop(runtime);
    assert_eq!(drops.count(), 2);
}
