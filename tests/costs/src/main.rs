//! Makes one operation many times, through anyrt or on the runtime beneath it, to be counted by tests/costs.rs.
//!
//! `anyrt-costs anyrt|bare RUNTIME OPERATION COUNT`, where the runtime is compiled in by the feature of its name.
//! The difference between two counts leaves out what it costs to start and to end.

mod facade;
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
use std::time::Duration;

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
    /// A task is spawned and joined.
    Spawn,
}

const NONE: Duration = Duration::ZERO;

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
        panic!("arguments: anyrt|bare RUNTIME OPERATION COUNT");
    };
    let operation = match operation.as_str() {
        "read" => Operation::Read,
        "poll-read" => Operation::PollRead,
        "write" => Operation::Write,
        "echo" => Operation::Echo,
        "echo-outside" => Operation::EchoOutside,
        "sleep" => Operation::Sleep,
        "spawn" => Operation::Spawn,
        other => panic!("there is no operation `{other}`"),
    };
    let count = count.parse().expect("a number of operations");
    match how.as_str() {
        "anyrt" => facade::run(runtime, operation, count),
        "bare" => {
            let found = BARE.iter().find(|(name, _)| name == runtime);
            found.expect("the runtime is compiled in").1(operation, count);
        }
        other => panic!("`{other}` is neither `anyrt` nor `bare`"),
    }
}
