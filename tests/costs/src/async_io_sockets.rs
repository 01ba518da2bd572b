//! The operations on sockets and timers of async-io, which smol and async-std stand on.

use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::pin::pin;

use async_io::{Async, Timer};
use futures::{AsyncReadExt, FutureExt};

use crate::sockets::{batches, connected, echo_thread, send, take};
use crate::{LONG, NONE, Operation, poll_once};

/// Everything but spawning tasks; `spawn` starts the other end of an echo, and waits for it.
pub(crate) async fn repeat<F: Future>(
    operation: Operation,
    count: u64,
    spawn: impl FnOnce(Echo) -> F,
) {
    match operation {
        Operation::Read => {
            let (stream, peer) = streams();
            for number in batches(count) {
                send(&peer, number);
                for _ in 0..number {
                    let read = stream.read_with(|mut stream| stream.read(&mut [0])).await;
                    assert_eq!(read.unwrap(), 1);
                }
            }
        }
        Operation::PollRead => {
            let (stream, peer) = streams();
            for number in batches(count) {
                send(&peer, number);
                for _ in 0..number {
                    assert_eq!((&stream).read(&mut [0]).await.unwrap(), 1);
                }
            }
        }
        Operation::Write => {
            let (stream, peer) = streams();
            for number in batches(count) {
                for _ in 0..number {
                    let written = stream.write_with(|mut stream| stream.write(b"x")).await;
                    assert_eq!(written.unwrap(), 1);
                }
                take(&peer, number);
            }
        }
        Operation::Echo => {
            let (client, server) = connected();
            let client = Async::new(client).unwrap();
            let echo = spawn(Echo { server: Async::new(server).unwrap(), count });
            let mut buffer = [0; 64];
            for _ in 0..count {
                client.write_with(|mut stream| stream.write(b"x")).await.unwrap();
                let read = client.read_with(|mut stream| stream.read(&mut buffer)).await;
                assert_eq!(read.unwrap(), 1);
            }
            echo.await;
        }
        Operation::EchoOutside => {
            let stream = Async::new(echo_thread(count)).unwrap();
            let mut buffer = [0; 64];
            for _ in 0..count {
                stream.write_with(|mut stream| stream.write(b"x")).await.unwrap();
                let read = stream.read_with(|mut stream| stream.read(&mut buffer)).await;
                assert_eq!(read.unwrap(), 1);
            }
        }
        Operation::Sleep => {
            for _ in 0..count {
                Timer::after(NONE).await;
            }
        }
        Operation::SleepDropped => {
            for _ in 0..count {
                poll_once(pin!(Timer::after(LONG).map(drop))).await;
            }
        }
        Operation::Spawn
        | Operation::SpawnDetached
        | Operation::Yield
        | Operation::BlockOn
        | Operation::Idle => unreachable!("the executor does that"),
    }
}

/// The end of a connection that sends back what it receives.
pub(crate) struct Echo {
    server: Async<TcpStream>,
    count: u64,
}

impl Echo {
    pub(crate) async fn run(self) {
        let mut buffer = [0; 64];
        for _ in 0..self.count {
            let read = self.server.read_with(|mut stream| stream.read(&mut buffer)).await;
            let length = read.unwrap();
            let write = |mut stream: &TcpStream| stream.write(&buffer[..length]);
            assert_eq!(self.server.write_with(write).await.unwrap(), length);
        }
    }
}

fn streams() -> (Async<TcpStream>, TcpStream) {
    let (stream, peer) = connected();
    (Async::new(stream).unwrap(), peer)
}
