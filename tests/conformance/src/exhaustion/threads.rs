//! B6: blocking closures while the system refuses threads.

use std::error::Error;
use std::fmt::Debug;
use std::{fs, io, thread};

use anyrt_core::{JoinError, JoinHandle, Launch, Spawn, SpawnBlocking};
use futures::channel::oneshot;
use rustix::process::Resource;

use super::{Limit, address_space};
use crate::witness::{Counter, Drive, Gate, Keeper, gate, wait_until};

/// Room for what starts, panics and is allocated, and not for a stack of the usual 2 MiB.
const ROOM: u64 = 1 << 20;

/// As long as this lives, no thread can be started.
struct NoThreads {
    _limit: Limit,
    _holders: Holders,
}

/// Leaves no address space for the stack of a thread, which root is refused like anybody else.
fn refuse_threads() -> NoThreads {
    const ENOUGH: usize = 1000;

    let holders = Holders::new();
    let limit = loop {
        // A thread that is about to end would give its stack to the next one, after all.
        (0..3).for_each(|_| wait_until(all_others_sleep));
        let limit = Limit::set(Resource::As, address_space() + ROOM);
        // A thread that woke up meanwhile may have mapped more than there is room for. While it is
        // missing, a thread that does start dies of it, and the process with it.
        if all_others_sleep() && address_space() + ROOM / 2 < limit.number() {
            break limit;
        }
    };
    let is_refused = (0..ENOUGH).any(|_| !holders.start_one());
    assert!(is_refused, "the system refuses no thread, and so this case can't prove anything");
    NoThreads { _limit: limit, _holders: holders }
}

/// Threads that do nothing but take stacks.
///
/// The C library starts threads on the stacks of others that have ended, without asking the system:
/// glibc keeps up to 40 MiB of those. Under the limit such a thread might lack the memory for its
/// signal stack, for which the standard library aborts. So all of those stacks are taken before,
/// and a thread after them needs a fresh one.
struct Holders {
    started: Counter,
    gate: Gate,
    _keeper: Keeper,
}

impl Holders {
    /// More of them than stacks of the usual 2 MiB are kept.
    fn new() -> Self {
        const NUMBER: usize = 32;

        let (keeper, gate) = gate();
        let holders = Self { started: Counter::new(), gate, _keeper: keeper };
        assert!((0..NUMBER).all(|_| holders.start_one()), "threads can't even be started before");
        // Whatever they map when they start, they have mapped.
        wait_until(|| holders.started.count() == NUMBER);
        holders
    }

    fn start_one(&self) -> bool {
        let (started, gate) = (self.started.clone(), self.gate.clone());
        let hold = move || {
            started.add();
            gate.wait();
        };
        thread::Builder::new().spawn(hold).is_ok()
    }
}

/// Whether no thread of this process but the calling one is on its way to somewhere.
fn all_others_sleep() -> bool {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    // A thread that ends meanwhile can't be read.
    let states = tasks.map(|task| fs::read_to_string(task?.path().join("stat")));
    let sleeps = |stat: io::Result<String>| {
        // The state is after the name, which is in parentheses and may be anything.
        stat.is_ok_and(|stat| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('S')))
    };
    states.map(sleeps).filter(|sleeps| !sleeps).count() == 1
}

pub fn a_closure_without_a_thread_is_an_error_of_its_join<L: Launch>(runtime: L) {
    let handle = runtime.handle();
    handle.drive(async {}); // whatever it starts for that, it has started
    let refused = refuse_threads();
    for _ in 0..3 {
        assert_is_refused(handle.drive(handle.spawn_blocking(|| 7)));
    }
    let inside = handle.clone();
    let task = handle.spawn(async move { inside.spawn_blocking(|| 7).await });
    assert_is_refused(handle.drive(task).unwrap());

    drop(refused);
    assert_eq!(handle.drive(handle.spawn_blocking(|| 7)).unwrap(), 7);
}

/// What the system said is in the error.
#[track_caller]
fn assert_is_refused<T: Debug>(result: Result<T, JoinError>) {
    let error = result.expect_err("there is no thread for it");
    assert!(error.is_refused() && !error.is_cancelled(), "{error:?}");
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    assert!(cause.is_some_and(|cause| cause.raw_os_error().is_some()), "{error:?}");
}

pub fn closures_queue_for_the_threads_there_are<L: Launch>(runtime: L) {
    const QUEUED: usize = 20;

    let handle = runtime.handle();
    let (started, has_started) = oneshot::channel();
    let (keeper, gate) = gate();
    let first = handle.spawn_blocking(move || {
        started.send(()).unwrap();
        gate.wait();
    });
    handle.drive(has_started).unwrap();

    let _refused = refuse_threads();
    let queued: Vec<_> = (0..QUEUED).map(|n| handle.spawn_blocking(move || n)).collect();
    assert!(queued.iter().all(|closure| !closure.is_finished()), "no thread is free for them");
    keeper.open();
    handle.drive(first).unwrap();
    for (n, closure) in queued.into_iter().enumerate() {
        assert_eq!(handle.drive(closure).unwrap(), n);
    }
}
