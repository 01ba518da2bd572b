//! S10, S12: tasks share the runtime.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use anyrt_core::net::UdpSocket;
use anyrt_core::time::Interval;
use anyrt_core::{BlockOn, Config, Flavor, Launch, Reactor, Spawn, Timer, yield_now};
use futures::channel::oneshot;

use crate::witness::{Counter, ONE_WORKER, until};

/// Which task ran, and on which thread, in order.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<(usize, ThreadId)>>>);

impl Log {
    fn note(&self, task: usize) {
        self.0.lock().unwrap().push((task, thread::current().id()));
    }

    /// What ran, if one thread ran all of it.
    fn order(&self) -> Option<Vec<usize>> {
        let log = self.0.lock().unwrap();
        let (_, first) = log[0];
        log.iter().map(|&(task, thread)| (thread == first).then_some(task)).collect()
    }
}

/// Runs `case` on the runtime that was given, where it must come to its end, and on runtimes of one
/// thread, where it must keep an order.
///
/// There is an order among tasks only where they share a thread: the system stops and continues
/// threads as it likes. A runtime that takes more of them than it was told to is let off.
fn in_order<L: Launch>(given: L, case: impl Fn(&L) -> Log, check: impl Fn(&[usize])) {
    case(&given);
    drop(given);
    for flavor in [ONE_WORKER, Flavor::CurrentThread] {
        let log = case(&L::start(&Config { flavor, ..Config::default() }).unwrap());
        if let Some(order) = log.order() {
            check(&order);
        }
    }
}

const TASKS: usize = 3;

pub fn tasks_that_yield_take_turns<L: Launch>(runtime: L) {
    in_order(runtime, take_turns, |order| {
        for (turn, window) in order.windows(TASKS).enumerate() {
            for task in 0..TASKS {
                let ran = window.contains(&task);
                assert!(ran, "from turn {turn} on {window:?} ran, and not {task}");
            }
        }
    });
}

fn take_turns<L: Launch>(runtime: &L) -> Log {
    const TURNS: usize = 1000;

    let (log, started) = (Log::default(), Counter::new());
    let tasks: [_; TASKS] = std::array::from_fn(|task| {
        let (log, started) = (log.clone(), started.clone());
        runtime.handle().spawn(async move {
            started.add();
            until(|| started.count() == TASKS).await;
            for _ in 0..TURNS {
                log.note(task);
                yield_now().await;
            }
        })
    });
    runtime.handle().block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    log
}

const OTHERS: usize = 10;

/// The tasks 1 to `OTHERS` ran before the task 0, which had yielded once.
fn assert_goes_last(order: &[usize]) {
    assert_eq!(order.len(), OTHERS + 1);
    assert_eq!(order[OTHERS], 0, "it was polled before others that were runnable: {order:?}");
}

pub fn yield_now_goes_behind_tasks_that_were_spawned<L: Launch>(runtime: L) {
    in_order(runtime, yield_to_spawned, assert_goes_last);
}

fn yield_to_spawned<L: Launch>(runtime: &L) -> Log {
    let log = Log::default();
    let (handle, writes) = (runtime.handle().clone(), log.clone());
    let task = runtime.handle().spawn(async move {
        let others: [_; OTHERS] = std::array::from_fn(|other| {
            let log = writes.clone();
            handle.spawn(async move { log.note(other + 1) })
        });
        yield_now().await;
        writes.note(0);
        for other in others {
            other.await.unwrap();
        }
    });
    runtime.handle().block_on(task).unwrap();
    log
}

pub fn yield_now_goes_behind_tasks_that_were_woken<L: Launch>(runtime: L) {
    in_order(runtime, yield_to_woken, assert_goes_last);
}

