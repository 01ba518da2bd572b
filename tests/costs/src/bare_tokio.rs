//! The operations on tokio itself.

use std::hint::black_box;
use std::pin::pin;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Builder;

use crate::sockets::{batches, connected, send, take};
use crate::{DETACHED, LONG, NONE, Operation, poll_once};

pub(crate) fn run(operation: Operation, count: u64) {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    if matches!(operation, Operation::BlockOn) {
        for i in 0..count {
            black_box(runtime.block_on(async { black_box(i) }));
        }
        return;
    }
    runtime.block_on(async { tokio::spawn(repeat(operation, count)).await.unwrap() });
}

async fn repeat(operation: Operation, count: u64) {
    match operation {
        // Its async method is made of the poll function.
        Operation::Read | Operation::PollRead => {
            let (stream, peer) = connected();
            let mut stream = watched(stream);
            for number in batches(count) {
                send(&peer, number);
                for _ in 0..number {
                    assert_eq!(stream.read(&mut [0]).await.unwrap(), 1);
                }
            }
        }
        Operation::Write => {
            let (stream, peer) = connected();
            let mut stream = watched(stream);
            for number in batches(count) {
                for _ in 0..number {
                    assert_eq!(stream.write(b"x").await.unwrap(), 1);
                }
                take(&peer, number);
            }
        }
        Operation::Echo => {
            let (client, server) = connected();
            let (mut client, mut server) = (watched(client), watched(server));
            let echo = tokio::spawn(async move {
                let mut buffer = [0; 64];
                for _ in 0..count {
                    let length = server.read(&mut buffer).await.unwrap();
                    server.write_all(&buffer[..length]).await.unwrap();
                }
            });
            let mut buffer = [0; 64];
            for _ in 0..count {
                client.write_all(b"x").await.unwrap();
                assert_eq!(client.read(&mut buffer).await.unwrap(), 1);
            }
            echo.await.unwrap();
        }
        Operation::EchoOutside => unreachable!("nobody would drive the runtime"),
        Operation::Sleep => {
            for _ in 0..count {
                tokio::time::sleep(NONE).await;
            }
        }
        Operation::SleepDropped => {
            for _ in 0..count {
                poll_once(pin!(tokio::time::sleep(LONG))).await;
            }
        }
        Operation::Spawn => {
            for i in 0..count {
                black_box(tokio::spawn(async move { black_box(i) }).await.unwrap());
            }
        }
        Operation::SpawnDetached => {
            for i in 0..count {
                drop(tokio::spawn(async move { black_box(i) }));
                if i % DETACHED == 0 {
                    tokio::task::yield_now().await;
                }
            }
        }
        Operation::Yield => {
            for _ in 0..count {
                tokio::task::yield_now().await;
            }
        }
        Operation::Idle => {
            let mut peers = Vec::with_capacity(count as usize);
            for _ in 0..count {
                let (stream, peer) = connected();
                peers.push(peer);
                let mut stream = watched(stream);
                drop(tokio::spawn(async move { stream.read(&mut [0]).await }));
                tokio::task::yield_now().await;
            }
        }
        Operation::BlockOn => unreachable!("that is not done in a task"),
    }
}

fn watched(stream: std::net::TcpStream) -> TcpStream {
    stream.set_nonblocking(true).unwrap();
    TcpStream::from_std(stream).unwrap()
}
