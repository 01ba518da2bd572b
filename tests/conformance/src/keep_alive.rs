//! B5, a capability: threads for blocking closures end when they were idle for long enough.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::any::Any;
use std::cell::RefCell;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use anyrt_core::{Launch, SpawnBlocking};
use futures::future::join_all;

use crate::Launcher;
use crate::witness::{Counter, Drive, Receive, on_drop, until, wait_until};

cases! { keep_alive if keep_alive:
    an_idle_thread_ends(launcher) [B5];
    an_idle_thread_does_not_end_before_its_keep_alive(launcher) [B5];
    all_idle_threads_end(launcher) [B5];
    closures_run_after_the_idle_threads_have_ended(launcher) [B5];
}

thread_local! {
    static AT_EXIT: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// A runtime that keeps idle threads for this long. The cases hold it to their end, so that its end
/// is not what ends the threads.
fn start_with<L: Launch>(launcher: &Launcher<L>, keep_alive: Duration) -> L {
    launcher.start_with(|config| config.blocking_keep_alive = keep_alive)
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
    let id = runtime.handle().drive(closure).unwrap();
    let (ended, idle) = ends.receive().expect("the thread reports its end");
    assert_eq!(ended, id);
    idle
}

pub fn an_idle_thread_ends<L: Launch>(launcher: &Launcher<L>) {
    let runtime = start_with(launcher, Duration::from_millis(1));
    run_and_wait_for_end(&runtime);
}

pub fn an_idle_thread_does_not_end_before_its_keep_alive<L: Launch>(launcher: &Launcher<L>) {
    let keep_alive = Duration::from_millis(50);
    let runtime = start_with(launcher, keep_alive);
    let idle = run_and_wait_for_end(&runtime);
    assert!(idle >= keep_alive, "it ended after {idle:?}");
}

pub fn all_idle_threads_end<L: Launch>(launcher: &Launcher<L>) {
    const THREADS: usize = 8;

    let runtime = start_with(launcher, Duration::from_millis(1));
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
        .drive(join_all(closures))
        .into_iter()
        .map(|result| result.unwrap())
        .collect();
    while !ids.is_empty() {
        let (ended, _) = ends.receive().expect("every thread reports its end");
        ids.retain(|id| *id != ended);
    }
}

pub fn closures_run_after_the_idle_threads_have_ended<L: Launch>(launcher: &Launcher<L>) {
    let runtime = start_with(launcher, Duration::from_millis(1));
    for _ in 0..5 {
        run_and_wait_for_end(&runtime);
    }
    let ran = Counter::new();
    for _ in 0..10 {
        let ran = ran.clone();
        drop(runtime.handle().spawn_blocking(move || ran.add()));
    }
    runtime.handle().drive(until(|| ran.count() == 10));
}
