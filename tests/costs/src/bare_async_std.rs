//! The operations on async-std itself.

use std::hint::black_box;

use async_std::task;
use futures::executor;

use crate::{DETACHED, Operation, async_io_sockets};

pub(crate) fn run(operation: Operation, count: u64) {
    let repeat = repeat(operation, count);
    if matches!(operation, Operation::EchoOutside) {
        return executor::block_on(repeat);
    }
    if matches!(operation, Operation::BlockOn) {
        for i in 0..count {
            black_box(task::block_on(async { black_box(i) }));
        }
        return;
    }
    task::block_on(task::spawn(repeat));
}

async fn repeat(operation: Operation, count: u64) {
    match operation {
        Operation::Spawn => {
            for i in 0..count {
                black_box(task::spawn(async move { black_box(i) }).await);
            }
        }
        Operation::Idle => unreachable!("that is the one of smol"),
        Operation::SpawnDetached => {
            for i in 0..count {
                drop(task::spawn(async move { black_box(i) }));
                if i % DETACHED == 0 {
                    task::yield_now().await;
                }
            }
        }
        Operation::Yield => {
            for _ in 0..count {
                task::yield_now().await;
            }
        }
        other => async_io_sockets::repeat(other, count, |echo| task::spawn(echo.run())).await,
    }
}
