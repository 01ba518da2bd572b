//! What is allocated by this package: nothing beyond what anyrt allocates for the same.

mod common;

use std::future::{Future, pending};
use std::io;
use std::pin::pin;
use std::time::Duration;

use anyrt_test_counting::{Counting, least_of_each, of_this_thread};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::Mutex;

use common::poll_once;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Held by each test, so that nothing else runs on the lists of its thread.
static ALONE: Mutex<()> = Mutex::const_new(());

const ROUNDS: u64 = 100;
const AGES: Duration = Duration::from_secs(3600);

/// Those of one round, on a current-thread runtime and so all on this thread. smol's lists grow now and then.
async fn allocations(round: impl AsyncFnMut()) -> u64 {
    least_of_each(of_this_thread, ROUNDS, round).await
}

#[tokio::test]
async fn tasks() {
    let _alone = ALONE.lock().await;
    let here = allocations(|| async { tokio::spawn(async {}).await.unwrap() }).await;
    let anyrt = allocations(|| async { anyrt::spawn(async {}).await.unwrap() }).await;
    assert_eq!(here, anyrt, "spawn and join");
    let here = allocations(async || drop(tokio::spawn(async {}))).await;
    let anyrt = allocations(async || drop(anyrt::spawn(async {}))).await;
    assert_eq!(here, anyrt, "a task that is detached");
    let yields = allocations(tokio::task::yield_now).await;
    assert_eq!(yields, 0);
}

/// Has it wait for a moment.
async fn pending_once(future: impl Future) {
    assert!(poll_once(pin!(future)).is_pending());
}

#[tokio::test]
async fn timers() {
    let _alone = ALONE.lock().await;
    let here = allocations(|| pending_once(tokio::time::sleep(AGES))).await;
    let anyrt = allocations(|| pending_once(anyrt::time::sleep(AGES))).await;
    assert_eq!(here, anyrt, "a sleep");
    let here = allocations(|| pending_once(tokio::time::timeout(AGES, pending::<()>()))).await;
    assert_eq!(here, anyrt, "a limit");
}

#[tokio::test]
async fn streams() -> io::Result<()> {
    let _alone = ALONE.lock().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let mut client = tokio::net::TcpStream::connect(listener.local_addr()?).await?;
    let (mut server, _) = listener.accept().await?;
    let transfers = allocations(async || {
        client.write_all(b"ping").await.unwrap();
        server.read_exact(&mut [0; 4]).await.unwrap();
        // This one is waited for.
        let (read, written) = tokio::join!(client.read_u8(), async {
            tokio::task::yield_now().await;
            server.write_all(b"!").await
        });
        written.and(read).unwrap();
    });
    assert_eq!(transfers.await, 0);
    Ok(())
}
