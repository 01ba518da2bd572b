//! S1, where the number of worker threads is honored: there are as many as were asked for.
//!
//! Declared for the configuration `several_workers`: elsewhere there is nothing to count.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::sync::{Arc, Barrier};

use anyrt_core::{Launch, Spawn};

use crate::Launcher;
use crate::witness::Drive;

cases! { worker_count if worker_count:
    as_many_tasks_run_at_once_as_there_are_workers(launcher) [S1];
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
