//! What criterion hands over for a batch of iterations.

use std::hint::black_box;

use criterion::async_executor::AsyncExecutor;

use crate::contestant::{Contestant, Row, on_each, on_tokio};

pub(super) fn row() -> Row {
    let own = on_tokio();
    Row {
        name: "criterion",
        operation: "a batch of 10 iterations, each of which is ready at once",
        theirs: Contestant::new("criterion's own on tokio", move |n| iterate(&own, n)),
        ours: on_each(|runtime| {
            let executor = anyrt_criterion::Executor::new(runtime.handle().clone());
            move |n| {
                let _kept = &runtime;
                iterate(&executor, n);
            }
        }),
    }
}

fn iterate<'a, E>(executor: &'a E, batches: usize)
where
    &'a E: AsyncExecutor,
{
    for _ in 0..batches {
        executor.block_on(async {
            for iteration in 0..10 {
                black_box(async { iteration }.await);
            }
        });
    }
}
