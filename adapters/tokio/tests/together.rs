//! A runtime that was started through anyrt, and code written for tokio that finds itself inside.

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
    let runtime = anyrt::Builder::new().worker_threads(1).build().unwrap();
    let number = runtime.block_on(async { tokio::spawn(async { worker_index() }).await.unwrap() });
    assert_eq!(number, Some(0));
}
