//! K10, a capability: the threads of a runtime call what the configuration says, and have the names that it makes.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::collections::{HashMap, HashSet};
use std::panic::panic_any;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};

use anyrt_core::{Launch, SpawnBlocking, ThreadHooks};
use futures::future::join_all;

use crate::Launcher;
use crate::witness::{Counter, Drive, wait_until};

cases! { thread_hooks if thread_hooks:
    each_thread_calls_its_hooks_once_around_what_it_runs(launcher) [K10];
    panics_of_hooks_harm_nobody(launcher) [K10];
    each_thread_has_the_name_that_is_made_for_it(launcher) [K10];
}

/// How often each thread has called its hooks.
#[derive(Clone, Default)]
pub(crate) struct Book(Arc<Mutex<HashMap<ThreadId, Calls>>>);

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Calls {
    pub(crate) starts: usize,
    pub(crate) stops: usize,
}

impl Book {
    /// Hooks that are written down in this book.
    pub(crate) fn hooks(&self) -> ThreadHooks {
        let (starts, stops) = (self.clone(), self.clone());
        ThreadHooks::default()
            .on_start(move || starts.change(|calls| calls.starts += 1))
            .on_stop(move || stops.change(|calls| calls.stops += 1))
    }

    fn change(&self, change: impl FnOnce(&mut Calls)) {
        change(self.0.lock().unwrap().entry(thread::current().id()).or_default());
    }

    /// The calls of this thread.
    pub(crate) fn here(&self) -> Calls {
        self.0.lock().unwrap().get(&thread::current().id()).copied().unwrap_or_default()
    }

    pub(crate) fn all(&self) -> Vec<Calls> {
        self.0.lock().unwrap().values().copied().collect()
    }
}

/// What a thread has called that runs something.
pub(crate) const RUNS: Calls = Calls { starts: 1, stops: 0 };

/// What a thread has called that has ended.
pub(crate) const ENDED: Calls = Calls { starts: 1, stops: 1 };

/// More than one, and each has a thread of its own.
const CLOSURES: usize = 4;

/// Runs so many closures, all of them at once.
fn run_at_once<L: Launch, T: Send + 'static>(
    runtime: &L,
    closure: impl Fn() -> T + Clone + Send + 'static,
) -> Vec<T> {
    let running = Counter::new();
    let closures = (0..CLOSURES).map(|_| {
        let (running, closure) = (running.clone(), closure.clone());
        runtime.handle().spawn_blocking(move || {
            running.add();
            wait_until(|| running.count() == CLOSURES);
            closure()
        })
    });
    let outputs = runtime.handle().drive(join_all(closures.collect::<Vec<_>>()));
    outputs.into_iter().map(|output| output.unwrap()).collect()
}

pub fn each_thread_calls_its_hooks_once_around_what_it_runs<L: Launch>(launcher: &Launcher<L>) {
    let book = Book::default();
    let runtime = launcher.start_with(|config| config.thread_hooks = book.hooks());
    let looks = book.clone();
    assert_eq!(run_at_once(&runtime, move || looks.here()), [RUNS; CLOSURES]);
    drop(runtime);
    wait_until(|| book.all().iter().all(|calls| *calls == ENDED));
    assert!(book.all().len() >= CLOSURES);
}

pub fn panics_of_hooks_harm_nobody<L: Launch>(launcher: &Launcher<L>) {
    let stops = Counter::new();
    let stop = stops.clone();
    let hooks = ThreadHooks::default()
        .on_start(|| panic_any("on purpose"))
        .on_stop(move || {
            stop.add();
            panic_any("on purpose");
        })
        .name(|| panic_any("on purpose"));
    let runtime = launcher.start_with(|config| config.thread_hooks = hooks);
    assert_eq!(run_at_once(&runtime, || 42), [42; CLOSURES]);
    drop(runtime);
    wait_until(|| stops.count() >= CLOSURES);
}

pub fn each_thread_has_the_name_that_is_made_for_it<L: Launch>(launcher: &Launcher<L>) {
    let made = Counter::new();
    let hooks = ThreadHooks::default().name(move || format!("made {}", made.add()));
    let runtime = launcher.start_with(|config| config.thread_hooks = hooks);
    let name = || thread::current().name().map(str::to_owned).unwrap_or_default();
    let names: HashSet<_> = run_at_once(&runtime, name).into_iter().collect();
    assert_eq!(names.len(), CLOSURES, "{names:?}");
    assert!(names.iter().all(|name| name.starts_with("made ")), "{names:?}");
}
