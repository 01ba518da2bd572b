//! What anyrt allocates, compared with the runtimes used directly: nothing more on tokio and the native
//! one, and on the others one for each task and blocking closure, which its handle shares with it.
#![cfg(feature = "some-backend")]
#![allow(dead_code, reason = "each backend uses some of it")]

use std::future::Future;
use std::hint::black_box;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyrt_test_counting::{Counting, least, least_of_each, of_all_threads, of_this_thread};

mod allocations {
    #[cfg(feature = "smol")]
    mod on_smol;
    mod sets;
}

/// Held by each test, so that nothing else is counted.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const ROUNDS: u64 = 100;

/// The allocations of one hundred rounds, on a current-thread runtime and so all on this thread.
async fn allocations<T>(round: impl AsyncFnMut() -> T) -> u64 {
    least(of_this_thread, ROUNDS, round).await
}

/// The allocations of one round on all threads, of a runtime that has workers, which do some of it late.
async fn in_each_round<T>(round: impl AsyncFnMut() -> T) -> u64 {
    least_of_each(of_all_threads, ROUNDS, round).await
}

#[cfg(feature = "tokio")]
mod on_tokio {
    use std::net::SocketAddr;

    use anyrt::adapters::tokio::Handle as Adapter;
    use anyrt::{Spawn, SpawnBlocking, Timer};
    use anyrt_core::Current;
    use anyrt_tests::backend;

    use super::*;

