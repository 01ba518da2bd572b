//! The operations on smol itself, with an executor on one thread.

use std::hint::black_box;
use std::sync::Arc;

use async_executor::Executor;
use futures::executor;

use crate::{Operation, async_io_sockets};

pub(crate) fn run(operation: Operation, count: u64) {
    let executor = Arc::new(Executor::new());
    let repeat = repeat(Arc::clone(&executor), operation, count);
    if matches!(operation, Operation::EchoOutside) {
        return executor::block_on(repeat);
    }
    let task = executor.spawn(repeat);
    smol::block_on(executor.run(task));
}

async fn repeat(executor: Arc<Executor<'static>>, operation: Operation, count: u64) {
    match operation {
        Operation::Spawn => {
            for i in 0..count {
                black_box(executor.spawn(async move { black_box(i) }).await);
            }
        }
        other => async_io_sockets::repeat(other, count, |echo| executor.spawn(echo.run())).await,
    }
}
