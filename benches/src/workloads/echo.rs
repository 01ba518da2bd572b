//! An echo over TCP on the loopback interface, with clients in a process of their own.
//!
//! The cost's processors are those of the server alone.

use std::io;
use std::net::SocketAddr;

use super::{MESSAGE, memory, slowed};
use crate::epoll;
use crate::load::Load;
use crate::measure::{Clock, Cost, Size, Subject, nanoseconds};
use crate::runtime::{Listener, Runtime, Stream};

/// One connection.
pub fn one<R: Runtime>(runtime: R, _: Size) -> Subject {
    messages(serve_on(runtime), 1, 2000)
}

/// Some connections.
pub fn some<R: Runtime>(runtime: R, _: Size) -> Subject {
    messages(serve_on(runtime), 64, 50)
}

/// [`some`] with a tenth more messages than are counted.
pub fn some_slowed<R: Runtime>(runtime: R, _: Size) -> Subject {
    exchange(serve_on(runtime), 64, slowed(50), 50)
}

/// Many connections.
pub fn many<R: Runtime>(runtime: R, size: Size) -> Subject {
    messages(serve_on(runtime), size.of(1000, 200), size.of(10, 5))
}

/// Bytes for each connection that waits for a message.
pub fn idle<R: Runtime>(runtime: R, _: Size) -> Subject {
    waiting(serve_on(runtime))
}

/// [`one`] by one thread around epoll.
pub fn one_by_epoll(_: Size) -> Subject {
    messages(serve_by_epoll(), 1, 2000)
}

/// [`some`] by one thread around epoll.
pub fn some_by_epoll(_: Size) -> Subject {
    messages(serve_by_epoll(), 64, 50)
}

/// [`many`] by one thread around epoll.
pub fn many_by_epoll(size: Size) -> Subject {
    messages(serve_by_epoll(), size.of(1000, 200), size.of(10, 5))
}

/// [`idle`] by one thread around epoll.
pub fn idle_by_epoll(_: Size) -> Subject {
    waiting(serve_by_epoll())
}

/// What a message there and back takes.
fn messages(server: SocketAddr, connections: usize, messages: usize) -> Subject {
    exchange(server, connections, messages, messages)
}

/// The same of so many messages, of which some are counted.
fn exchange(server: SocketAddr, connections: usize, messages: usize, counted: usize) -> Subject {
    let mut load = Load::begin(server).expect("another process");
    load.connect(connections);
    Subject::new(move || {
        let clock = Clock::start();
        let value = nanoseconds(load.exchange(messages), connections * counted);
        Cost { value, ..clock.each(connections * counted) }
    })
}

/// What a connection takes that waits.
#[allow(clippy::cast_precision_loss, reason = "it is a measurement")]
fn waiting(server: SocketAddr) -> Subject {
    const CONNECTIONS: usize = 5000;

    Subject::new(move || {
        let mut load = Load::begin(server).expect("another process");
        let mut resident = |connections| {
            load.connect(connections);
            load.exchange(1);
            memory::resident()
        };
        // Not what comes with the first connections.
        let before = resident(100);
        let after = resident(CONNECTIONS);
        Cost { value: (after - before) as f64 / CONNECTIONS as f64, cpu: 0.0 }
    })
}

/// Until the process ends.
fn serve_on<R: Runtime>(runtime: R) -> SocketAddr {
    let address = runtime.run(async {
        let listener = R::Listener::bind().unwrap();
        let address = listener.address().unwrap();
        R::detach(async move {
            loop {
                let stream = listener.accept().await;
                R::detach(serve(stream.expect("the limit on open files is high enough")));
            }
        });
        address
    });
    std::mem::forget(runtime);
    address
}

fn serve_by_epoll() -> SocketAddr {
    epoll::serve_echo().expect("a thread and a socket")
}

pub(super) async fn serve(mut stream: impl Stream) {
    let mut buffer = [0; 4 * MESSAGE];
    // Until the client has hung up.
    while let Ok(1..) = echo_once(&mut stream, &mut buffer).await {}
}

async fn echo_once(stream: &mut impl Stream, buffer: &mut [u8]) -> io::Result<usize> {
    let read = stream.read(buffer).await?;
    stream.write_all(&buffer[..read]).await?;
    Ok(read)
}
