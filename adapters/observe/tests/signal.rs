//! A dump whenever a signal comes, also when no task runs any more. In a process of its own.
#![cfg(unix)]

mod support;

use std::sync::mpsc;

use anyrt::Runtime;
use anyrt::task::Builder;
use anyrt_observe::Tasks;
use rustix::process::{Signal, getpid, kill_process};
use support::on_all;

on_all! {
    a_signal_makes_a_dump_though_all_workers_are_stuck;
}

fn a_signal_makes_a_dump_though_all_workers_are_stuck(runtime: &Runtime, tasks: &Tasks) {
    let (report, reports) = mpsc::channel();
    let mut count = 0;
    let dumps = tasks.dump_on(Signal::USR1.as_raw(), move |dump| {
        report.send(dump).unwrap();
        count += 1;
        // After a panic there are others.
        if count == 1 {
            std::panic::resume_unwind(Box::new(()));
        }
    });
    let dumps = dumps.unwrap();
    let (release, is_released) = mpsc::channel::<()>();
    let is_released = std::sync::Arc::new(std::sync::Mutex::new(is_released));
    let (stuck, are_stuck) = mpsc::channel();
    // More than there are workers, on async-std too.
    let all: Vec<_> = (0..64)
        .map(|_| {
            let (stuck, is_released) = (stuck.clone(), std::sync::Arc::clone(&is_released));
            Builder::new().name("stuck").spawn_on(runtime.handle(), async move {
                stuck.send(()).unwrap();
                let _ = is_released.lock().unwrap().recv();
            })
        })
        .collect();
    are_stuck.recv().unwrap();
    for _ in 0..3 {
        kill_process(getpid(), Signal::USR1).unwrap();
        let dump = reports.recv().unwrap();
        let stuck = dump.tasks.iter().filter(|task| task.name.as_deref() == Some("stuck"));
        assert_eq!(stuck.count(), 64);
    }
    drop(release);
    runtime.block_on(async {
        for task in all {
            task.await.unwrap();
        }
    });
    drop(dumps);
    assert!(reports.recv().is_err(), "the thread has ended, and the report with it");
    // Nobody listens, and it is not the end of the process.
    kill_process(getpid(), Signal::USR1).unwrap();
}
