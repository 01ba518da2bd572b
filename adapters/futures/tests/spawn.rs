//! Tasks by the crate futures, on every backend.

use std::future::poll_fn;
use std::task::Poll;

use anyrt::task::poll_proceed;
use anyrt::{Config, Launch, adapters};
use anyrt_futures::Executor;
use futures_executor::block_on;
use futures_util::future::{join_all, pending};
use futures_util::task::{Spawn, SpawnExt};

#[anyrt::test(all)]
async fn tasks_run_and_give_their_output() {
    let executor = Executor::current();
    let tasks = (0..100).map(|number| {
        // It is in the runtime, whose timers it uses.
        let task = async move {
            anyrt::time::sleep(anyrt::time::Duration::from_millis(1)).await;
            number
        };
        executor.spawn_with_handle(task).unwrap()
    });
    let numbers = join_all(tasks.collect::<Vec<_>>()).await;
    assert_eq!(numbers, (0..100).collect::<Vec<_>>());
}

/// As libraries take one.
async fn library(executor: impl Spawn) -> u32 {
    let (one, other) =
        (executor.spawn_with_handle(async { 1 }), executor.spawn_with_handle(async { 2 }));
    one.unwrap().await + other.unwrap().await
}

#[anyrt::test(all)]
async fn a_task_goes_on_by_itself_and_one_that_panics_harms_nobody() {
    let executor = Executor::current();
    let (done, is_done) = futures_util::future::abortable(pending::<()>());
    executor.spawn(async move { is_done.abort() }).unwrap();
    assert!(done.await.is_err());
    executor.spawn(async { panic!("of its own") }).unwrap();
    assert_eq!(library(executor).await, 3);
}

#[test]
fn a_runtime_that_has_ended_is_an_error() {
    for backend in anyrt::selection().unwrap().compiled() {
        let build = || anyrt::Builder::new().backend(*backend).build().unwrap();
        let (stays, ends) = (build(), build());
        if stays.handle() == ends.handle() {
            // There is one for the process, which nobody ends.
            assert_eq!(*backend, "async-std");
            continue;
        }
        let executor = Executor::new(ends.handle().clone());
        executor.spawn(pending()).unwrap();
        drop(ends);
        assert!(executor.spawn(pending()).unwrap_err().is_shutdown(), "on {backend}");
        // In a task, too, that has done all that it may do in one poll.
        let refused = stays.block_on(poll_fn(|cx| {
            let is_spent = (0..1000).any(|_| poll_proceed(cx, |_| Poll::Ready(())).is_pending());
            assert!(is_spent, "on {backend}");
            Poll::Ready(executor.spawn(pending()))
        }));
        assert!(refused.unwrap_err().is_shutdown(), "on {backend}");
    }
}

/// The handle of a backend, without the facade.
fn without_the_facade<L: Launch>() {
    let runtime = L::start(&Config::default()).unwrap();
    assert_eq!(block_on(library(Executor::new(runtime.handle().clone()))), 3);
}

#[test]
fn each_backend_will_do_without_the_facade() {
    without_the_facade::<adapters::native::Runtime>();
    without_the_facade::<adapters::tokio::Runtime>();
    without_the_facade::<adapters::smol::Runtime>();
    without_the_facade::<adapters::async_std::Runtime>();
}
