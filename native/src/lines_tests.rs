//! How often an operation writes to a line that other workers use as well.
//!
//! On two cores that costs little, and on many it is what they wait for. So it is counted: two workers do the same at once, and
//! note each access to an atomic or a lock (`--cfg anyrt_noted`). What the standard library counts by itself, such as the
//! references of an `Arc`, is not among that; `references_that_come_and_go_on_a_core_are_not_counted` looks at these.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Barrier};
use std::task::Poll;
use std::time::Duration;

use crate::net::UnixStream;
use crate::sync::noted::{self, Lines};
use crate::{BlockOn, Builder, Current as _, Handle, Launch, Spawn, Timer, yield_now};

/// So many windows are looked at, each with so many operations. A task that the system keeps from running goes to another
/// worker now and then, with all that it touches: so what counts is the window in the middle.
const WINDOWS: usize = 65;
const OPERATIONS: usize = 64;

/// How many writes to shared lines are as good as none: an operation in so many comes by what all have, such as the timers.
const APART: f64 = 0.05;

/// How often in each operation a worker writes to a line that the other one touches as well.
macro_rules! shared_writes {
    ($operation:expr) => {
        shared_writes!((), |_unit| $operation)
    };
    ($setup:expr, |$state:ident| $operation:expr) => {
        on_two_workers(|barrier| async move {
            let $state = $setup;
            let mut windows = Vec::new();
            for _ in 0..WINDOWS {
                barrier.wait();
                noted::begin();
                for _ in 0..OPERATIONS {
                    $operation;
                }
                windows.push(noted::end());
                // Otherwise a worker that is done looks for what the other one has.
                barrier.wait();
            }
            windows
        })
    };
}

#[test]
fn to_spawn_and_join_is_apart() {
    let writes = shared_writes!(here().spawn(async {}).await.unwrap());
    assert!(writes < APART, "{writes}");
}

#[test]
fn to_spawn_and_detach_is_apart() {
    let writes = shared_writes!({
        drop(here().spawn(async {}));
        yield_now().await;
    });
    assert!(writes < APART, "{writes}");
}

#[test]
fn to_wake_and_be_woken_is_apart() {
    let writes = shared_writes!({
        let (sender, receiver) = futures::channel::oneshot::channel();
        let other = here().spawn(async { sender.send(()) });
        receiver.await.unwrap();
        other.await.unwrap().unwrap();
    });
    assert!(writes < APART, "{writes}");
}

#[test]
fn to_begin_a_sleep_and_to_cancel_it_is_apart() {
    let writes = shared_writes!(poll_once(pin!(here().sleep(Duration::from_secs(5)))).await);
    assert!(writes < APART, "{writes}");
}

#[test]
fn to_read_what_is_there_is_apart() {
    let writes = shared_writes!(full_pair(), |pair| pair.0.read_exact(&mut [0]).await.unwrap());
    assert!(writes < APART, "{writes}");
}

#[test]
fn to_write_where_there_is_room_is_apart() {
    let writes = shared_writes!(full_pair(), |pair| {
        pair.0.write_all(&[7]).await.unwrap();
        // There is room for some hundred small writes.
        io::Read::read_exact(&mut &pair.1, &mut [0]).unwrap();
    });
    assert!(writes < APART, "{writes}");
}

#[test]
fn to_yield_is_apart() {
    let writes = shared_writes!(yield_now().await);
    assert!(writes < APART, "{writes}");
}

/// The list of all sources, its lock, and their number are of all workers: seven writes for both ways.
#[test]
fn to_watch_a_source_and_to_leave_it_is_few_writes() {
    let pair = || std::os::unix::net::UnixStream::pair().unwrap().0;
    let writes = shared_writes!(drop(UnixStream::from_std(pair()).unwrap()));
    assert!((1.0..8.0).contains(&writes), "{writes}");
}

/// So that what is apart is not just what nobody has noted.
#[test]
fn what_two_workers_write_is_found() {
    let writes =
        shared_writes!(here().with(|shared| shared.idle.learn(shared.idle.patience() > 5)));
    assert!(writes > 0.5, "{writes}");
}

#[test]
fn references_that_come_and_go_on_a_core_are_not_counted() {
    let runtime = Builder::new().worker_threads(1).build().unwrap();
    let task = runtime.handle().spawn(async {
        let counted = || here().with(|shared| Arc::strong_count(&shared.to_arc()));
        drop(here().clone());
        let before = counted();
        let sleep = here().sleep(Duration::from_secs(5));
        let within = counted();
        poll_once(pin!(sleep)).await;
        (before, within, counted())
    });
    let (before, within, after) = runtime.handle().block_on(task).unwrap();
    assert_eq!((before, within), (after, after));
}

fn here() -> Handle {
    Handle::try_here().expect("a task is inside of its runtime")
}

/// A connection with a byte for each operation.
fn full_pair() -> (UnixStream, std::os::unix::net::UnixStream) {
    let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
    io::Write::write_all(&mut &writer, &[7; WINDOWS * OPERATIONS]).unwrap();
    (UnixStream::from_std(reader).unwrap(), writer)
}

/// Runs a task on each of two workers at once.
fn on_two_workers<F>(task: impl Fn(Arc<Barrier>) -> F) -> f64
where
    F: Future<Output = Vec<Lines>> + Send + 'static,
{
    let runtime = Builder::new().worker_threads(2).build().unwrap();
    let barrier = Arc::new(Barrier::new(2));
    let tasks = [0, 1].map(|_| runtime.handle().spawn(task(Arc::clone(&barrier))));
    let [one, other] = tasks.map(|task| runtime.handle().block_on(task).unwrap());
    let mut writes: Vec<_> =
        one.iter().zip(&other).map(|(one, other)| to_both(one, other)).collect();
    writes.sort_unstable();
    writes[WINDOWS / 2] as f64 / (2 * OPERATIONS) as f64
}

/// How often lines were written that are among both.
fn to_both(one: &Lines, other: &Lines) -> usize {
    one.iter().filter_map(|(line, writes)| Some(writes + other.get(line)?)).sum()
}

/// Polls a future that is not ready yet.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) {
    poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
}
