//! S10: tasks that yield take turns.
//!
//! In what order, shows where one thread polls all of them: on a current-thread runtime, and where
//! the number of worker threads is honored.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use anyrt_core::{Launch, Spawn, yield_now};
use futures::channel::oneshot;

use crate::Launcher;
use crate::witness::{Counter, Drive, until};

cases! { yielding if worker_count:
    tasks_that_yield_take_turns(launcher) [S10];
    yield_now_goes_behind_tasks_that_were_spawned(launcher) [S10];
    yield_now_goes_behind_tasks_that_were_woken(launcher) [S10];
    yield_now_goes_behind_all_while_another_task_waits_for_its_child(launcher) [S10];
    yield_now_of_a_task_that_is_awaited_goes_behind_its_siblings(launcher) [S10];
}

/// Which task ran, and on which thread, in order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<(usize, ThreadId)>>>);

impl Log {
    fn note(&self, task: usize) {
        self.0.lock().unwrap().push((task, thread::current().id()));
    }

    /// What ran, if one thread ran all of it.
    fn order(&self) -> Option<Vec<usize>> {
        let log = self.0.lock().unwrap();
        let (_, first) = log[0];
        log.iter().map(|&(task, thread)| (thread == first).then_some(task)).collect()
    }
}

/// Runs `case` as the configuration has it, where it must come to its end, and on one thread, where
/// it must keep an order.
///
/// There is an order among tasks only where they share a thread: the system stops and continues
/// threads as it likes. A runtime that takes more of them than it was told to is let off: the thread
/// in `block_on` may be one of those that poll.
fn in_order<L: Launch>(launcher: &Launcher<L>, case: impl Fn(&L) -> Log, check: impl Fn(&[usize])) {
    case(&launcher.start());
    let one = launcher
        .start_with_one_polling_thread()
        .expect("not in the configuration `default_workers`");
    if let Some(order) = case(&one).order() {
        check(&order);
    }
}

const TASKS: usize = 3;

pub fn tasks_that_yield_take_turns<L: Launch>(launcher: &Launcher<L>) {
    in_order(launcher, take_turns, |order| {
        for (turn, window) in order.windows(TASKS).enumerate() {
            for task in 0..TASKS {
                let ran = window.contains(&task);
                assert!(ran, "from turn {turn} on {window:?} ran, and not {task}");
            }
        }
    });
}

fn take_turns<L: Launch>(runtime: &L) -> Log {
    const TURNS: usize = 1000;

    let (log, started) = (Log::default(), Counter::new());
    let tasks: [_; TASKS] = std::array::from_fn(|task| {
        let (log, started) = (log.clone(), started.clone());
        runtime.handle().spawn(async move {
            started.add();
            until(|| started.count() == TASKS).await;
            for _ in 0..TURNS {
                log.note(task);
                yield_now().await;
            }
        })
    });
    runtime.handle().drive(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    log
}

const OTHERS: usize = 10;

/// The tasks 1 to `OTHERS` ran before the task 0, which had yielded once.
fn assert_goes_last(order: &[usize]) {
    assert_eq!(order.len(), OTHERS + 1);
    assert_eq!(order[OTHERS], 0, "it was polled before others that were runnable: {order:?}");
}

/// The tasks 1 to `OTHERS`, in order.
fn spawn_others<R: Spawn>(handle: &R, log: &Log) -> [R::JoinHandle<()>; OTHERS] {
    std::array::from_fn(|other| {
        let log = log.clone();
        handle.spawn(async move { log.note(other + 1) })
    })
}

pub fn yield_now_goes_behind_tasks_that_were_spawned<L: Launch>(launcher: &Launcher<L>) {
    in_order(launcher, yield_to_spawned, assert_goes_last);
}

fn yield_to_spawned<L: Launch>(runtime: &L) -> Log {
    let log = Log::default();
    let (handle, writes) = (runtime.handle().clone(), log.clone());
    let task = runtime.handle().spawn(async move {
        let others = spawn_others(&handle, &writes);
        yield_now().await;
        writes.note(0);
        for other in others {
            other.await.unwrap();
        }
    });
    runtime.handle().drive(task).unwrap();
    log
}

pub fn yield_now_goes_behind_tasks_that_were_woken<L: Launch>(launcher: &Launcher<L>) {
    in_order(launcher, yield_to_woken, assert_goes_last);
}

fn yield_to_woken<L: Launch>(runtime: &L) -> Log {
    let (log, parked) = (Log::default(), Counter::new());
    let (handle, writes) = (runtime.handle().clone(), log.clone());
    let task = runtime.handle().spawn(async move {
        let others: [_; OTHERS] = std::array::from_fn(|other| {
            let (log, parked) = (writes.clone(), parked.clone());
            let (wake, woken) = oneshot::channel();
            let task = handle.spawn(async move {
                parked.add();
                woken.await.unwrap();
                log.note(other + 1);
            });
            (wake, task)
        });
        until(|| parked.count() == OTHERS).await;
        let tasks = others.map(|(wake, task)| {
            wake.send(()).unwrap();
            task
        });
        yield_now().await;
        writes.note(0);
        for task in tasks {
            task.await.unwrap();
        }
    });
    runtime.handle().drive(task).unwrap();
    log
}

pub fn yield_now_goes_behind_all_while_another_task_waits_for_its_child<L: Launch>(
    launcher: &Launcher<L>,
) {
    in_order(launcher, yield_beside_a_tree, assert_goes_last);
}

/// Where a task waits for its child, a runtime may turn to what was queued last: that must not be what has yielded.
fn yield_beside_a_tree<L: Launch>(runtime: &L) -> Log {
    let log = Log::default();
    let (handle, writes) = (runtime.handle().clone(), log.clone());
    let task = runtime.handle().spawn(async move {
        let in_tree = handle.clone();
        let tree = handle.spawn(async move { in_tree.spawn(async {}).await });
        let others = spawn_others(&handle, &writes);
        yield_now().await;
        writes.note(0);
        for other in others {
            other.await.unwrap();
        }
        tree.await.unwrap().unwrap();
    });
    runtime.handle().drive(task).unwrap();
    log
}

pub fn yield_now_of_a_task_that_is_awaited_goes_behind_its_siblings<L: Launch>(
    launcher: &Launcher<L>,
) {
    in_order(launcher, yield_while_awaited, |order| {
        let first = order.iter().position(|&task| task == 0).expect("it ran");
        let second = order.iter().rposition(|&task| task == 0).expect("it ran again");
        for sibling in 1..TASKS {
            let ran = order[..second].contains(&sibling);
            assert!(
                ran,
                "of {order:?}, {sibling} was runnable before {second}, and {first} yielded"
            );
        }
    });
}

fn yield_while_awaited<L: Launch>(runtime: &L) -> Log {
    let log = Log::default();
    let (handle, writes) = (runtime.handle().clone(), log.clone());
    let parent = runtime.handle().spawn(async move {
        let tasks: [_; TASKS] = std::array::from_fn(|task| {
            let log = writes.clone();
            handle.spawn(async move {
                log.note(task);
                yield_now().await;
                log.note(task);
            })
        });
        for task in tasks {
            task.await.unwrap();
        }
    });
    runtime.handle().drive(parent).unwrap();
    log
}
