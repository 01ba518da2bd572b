//! The operations through anyrt.

use std::hint::black_box;

use anyrt::net::TcpStream;
use futures::{AsyncReadExt, executor};

use crate::sockets::{batches, connected, echo_thread, send, take};
use crate::{NONE, Operation};

pub(crate) fn run(runtime: &str, operation: Operation, count: u64) {
    let builder = anyrt::Builder::new().backend(runtime);
    let builder = match runtime {
        // It has threads of its own.
        "async-std" => builder,
        _ => builder.current_thread(),
    };
    let runtime = builder.build().unwrap();
    if matches!(operation, Operation::EchoOutside) {
        let _inside = runtime.handle().enter();
        return executor::block_on(repeat(operation, count));
    }
    // In a task, where operations have a budget.
    runtime.block_on(async { anyrt::spawn(repeat(operation, count)).await.unwrap() });
}

async fn repeat(operation: Operation, count: u64) {
    match operation {
        Operation::Read => {
            let (stream, peer) = streams();
            for number in batches(count) {
                send(&peer, number);
                for _ in 0..number {
                    assert_eq!(stream.read(&mut [0]).await.unwrap(), 1);
                }
            }
        }
        Operation::PollRead => {
            let (stream, peer) = streams();
            for number in batches(count) {
                send(&peer, number);
                for _ in 0..number {
                    assert_eq!(AsyncReadExt::read(&mut &stream, &mut [0]).await.unwrap(), 1);
                }
            }
        }
        Operation::Write => {
            let (stream, peer) = streams();
            for number in batches(count) {
                for _ in 0..number {
                    assert_eq!(stream.write(b"x").await.unwrap(), 1);
                }
                take(&peer, number);
            }
        }
        Operation::Echo => {
            let (client, server) = connected();
            let client = TcpStream::from_std(client).unwrap();
            let server = TcpStream::from_std(server).unwrap();
            let echo = anyrt::spawn(async move {
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
            let stream = TcpStream::from_std(echo_thread(count)).unwrap();
            let mut buffer = [0; 64];
            for _ in 0..count {
                stream.write_all(b"x").await.unwrap();
                assert_eq!(stream.read(&mut buffer).await.unwrap(), 1);
            }
        }
        Operation::Sleep => {
            for _ in 0..count {
                anyrt::time::sleep(NONE).await;
            }
        }
        Operation::Spawn => {
            for i in 0..count {
                black_box(anyrt::spawn(async move { black_box(i) }).await.unwrap());
            }
        }
    }
}

fn streams() -> (TcpStream, std::net::TcpStream) {
    let (stream, peer) = connected();
    (TcpStream::from_std(stream).unwrap(), peer)
}
