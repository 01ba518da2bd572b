//! Tasks by the trait of the crate futures. It has nothing for tokio: its own is a pool of threads.

use futures_executor::ThreadPool;
use futures_util::task::{Spawn, SpawnExt};

use crate::contestant::{Contestant, Row, on_each};

pub(super) fn row() -> Row {
    let pool = ThreadPool::builder().pool_size(2).create().unwrap();
    Row {
        name: "futures",
        operation: "a task that is spawned within one, and awaited",
        theirs: Contestant::new("futures' own pool", move |n| {
            let inside = pool.clone();
            let all = pool.spawn_with_handle(async move { spawn(&inside, n).await }).unwrap();
            futures_executor::block_on(all);
        }),
        ours: on_each(|runtime| {
            let executor = anyrt_futures::Executor::new(runtime.handle().clone());
            move |n| {
                let inside = executor.clone();
                let all =
                    executor.spawn_with_handle(async move { spawn(&inside, n).await }).unwrap();
                runtime.block_on(all);
            }
        }),
    }
}

async fn spawn(executor: &impl Spawn, tasks: usize) {
    for number in 0..tasks {
        let task = executor.spawn_with_handle(async move { number }).unwrap();
        assert_eq!(task.await, number);
    }
}
