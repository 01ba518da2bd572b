//! Makes one operation many times, through anyrt or on the runtime beneath it, to be counted by tests/costs.rs.
//!
//! `anyrt-costs anyrt|adapter|bare RUNTIME OPERATION COUNT`, where the runtime is compiled in by the feature of its name,
//! and `adapter` is anyrt without the facade. The difference between two counts leaves out what it costs to start and to end.
//! It prints how often memory was allocated, and how much.

mod allocator;
mod layers;
mod operations;
mod sockets;

#[cfg(any(feature = "smol", feature = "async-std"))]
mod async_io_sockets;
#[cfg(feature = "async-std")]
mod bare_async_std;
#[cfg(feature = "smol")]
mod bare_smol;
#[cfg(feature = "tokio")]
mod bare_tokio;

use std::env;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use allocator::FreeLists;

#[global_allocator]
static ALLOCATOR: FreeLists = FreeLists;

/// An operation that is counted.
#[derive(Clone, Copy, Debug)]
enum Operation {
    /// A byte that is there already is read, by the async method.
    Read,
    /// The same through `AsyncRead`.
    PollRead,
    /// A byte is written, and there is room for it.
    Write,
    /// A byte goes to another task and back, so that both tasks wait each time.
    Echo,
    /// A byte goes to a thread and back, for a task of another executor: a thread of the runtime's waits
    /// in the reactor all the while.
    EchoOutside,
    /// A sleep of no time, which is over as soon as the runtime can tell.
    Sleep,
    /// A long sleep is made, polled once and dropped, as by a limit that does not pass.
    SleepDropped,
    /// A task is spawned and joined.
    Spawn,
    /// A task is spawned, and runs on its own.
    SpawnDetached,
    /// A task lets the others go first, where there are none.
    Yield,
    /// A future that is ready is driven by a thread outside of the runtime.
    BlockOn,
    /// A task waits to read from a connection of its own, which is kept.
    Idle,
}

const NONE: Duration = Duration::ZERO;
const LONG: Duration = Duration::from_secs(3600);

/// How many tasks run at once, of those that nobody joins.
const DETACHED: u64 = 50;

/// Polls once what has to wait.
async fn poll_once(mut future: Pin<&mut impl Future<Output = ()>>) {
    poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}

type Run = fn(Operation, u64);

/// The runtimes that are compiled, used directly.
const BARE: &[(&str, Run)] = &[
    #[cfg(feature = "tokio")]
    ("tokio", bare_tokio::run),
    #[cfg(feature = "smol")]
    ("smol", bare_smol::run),
    #[cfg(feature = "async-std")]
    ("async-std", bare_async_std::run),
];

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [how, runtime, operation, count] = &arguments[..] else {
        panic!("arguments: anyrt|adapter|bare RUNTIME OPERATION COUNT");
    };
    let operation = match operation.as_str() {
        "read" => Operation::Read,
        "poll-read" => Operation::PollRead,
        "write" => Operation::Write,
        "echo" => Operation::Echo,
        "echo-outside" => Operation::EchoOutside,
        "sleep" => Operation::Sleep,
        "sleep-dropped" => Operation::SleepDropped,
        "spawn" => Operation::Spawn,
        "spawn-detached" => Operation::SpawnDetached,
        "yield" => Operation::Yield,
        "block-on" => Operation::BlockOn,
        "idle" => Operation::Idle,
        other => panic!("there is no operation `{other}`"),
    };
    let count = count.parse().expect("a number of operations");
    let find = |runs: &[(&str, Run)]| {
        let found = runs.iter().find(|(name, _)| name == runtime);
        found.expect("the runtime is compiled in").1
    };
    let before = allocator::allocated();
    match how.as_str() {
        "anyrt" => layers::facade(runtime, operation, count),
        "adapter" => find(layers::ADAPTERS)(operation, count),
        "bare" => find(BARE)(operation, count),
        other => panic!("`{other}` is neither `anyrt` nor `adapter` nor `bare`"),
    }
    let (allocations, bytes) = allocator::allocated();
    println!("{} allocations, {} bytes", allocations - before.0, bytes - before.1);
}
