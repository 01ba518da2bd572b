//! S1, S18, S24, where the number of worker threads is honored: there are as many as were asked for.
//!
//! Declared for the configuration `several_workers`: elsewhere there is nothing to count.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::time::Duration;
use std::{io, thread};

use anyrt_core::time::timeout;
use anyrt_core::{Flavor, Launch, Spawn, Timer};
use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use crate::Launcher;
use crate::witness::{Drive, Receive, gate};

cases! { worker_count if worker_count:
    as_many_tasks_run_at_once_as_there_are_workers(launcher) [S1];
    as_many_tasks_run_at_once_though_the_future_in_block_on_blocks(launcher) [S1];
    tasks_that_wake_each_other_without_end_do_not_stay_on_one_worker(launcher) [S24];
    a_limit_around_a_handle_is_in_time_whatever_the_task_does [S15, T9];
    the_future_in_block_on_is_in_time_while_a_task_blocks [S15];
    a_number_of_workers_that_is_absurd_is_an_error(launcher) [S18] alone;
}

pub fn a_number_of_workers_that_is_absurd_is_an_error<L: Launch>(launcher: &Launcher<L>) {
    for absurd in [32_768, 1_000_000_000, usize::MAX] {
        let number = NonZeroUsize::new(absurd);
        let started =
            launcher.try_start_with(|config| config.flavor = Flavor::WorkerThreads(number));
        let error = started.map(|_| absurd).expect_err("they can't all be there");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{error}");
    }
}

pub fn as_many_tasks_run_at_once_as_there_are_workers<L: Launch>(launcher: &Launcher<L>) {
    let mut workers = 0;
    let runtime = launcher.start_with(|config| {
        workers = config.flavor.worker_threads().expect("there are workers here").get();
    });
    // Again and again, for workers may be on their way to sleep, or fast asleep.
    for _ in 0..100 {
        let barrier = Arc::new(Barrier::new(workers));
        let tasks: Vec<_> = (0..workers)
            .map(|_| {
                let barrier = Arc::clone(&barrier);
                runtime.handle().spawn(async move {
                    barrier.wait();
                })
            })
            .collect();
        runtime.handle().drive(async {
            for task in tasks {
                task.await.unwrap();
            }
        });
    }
}

pub fn as_many_tasks_run_at_once_though_the_future_in_block_on_blocks<L: Launch>(
    launcher: &Launcher<L>,
) {
    let mut workers = 0;
    let runtime = launcher.start_with(|config| {
        workers = config.flavor.worker_threads().expect("there are workers here").get();
    });
    for _ in 0..100 {
        let (barrier, (met, have_met)) = (Arc::new(Barrier::new(workers)), mpsc::channel());
        runtime.handle().drive(async {
            for _ in 0..workers {
                let (barrier, met) = (Arc::clone(&barrier), met.clone());
                drop(runtime.handle().spawn(async move {
                    barrier.wait();
                    met.send(()).unwrap();
                }));
            }
            for _ in 0..workers {
                have_met.receive().unwrap();
            }
        });
    }
}

/// How soon is not measured: where one worker keeps them, it never happens.
pub fn tasks_that_wake_each_other_without_end_do_not_stay_on_one_worker<L: Launch>(
    launcher: &Launcher<L>,
) {
    let mut workers = 0;
    let runtime = launcher.start_with(|config| {
        workers = config.flavor.worker_threads().expect("there are workers here").get();
    });
    // Again and again, for workers may be on their way to sleep, or fast asleep.
    for _ in 0..100 {
        let handle = runtime.handle().clone();
        // All by one task, and so on one worker at first, where each pair has one that runs and one that waits.
        let start = runtime.handle().spawn(async move { start_pairs(&handle, workers) });
        runtime.handle().drive(async {
            for task in start.await.unwrap() {
                task.await.unwrap();
            }
        });
    }
}

/// Starts as many pairs of tasks as there are workers, which end once two workers have polled some of them.
fn start_pairs<S: Spawn>(handle: &S, workers: usize) -> Vec<S::JoinHandle<()>> {
    let threads = Arc::new(Mutex::new(HashSet::new()));
    let pairs = (0..workers).flat_map(|_| {
        let (to_one, from_other) = unbounded();
        let (to_other, from_one) = unbounded();
        let task = |sender, receiver| {
            let threads = Arc::clone(&threads);
            let has_several = move || {
                let mut threads = threads.lock().unwrap();
                threads.insert(thread::current().id());
                threads.len() > 1
            };
            handle.spawn(pass_on(sender, receiver, has_several))
        };
        to_one.unbounded_send(()).unwrap();
        [task(to_one, from_one), task(to_other, from_other)]
    });
    pairs.collect()
}

/// Sends what it receives, until that is enough or the other one has had enough.
async fn pass_on(
    sender: UnboundedSender<()>,
    mut receiver: UnboundedReceiver<()>,
    is_enough: impl Fn() -> bool,
) {
    while receiver.next().await.is_some() && !is_enough() && sender.unbounded_send(()).is_ok() {}
}

pub fn a_limit_around_a_handle_is_in_time_whatever_the_task_does<L: Launch>(runtime: L) {
    for _ in 0..20 {
        let handle = runtime.handle().clone();
        let parent = runtime.handle().spawn(async move {
            let (keeper, gate) = gate();
            let mut task = handle.spawn(async move { gate.wait() });
            let limited = timeout(&handle, Duration::from_millis(2), &mut task).await;
            assert!(limited.is_err(), "the task ended though its gate was closed");
            keeper.open();
            task.await.unwrap();
        });
        runtime.handle().drive(parent).unwrap();
    }
}

pub fn the_future_in_block_on_is_in_time_while_a_task_blocks<L: Launch>(runtime: L) {
    for _ in 0..20 {
        runtime.handle().drive(async {
            let (keeper, gate) = gate();
            let task = runtime.handle().spawn(async move { gate.wait() });
            runtime.handle().sleep(Duration::from_millis(2)).await;
            keeper.open();
            task.await.unwrap();
        });
    }
}
