//! The operations on smol itself, with an executor on one thread.

use std::hint::black_box;
use std::io::Read;
use std::sync::Arc;

use async_executor::Executor;
use async_io::Async;
use futures::executor;
use smol::future::yield_now;

use crate::sockets::connected;
use crate::{DETACHED, Operation, async_io_sockets};

pub(crate) fn run(operation: Operation, count: u64) {
    let executor = Arc::new(Executor::new());
    let repeat = repeat(Arc::clone(&executor), operation, count);
    if matches!(operation, Operation::EchoOutside) {
        return executor::block_on(repeat);
    }
    if matches!(operation, Operation::BlockOn) {
        for i in 0..count {
            black_box(smol::block_on(executor.run(async { black_box(i) })));
        }
        return;
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
        Operation::SpawnDetached => {
            for i in 0..count {
                executor.spawn(async move { black_box(i) }).detach();
                if i % DETACHED == 0 {
                    yield_now().await;
                }
            }
        }
        Operation::Idle => {
            let mut peers = Vec::with_capacity(count as usize);
            for _ in 0..count {
                let (stream, peer) = connected();
                peers.push(peer);
                let stream = Async::new(stream).unwrap();
                let read =
                    async move { stream.read_with(|mut stream| stream.read(&mut [0])).await };
                executor.spawn(read).detach();
                yield_now().await;
            }
        }
        Operation::Yield => {
            for _ in 0..count {
                yield_now().await;
            }
        }
        other => async_io_sockets::repeat(other, count, |echo| executor.spawn(echo.run())).await,
    }
}
