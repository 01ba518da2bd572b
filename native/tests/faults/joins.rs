//! Tasks that wait for tasks that wait for tasks, and the stack that they have.

use std::future::{self, Future, poll_fn};
use std::hint::black_box;
use std::os::unix::process::ExitStatusExt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use anyrt_core::JoinHandle as _;
use anyrt_native::{
    BlockOn, Builder, Handle, JoinHandle, Launch, Runtime, Spawn, SpawnBlocking, yield_now,
};
use futures::executor;

use super::support_faults::{Counter, child, outcome_of_child, start};

const LEVELS: usize = 100_000;
const FEWER: usize = LEVELS / 10;

type Level = Pin<Box<dyn Future<Output = usize> + Send>>;

/// Awaits a task that awaits a task, and so on, and returns how many there were.
fn chain(handle: &Handle, levels: usize, yields: bool) -> Level {
    let handle = handle.clone();
    Box::pin(async move {
        if yields {
            yield_now().await;
        }
        if levels == 0 {
            return 0;
        }
        handle.spawn(chain(&handle, levels - 1, yields)).await.unwrap() + 1
    })
}

/// What each way of entering the runtime returns for a task.
fn from_everywhere(workers: usize, make: fn(&Handle) -> Level) -> Vec<usize> {
    let runtime = start(workers);
    let handle = runtime.handle();
    let on_small_stack = || {
        let thread = thread::Builder::new().stack_size(128 << 10);
        let handle = handle.clone();
        thread.spawn(move || handle.block_on(make(&handle))).unwrap().join().unwrap()
    };
    let closure = handle.clone();
    let mut outputs = vec![
        handle.block_on(make(handle)),
        handle.block_on(handle.spawn(make(handle))).unwrap(),
        handle.block_on(handle.spawn_blocking(move || closure.block_on(make(&closure)))).unwrap(),
        on_small_stack(),
    ];
    if workers > 0 {
        outputs.push(executor::block_on(handle.spawn(make(handle))).unwrap());
        outputs.push(executor::block_on(make(handle)));
    }
    outputs
}

#[test]
fn a_hundred_thousand_tasks_that_await_each_other_overflow_no_stack() {
    child(|| {
        for workers in 0..3 {
            let runtime = start(workers);
            let handle = runtime.handle();
            assert_eq!(
                handle.block_on(handle.spawn(chain(handle, LEVELS, false))).unwrap(),
                LEVELS
            );
            let outputs = from_everywhere(workers, |handle| chain(handle, FEWER, false));
            assert!(outputs.into_iter().all(|levels| levels == FEWER));
        }
    });
}

#[test]
fn neither_do_they_if_they_yield_before() {
    child(|| {
        for workers in 0..3 {
            let outputs = from_everywhere(workers, |handle| chain(handle, FEWER, true));
            assert!(outputs.into_iter().all(|levels| levels == FEWER));
        }
    });
}

#[test]
fn a_waker_that_is_all_that_is_left_of_a_chain_may_be_dropped() {
    fn level(handle: Handle, levels: usize, kept: Arc<Mutex<Option<Waker>>>) -> Level {
        Box::pin(async move {
            // So that whoever awaits it has to wait, and leaves a waker.
            yield_now().await;
            if levels > 0 {
                let below = level(handle.clone(), levels - 1, kept);
                return handle.spawn(below).await.unwrap() + 1;
            }
            poll_fn(|cx| {
                *kept.lock().unwrap() = Some(cx.waker().clone());
                Poll::Ready(0)
            })
            .await
        })
    }

    child(|| {
        for workers in 0..3 {
            let runtime = start(workers);
            let (handle, kept) = (runtime.handle(), Arc::default());
            let chain = level(handle.clone(), LEVELS, Arc::clone(&kept));
            assert_eq!(handle.block_on(handle.spawn(chain)).unwrap(), LEVELS);
            let waker = kept.lock().unwrap().take();
            drop(waker);
        }
    });
}

