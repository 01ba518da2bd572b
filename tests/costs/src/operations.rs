//! The operations through anyrt: by a handle of one backend, or by the facade.

use std::hint::black_box;
use std::pin::pin;

use anyrt_core::net::TcpStream;
use anyrt_core::{Backend, BlockOn, Current, yield_now};
use futures::AsyncReadExt;

use crate::layers::Layer;
use crate::sockets::{batches, connected, echo_thread, send, take};
use crate::{DETACHED, LONG, NONE, Operation, poll_once};

/// On a thread outside of the runtime.
pub(crate) fn block_on<R: BlockOn>(runtime: &R, count: u64) {
    for i in 0..count {
        black_box(runtime.block_on(async { black_box(i) }));
    }
}

/// All others. In a task, where operations have a budget.
pub(crate) async fn repeat<L: Layer>(operation: Operation, count: u64) {
    match operation {
        Operation::Read => {
            let (stream, peer) = streams::<L::Handle>();
            for number in batches(count) {
                send(&peer, number);
                for _ in 0..number {
                    assert_eq!(stream.read(&mut [0]).await.unwrap(), 1);
                }
            }
        }
        Operation::PollRead => {
            let (stream, peer) = streams::<L::Handle>();
            for number in batches(count) {
                send(&peer, number);
                for _ in 0..number {
                    assert_eq!(AsyncReadExt::read(&mut &stream, &mut [0]).await.unwrap(), 1);
                }
            }
        }
        Operation::Write => {
            let (stream, peer) = streams::<L::Handle>();
            for number in batches(count) {
                for _ in 0..number {
                    assert_eq!(stream.write(b"x").await.unwrap(), 1);
                }
                take(&peer, number);
            }
        }
        Operation::Echo => {
            let (client, server) = connected();
            let client = from_std::<L::Handle>(client);
            let server = from_std::<L::Handle>(server);
            let echo = L::spawn(async move {
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
        Operation::EchoOutside => {
            let stream = from_std::<L::Handle>(echo_thread(count));
            let mut buffer = [0; 64];
            for _ in 0..count {
                stream.write_all(b"x").await.unwrap();
                assert_eq!(stream.read(&mut buffer).await.unwrap(), 1);
            }
        }
        Operation::Sleep => {
            for _ in 0..count {
                L::sleep(NONE).await;
            }
        }
        Operation::SleepDropped => {
            for _ in 0..count {
                poll_once(pin!(L::sleep(LONG))).await;
            }
        }
        Operation::Spawn => {
            for i in 0..count {
                black_box(L::spawn(async move { black_box(i) }).await.unwrap());
            }
        }
        Operation::SpawnDetached => {
            for i in 0..count {
                drop(L::spawn(async move { black_box(i) }));
                if i % DETACHED == 0 {
                    yield_now().await;
                }
            }
        }
        Operation::Yield => {
            for _ in 0..count {
                yield_now().await;
            }
        }
        Operation::Idle => {
            let mut peers = Vec::with_capacity(count as usize);
            for _ in 0..count {
                let (stream, peer) = streams::<L::Handle>();
                peers.push(peer);
                drop(L::spawn(async move { stream.read(&mut [0]).await }));
                yield_now().await;
            }
        }
        Operation::BlockOn => unreachable!("that is not done in a task"),
    }
}

fn streams<R: Backend + Current>() -> (TcpStream<R>, std::net::TcpStream) {
    let (stream, peer) = connected();
    (from_std(stream), peer)
}

fn from_std<R: Backend + Current>(stream: std::net::TcpStream) -> TcpStream<R> {
    TcpStream::from_std(stream).unwrap()
}
