//! K4, where there is a current-thread runtime: it has no thread that polls tasks by itself.
//!
//! Declared for the configuration `current_thread`: elsewhere workers poll the tasks.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyrt_core::{BlockOn, Launch, Spawn, SpawnBlocking, Timer, yield_now};

use crate::witness::Drive;

cases! { driven if current_thread:
    tasks_are_polled_by_the_threads_in_block_on [K4];
    tasks_are_polled_by_any_of_several_threads_in_block_on [K3, K4];
}

/// The threads that polled tasks, by the text of their ids, which have no order themselves.
#[derive(Clone, Debug, Default)]
struct Pollers(Arc<Mutex<BTreeSet<String>>>);

impl Pollers {
    fn note(&self) {
        self.0.lock().unwrap().insert(id());
    }

    #[track_caller]
    fn assert_among(&self, threads: &BTreeSet<String>) {
        let pollers = self.0.lock().unwrap();
        assert!(!pollers.is_empty() && pollers.is_subset(threads), "{pollers:?}: not {threads:?}");
    }
}

fn id() -> String {
    format!("{:?}", thread::current().id())
}

/// A task that is woken by whatever wakes tasks.
fn spawn_noting<H: Spawn + SpawnBlocking + Timer>(
    handle: &H,
    pollers: &Pollers,
) -> H::JoinHandle<()> {
    let (in_task, pollers) = (handle.clone(), pollers.clone());
    handle.spawn(async move {
        pollers.note();
        yield_now().await;
        pollers.note();
        in_task.spawn_blocking(|| ()).await.unwrap();
        pollers.note();
        in_task.sleep(Duration::from_millis(1)).await;
        pollers.note();
        let inner = pollers.clone();
        in_task.spawn(async move { inner.note() }).await.unwrap();
        pollers.note();
    })
}

pub fn tasks_are_polled_by_the_threads_in_block_on<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    let pollers = Pollers::default();
    for _ in 0..10 {
        // Spawned here and on a foreign thread, while nobody is in `block_on`.
        let here = spawn_noting(handle, &pollers);
        let there =
            thread::scope(|scope| scope.spawn(|| spawn_noting(handle, &pollers)).join().unwrap());
        handle.drive(async {
            spawn_noting(handle, &pollers).await.unwrap();
            here.await.unwrap();
            there.await.unwrap();
        });
    }
    pollers.assert_among(&BTreeSet::from([id()]));
}

pub fn tasks_are_polled_by_any_of_several_threads_in_block_on<L: Launch>(runtime: L) {
    const THREADS: usize = 4;

    let handle = runtime.handle();
    let pollers = Pollers::default();
    let threads = thread::scope(|scope| {
        let threads = [(); THREADS].map(|()| {
            scope.spawn(|| {
                for _ in 0..10 {
                    handle.block_on(spawn_noting(handle, &pollers)).unwrap();
                }
                id()
            })
        });
        threads.map(|thread| thread.join().unwrap())
    });
    pollers.assert_among(&BTreeSet::from(threads));
}
