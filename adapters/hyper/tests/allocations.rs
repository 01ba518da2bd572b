//! What is allocated: for a request no more than with hyper-util's own integration of tokio, and for a sleep hyper's box.
//!
//! One test in a process of its own, for what other threads allocate is counted too.

mod common;

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use anyrt::net::TcpStream;
use anyrt::{Builder, Handle};
use anyrt_hyper::Timer;
use anyrt_test_counting::{Counting, of_all_threads};
use common::*;
use hyper::rt::{Sleep, Timer as _};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const REQUESTS: u64 = 1000;

/// What these requests over a connection allocate at both ends, of which the client allocates nothing.
async fn of_requests(stream: &TcpStream) -> u64 {
    let before = of_all_threads();
    for _ in 0..REQUESTS {
        ask_in_place(stream).await;
    }
    of_all_threads() - before
}

async fn ask_in_place(stream: &TcpStream) {
    stream.write_all(REQUEST).await.unwrap();
    let (mut response, mut filled) = ([0; 512], 0);
    while !response[..filled].ends_with(b"hello") {
        filled += stream.read(&mut response[filled..]).await.unwrap();
    }
}

/// With what hyper-util brings for tokio.
fn of_hyper_util() -> u64 {
    let runtime = Builder::new().backend("tokio").build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        let serving = tokio::spawn(async move {
            let mut http = auto::Builder::new(TokioExecutor::new());
            http.http1().timer(TokioTimer::new());
            http.serve_connection_with_upgrades(TokioIo::new(accepted), hello()).await.unwrap();
        });
        let requests = of_requests(&stream).await;
        drop(stream);
        serving.await.unwrap();
        requests
    })
}

async fn poll_once(sleep: &mut Pin<Box<dyn Sleep>>) -> Poll<()> {
    poll_fn(|cx| Poll::Ready(sleep.as_mut().poll(cx))).await
}

/// What it takes to make a sleep, to wait for it a moment, and to move it.
async fn of_sleep() -> [u64; 2] {
    let timer = Timer::new(Handle::current());
    let mut least = [u64::MAX; 2];
    for _ in 0..20 {
        let before = of_all_threads();
        let mut sleep = timer.sleep(NEVER);
        let made = of_all_threads();
        for minutes in 1..10 {
            assert!(poll_once(&mut sleep).await.is_pending());
            timer.reset(&mut sleep, timer.now() + Duration::from_secs(60 * minutes));
        }
        least = [least[0].min(made - before), least[1].min(of_all_threads() - made)];
    }
    least
}

#[test]
fn a_request_and_a_sleep_allocate_no_more_than_they_must() {
    let expected = of_hyper_util();
    assert!(expected > 0);
    // The timers of smol and async-std are in a tree, which allocates when one is armed.
    for backend in ["tokio", "native"] {
        let runtime = Builder::new().backend(backend).build().unwrap();
        runtime.block_on(async {
            let server = Running::start(NEVER, |server| server, hello()).await;
            let requests = of_requests(&server.connect().await).await;
            // hyper's buffers and the lists of a runtime are made anew now and then: one more for each request is many more.
            let most = expected + REQUESTS / 5;
            assert!(requests <= most, "{requests} on {backend}, and not {expected}");
            assert_eq!(server.end().await, 0);
            assert_eq!(anyrt::spawn(of_sleep()).await.unwrap(), [1, 0], "on {backend}, of a sleep");
        });
    }
}
