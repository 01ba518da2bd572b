//! K4, S23, where there is a current-thread runtime: it has no thread that polls tasks by itself, and keeps their order.
//!
//! Declared for the configuration `current_thread`: elsewhere workers poll the tasks.

#![allow(missing_docs, reason = "the names of the cases are sentences")]

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use anyrt_core::{BlockOn, Launch, Spawn, SpawnBlocking, Timer, yield_now};

use futures::channel::oneshot;
use futures::future::join_all;

use crate::witness::Drive;

cases! { driven if current_thread:
    tasks_are_polled_by_the_threads_in_block_on [K4];
    tasks_are_polled_by_any_of_several_threads_in_block_on [K3, K4];
    tasks_are_polled_in_the_order_in_which_they_were_spawned [S23, S10];
    tasks_are_polled_in_the_order_in_which_they_were_woken [S23];
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

/// What tasks were polled, in their order.
#[derive(Clone, Default)]
struct Order(Arc<Mutex<Vec<usize>>>);

impl Order {
    fn note(&self, task: usize) {
        self.0.lock().unwrap().push(task);
    }

    fn take(&self) -> Vec<usize> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// More than a runtime turns to before it looks elsewhere.
const TASKS: usize = 200;

pub fn tasks_are_polled_in_the_order_in_which_they_were_spawned<L: Launch>(runtime: L) {
    let (handle, order) = (runtime.handle(), Order::default());
    let spawn = |task| {
        let order = order.clone();
        handle.spawn(async move {
            order.note(task);
            yield_now().await;
            order.note(task);
        })
    };
    // By the future in `block_on`, and by a task.
    handle.drive(async { join_all((0..TASKS).map(spawn).collect::<Vec<_>>()).await });
    let expected: Vec<_> = (0..TASKS).chain(0..TASKS).collect();
    assert_eq!(order.take(), expected);
    let (in_task, inner) = (handle.clone(), order.clone());
    let parent = handle.spawn(async move {
        let tasks = (0..TASKS).map(|task| {
            let order = inner.clone();
            in_task.spawn(async move { order.note(task) })
        });
        join_all(tasks.collect::<Vec<_>>()).await;
    });
    handle.drive(parent).unwrap();
    assert_eq!(order.take(), Vec::from_iter(0..TASKS));
}

pub fn tasks_are_polled_in_the_order_in_which_they_were_woken<L: Launch>(runtime: L) {
    /// Has no divisor in common with the number of tasks: each comes once.
    const STEP: usize = 77;

    let (handle, order) = (runtime.handle(), Order::default());
    let (mut wake, mut tasks) = (Vec::new(), Vec::new());
    for task in 0..TASKS {
        let (sender, receiver) = oneshot::channel::<()>();
        let order = order.clone();
        wake.push(Some(sender));
        tasks.push(handle.spawn(async move {
            receiver.await.unwrap();
            order.note(task);
        }));
    }
    let expected: Vec<_> = (0..TASKS).map(|turn| turn * STEP % TASKS).collect();
    let turns = expected.clone();
    let waker = handle.spawn(async move {
        // Behind all of them, so that each waits.
        yield_now().await;
        for task in turns {
            let sender = wake[task].take().expect("each comes once");
            sender.send(()).unwrap();
        }
    });
    handle.drive(async {
        waker.await.unwrap();
        join_all(tasks).await;
    });
    assert_eq!(order.take(), expected);
}