fn yield_to_woken<L: Launch>(runtime: &L) -> Log {
    let (log, parked) = (Log::default(), Counter::new());
    let (handle, writes) = (runtime.handle().clone(), log.clone());
    let task = runtime.handle().spawn(async move {
        let others: [_; OTHERS] = std::array::from_fn(|other| {
            let (log, parked) = (writes.clone(), parked.clone());
            let (wake, woken) = oneshot::channel();
            let task = handle.spawn(async move {
                parked.add();
                woken.await.unwrap();
                log.note(other + 1);
            });
            (wake, task)
        });
        until(|| parked.count() == OTHERS).await;
        let tasks = others.map(|(wake, task)| {
            wake.send(()).unwrap();
            task
        });
        yield_now().await;
        writes.note(0);
        for task in tasks {
            task.await.unwrap();
        }
    });
    runtime.handle().block_on(task).unwrap();
    log
}

/// What a hog and the case tell each other.
#[derive(Clone, Debug, Default)]
struct Signals {
    started: Counter,
    is_over: Arc<AtomicBool>,
}

impl Signals {
    fn is_over(&self) -> bool {
        self.is_over.load(SeqCst)
    }
}

/// Runs as many hogs as occupy every worker, until a new task, a timer and a datagram got through.
///
/// A hog does something that is always ready, until it is over. If it starves the others, it never
/// is, and the watchdog says so.
fn assert_starves_nobody<L: Launch, F>(runtime: &L, hog: impl Fn(L::Handle, Signals) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    const HOGS: usize = 8;

    let handle = runtime.handle();
    let signals = Signals::default();
    let hogs: [_; HOGS] =
        std::array::from_fn(|_| handle.spawn(hog(handle.clone(), signals.clone())));
    handle.block_on(async {
        until(|| signals.started.count() == HOGS).await;
        handle.spawn(async {}).await.unwrap();
        handle.spawn(handle.sleep(Duration::from_millis(1))).await.unwrap();

        let socket = bind(handle);
        let address = socket.local_addr().unwrap();
        let receiver = handle.spawn(async move { socket.recv_from(&mut [0; 1]).await });
        yield_now().await;
        thread::spawn(move || send_to(address)).join().unwrap();
        receiver.await.unwrap().unwrap();

        signals.is_over.store(true, SeqCst);
        for hog in hogs {
            hog.await.unwrap();
        }
    });
}

fn bind<R: Reactor>(runtime: &R) -> UdpSocket<R> {
    UdpSocket::from_std_on(runtime, std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap()
}

/// A socket with a datagram that waits to be received.
fn bind_readable<R: Reactor>(runtime: &R) -> UdpSocket<R> {
    let socket = bind(runtime);
    send_to(socket.local_addr().unwrap());
    socket
}

fn send_to(address: SocketAddr) {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(&[7], address).unwrap();
}

pub fn sleeps_that_are_due_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let past = handle.now();
        signals.started.add();
        while !signals.is_over() {
            handle.sleep_until(past).await;
        }
    });
}

pub fn ticks_that_are_due_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        // A nanosecond is over before its tick is, so this one never catches up.
        let mut ticks = Interval::new(&handle, Duration::from_nanos(1)).unwrap();
        signals.started.add();
        while !signals.is_over() {
            ticks.tick().await;
        }
    });
}

pub fn reads_that_are_ready_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let socket = bind_readable(&handle);
        signals.started.add();
        while !signals.is_over() {
            socket.peek_from(&mut [0; 1]).await.unwrap();
        }
    });
}

pub fn poll_reads_that_are_ready_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let socket = bind(&handle);
        let address = socket.local_addr().unwrap();
        signals.started.add();
        while !signals.is_over() {
            poll_fn(|cx| socket.poll_send_to(cx, &[7], address)).await.unwrap();
            poll_fn(|cx| socket.poll_recv_from(cx, &mut [0; 1])).await.unwrap();
        }
    });
}

pub fn writes_that_are_ready_starve_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let (socket, sink) = (bind(&handle), bind(&handle));
        let address = sink.local_addr().unwrap();
        signals.started.add();
        while !signals.is_over() {
            // What the sink has no room for is lost.
            socket.send_to(&[7], address).await.unwrap();
        }
    });
}

pub fn readiness_that_lasts_starves_nobody<L: Launch>(runtime: L) {
    assert_starves_nobody(&runtime, |handle, signals| async move {
        let socket = bind_readable(&handle);
        signals.started.add();
        while !signals.is_over() {
            socket.readable().await.unwrap();
            socket.writable().await.unwrap();
        }
    });
}
