//! B5, a capability: threads for blocking closures end when they were idle for long enough.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::any::Any;
use std::cell::RefCell;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use anyrt_core::{BlockOn, Config, Flavor, Launch, SpawnBlocking};
use futures::future::join_all;

use crate::witness::{Counter, ONE_WORKER, on_drop, until, wait_until};

cases! { keep_alive:
    an_idle_thread_ends [B5];
    an_idle_thread_does_not_end_before_its_keep_alive [B5];
    all_idle_threads_end [B5];
    closures_run_after_the_idle_threads_have_ended [B5];
}

thread_local! {
    static AT_EXIT: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// Runs `case` on runtimes with this keep-alive, with a worker thread and without.
fn with_keep_alive<L: Launch>(given: L, keep_alive: Duration, case: impl Fn(&L)) {
    drop(given);
    for flavor in [ONE_WORKER, Flavor::CurrentThread] {
        let config = Config { flavor, blocking_keep_alive: keep_alive, ..Config::default() };
        let runtime = L::start(&config).unwrap();
        case(&runtime);
        // The runtime lives until here: its end is not what ends the threads.
        drop(runtime);
    }
}

/// Tells the id of a thread when it ends, and how long after the closure that was run on it.
type Ends = Receiver<(ThreadId, Duration)>;

/// To be called on a thread for blocking closures: its end will be reported.
fn report_end(ends: &Sender<(ThreadId, Duration)>) -> ThreadId {
    let (ends, id, idle_since) = (ends.clone(), thread::current().id(), Instant::now());
    let report = on_drop(move || {
        let _ = ends.send((id, idle_since.elapsed()));
    });
    AT_EXIT.set(Some(Box::new(report)));
    id
}

fn run_and_wait_for_end<L: Launch>(runtime: &L) -> Duration {
    let (sender, ends): (_, Ends) = mpsc::channel();
    let closure = runtime.handle().spawn_blocking(move || report_end(&sender));
    let id = runtime.handle().block_on(closure).unwrap();
    let (ended, idle) = ends.recv().expect("the thread reports its end");
    assert_eq!(ended, id);
    idle
}

pub fn an_idle_thread_ends<L: Launch>(runtime: L) {
    with_keep_alive(runtime, Duration::from_millis(1), |runtime| {
        run_and_wait_for_end(runtime);
    });
}

pub fn an_idle_thread_does_not_end_before_its_keep_alive<L: Launch>(runtime: L) {
    let keep_alive = Duration::from_millis(50);
    with_keep_alive(runtime, keep_alive, |runtime| {
        let idle = run_and_wait_for_end(runtime);
        assert!(idle >= keep_alive, "it ended after {idle:?}");
    });
}

pub fn all_idle_threads_end<L: Launch>(runtime: L) {
    const THREADS: usize = 8;

    with_keep_alive(runtime, Duration::from_millis(1), |runtime| {
        let (sender, ends): (_, Ends) = mpsc::channel();
        let running = Counter::new();
        let closures: Vec<_> = (0..THREADS)
            .map(|_| {
                let (sender, running) = (sender.clone(), running.clone());
                runtime.handle().spawn_blocking(move || {
                    // All of them at once, so that each has a thread of its own.
                    running.add();
                    wait_until(|| running.count() == THREADS);
                    report_end(&sender)
                })
            })
            .collect();
        let mut ids: Vec<_> = runtime
            .handle()
            .block_on(join_all(closures))
            .into_iter()
            .map(|result| result.unwrap())
            .collect();
        while !ids.is_empty() {
            let (ended, _) = ends.recv().expect("every thread reports its end");
            ids.retain(|id| *id != ended);
        }
    });
}

pub fn closures_run_after_the_idle_threads_have_ended<L: Launch>(runtime: L) {
    with_keep_alive(runtime, Duration::from_millis(1), |runtime| {
        for _ in 0..5 {
            run_and_wait_for_end(runtime);
        }
        let ran = Counter::new();
        for _ in 0..10 {
            let ran = ran.clone();
            drop(runtime.handle().spawn_blocking(move || ran.add()));
        }
        runtime.handle().block_on(until(|| ran.count() == 10));
    });
}
