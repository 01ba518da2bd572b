//! K11, a capability: a thread that polls tasks tells before and after it sleeps.
//!
//! Not declared for the configuration `current_thread`: there it is a thread of the caller's that sleeps.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::collections::HashSet;
use std::panic::panic_any;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use anyrt_core::{Launch, Spawn, ThreadHooks, Timer};

use crate::Launcher;
use crate::witness::{Counter, Drive, wait_until};

cases! { park_hooks if park_hooks:
    a_thread_tells_in_turns_that_it_sleeps_and_that_it_has_slept(launcher) [K11];
    a_task_that_a_thread_spawns_before_it_sleeps_runs(launcher) [K11];
    panics_before_and_after_a_sleep_harm_nobody(launcher) [K11];
}

/// Has the runtime sleep and wake, again and again.
fn sleep_often<L: Launch>(runtime: &L) {
    for _ in 0..50 {
        let sleep = runtime.handle().sleep(Duration::from_micros(100));
        runtime.handle().drive(runtime.handle().spawn(sleep)).unwrap();
    }
}

pub fn a_thread_tells_in_turns_that_it_sleeps_and_that_it_has_slept<L: Launch>(
    launcher: &Launcher<L>,
) {
    let asleep = Arc::new(Mutex::new(HashSet::new()));
    let (sleeps, wakes) = (Arc::clone(&asleep), asleep);
    let (slept, out_of_turn) = (Counter::new(), Counter::new());
    let (woke, early, late) = (slept.clone(), out_of_turn.clone(), out_of_turn.clone());
    let hooks = ThreadHooks::default()
        .on_park(move || {
            if !sleeps.lock().unwrap().insert(thread::current().id()) {
                early.add();
            }
        })
        .on_unpark(move || {
            woke.add();
            if !wakes.lock().unwrap().remove(&thread::current().id()) {
                late.add();
            }
        });
    let runtime = launcher.start_with(|config| config.thread_hooks = hooks);
    sleep_often(&runtime);
    wait_until(|| slept.count() > 0);
    drop(runtime);
    assert_eq!(out_of_turn.count(), 0);
}

pub fn a_task_that_a_thread_spawns_before_it_sleeps_runs<L: Launch>(launcher: &Launcher<L>) {
    const TASKS: usize = 20;

    let (spawned, ran) = (Counter::new(), Counter::new());
    let (before, runs) = (spawned, ran.clone());
    let known: Arc<OnceLock<L::Handle>> = Arc::default();
    let handle = Arc::clone(&known);
    let hooks = ThreadHooks::default().on_park(move || {
        let Some(handle) = handle.get() else { return };
        if before.add() < TASKS {
            let runs = runs.clone();
            drop(handle.spawn(async move { runs.add() }));
        }
    });
    let runtime = launcher.start_with(|config| config.thread_hooks = hooks);
    assert!(known.set(runtime.handle().clone()).is_ok());
    // The first wakes whoever sleeps already; the others come one from another.
    runtime.handle().drive(runtime.handle().spawn(async {})).unwrap();
    wait_until(|| ran.count() == TASKS);
}

pub fn panics_before_and_after_a_sleep_harm_nobody<L: Launch>(launcher: &Launcher<L>) {
    let panics = || panic_any("on purpose");
    let hooks = ThreadHooks::default().on_park(panics).on_unpark(panics);
    let runtime = launcher.start_with(|config| config.thread_hooks = hooks);
    sleep_often(&runtime);
}
