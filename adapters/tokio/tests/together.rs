//! A runtime that was started through anyrt, and code written for tokio that finds itself inside.

use std::sync::{Arc, Barrier};

use tokio::runtime::{Builder, Handle, worker_index};

#[test]
fn a_runtime_of_anyrt_is_told_from_others() {
    let runtime = anyrt::Runtime::new().unwrap();
    let id = || runtime.block_on(async { Handle::current().id() });
    let first = id();
    assert_eq!(id(), first);
    assert_ne!(anyrt::Runtime::new().unwrap().block_on(async { Handle::current().id() }), first);
    assert_ne!(Builder::new_current_thread().build().unwrap().handle().id(), first);
}

#[test]
fn its_workers_have_numbers() {
    const WORKERS: usize = 3;
    let runtime = anyrt::Builder::new().worker_threads(WORKERS).build().unwrap();
    let all_run = Arc::new(Barrier::new(WORKERS));
    let tasks = [(); WORKERS].map(|()| {
        let all_run = Arc::clone(&all_run);
        runtime.handle().spawn(async move {
            all_run.wait();
            worker_index().unwrap()
        })
    });
    // smol does not tell how many there are.
    let known = runtime.block_on(async { Handle::current().metrics().num_workers() });
    let mut numbers = tasks.map(|task| runtime.block_on(task).unwrap());
    numbers.sort_unstable();
    assert_eq!(numbers, if known == WORKERS { [0, 1, 2] } else { [0; WORKERS] });
}