/// A task that waits for ever for a chain of others, which may be aborted with the one before it.
fn spawn_endless(
    runtime: &Runtime,
    levels: usize,
    aborts: bool,
    started: &Counter,
    drops: &Counter,
) -> JoinHandle<()> {
    fn level(
        handle: Handle,
        levels: usize,
        aborts: bool,
        started: Counter,
        drops: Counter,
    ) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let on_drop = drops.on_drop();
        Box::pin(async move {
            let _on_drop = on_drop;
            started.add();
            if levels == 0 {
                return future::pending().await;
            }
            let next = level(handle.clone(), levels - 1, aborts, started.clone(), drops);
            let next = handle.spawn(next);
            if aborts { drop(next.abort_on_drop().await) } else { drop(next.await) }
        })
    }
    let future = level(runtime.handle().clone(), levels, aborts, started.clone(), drops.clone());
    let task = runtime.handle().spawn(future);
    runtime.handle().block_on(async {
        while started.count() <= levels {
            yield_now().await;
        }
    });
    task
}

#[test]
fn a_chain_that_is_aborted_at_its_head_is_dropped_link_by_link() {
    child(|| {
        for workers in 0..3 {
            let runtime = start(workers);
            let (started, drops) = (Counter::default(), Counter::default());
            let head = spawn_endless(&runtime, LEVELS, true, &started, &drops);
            head.abort();
            assert!(runtime.handle().block_on(head).unwrap_err().is_cancelled());
            runtime.handle().block_on(async {
                while drops.count() <= LEVELS {
                    yield_now().await;
                }
            });
            assert_eq!(drops.count(), LEVELS + 1);
        }
    });
}

#[test]
fn a_chain_is_dropped_with_its_runtime() {
    child(|| {
        for (workers, aborts) in [(0, true), (1, false), (2, true), (2, false)] {
            let runtime = start(workers);
            let (started, drops) = (Counter::default(), Counter::default());
            let head = spawn_endless(&runtime, LEVELS, aborts, &started, &drops);
            drop(runtime);
            assert_eq!(drops.count(), LEVELS + 1);
            assert!(executor::block_on(head).unwrap_err().is_cancelled());
        }
    });
}

/// Uses so much of the stack.
#[inline(never)]
fn descend(from: usize, bytes: usize) {
    let block = black_box([0_u8; 1024]);
    if from - (&raw const block).addr() < bytes {
        descend(from, bytes);
    }
    black_box(&block);
}

fn use_stack(kibibytes: usize) {
    let here = 0_u8;
    descend((&raw const here).addr(), kibibytes << 10);
}

#[test]
fn a_task_has_1500_kibibytes_of_stack() {
    child(|| {
        for workers in [1, 2] {
            let runtime = start(workers);
            let handle = runtime.handle();
            let inside = handle.clone();
            executor::block_on(handle.spawn(async { use_stack(1500) })).unwrap();
            // Also where another task polls it in its place.
            executor::block_on(handle.spawn(async move {
                inside.spawn(async { use_stack(1500) }).await.unwrap();
            }))
            .unwrap();
            executor::block_on(handle.spawn_blocking(|| use_stack(1500))).unwrap();
            // With little stack the thread leaves tasks to the workers.
            let inside = handle.clone();
            let thread = thread::Builder::new().stack_size(256 << 10);
            let wait = move || {
                inside.block_on(async {
                    inside.spawn(async { use_stack(1500) }).await.unwrap();
                });
            };
            thread.spawn(wait).unwrap().join().unwrap();
        }
    });
}

#[test]
fn a_task_that_overflows_the_stack_ends_the_process_and_names_its_thread() {
    let (status, output) = outcome_of_child(|| {
        let runtime = Builder::new().worker_threads(1).thread_name("narrow").build().unwrap();
        executor::block_on(runtime.handle().spawn(async { use_stack(2500) })).unwrap();
    });
    assert_eq!(status.signal(), Some(libc::SIGABRT), "{output}");
    assert!(output.contains("'narrow'") && output.contains("overflow"), "{output}");
}