    /// Runs a comparison inside a runtime that anyrt started and inside one that tokio did.
    fn in_both_runtimes<F: Future>(comparison: impl Fn() -> F) {
        let _alone = alone();
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
            let ambient =
                allocations(|| async { anyrt::spawn_blocking(|| 1).await.unwrap() }).await;
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
            assert_eq!(
                allocations(|| anyrt::time::timeout(LONG, anyrt::task::yield_now())).await,
                0
            );
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
    fn datagrams_to_an_address_cost_nothing() {
        in_both_runtimes(|| async {
            let socket = anyrt::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let address = socket.local_addr().unwrap();
            assert_eq!(allocations(|| socket.send_to(b"x", address)).await, 0);
            let figures = address.to_string();
            assert_eq!(allocations(|| socket.send_to(b"x", &figures)).await, 0);
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

    // With several they carry which one it is.
    #[test]
    fn the_types_of_the_facade_are_as_small_as_those_of_its_only_backend() {
        use tokio::task;

        /// Where it was made: of no use in a child that is forked.
        const PROCESS: usize = size_of::<usize>();
        const KIND: usize = size_of::<usize>();

        if !backend::is_alone("tokio") {
            println!("left out: tokio is not the only one");
            return;
        }
        assert_eq!(size_of::<anyrt::JoinHandle<u8>>(), size_of::<task::JoinHandle<u8>>() + PROCESS);
        // It may be of a local task.
        assert_eq!(size_of::<anyrt::AbortHandle>(), size_of::<task::AbortHandle>() + KIND);
        assert_eq!(size_of::<anyrt::Handle>(), size_of::<Adapter>() + PROCESS);
        assert_eq!(
            size_of::<anyrt::time::Sleep>(),
            size_of::<<Adapter as Timer>::Sleep>() + PROCESS
        );
    }
}

/// What each operation allocates, on all threads.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Costs {
    spawn: u64,
    blocking: u64,
    sleep: u64,
    tcp: u64,
    udp: u64,
}

const SHORT: Duration = Duration::from_micros(1);

/// Through a handle of an adapter, or of the facade.
async fn costs<R: anyrt::Backend>(runtime: &R) -> Costs {
    use anyrt_core::net::{TcpStream, UdpSocket};

    let (one, other) = connected();
    let one = TcpStream::from_std_on(runtime, one).unwrap();
    let other = TcpStream::from_std_on(runtime, other).unwrap();
    let (here, there) = connected_datagrams();
    let here = UdpSocket::from_std_on(runtime, here).unwrap();
    let there = UdpSocket::from_std_on(runtime, there).unwrap();
    Costs {
        spawn: in_each_round(|| async { runtime.spawn(async { 1 }).await.unwrap() }).await,
        blocking: in_each_round(|| async { runtime.spawn_blocking(|| 1).await.unwrap() }).await,
        sleep: in_each_round(|| runtime.sleep(SHORT)).await,
        tcp: in_each_round(async || {
            let mut byte = [0];
            let (read, written) = futures::join!(other.read_exact(&mut byte), one.write_all(b"x"));
            read.and(written).unwrap();
        })
        .await,
        udp: in_each_round(async || {
            let mut byte = [0];
            let (read, written) = futures::join!(there.recv(&mut byte), here.send(b"x"));
            black_box((read.unwrap(), written.unwrap()));
        })
        .await,
    }
}

/// With sockets and timers of async-io itself.
#[cfg(feature = "on-async-io")]
async fn bare_costs<S: Future, B: Future>(
    mut spawn: impl FnMut() -> S,
    mut blocking: impl FnMut() -> B,
) -> Costs {
    use async_io::{Async, Timer};
    use futures::{AsyncReadExt, AsyncWriteExt};

    let (one, other) = connected();
    let (one, other) = (Async::new(one).unwrap(), Async::new(other).unwrap());
    let (here, there) = connected_datagrams();
    let (here, there) = (Async::new(here).unwrap(), Async::new(there).unwrap());
    Costs {
        spawn: in_each_round(async || spawn().await).await,
        blocking: in_each_round(async || blocking().await).await,
        sleep: in_each_round(|| Timer::after(SHORT)).await,
        tcp: in_each_round(async || {
            let mut byte = [0];
            let (mut one, mut other) = (&one, &other);
            let (read, written) = futures::join!(other.read_exact(&mut byte), one.write_all(b"x"));
            read.and(written).unwrap();
        })
        .await,
        udp: in_each_round(async || {
            let mut byte = [0];
            let (read, written) = futures::join!(there.recv(&mut byte), here.send(b"x"));
            black_box((read.unwrap(), written.unwrap()));
        })
        .await,
    }
}

/// At most one more for each task and each closure, and nothing for anything else.
#[cfg(feature = "on-async-io")]
#[track_caller]
fn assert_one_for_each_task(adapter: Costs, bare: Costs) {
    assert!(adapter.spawn <= bare.spawn + 1, "{adapter:?}, bare {bare:?}");
    assert!(adapter.blocking <= bare.blocking + 1, "{adapter:?}, bare {bare:?}");
    assert_no_more_for_io(adapter, bare);
}

#[cfg(feature = "on-async-io")]
#[track_caller]
fn assert_nothing(facade: Costs, adapter: Costs) {
    assert!(facade.spawn <= adapter.spawn, "{facade:?}, adapter {adapter:?}");
    assert!(facade.blocking <= adapter.blocking, "{facade:?}, adapter {adapter:?}");
    assert_no_more_for_io(facade, adapter);
}

#[cfg(feature = "on-async-io")]
#[track_caller]
fn assert_no_more_for_io(ours: Costs, theirs: Costs) {
    assert!(ours.sleep <= theirs.sleep, "{ours:?}, beneath {theirs:?}");
    assert!(ours.tcp <= theirs.tcp, "{ours:?}, beneath {theirs:?}");
    assert!(ours.udp <= theirs.udp, "{ours:?}, beneath {theirs:?}");
}

#[cfg(feature = "async-std")]
mod on_async_std {
    use anyrt::adapters::async_std::Handle as Adapter;
    use anyrt::{BlockOn, Builder};

    use super::*;

    fn bare() -> Costs {
        async_std::task::block_on(bare_costs(
            || async_std::task::spawn(async { 1 }),
            || async_std::task::spawn_blocking(|| 1),
        ))
    }

    fn adapter() -> Costs {
        let handle = Adapter::new();
        handle.block_on(costs(&handle))
    }

    #[test]
    fn the_adapter_costs_one_for_each_task_more_than_async_std() {
        let _alone = alone();
        assert_one_for_each_task(adapter(), bare());
    }

    #[test]
    fn the_facade_costs_what_the_adapter_costs() {
        let _alone = alone();
        let adapter = adapter();
        let runtime = Builder::new().backend("async-std").build().unwrap();
        assert_nothing(runtime.block_on(costs(runtime.handle())), adapter);
        let ambient = in_each_round(|| async { anyrt::spawn(async { 1 }).await });
        assert!(runtime.block_on(ambient) <= adapter.spawn);
    }

    #[cfg(feature = "dyn")]
    #[test]
    fn a_custom_handle_costs_two_for_each_task_more_than_the_adapter() {
        let _alone = alone();
        let handle = anyrt::Handle::custom("custom", Adapter::new());
        let (custom, adapter) = (handle.block_on(costs(&handle)).spawn, adapter().spawn);
        assert!(custom <= adapter + 2, "{custom}, adapter {adapter}");
    }
}

#[cfg(feature = "native")]
mod on_native {
    use std::net::SocketAddr;

    use anyrt::adapters::native::{self, Handle as Native, Runtime as Direct};
    use anyrt::{BlockOn, Builder, Launch, Spawn, Timer};
    use anyrt_core::{Config, Current};
    use anyrt_tests::backend;

    use super::*;

    /// Runs a comparison inside a runtime that was started directly and inside one of the facade's.
    fn in_both_runtimes<F: Future>(comparison: impl Fn() -> F) {
        let _alone = alone();
        let direct = native::Builder::new().current_thread().build().unwrap();
        direct.handle().block_on(comparison());
        let facade = Builder::new().backend("native").current_thread().build().unwrap();
        facade.block_on(comparison());
    }

    fn direct() -> Native {
        Native::try_current().unwrap()
    }

    fn one_thread() -> Direct {
        Direct::start(&Config::default().current_thread()).unwrap()
    }

    // The block of a task that has ended is kept for the next one.
    #[test]
    fn spawning_and_joining_costs_nothing() {
        in_both_runtimes(|| async {
            let handle = direct();
            assert_eq!(allocations(|| async { handle.spawn(async { 1 }).await.unwrap() }).await, 0);
            let ambient = allocations(|| async { anyrt::spawn(async { 1 }).await.unwrap() });
            assert_eq!(ambient.await, 0);
            // Also for tasks that go through the queues before they are joined.
            let in_turn = allocations(|| async {
                let task = anyrt::spawn(async { anyrt::task::yield_now().await });
                anyrt::task::yield_now().await;
                task.await.unwrap();
            });
            assert_eq!(in_turn.await, 0);
        });
    }

    // What a thread waits with it keeps for the next time.
    #[test]
    fn block_on_costs_nothing_where_it_sleeps() {
        let _alone = alone();
        let runtime = one_thread();
        let handle = runtime.handle();
        let least = (0..5).map(|_| {
            let before = of_this_thread();
            (0..ROUNDS).for_each(|_| handle.block_on(handle.sleep(SHORT)));
            of_this_thread() - before
        });
        assert_eq!(least.min(), Some(0));
    }

    // A sleep holds its own place in the list of timers.
    #[test]
    fn sleeping_and_time_limits_cost_nothing() {
        const LONG: Duration = Duration::from_secs(1000);
        in_both_runtimes(|| async {
            let handle = direct();
            assert_eq!(allocations(|| handle.sleep(SHORT)).await, 0);
            assert_eq!(allocations(|| anyrt::time::sleep(SHORT)).await, 0);
            let limited = || anyrt::time::timeout(LONG, anyrt::task::yield_now());
            assert_eq!(allocations(limited).await, 0);
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
                let (read, written) =
                    futures::join!(other.read_exact(&mut byte), one.write_all(b"x"));
                read.and(written).unwrap();
                black_box(byte);
            };
            assert_eq!(allocations(ping).await, 0);
        });
    }

    // One for each socket: its readiness, which the reactor keeps as long as it may report to it.
    #[test]
    fn making_sockets_costs_what_it_costs_on_the_runtime() {
        in_both_runtimes(|| async {
            let address = SocketAddr::from(([127, 0, 0, 1], 0));
            let native =
                allocations(|| async { native::net::UdpSocket::bind(address).await.unwrap() });
            assert_eq!(native.await, ROUNDS);
            let ours =
                allocations(|| async { anyrt::net::UdpSocket::bind(address).await.unwrap() });
            assert_eq!(ours.await, ROUNDS);

            let listener = native::net::TcpListener::bind(address).await.unwrap();
            let there = listener.local_addr().unwrap();
            let native = allocations(|| async {
                let client = native::net::TcpStream::connect(there).await.unwrap();
                (client, listener.accept().await.unwrap())
            });
            assert_eq!(native.await, 2 * ROUNDS);
            let listener = anyrt::net::TcpListener::bind(address).await.unwrap();
            let there = listener.local_addr().unwrap();
            let ours = allocations(|| async {
                let client = anyrt::net::TcpStream::connect(there).await.unwrap();
                (client, listener.accept().await.unwrap())
            });
            assert_eq!(ours.await, 2 * ROUNDS);
        });
    }

    // Blocking closures are tasks, whose blocks are kept too, whichever thread runs them.
    #[test]
    fn neither_the_runtime_nor_the_facade_costs_anything_on_any_thread() {
        const NOTHING: Costs = Costs { spawn: 0, blocking: 0, sleep: 0, tcp: 0, udp: 0 };
        let _alone = alone();
        let runtime = one_thread();
        assert_eq!(runtime.handle().block_on(costs(runtime.handle())), NOTHING);
        let runtime = Builder::new().backend("native").current_thread().build().unwrap();
        assert_eq!(runtime.block_on(costs(runtime.handle())), NOTHING);
    }

    #[test]
    fn with_several_workers_spawning_and_joining_costs_nothing_either() {
        let _alone = alone();
        let runtime = Builder::new().backend("native").worker_threads(2).build().unwrap();
        let ambient = in_each_round(|| async { anyrt::spawn(async { 1 }).await.unwrap() });
        assert_eq!(runtime.block_on(ambient), 0);
        let task = runtime.spawn(in_each_round(|| async { anyrt::spawn(async {}).await.unwrap() }));
        assert_eq!(futures::executor::block_on(task).unwrap(), 0);
    }

    #[cfg(feature = "dyn")]
    #[test]
    fn a_custom_handle_costs_two_for_each_task() {
        let _alone = alone();
        let runtime = one_thread();
        let handle = anyrt::Handle::custom("custom", runtime.handle().clone());
        let custom = handle.block_on(costs(&handle)).spawn;
        assert!(custom <= 2, "{custom}");
    }

    // With several they carry which one it is.
    #[test]
    fn the_types_of_the_facade_are_as_small_as_those_of_its_only_backend() {
        /// Where it was made: of no use in a child that is forked.
        const PROCESS: usize = size_of::<usize>();
        const KIND: usize = size_of::<usize>();

        if !backend::is_alone("native") {
            println!("left out: native is not the only one");
            return;
        }
        assert_eq!(
            size_of::<anyrt::JoinHandle<u8>>(),
            size_of::<native::JoinHandle<u8>>() + PROCESS
        );
        // It may be of a local task.
        assert_eq!(size_of::<anyrt::AbortHandle>(), size_of::<native::AbortHandle>() + KIND);
        assert_eq!(size_of::<anyrt::Handle>(), size_of::<Native>() + PROCESS);
        assert_eq!(
            size_of::<anyrt::time::Sleep>(),
            size_of::<<Native as Timer>::Sleep>() + PROCESS
        );
    }
}

fn connected() -> (std::net::TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let one = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (one, listener.accept().unwrap().0)
}

fn connected_datagrams() -> (std::net::UdpSocket, std::net::UdpSocket) {
    let [one, other] = [0; 2].map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap());
    one.connect(other.local_addr().unwrap()).unwrap();
    other.connect(one.local_addr().unwrap()).unwrap();
    (one, other)
}
