//! S1, S18, where the number of worker threads is honored: there are as many as were asked for.
//!
//! Declared for the configuration `several_workers`: elsewhere there is nothing to count.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::io;
use std::num::NonZeroUsize;
use std::sync::{Arc, Barrier, mpsc};
use std::time::Duration;

use anyrt_core::time::timeout;
use anyrt_core::{Flavor, Launch, Spawn, Timer};

use crate::Launcher;
use crate::witness::{Drive, Receive, gate};

cases! { worker_count if worker_count:
    as_many_tasks_run_at_once_as_there_are_workers(launcher) [S1];
    as_many_tasks_run_at_once_though_the_future_in_block_on_blocks(launcher) [S1];
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
