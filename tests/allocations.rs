//! What anyrt allocates, compared with tokio used directly: nothing more.
#![cfg(feature = "tokio")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Duration;

use anyrt::adapters::tokio::Handle as Adapter;
use anyrt::{Spawn, SpawnBlocking, Timer};
use anyrt_core::Current;

/// Counts the allocations of each thread.
struct Counting;

thread_local!(static ALLOCATIONS: Cell<u64> = const { Cell::new(0) });

// SAFETY: passes everything on to the system's allocator, and counts without allocating.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's promise about `layout`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise: `block` came from here with this layout.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: u64 = 100;

/// The allocations of one hundred rounds, on a current-thread runtime and so all on this thread.
///
/// The least of several times: now and then the runtime's own lists grow.
async fn allocations<F: Future>(mut round: impl FnMut() -> F) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..5 {
        let before = ALLOCATIONS.get();
        for _ in 0..ROUNDS {
            round().await;
        }
        least = least.min(ALLOCATIONS.get() - before);
    }
    least
}

/// Runs a comparison inside a runtime that anyrt started and inside one that tokio did.
fn in_both_runtimes<F: Future>(comparison: impl Fn() -> F) {
    // One blocking thread, because starting another one allocates here.
    let owned = anyrt::Builder::new().backend("tokio").current_thread().max_blocking_threads(1);
    owned.build().unwrap().block_on(comparison());
    let mut adopted = tokio::runtime::Builder::new_current_thread();
    let adopted = adopted.max_blocking_threads(1).enable_all().build().unwrap();
    adopted.block_on(comparison());
}

fn adapter() -> Adapter {
    Adapter::try_current().unwrap()
}

#[test]
fn spawning_and_joining_costs_what_it_costs_on_tokio() {
    in_both_runtimes(|| async {
        let tokio = allocations(|| async { tokio::spawn(async { 1 }).await.unwrap() }).await;
        assert_eq!(tokio, ROUNDS, "one for each task");
        let ambient = allocations(|| async { anyrt::spawn(async { 1 }).await.unwrap() }).await;
        assert_eq!(ambient, tokio);
        let handle = adapter();
        let through_a_handle =
            allocations(|| async { handle.spawn(async { 1 }).await.unwrap() }).await;
        assert_eq!(through_a_handle, tokio);
    });
}

#[test]
fn blocking_closures_cost_what_they_cost_on_tokio() {
    in_both_runtimes(|| async {
        let tokio =
            allocations(|| async { tokio::task::spawn_blocking(|| 1).await.unwrap() }).await;
        let ambient = allocations(|| async { anyrt::spawn_blocking(|| 1).await.unwrap() }).await;
        assert_eq!(ambient, tokio);
        let handle = adapter();
        let through_a_handle =
            allocations(|| async { handle.spawn_blocking(|| 1).await.unwrap() }).await;
        assert_eq!(through_a_handle, tokio);
    });
}

#[test]
fn sleeping_and_time_limits_cost_nothing() {
    const SHORT: Duration = Duration::from_micros(1);
    const LONG: Duration = Duration::from_secs(1000);
    in_both_runtimes(|| async {
        assert_eq!(allocations(|| tokio::time::sleep(SHORT)).await, 0);
        assert_eq!(allocations(|| anyrt::time::sleep(SHORT)).await, 0);
        let handle = adapter();
        assert_eq!(allocations(|| handle.sleep(SHORT)).await, 0);
        assert_eq!(allocations(|| anyrt::time::timeout(LONG, anyrt::task::yield_now())).await, 0);
    });
}

#[test]
fn reading_and_writing_cost_nothing() {
    in_both_runtimes(|| async {
        let (one, other) = connected();
        let one = anyrt::net::TcpStream::from_std(one).unwrap();
        let other = anyrt::net::TcpStream::from_std(other).unwrap();
        let ping = async || {
            let mut byte = [0];
            one.write_all(b"x").await.unwrap();
            other.read_exact(&mut byte).await.unwrap();
            black_box(byte);
        };
        assert_eq!(allocations(ping).await, 0);
    });
}

#[test]
fn making_sockets_costs_what_it_costs_on_tokio() {
    in_both_runtimes(|| async {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let tokio =
            allocations(|| async { tokio::net::UdpSocket::bind(address).await.unwrap() }).await;
        let ours =
            allocations(|| async { anyrt::net::UdpSocket::bind(address).await.unwrap() }).await;
        assert_eq!(ours, tokio);
    });
}

#[test]
fn connecting_and_accepting_cost_what_they_cost_on_tokio() {
    in_both_runtimes(|| async {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let there = listener.local_addr().unwrap();
        let tokio = allocations(|| async {
            let client = tokio::net::TcpStream::connect(there).await.unwrap();
            (client, listener.accept().await.unwrap())
        })
        .await;
        let listener = anyrt::net::TcpListener::bind(address).await.unwrap();
        let there = listener.local_addr().unwrap();
        let ours = allocations(|| async {
            let client = anyrt::net::TcpStream::connect(there).await.unwrap();
            (client, listener.accept().await.unwrap())
        })
        .await;
        // Rounded: what the runtime frees late changes the sum by one or two.
        let in_each_round = |sum: u64| (sum + ROUNDS / 2) / ROUNDS;
        assert_eq!(in_each_round(ours), in_each_round(tokio), "{ours}, and {tokio} on tokio");
    });
}

#[test]
fn the_types_of_the_facade_are_as_small_as_those_of_its_only_backend() {
    if anyrt::selection().unwrap().compiled().len() > 1 {
        return; // then they carry which one it is
    }
    assert_eq!(size_of::<anyrt::JoinHandle<u8>>(), size_of::<tokio::task::JoinHandle<u8>>());
    assert_eq!(size_of::<anyrt::AbortHandle>(), size_of::<tokio::task::AbortHandle>());
    assert_eq!(size_of::<anyrt::Handle>(), size_of::<Adapter>());
    assert_eq!(size_of::<anyrt::time::Sleep>(), size_of::<<Adapter as Timer>::Sleep>());
}

fn connected() -> (std::net::TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let one = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (one, listener.accept().unwrap().0)
}
